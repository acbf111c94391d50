//! The area under the ROC curve of one user's scores.
//!
//! AUC = (pairs in which the relevant item scores higher + ½ · tied pairs) / pairs, over all pairs
//! of a relevant and a non-relevant item among the items that are not masked; it is the
//! Mann–Whitney statistic divided by its maximum, and the AUC of Rendle et al., "BPR" (2009),
//! with ties counted ½.
//!
//! For a score s, let w(s) = 2·#{relevant above s} + #{relevant equal to s}. Summed over the
//! non-relevant items this is twice the numerator. Rather than test every item for membership we
//! sum w over *all* items and subtract what does not belong: w of the masked ones, and the
//! relevant ones among themselves, which is m² for m of them (each ordered pair and its mirror
//! image give 2 together, each item with itself 1). All sums are of integers, hence exact.
//!
//! The sum over all n items is taken in one of two ways:
//! 1. up to [`FEW`] relevant items: for each, count the items that it outranks and ties with. That
//!    is n·m comparisons, but of the kind that compilers turn into vector instructions;
//! 2. more: sort the relevant scores, and look each item's up, in O(n log m).

use foretaste_data::ItemId;

/// Up to so many relevant items, counting is used. Measured with 27,000 items on a busy machine, so
/// roughly: 22 µs against 170 µs for 5 relevant items, about even between 50 and 100.
const FEW: usize = 64;

/// Items whose counts are summed in 32 bits.
const CHUNK: usize = 1 << 16;

/// AUC of one user: the probability that one of `relevant` outranks an item that is neither
/// relevant nor masked, ties counting ½. NaN ranks last, tied with −∞.
///
/// `relevant` and `masked` must be free of repeats and share no item. The scores of masked items
/// are ignored, so they may have been overwritten. `None` if there is no pair to compare.
///
/// # Panics
/// If an item is not below `scores.len()`.
pub fn auc(scores: &[f32], relevant: &[ItemId], masked: &[ItemId]) -> Option<f64> {
    auc_by(scores, relevant, masked, relevant.len() <= FEW)
}

fn auc_by(
    scores: &[f32],
    relevant: &[ItemId],
    masked: &[ItemId],
    by_counting: bool,
) -> Option<f64> {
    let others = scores.len().checked_sub(relevant.len() + masked.len())?;
    if relevant.is_empty() || others == 0 {
        return None;
    }
    let weights = Weights::new(relevant.iter().map(|item| scores[item.index()]));
    let all: u64 = if by_counting {
        weights.relevant.iter().map(|&score| outranked(scores, score)).sum()
    } else {
        scores.iter().map(|&score| weights.of(score)).sum()
    };
    let hidden: u64 = masked.iter().map(|item| weights.of(scores[item.index()])).sum();
    let m = relevant.len() as u64;
    let twice = all - hidden - m * m;
    Some(twice as f64 / (2.0 * m as f64 * others as f64))
}

/// NaN as −∞: the order in which NaN is last.
#[inline]
fn rankable(score: f32) -> f32 {
    if score.is_nan() { f32::NEG_INFINITY } else { score }
}

/// 2·#{scores below `score`} + #{scores equal to it}, where `score` is not NaN.
fn outranked(scores: &[f32], score: f32) -> u64 {
    if score == f32::NEG_INFINITY {
        return scores.iter().filter(|&&other| rankable(other) == score).count() as u64;
    }
    // What is not above is below or tied, also if it is NaN; likewise what is not above or tied.
    let above = |&other: &f32| u32::from(other > score) + u32::from(other >= score);
    let above = |chunk: &[f32]| u64::from(chunk.iter().map(above).sum::<u32>());
    2 * scores.len() as u64 - scores.chunks(CHUNK).map(above).sum::<u64>()
}

/// w(s) of the module's head for one user's relevant items.
struct Weights {
    /// Scores of the relevant items, ascending.
    relevant: Vec<f32>,
    /// `equal[n]`: w(s) where s equals `relevant[n]` and nothing before it.
    equal: Vec<u64>,
}

impl Weights {
    fn new(scores: impl Iterator<Item = f32>) -> Self {
        let mut relevant: Vec<f32> = scores.map(rankable).collect();
        // `total_cmp` would part -0.0 from 0.0, which tie.
        relevant.sort_unstable_by(|a, b| a.partial_cmp(b).expect("NaN was replaced"));
        let m = relevant.len();
        let equal = (0..m)
            .map(|n| {
                let tied = relevant[n..].partition_point(|&other| other <= relevant[n]);
                (2 * (m - n) - tied) as u64
            })
            .collect();
        Self { relevant, equal }
    }

    #[inline]
    fn of(&self, score: f32) -> u64 {
        let score = rankable(score);
        let below = self.relevant.partition_point(|&other| other < score);
        match self.relevant.get(below) {
            Some(&next) if next == score => self.equal[below],
            _ => 2 * (self.relevant.len() - below) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(ids: &[u32]) -> Vec<ItemId> {
        ids.iter().map(|&id| ItemId(id)).collect()
    }

    /// Every pair, one after the other.
    fn naive(scores: &[f32], relevant: &[ItemId], masked: &[ItemId]) -> Option<f64> {
        let key = |item: ItemId| rankable(scores[item.index()]);
        let (mut twice, mut pairs) = (0u64, 0u64);
        let all = (0..scores.len() as u32).map(ItemId);
        for other in all.filter(|item| !relevant.contains(item) && !masked.contains(item)) {
            for &item in relevant {
                pairs += 1;
                twice += 2 * u64::from(key(item) > key(other)) + u64::from(key(item) == key(other));
            }
        }
        (pairs > 0).then(|| twice as f64 / (2 * pairs) as f64)
    }

    #[test]
    fn worked_cases() {
        let scores = [0.9, 0.8, 0.7, 0.1];
        assert_eq!(auc(&scores, &ids(&[0]), &[]), Some(1.0));
        assert_eq!(auc(&scores, &ids(&[3]), &[]), Some(0.0));
        assert_eq!(auc(&scores, &ids(&[1]), &[]), Some(2.0 / 3.0));
        assert_eq!(auc(&scores, &ids(&[1]), &ids(&[0])), Some(1.0));
        assert_eq!(auc(&[0.5; 4], &ids(&[2]), &[]), Some(0.5));
        assert_eq!(auc(&[0.0, -0.0], &ids(&[1]), &[]), Some(0.5));
    }

    #[test]
    fn nan_ranks_last_and_ties_with_minus_infinity() {
        let scores = [f32::NAN, f32::NEG_INFINITY, 0.0];
        assert_eq!(auc(&scores, &ids(&[0]), &[]), Some(0.25));
        assert_eq!(auc(&scores, &ids(&[2]), &[]), Some(1.0));
    }

    #[test]
    fn without_a_pair_there_is_no_auc() {
        assert_eq!(auc(&[1.0, 2.0], &[], &[]), None);
        assert_eq!(auc(&[1.0, 2.0], &ids(&[0, 1]), &[]), None);
        assert_eq!(auc(&[1.0, 2.0], &ids(&[0]), &ids(&[1])), None);
        assert_eq!(auc(&[], &[], &[]), None);
    }

    fn any_score() -> impl Strategy<Value = f32> {
        prop_oneof![
            8 => (0u8..6).prop_map(|n| f32::from(n) - 3.0),
            1 => Just(f32::NAN),
            1 => Just(f32::NEG_INFINITY),
            1 => Just(f32::INFINITY),
            1 => Just(-0.0),
        ]
    }

    proptest! {
        #[test]
        fn every_pair_counted_naively_gives_the_same(
            cells in prop::collection::vec((any_score(), 0u8..4), 0..60),
            overwrite in prop::bool::ANY,
        ) {
            let mut scores: Vec<f32> = cells.iter().map(|cell| cell.0).collect();
            let of_role = |role: u8| -> Vec<ItemId> {
                let with = cells.iter().enumerate().filter(|(_, cell)| cell.1 == role);
                with.map(|(at, _)| ItemId(at as u32)).collect()
            };
            let (relevant, masked) = (of_role(0), of_role(1));
            let expected = naive(&scores, &relevant, &masked);
            if overwrite {
                masked.iter().for_each(|item| scores[item.index()] = f32::NEG_INFINITY);
            }
            for by_counting in [true, false] {
                prop_assert_eq!(auc_by(&scores, &relevant, &masked, by_counting), expected);
            }
        }
    }
}
