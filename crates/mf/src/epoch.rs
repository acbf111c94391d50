//! One epoch: deal, plan, then the rounds.

use crate::cell::{self, Step, Tally};
use crate::deal::{self, Deal, ItemBlock, ItemWeights};
use crate::objective::Pairwise;
use crate::plan::{UserBlock, block_count};
use crate::streams::{Purpose, stream};
use crate::{Factors, Params};
use foretaste_data::Interactions;
use foretaste_kernels::Lanes;
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
}

impl<'a> Engine<'a> {
    pub(crate) fn new(data: &'a Interactions, params: &'a Params, lanes: usize) -> Self {
        Self::with_blocks(data, params, block_count(data.n_items(), lanes))
    }

    fn with_blocks(data: &'a Interactions, params: &'a Params, blocks: usize) -> Self {
        Self {
            data,
            params,
            weights: ItemWeights::new(params.sampler, &data.item_counts()),
            deal: Deal::new(data.n_items(), blocks),
            user_blocks: UserBlock::cut(data, blocks),
            item_blocks: (0..blocks).map(|_| ItemBlock::new()).collect(),
        }
    }

    /// Trains on every positive once; `progress` is called after each round with the share of the
    /// epoch that is done.
    pub(crate) fn epoch<O: Pairwise>(
        &mut self,
        objective: &O,
        epoch: u32,
        factors: &mut Factors,
        progress: &mut dyn FnMut(f64),
    ) -> Tally {
        let Self { data, params, weights, deal, user_blocks, item_blocks } = self;
        let blocks = item_blocks.len();
        deal.shuffle(params.seed, epoch);
        deal::gather(deal, factors, weights, item_blocks);
        user_blocks.par_iter_mut().for_each(|block| block.plan(data, deal, blocks));
        let lanes = factors.items.lanes();
        let mut rows = UserBlock::lend(user_blocks, factors.users.data_mut(), lanes);
        let step = Step {
            objective,
            learning_rate: params.lr * params.schedule.share(epoch, params.epochs),
            reg: params.reg,
            negatives: params.negatives,
            lanes,
        };
        let mut tally = Tally::default();
        for round in 0..blocks {
            let cells = user_blocks.par_iter().zip(&mut rows).zip(&mut *item_blocks);
            let train = |((users, rows), items): ((&UserBlock, &mut &mut [Lanes]), &mut _)| {
                let cell = (users.number() * blocks + round) as u64;
                let mut rng = stream(params.seed, Purpose::Cell { epoch, cell });
                cell::train(&step, rows, items, users.cell(round), &mut rng)
            };
            let tallies: Vec<Tally> = cells.with_max_len(1).map(train).collect();
            tally = tallies.into_iter().fold(tally, |sum, cell| sum + cell);
            // In the next round, each block of users meets the next block of items.
            item_blocks.rotate_left(1);
            progress((round + 1) as f64 / blocks as f64);
        }
        deal::scatter(deal, item_blocks, factors);
        tally
    }
}

#[cfg(test)]
mod tests;
