//! The order of an epoch: which positives a cell holds.
//!
//! Users stay in blocks of neighbouring users with about equally many positives. In each epoch, a
//! block's positives are sorted by the round in which their item's block comes: one counting
//! sort, whose reads are sequential and whose writes go to as many places as there are blocks.
//! So a cell is a list of positives, in the order of the users, read from front to back.

use crate::cell::{MAX_CHANNELS, Positives};
use crate::deal::{Deal, MAX_BLOCK};
use crate::{Channel, Negatives, Params, Steps, Targets, Weighting};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_kernels::{LANES, Lanes, lanes_for};
use foretaste_model::pairs_before;
use std::ops::Range;

/// Set in the first positive of each user in a cell; the other bits are the item's place.
pub(crate) const FIRST: u16 = 1 << 15;

/// A block of item rows shall fill at most this much: half of a small second-level cache.
const BLOCK_BYTES: usize = 256 << 10;
/// As many cells as this can run in parallel whatever the size of the data.
const MIN_BLOCKS: usize = 16;
/// A block has this many items: the fewer, the more often it holds no negative, and the fewer the
/// items that are compared with each other within an epoch.
const MIN_ITEMS: usize = 64;
/// A cell has this many positives on average: with fewer, finding the cells takes longer than
/// training on them.
const MIN_POSITIVES: usize = 256;

/// B, the number of item blocks and of user blocks: a function of the data's shape alone, never
/// of the machine or the number of threads.
///
/// What is wished for most comes last:
///
/// 1. blocks that fit the cache,
/// 2. but enough positives in a cell, of which there are B²: of the 10⁷ items and 10⁹ interactions
///    that the cache alone would cut into 10⁸ cells of ten, 1,976 blocks remain. Their rows then wait
///    for a cache further away, or for memory, as without blocks;
/// 3. and enough cells at a time for many threads;
/// 4. but enough items in a block: 4,096 factors make rows of which a cache holds 16;
/// 5. at most [`MAX_BLOCK`] items in a block, which is what places have bits for.
pub(crate) fn block_count(n_items: usize, nnz: usize, lanes: usize) -> usize {
    let row_bytes = (lanes * LANES * 4).max(1);
    let fits_cache = (n_items * row_bytes).div_ceil(BLOCK_BYTES);
    let enough_positives = (nnz / MIN_POSITIVES).isqrt();
    let enough_items = n_items / MIN_ITEMS;
    let wanted = fits_cache.min(enough_positives).max(MIN_BLOCKS).min(enough_items);
    wanted.max(n_items.div_ceil(MAX_BLOCK)).max(1)
}

/// Bytes that a training with `params` allocates at its peak for data of `n_users`, `n_items` and
/// `nnz`, on top of the interactions themselves: factor rows (items twice, users and items once
/// more if `patience` says that the best model is kept), the plan (2 B a positive, 6 B if each has
/// a label of its own, and 4 B a user and cell), tables of items.
///
/// `more` are the channels after the first.
pub fn memory_estimate(
    params: &Params,
    more: &[Channel],
    targets: Targets<'_>,
    (n_users, n_items, nnz): (usize, usize, usize),
) -> u64 {
    let widths = more.iter().map(|channel| channel.factors);
    let lanes = lanes_for(params.factors) + widths.map(lanes_for).sum::<usize>();
    let biases = || more.iter().map(|channel| channel.bias).chain([params.bias]);
    let user_biases = biases().filter(|bias| bias.user).count() as u64;
    let item_biases = biases().filter(|bias| bias.item).count() as u64;
    let sum = 4 * u64::from(params.steps == Steps::AdaGrad);
    let row = (lanes * LANES * 4) as u64 + sum;
    let (user_row, item_row) = (row + 4 * user_biases, row + 4 * item_biases);
    let blocks = block_count(n_items, nnz, lanes) as u64;
    let (users, items, nnz) = (n_users as u64, n_items as u64, nnz as u64);
    let snapshot = if params.patience > 0 { users * user_row + items * item_row } else { 0 };
    let a_positive = if matches!(targets, Targets::Pairs(_)) { 6 } else { 2 };
    let plan = a_positive * nnz + 4 * nnz.min(users * blocks) + 20 * blocks * blocks;
    let weights = 4 * users * u64::from(params.weighting == Weighting::Population);
    let of_targets = 4 * items * u64::from(matches!(targets, Targets::Items(_)));
    let of_items = match params.sampler {
        // Counts, places, order, marks.
        Negatives::Uniform | Negatives::Any | Negatives::Hardest(_) => 13 * items,
        // Weights, and their alias tables, too.
        Negatives::Popularity(_) => 37 * items,
    };
    /// Lists of blocks, random streams, what the thread pool allocates.
    const ODDS_AND_ENDS: u64 = 128 << 10;
    let rows = users * user_row + 2 * items * item_row + snapshot;
    rows + plan + weights + of_targets + of_items + ODDS_AND_ENDS
}

/// A block of neighbouring users and, round by round, their positives.
#[derive(Debug)]
pub(crate) struct UserBlock {
    /// This block's number: in round r it meets item block (number + r) mod B.
    number: usize,
    users: Range<usize>,
    cells: Cells,
}

/// The first user of each of `count` blocks; then how many users there are.
pub(crate) fn bounds(data: &Interactions, count: usize) -> Vec<usize> {
    let start = |number: usize| {
        let before = pairs_before(number, count, data.nnz());
        match number {
            0 => 0,
            _ if number == count => data.n_users(),
            _ => data.starts().partition_point(|&start| start < before).min(data.n_users()),
        }
    };
    (0..=count).map(start).collect()
}

/// What a block's users have: lent out for an epoch.
#[derive(Debug)]
pub(crate) struct UserRows<'a> {
    pub(crate) rows: &'a mut [Lanes],
    /// Sums of squared gradients; empty if steps are not adaptive.
    pub(crate) sums: &'a mut [f32],
    /// Of each channel; empty if its users have none.
    pub(crate) biases: [&'a mut [f32]; MAX_CHANNELS],
    /// How much a negative of each user counts; empty if 1.
    pub(crate) weights: &'a [f32],
}

impl<'a> UserRows<'a> {
    /// Cuts off the first `users`' part.
    fn split(self, users: usize, lanes: usize) -> (Self, Self) {
        let cut = |numbers: &'a mut [f32]| numbers.split_at_mut(users.min(numbers.len()));
        let (rows, other_rows) = self.rows.split_at_mut(users * lanes);
        let (sums, other_sums) = cut(self.sums);
        let mut biases = self.biases;
        let mut other_biases: [&'a mut [f32]; MAX_CHANNELS] = Default::default();
        for (biases, others) in biases.iter_mut().zip(&mut other_biases) {
            (*biases, *others) = cut(std::mem::take(biases));
        }
        let (weights, other_weights) = self.weights.split_at(users.min(self.weights.len()));
        let others = Self {
            rows: other_rows,
            sums: other_sums,
            biases: other_biases,
            weights: other_weights,
        };
        (Self { rows, sums, biases, weights }, others)
    }
}

/// A block's positives, cell after cell.
#[derive(Debug, Default)]
struct Cells {
    positives: Vec<u16>,
    /// Their labels, if each has its own.
    targets: Vec<f32>,
    /// The users (within the block) that have positives in a cell, one for each [`FIRST`].
    owners: Vec<u32>,
    /// Where the positives and the owners of each round end.
    ends: Vec<(usize, usize)>,
    /// Scratch: the user that came last in each round.
    last: Vec<u32>,
}

impl UserBlock {
    pub(crate) fn new(number: usize, users: Range<usize>) -> Self {
        Self { number, users, cells: Cells::default() }
    }

    /// Cuts the users into `count` blocks.
    pub(crate) fn cut(data: &Interactions, count: usize) -> Vec<Self> {
        let bounds = bounds(data, count);
        (0..count).map(|number| Self::new(number, bounds[number]..bounds[number + 1])).collect()
    }

    /// Lends each block what is its users' of what all users have.
    pub(crate) fn lend<'r>(
        blocks: &[Self],
        mut all: UserRows<'r>,
        lanes: usize,
    ) -> Vec<UserRows<'r>> {
        let mut lent = Vec::with_capacity(blocks.len());
        for block in blocks {
            let (own, others) = all.split(block.users.len(), lanes);
            lent.push(own);
            all = others;
        }
        lent
    }

    /// The number of the block.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Sorts the block's positives by round.
    pub(crate) fn plan(
        &mut self,
        data: &Interactions,
        targets: Targets<'_>,
        deal: &Deal,
        blocks: usize,
    ) {
        let number = self.number;
        let round = |item: &ItemId| {
            let code = deal.code(item.index());
            let block = code.block();
            let round = if block >= number { block - number } else { block + blocks - number };
            (round, code.local())
        };
        let rows = || self.users.clone().map(|user| data.row(UserId(user as u32)));
        self.cells.count(rows().map(|row| row.iter().map(|item| round(item).0)), blocks);
        self.cells.fill(rows().map(|row| row.iter().map(round)));
        if let Targets::Pairs(targets) = targets {
            let pairs = data.starts()[self.users.start]..data.starts()[self.users.end];
            let rounds = rows().flatten().map(|item| round(item).0);
            self.cells.fill_targets(rounds.zip(&targets[pairs]));
        }
    }

    /// The positives of a round.
    #[inline]
    pub(crate) fn cell(&self, round: usize) -> Positives<'_> {
        let start = if round == 0 { (0, 0) } else { self.cells.ends[round - 1] };
        let end = self.cells.ends[round];
        let targets = &self.cells.targets;
        Positives {
            places: &self.cells.positives[start.0..end.0],
            targets: if targets.is_empty() { &[] } else { &targets[start.0..end.0] },
            owners: &self.cells.owners[start.1..end.1],
        }
    }
}

const NOBODY: u32 = u32::MAX;

impl Cells {
    /// Counts positives and owners of each round and makes room for them; `ends` then holds where
    /// each round starts.
    fn count(&mut self, rows: impl Iterator<Item = impl Iterator<Item = usize>>, blocks: usize) {
        self.ends.clear();
        self.ends.resize(blocks, (0, 0));
        self.last.clear();
        self.last.resize(blocks, NOBODY);
        for (user, rounds) in (0u32..).zip(rows) {
            for round in rounds {
                self.ends[round].0 += 1;
                self.ends[round].1 += usize::from(self.last[round] != user);
                self.last[round] = user;
            }
        }
        let mut total = (0, 0);
        for end in &mut self.ends {
            let count = *end;
            *end = total;
            total = (total.0 + count.0, total.1 + count.1);
        }
        self.positives.resize(total.0, 0);
        // The number of owners changes from epoch to epoch: exact room, so that memory can be told.
        if self.owners.capacity() < total.1 {
            // The old ones go before the new ones come.
            self.owners = Vec::new();
            self.owners = Vec::with_capacity(total.1);
        }
        self.owners.resize(total.1, 0);
    }

    /// Writes positives and owners to their places; afterwards `ends` holds the ends.
    fn fill(&mut self, rows: impl Iterator<Item = impl Iterator<Item = (usize, u16)>>) {
        self.last.fill(NOBODY);
        for (user, row) in (0u32..).zip(rows) {
            for (round, local) in row {
                let end = &mut self.ends[round];
                let first = self.last[round] != user;
                self.positives[end.0] = local | if first { FIRST } else { 0 };
                end.0 += 1;
                if first {
                    self.owners[end.1] = user;
                    end.1 += 1;
                    self.last[round] = user;
                }
            }
        }
    }

    /// Writes each positive's label to its place; the counterpart of [`fill`](Self::fill), after
    /// it.
    fn fill_targets<'t>(&mut self, targets: impl Iterator<Item = (usize, &'t f32)>) {
        self.targets.resize(self.positives.len(), 0.0);
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| end.0));
        let mut next: Vec<usize> = starts.take(self.ends.len()).collect();
        for (round, target) in targets {
            self.targets[next[round]] = *target;
            next[round] += 1;
        }
    }
}

#[cfg(test)]
mod tests;
