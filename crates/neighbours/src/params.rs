//! The parameters, checked, and the counting.

use crate::objective::{Shared, Similarity, sizes};
use crate::weights::{Neighbour, Neighbours};
use foretaste_data::{Interactions, Side};
use foretaste_model::{Described, Monitor, TrainingError, parameters};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "item-knn";

parameters! {
    /// The parameters of item-based neighbours. Unchecked: [`Params::check`] makes the [`ItemKnn`] that
    /// counts.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// How many items, the most alike, speak for an item.
        #[symbol("K")]
        #[range(at_least(1))]
        pub neighbours: usize,
        /// What the users whom two items share are compared with: `cosine`, the users of each; `gram`,
        /// those whom each shares with all items.
        #[values(among(Similarity::ALL))]
        pub similarity: Similarity,
        /// Added to what shared users are divided by, so that few of them say less.
        #[symbol("h")]
        #[range(at_least(0).at_most(1e9))]
        pub shrinkage: f32,
        /// How much of that is of the item that is scored, the rest of the one in the history: with 0.5
        /// both count alike.
        #[symbol("a")]
        #[range(at_least(0).at_most(2))]
        pub asymmetry: f32,
        /// Whether the weights of the neighbours of an item sum to 1.
        #[values(among([true, false]))]
        pub normalise: bool,
        /// How much an item's share of the users counts, beside what its neighbours say of it: the score is
        /// of the history less the mean of all histories, plus the item's mean, of both so much.
        #[symbol("β")]
        #[range(at_least(0).at_most(1))]
        pub popularity: f32,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            neighbours: 200,
            similarity: Similarity::Gram,
            shrinkage: 0.0,
            asymmetry: 0.4,
            normalise: false,
            popularity: 0.0,
        }
    }
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<ItemKnn, TrainingError> {
        self.check_ranges()?;
        Ok(ItemKnn { params: self })
    }
}

/// Item-based neighbours with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct ItemKnn {
    params: Params,
}

/// Reports of progress, and questions whether to go on.
const REPORTS: usize = 64;

impl ItemKnn {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Finds the neighbours of all items, in parallel on the current rayon pool, whose size does not
    /// change the result. Besides the result, a thread holds 4 B an item, and some of those that one item
    /// shares users with.
    ///
    /// # Errors
    /// [`TrainingError::NoData`] without interactions, [`TrainingError::Interrupted`] if the monitor
    /// says so.
    pub fn fit(
        &self,
        data: &Interactions,
        monitor: &mut dyn Monitor,
    ) -> Result<Neighbours, TrainingError> {
        if data.nnz() == 0 {
            return Err(TrainingError::NoData { reason: "no interactions" });
        }
        let (side, n_items) = (Side::of_items(data), data.n_items());
        let sizes = sizes(data, &side, self.params.similarity);
        // The powers of an item that is scored, and of one in a history.
        let a = f64::from(self.params.asymmetry);
        let power = |a: f64| sizes.iter().map(|&size| libm::pow(size, a)).collect::<Vec<f64>>();
        let powers = (power(a), power(1.0 - a));
        let mut all: Vec<Vec<Neighbour>> = Vec::with_capacity(n_items);
        for items in chunks(n_items) {
            let rows = items.into_par_iter().map_init(
                || (Shared::new(n_items), Vec::new()),
                |(shared, found), item| {
                    let (own, others) = (powers.0[item], &powers.1);
                    found.clear();
                    shared.count(item, (data, &side), |other, count| {
                        if other as usize != item {
                            let by =
                                own * others[other as usize] + f64::from(self.params.shrinkage);
                            found.push((other, f64::from(count) / by));
                        }
                    });
                    self.best(found)
                },
            );
            all.par_extend(rows);
            // Its answer is about further epochs.
            monitor.progress(1, all.len() as f64 / n_items as f64);
            if monitor.interrupted() {
                return Err(TrainingError::Interrupted { epoch: 1 });
            }
        }
        let shift = self.shift(data, &side, &all);
        Ok(Neighbours::new(&all, shift))
    }

    /// The K best, by ascending id, with what they weigh.
    fn best(&self, found: &mut Vec<(u32, f64)>) -> Vec<Neighbour> {
        let better_first = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > self.params.neighbours {
            found.select_nth_unstable_by(self.params.neighbours - 1, better_first);
            found.truncate(self.params.neighbours);
        }
        found.sort_unstable_by_key(|(other, _)| *other);
        let sum: f64 = found.iter().map(|(_, alike)| alike).sum();
        let by = if self.params.normalise { sum } else { 1.0 };
        found.iter().map(|&(item, alike)| Neighbour { item, weight: (alike / by) as f32 }).collect()
    }

    /// b_j = β (μ_j − Σ_i B_ij μ_i), μ the share of the users; nothing without β.
    fn shift(&self, data: &Interactions, side: &Side, all: &[Vec<Neighbour>]) -> Vec<f32> {
        let beta = f64::from(self.params.popularity);
        if beta == 0.0 {
            return Vec::new();
        }
        let mean = |item: usize| side.columns(item).len() as f64 / data.n_users() as f64;
        let of = |(item, neighbours): (usize, &Vec<Neighbour>)| {
            let of = |one: &Neighbour| f64::from(one.weight) * mean(one.item as usize);
            (beta * (mean(item) - neighbours.iter().map(of).sum::<f64>())) as f32
        };
        all.iter().enumerate().map(of).collect()
    }
}

/// Ranges of items, for as many reports.
fn chunks(n_items: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let size = n_items.div_ceil(REPORTS).max(1);
    (0..n_items).step_by(size).map(move |start| start..(start + size).min(n_items))
}

#[cfg(test)]
mod tests;
