//! What follows from the shape of all data and the parameters: the same for whoever trains a part of them.

use crate::Params;
use crate::cell::{self, Global, MAX_CHANNELS, Measured, Step, Task};
use crate::deal::{ItemBlock, ItemWeights};
use crate::plan::{UserBlock, UserRows, block_count};
use crate::streams::{Purpose, stream};
use crate::{Negatives, Weighting};
use foretaste_data::{Interactions, UserId};
use foretaste_model::{Tally, Whole};
use rand::RngCore;

/// So many positives of an epoch (or triples), or up to twice as many, are measured by their loss…
const MEASURED: usize = 4096;
/// …but of large data, one in so many.
const LEAST: usize = 32;

/// All of a training but its task, its rows and its pairs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) params: Params,
    pub(crate) n_items: usize,
    nnz: usize,
    /// Users who have an item.
    active_users: usize,
    pub(crate) blocks: usize,
    pub(crate) weights: ItemWeights,
}

impl Plan {
    pub(crate) fn new(whole: &Whole, params: &Params, lanes: usize) -> Self {
        let blocks = block_count(whole.n_items(), whole.nnz, lanes);
        Self::with_blocks(whole, params, blocks)
    }

    pub(crate) fn with_blocks(whole: &Whole, params: &Params, blocks: usize) -> Self {
        let weights = ItemWeights::new(params.sampler, &whole.item_counts);
        let (params, n_items) = (params.clone(), whole.n_items());
        Self { params, n_items, nnz: whole.nnz, active_users: whole.active_users, blocks, weights }
    }

    /// The step of an epoch of this rate; `positive` is how much a positive counts.
    pub(crate) fn step(
        &self,
        learning_rate: f32,
        positive: f32,
        (lanes, widths): (usize, &[usize]),
    ) -> Step {
        let Self { params, n_items, nnz, .. } = self;
        Step {
            learning_rate,
            reg: params.reg,
            negatives: params.negatives,
            candidates: params.sampler.candidates(*n_items),
            any: params.sampler == Negatives::Any,
            measured: Measured::one_in(1 << (nnz / MEASURED).clamp(1, LEAST).ilog2()),
            weight: positive,
            lanes,
            cols: widths.iter().sum::<usize>() as f32,
        }
    }

    /// Trains on the cell of a block of users and a block of items, given by their numbers. Its random numbers are
    /// those of its round, whoever trains it and when.
    pub(crate) fn train<T: Task>(
        &self,
        (task, step, epoch): (&T, &Step, u32),
        users: &UserBlock,
        rows: &mut UserRows<'_>,
        (round, items): (usize, &mut ItemBlock),
        globals: [Global; MAX_CHANNELS],
    ) -> (Tally, [Global; MAX_CHANNELS]) {
        let cell = (users.number() * self.blocks + round) as u64;
        let mut rng = stream(self.params.seed, Purpose::Cell { epoch, cell });
        let chance = stream(self.params.seed, Purpose::Measured { epoch, cell }).next_u64();
        cell::train(task, step, rows, items, users.cell(round), globals, (&mut rng, chance))
    }

    /// How much a positive counts, and a negative of each user of `data`, which may be a part of all (none if 1): see
    /// [`Weighting`].
    ///
    /// A positive in a block that is all the user's own has no negatives. Those of the others count more
    /// for it, by one over the share of positives that have some.
    pub(crate) fn population(&self, data: &Interactions) -> (f32, Vec<f32>) {
        let Self { params, n_items, nnz, active_users, blocks, .. } = self;
        match params.weighting {
            Weighting::Sampled => (1.0, Vec::new()),
            Weighting::Population => {
                let negatives = f64::from(params.negatives);
                // One over the mean weight of a sample.
                let scale = weight_of_positives(*nnz, (*active_users, *n_items), params.negatives);
                let weight = |user: usize| {
                    let own = data.row(UserId(user as u32)).len();
                    if own == 0 || own == data.n_items() {
                        return 0.0;
                    }
                    let others = (data.n_items() - own) as f64;
                    let share = 1.0 - alone(own, data.n_items(), *blocks);
                    (scale * (others / (own as f64 * negatives) / share)) as f32
                };
                (scale as f32, (0..data.n_users()).map(weight).collect())
            }
        }
    }
}

/// How much a positive counts where the samples of an epoch stand for all pairs of users who have an
/// item and items, and count 1 on average.
pub(crate) fn weight_of_positives(
    nnz: usize,
    (active_users, n_items): (usize, usize),
    negatives: u32,
) -> f64 {
    let pairs = active_users as f64 * n_items as f64;
    nnz as f64 * (1.0 + f64::from(negatives)) / pairs
}

/// The probability that a positive of a user who has `own` of `n_items` is dealt into a block of
/// which all others are the user's, too.
fn alone(own: usize, n_items: usize, blocks: usize) -> f64 {
    let (n, smaller, larger) = (n_items as f64, n_items / blocks, n_items % blocks);
    // The others of a block, one after the other, are of the own that are left.
    let full = |size: usize| {
        let mut probability = 1.0;
        for taken in 1..size {
            probability *= own.saturating_sub(taken) as f64 / (n_items - taken) as f64;
            if probability < 1e-20 {
                return 0.0;
            }
        }
        probability
    };
    let share = |blocks: usize, size: usize| (blocks * size) as f64 / n;
    share(blocks - larger, smaller) * full(smaller) + share(larger, smaller + 1) * full(smaller + 1)
}
