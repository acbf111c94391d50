//! One epoch: deal, plan, then the rounds.

use crate::cell::{self, Step, Tally, Task};
use crate::deal::{self, Deal, ItemBlock, ItemWeights};
use crate::plan::{UserBlock, UserRows, block_count};
use crate::streams::{Purpose, stream};
use crate::{Factors, Params, Steps};
use foretaste_data::Interactions;
use rayon::prelude::*;

/// What lives from epoch to epoch besides the factors.
#[derive(Debug)]
pub(crate) struct Engine<'a> {
    data: &'a Interactions,
    params: &'a Params,
    weights: ItemWeights,
    deal: Deal,
    user_blocks: Vec<UserBlock>,
    item_blocks: Vec<ItemBlock>,
    /// Sums of squared gradients, of users and items; empty if steps are not adaptive.
    sums: (Vec<f32>, Vec<f32>),
}

/// What the sums of squared gradients start from: it bounds a row's first steps.
const FIRST_SUM: f32 = 0.1;

impl<'a> Engine<'a> {
    pub(crate) fn new(data: &'a Interactions, params: &'a Params, lanes: usize) -> Self {
        Self::with_blocks(data, params, block_count(data.n_items(), lanes))
    }

    fn with_blocks(data: &'a Interactions, params: &'a Params, blocks: usize) -> Self {
        let sums = |rows| match params.steps {
            Steps::Sgd => Vec::new(),
            Steps::AdaGrad => vec![FIRST_SUM; rows],
        };
        Self {
            data,
            params,
            sums: (sums(data.n_users()), sums(data.n_items())),
            weights: ItemWeights::new(params.sampler, &data.item_counts()),
            deal: Deal::new(data.n_items(), blocks),
            user_blocks: UserBlock::cut(data, blocks),
            item_blocks: (0..blocks).map(|_| ItemBlock::new()).collect(),
        }
    }

    /// Trains on every positive once; `progress` is called after each round with the share of the
    /// epoch that is done.
    pub(crate) fn epoch(
        &mut self,
        task: &impl Task,
        epoch: u32,
        factors: &mut Factors,
        progress: &mut dyn FnMut(f64),
    ) -> Tally {
        let Self { data, params, weights, deal, user_blocks, item_blocks, sums } = self;
        let blocks = item_blocks.len();
        deal.shuffle(params.seed, epoch);
        deal::gather(deal, factors, &sums.1, weights, item_blocks);
        user_blocks.par_iter_mut().for_each(|block| block.plan(data, deal, blocks));
        let lanes = factors.items.lanes();
        let rows = factors.users.data_mut();
        let mut rows = UserBlock::lend(user_blocks, rows, &mut sums.0, lanes);
        let step = Step {
            learning_rate: params.lr * params.schedule.share(epoch, params.epochs),
            reg: params.reg,
            negatives: params.negatives,
            candidates: params.sampler.candidates(data.n_items()),
            lanes,
            cols: factors.items.widths().iter().sum::<usize>() as f32,
        };
        let mut tally = Tally::default();
        for round in 0..blocks {
            let cells = user_blocks.par_iter().zip(&mut rows).zip(&mut *item_blocks);
            let train = |((users, rows), items): ((&UserBlock, &mut UserRows<'_>), &mut _)| {
                let cell = (users.number() * blocks + round) as u64;
                let mut rng = stream(params.seed, Purpose::Cell { epoch, cell });
                cell::train(task, &step, rows, items, users.cell(round), &mut rng)
            };
            let tallies: Vec<Tally> = cells.with_max_len(1).map(train).collect();
            tally = tallies.into_iter().fold(tally, |sum, cell| sum + cell);
            // In the next round, each block of users meets the next block of items.
            item_blocks.rotate_left(1);
            progress((round + 1) as f64 / blocks as f64);
        }
        deal::scatter(deal, item_blocks, factors, &mut sums.1);
        tally
    }
}

#[cfg(test)]
mod tests;
