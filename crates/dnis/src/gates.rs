//! Gates of blocks, and the steps on them.

use crate::blocks::by_frequency;
use crate::objective::Loss;
use crate::streams::{Purpose, stream};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::{Error, Factors, Pairwise, State};
use rand::Rng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

/// Held-out interactions whose gradients are summed in one go: sums are the same at any thread count.
const CHUNK: usize = 128;

/// Draws until an item is found that the user has not; who has nearly all is left out.
const DRAWS: usize = 64;

/// The gates of users and of items, by block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gates {
    width: usize,
    /// The block of each user, and of each item.
    blocks: [Vec<u32>; 2],
    /// α: a row of `width` a block.
    pub(crate) alpha: [Vec<f32>; 2],
}

/// How gates move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moves {
    /// η_α.
    pub(crate) rate: f32,
    /// μ.
    pub(crate) l1: f32,
    /// Held-out interactions of a step.
    pub(crate) batch: usize,
    pub(crate) seed: u64,
}

/// What gates are learnt on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldOut<'a> {
    pub(crate) rows: &'a Interactions,
    /// What users have besides.
    pub(crate) seen: &'a Interactions,
}

impl Gates {
    /// All open.
    pub(crate) fn new(data: &Interactions, blocks: usize, width: usize) -> Self {
        let of_users: Vec<u32> =
            data.starts().windows(2).map(|bounds| (bounds[1] - bounds[0]) as u32).collect();
        let counts = [of_users, data.item_counts()];
        let alpha = [0, 1].map(|_| vec![1.0; blocks * width]);
        Self { width, blocks: counts.map(|counts| by_frequency(&counts, blocks)), alpha }
    }

    /// Puts the gates beside the numbers that they are of.
    pub(crate) fn put(&self, factors: &mut Factors) {
        let tables = [&mut factors.users, &mut factors.items];
        for ((table, blocks), alpha) in tables.into_iter().zip(&self.blocks).zip(&self.alpha) {
            let row = |&block: &u32| self.row(alpha, block).iter().copied();
            table.fill(1, &blocks.iter().flat_map(row).collect::<Vec<f32>>());
        }
    }

    fn row<'a>(&self, alpha: &'a [f32], block: u32) -> &'a [f32] {
        &alpha[block as usize * self.width..(block as usize + 1) * self.width]
    }

    /// Visits all held-out interactions once, in batches, and steps on each.
    pub(crate) fn step(
        &mut self,
        factors: &Factors,
        held_out: HeldOut<'_>,
        epoch: u32,
        moves: Moves,
    ) {
        let mut rows: Vec<(UserId, ItemId)> =
            held_out.rows.pairs().map(|pair| (pair.user, pair.item)).collect();
        rows.shuffle(&mut stream(moves.seed, Purpose::Order, epoch, 0));
        let tables = [factors.users.to_rows(0), factors.items.to_rows(0)];
        let biases = &factors.biases[0].items;
        for (batch, rows) in rows.chunks(moves.batch).enumerate() {
            let chunks = rows.par_chunks(CHUNK).enumerate().map(|(chunk, rows)| {
                let at = (batch * moves.batch + chunk * CHUNK) as u64;
                let mut rng = stream(moves.seed, Purpose::Negatives, epoch, at);
                let mut sums = Sums::new(&self.alpha);
                for &(user, item) in rows {
                    if let Some(other) = held_out.draw(user, &mut rng) {
                        self.add(&tables, biases, (user, item, other), &mut sums);
                    }
                }
                sums
            });
            let chunks: Vec<Sums> = chunks.collect();
            let sums = chunks.iter().fold(Sums::new(&self.alpha), Sums::plus);
            if sums.count > 0 {
                self.move_by(&sums, moves);
            }
        }
    }

    /// Adds the gradient of a triple.
    fn add(
        &self,
        [users, items]: &[Vec<f32>; 2],
        biases: &[f32],
        (user, i, j): (UserId, ItemId, ItemId),
        sums: &mut Sums,
    ) {
        let width = self.width;
        let row = |n: usize| n * width..(n + 1) * width;
        let [of_users, of_items] = &self.alpha;
        let blocks =
            [self.blocks[0][user.index()], self.blocks[1][i.index()], self.blocks[1][j.index()]];
        let u = &users[row(user.index())];
        let [v, w] = [i, j].map(|item| &items[row(item.index())]);
        let a = self.row(of_users, blocks[0]);
        let [b, c] = [blocks[1], blocks[2]].map(|block| self.row(of_items, block));
        let difference = |k: usize| b[k] * v[k] - c[k] * w[k];
        let bias = |item: ItemId| biases.get(item.index()).copied().unwrap_or(0.0);
        let x: f32 = (0..width).map(|k| a[k] * u[k] * difference(k)).sum();
        let x = x + bias(i) - bias(j);
        let slope = -Loss.descent(x, [1.0, 0.0]);
        let [of_users, of_items] = &mut sums.gradients;
        let start = |block: u32| block as usize * width;
        for k in 0..width {
            let along_u = slope * a[k] * u[k];
            of_users[start(blocks[0]) + k] += f64::from(slope * u[k] * difference(k));
            of_items[start(blocks[1]) + k] += f64::from(along_u * v[k]);
            of_items[start(blocks[2]) + k] -= f64::from(along_u * w[k]);
        }
        sums.count += 1;
    }

    fn move_by(&mut self, sums: &Sums, Moves { rate, l1, .. }: Moves) {
        for (alpha, gradients) in self.alpha.iter_mut().zip(&sums.gradients) {
            let rows = alpha.chunks_exact_mut(self.width).zip(gradients.chunks_exact(self.width));
            for (alpha, sums_of_row) in rows {
                let gradient = |sum: &f64| sum / sums.count as f64 + f64::from(l1);
                let mean = sums_of_row.iter().map(|sum| gradient(sum).abs()).sum::<f64>()
                    / self.width as f64;
                for (alpha, sum) in alpha.iter_mut().zip(sums_of_row) {
                    let step = f64::from(rate) * gradient(sum) / (mean + 1e-8);
                    *alpha = (f64::from(*alpha) - step).clamp(0.0, 1.0) as f32;
                }
            }
        }
    }

    pub(crate) fn save(&self, state: &mut State) {
        state.put("gates.users", self.alpha[0].clone());
        state.put("gates.items", self.alpha[1].clone());
    }

    pub(crate) fn restore(&mut self, state: &State) -> Result<(), Error> {
        for (alpha, name) in self.alpha.iter_mut().zip(["gates.users", "gates.items"]) {
            let len = alpha.len();
            alpha.copy_from_slice(state.get_all(name, len)?);
        }
        Ok(())
    }
}

impl HeldOut<'_> {
    /// An item that the user has not, neither held out nor else.
    fn draw(&self, user: UserId, rng: &mut impl Rng) -> Option<ItemId> {
        let mut any = || ItemId(rng.random_range(0..self.seen.n_items() as u32));
        let is_other =
            |item: &ItemId| !self.seen.contains(user, *item) && !self.rows.contains(user, *item);
        (0..DRAWS).map(|_| any()).find(is_other)
    }
}

/// Sums of gradients, of users' gates and of items', and how many triples they are of.
#[derive(Clone, Debug)]
struct Sums {
    gradients: [Vec<f64>; 2],
    count: u64,
}

impl Sums {
    fn new(alpha: &[Vec<f32>; 2]) -> Self {
        Self { gradients: [0, 1].map(|side| vec![0.0; alpha[side].len()]), count: 0 }
    }

    fn plus(mut self, other: &Self) -> Self {
        for (own, others) in self.gradients.iter_mut().zip(&other.gradients) {
            own.iter_mut().zip(others).for_each(|(own, other)| *own += other);
        }
        self.count += other.count;
        self
    }
}

#[cfg(test)]
mod tests;
