//! Parts of users and of items, and what is done where they meet.

use super::Plan;
use crate::cell::{Global, MAX_CHANNELS, Task};
use crate::deal::{Deal, ItemBlock};
use crate::plan::{UserBlock, UserRows};
use crate::table::settle_numbers;
use crate::{Channel, Table, Targets};
use foretaste_data::Interactions;
use foretaste_kernels::Lanes;
use foretaste_model::Tally;
use rayon::prelude::*;
use std::ops::Range;

/// Which cells of a part of users and a part of items are trained on in a super-round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// Those whose item block is not before the user block: of the part that a worker starts with.
    Upper,
    /// All: of the parts that come to it.
    Full,
    /// Those whose item block is before the user block: of the part that it started with, and that is back.
    Lower,
}

impl Share {
    /// Of a super-round of so many workers.
    pub(crate) fn of(super_round: usize, workers: usize) -> Self {
        match super_round {
            0 => Self::Upper,
            last if last == workers => Self::Lower,
            _ => Self::Full,
        }
    }

    fn has(self, user_block: usize, item_block: usize) -> bool {
        match self {
            Self::Upper => item_block >= user_block,
            Self::Full => true,
            Self::Lower => item_block < user_block,
        }
    }
}

/// Neighbouring blocks of users: pairs, rows, and what goes with these.
#[derive(Debug)]
pub(crate) struct UserPart {
    /// Of all users, those of the part.
    pub(crate) users: Range<usize>,
    /// Their pairs, a row each.
    pub(crate) data: Interactions,
    pub(crate) rows: Table,
    /// Of each channel; empty if its users have none.
    pub(crate) biases: [Vec<f32>; MAX_CHANNELS],
    /// Sums of squared gradients; empty if steps are not adaptive.
    pub(crate) sums: Vec<f32>,
    /// How much a positive counts, and a negative of each user: empty if 1.
    population: (f32, Vec<f32>),
    blocks: Vec<UserBlock>,
    /// What the epoch did so far with each block: summed cell by cell, as on one machine.
    pub(crate) tallies: Vec<Tally>,
}

impl UserPart {
    /// Of the blocks from this one on; `bounds` are their first users, of all, and where the last one ends.
    pub(crate) fn new(
        plan: &Plan,
        channels: &[Channel],
        (first, bounds): (usize, &[usize]),
        data: Interactions,
    ) -> Self {
        let (start, end) = (bounds[0], bounds[bounds.len() - 1]);
        let widths: Vec<usize> = channels.iter().map(|channel| channel.factors).collect();
        let block = |n: usize| UserBlock::new(first + n, bounds[n] - start..bounds[n + 1] - start);
        let mut biases: [Vec<f32>; MAX_CHANNELS] = Default::default();
        for (biases, channel) in biases.iter_mut().zip(channels) {
            *biases = vec![0.0; if channel.bias.user { end - start } else { 0 }];
        }
        Self {
            users: start..end,
            rows: Table::zeros(end - start, &widths),
            biases,
            sums: crate::epoch::first_sums(plan.params.steps, end - start),
            population: plan.population(&data),
            blocks: (0..bounds.len() - 1).map(block).collect(),
            tallies: vec![Tally::default(); bounds.len() - 1],
            data,
        }
    }

    /// Begins an epoch: sorts its positives by the round in which their item's block comes.
    pub(crate) fn plan(&mut self, plan: &Plan, targets: Targets<'_>, deal: &Deal) {
        let data = &self.data;
        let all = self.blocks.par_iter_mut();
        all.for_each(|block| block.plan(data, targets, deal, plan.blocks));
        self.tallies.fill(Tally::default());
    }

    /// As at the end of every epoch; false if a number is not sound.
    pub(crate) fn settle(&mut self) -> bool {
        let biases = self.biases.iter_mut();
        biases.fold(self.rows.settle(), |sound, biases| settle_numbers(biases) & sound)
    }
}

/// Neighbouring blocks of a deal of the items.
#[derive(Debug)]
pub(crate) struct ItemPart {
    /// The number of the first block.
    pub(crate) first: usize,
    pub(crate) blocks: Vec<ItemBlock>,
}

impl ItemPart {
    /// The numbers of its blocks.
    pub(crate) fn numbers(&self) -> Range<usize> {
        self.first..self.first + self.blocks.len()
    }

    /// As at the end of every epoch; false if a number is not sound.
    pub(crate) fn settle(&mut self) -> bool {
        let settled = |block: &mut ItemBlock| {
            let rows = settle_numbers(block.rows.as_flattened_mut());
            block.biases.iter_mut().fold(rows, |sound, biases| settle_numbers(biases) & sound)
        };
        self.blocks.par_iter_mut().map(settled).reduce(|| true, |a, b| a & b)
    }
}

/// Trains on the cells of a share, in an order that gives each block its partners in the order of the rounds: a
/// function of its arguments.
///
/// Block t of users meets block (t + r) mod B of items in round r. Cells that have no block in common may be
/// trained on in any order, or at once, as those of a diagonal i − t are; and diagonals in
/// ascending order are rounds in ascending order, to all of a share's blocks.
pub(crate) fn train_part<T: Task>(
    (task, plan): (&T, &Plan),
    (epoch, learning_rate): (u32, f32),
    users: &mut UserPart,
    items: &mut ItemPart,
    share: Share,
) {
    let lanes = users.rows.lanes();
    let widths = users.rows.widths().to_vec();
    let step = plan.step(learning_rate, users.population.0, (lanes, &widths));
    let mut biases: [&mut [f32]; MAX_CHANNELS] = Default::default();
    for (lent, own) in biases.iter_mut().zip(&mut users.biases) {
        *lent = own;
    }
    let (rows, sums): (&mut [Lanes], _) = (users.rows.data_mut(), &mut users.sums[..]);
    let all = UserRows { rows, sums, biases, weights: &users.population.1 };
    let mut rows = UserBlock::lend(&users.blocks, all, lanes);
    let tallies = &mut users.tallies[..];
    let (first_user, first_item) = (users.blocks.first().map_or(0, UserBlock::number), items.first);
    let (n_users, n_items) = (rows.len(), items.blocks.len());
    // Of places within the parts, item − user + n_users, so that it is not negative.
    for diagonal in 1..n_users + n_items {
        let skipped_users = n_users.saturating_sub(diagonal);
        let skipped_items = diagonal.saturating_sub(n_users);
        let own = users.blocks[skipped_users..].par_iter().zip(&mut rows[skipped_users..]);
        let cells = own.zip(&mut tallies[skipped_users..]).zip(&mut items.blocks[skipped_items..]);
        cells.with_max_len(1).enumerate().for_each(|(n, (((block, rows), tally), items))| {
            let (t, i) = (first_user + skipped_users + n, first_item + skipped_items + n);
            if !share.has(t, i) {
                return;
            }
            let round = if i >= t { i - t } else { i + plan.blocks - t };
            let globals = [Global::default(); MAX_CHANNELS];
            let done = plan.train((task, &step, epoch), block, rows, (round, items), globals);
            *tally = *tally + done.0;
        });
    }
}
