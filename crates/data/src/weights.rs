//! What pairs weigh.

use crate::Interactions;

impl Interactions {
    /// The smallest and the largest weight of a pair, and the mean; `None` without weights, or pairs.
    pub fn weight_range(&self) -> Option<(f32, f32, f64)> {
        let weights = self.weights().filter(|weights| !weights.is_empty())?;
        let (mut min, mut max, mut sum) = (f32::INFINITY, f32::NEG_INFINITY, 0.0);
        for &weight in weights {
            (min, max) = (min.min(weight), max.max(weight));
            sum += f64::from(weight);
        }
        Some((min, max, sum / weights.len() as f64))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Interactions, ItemId, Keep, Pair, UserId};

    fn weighing(weights: &[f32], keep: bool) -> Interactions {
        let pair = |(item, &weight): (u32, &f32)| Pair {
            user: UserId(0),
            item: ItemId(item),
            weight,
            time: 0,
        };
        let pairs: Vec<Pair> = (0..).zip(weights).map(pair).collect();
        let keep = Keep { weights: keep, times: false };
        Interactions::from_pairs(pairs, 1, weights.len(), keep).unwrap().0
    }

    #[test]
    fn the_range_is_that_of_the_weights_there_are() {
        let large = [3e38, 3e38, 0.5];
        let mean = (2.0 * f64::from(3e38_f32) + 0.5) / 3.0;
        assert_eq!(weighing(&large, true).weight_range(), Some((0.5, 3e38, mean)));
        assert_eq!(weighing(&[-2.0, -1.0], true).weight_range(), Some((-2.0, -1.0, -1.5)));
        assert_eq!(weighing(&large, false).weight_range(), None);
        assert_eq!(weighing(&[], true).weight_range(), None);
    }
}
