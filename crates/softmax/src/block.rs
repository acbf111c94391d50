//! Users who are trained together: their gradients, and those of the items that stand for all.
//!
//! ```text
//! S = U Vᵀ           by tiles of users: cosines with the negatives
//! B = weights of S   row by row: the loss
//! B V                by tiles of users: what moves them
//! Bᵀ U               by tiles of items: what moves the negatives
//! ```
//!
//! Tiles are of fixed sizes, and each number is a sum in one order: threads change nothing.

use crate::objective::Objective;
use crate::rows::{add, gather_panel, turn_panel};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_kernels::{LANES, Lanes, Left, add_product, dispatch, dot};
use rayon::prelude::*;

/// Users of a tile.
pub(crate) const USERS: usize = 24;
/// Negatives of a tile.
const ITEMS: usize = 96;

/// Items that stand for all, packed for products.
#[derive(Debug, Default)]
pub(crate) struct Negatives {
    items: Vec<u32>,
    lanes: usize,
    /// Panels of [`LANES`] items, number by number.
    turned: Vec<Lanes>,
    /// Panels of [`LANES`] numbers, item by item.
    panels: Vec<Lanes>,
}

impl Negatives {
    /// Packs the rows of other items.
    pub(crate) fn pack(&mut self, items: Vec<u32>, rows: &[Lanes], lanes: usize) {
        let depth = lanes * LANES;
        self.turned.resize(items.len().div_ceil(LANES) * depth, [0.0; LANES]);
        let turned = self.turned.par_chunks_mut(depth).zip(items.par_chunks(LANES));
        turned.for_each(|(out, items)| turn_panel(rows, lanes, items, out));
        self.panels.resize(items.len() * lanes, [0.0; LANES]);
        let panels = self.panels.par_chunks_mut(items.len().max(1)).enumerate();
        panels.for_each(|(panel, out)| gather_panel(rows, lanes, panel, &items, out));
        (self.items, self.lanes) = (items, lanes);
    }

    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }

    /// Lanes in a row of weights.
    pub(crate) fn width(&self) -> usize {
        self.items.len().div_ceil(LANES)
    }
}

/// Users of a tile, and what is found for them.
#[derive(Debug)]
pub(crate) struct Tile<'a> {
    /// The items of each.
    pub(crate) histories: Vec<&'a [ItemId]>,
    /// Their rows, of length 1.
    pub(crate) rows: &'a [Lanes],
    /// The weights of negatives, a row each.
    pub(crate) weights: &'a mut [Lanes],
    /// The weights of all their items, one after the other.
    pub(crate) positives: &'a mut [f32],
    /// Where the loss falls, a row each; divided by the number of the user's items.
    pub(crate) along: &'a mut [Lanes],
}

impl Tile<'_> {
    /// Finds it; the sum of the losses.
    pub(crate) fn run(self, objective: &Objective, negatives: &Negatives, items: &[Lanes]) -> f64 {
        let Self { histories, rows, weights, positives, along } = self;
        let (lanes, width) = (negatives.lanes, negatives.width());
        let row_of = |item: ItemId| &items[item.index() * lanes..(item.index() + 1) * lanes];
        let of_rows = |numbers, lanes: usize| Left::Rows { numbers, stride: lanes * LANES };
        weights.fill([0.0; LANES]);
        add_product(of_rows(rows.as_flattened(), lanes), lanes * LANES, &negatives.turned, weights);
        let loss = dispatch(
            #[inline(always)]
            || {
                let (mut loss, mut rest) = (0.0, &mut *positives);
                let each = rows.chunks_exact(lanes).zip(weights.chunks_exact_mut(width));
                for (history, (row, weights)) in histories.iter().zip(each) {
                    let (own, later) = std::mem::take(&mut rest).split_at_mut(history.len());
                    rest = later;
                    for (cosine, &item) in own.iter_mut().zip(*history) {
                        *cosine = dot(row, row_of(item));
                    }
                    let count = negatives.items.len();
                    loss += history.len() as f64 * objective.weigh(weights, count, own);
                }
                loss
            },
        );
        along.fill([0.0; LANES]);
        let depth = negatives.items.len();
        add_product(of_rows(weights.as_flattened(), width), depth, &negatives.panels, along);
        dispatch(
            #[inline(always)]
            || {
                let mut rest = &*positives;
                for (history, along) in histories.iter().zip(along.chunks_exact_mut(lanes)) {
                    along.iter_mut().flatten().for_each(|x| *x = -*x);
                    let (own, later) = rest.split_at(history.len());
                    rest = later;
                    for (&weight, &item) in own.iter().zip(*history) {
                        add(along, weight, row_of(item));
                    }
                }
            },
        );
        loss
    }
}

/// The users of a block, and where its rows are to move.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The users' rows before the step.
    pub(crate) rows: Vec<Lanes>,
    /// Where the users are to move: see [`Tile::along`].
    pub(crate) of_users: Vec<Lanes>,
    /// Where items are to move: first the negatives in their order, then others.
    pub(crate) of_items: Vec<Lanes>,
    weights: Vec<Lanes>,
    positives: Vec<f32>,
    weighted: Vec<Lanes>,
}

/// No place in [`Block::of_items`].
pub(crate) const NOWHERE: u32 = u32::MAX;

impl Block {
    /// Finds where `users` and items are to move, and puts the place of each item that is into `places`,
    /// which have [`NOWHERE`] for all. Returns the sum of the losses.
    pub(crate) fn run(
        &mut self,
        objective: &Objective,
        data: &Interactions,
        users: (&[u32], &[Lanes]),
        negatives: &Negatives,
        (items, places): (&[Lanes], &mut [u32]),
    ) -> f64 {
        let (users, of_all) = users;
        let lanes = negatives.lanes;
        self.rows.clear();
        for &user in users {
            let start = user as usize * lanes;
            self.rows.extend_from_slice(&of_all[start..start + lanes]);
        }
        let loss = self.move_users(objective, data, users, negatives, items);
        self.move_negatives(data, users, negatives);
        for (place, &item) in (0..).zip(negatives.items()) {
            places[item as usize] = place;
        }
        self.move_positives(data, users, lanes, places);
        loss
    }

    fn move_users(
        &mut self,
        objective: &Objective,
        data: &Interactions,
        users: &[u32],
        negatives: &Negatives,
        items: &[Lanes],
    ) -> f64 {
        let (lanes, width) = (negatives.lanes, negatives.width());
        let history = |user: &u32| data.row(UserId(*user));
        let pairs = users.iter().map(|user| history(user).len()).sum();
        self.weights.resize(users.len() * width, [0.0; LANES]);
        self.of_users.resize(users.len() * lanes, [0.0; LANES]);
        self.positives.resize(pairs, 0.0);
        let mut rest = &mut self.positives[..];
        let mut tiles = Vec::new();
        let of_rows = self.rows.chunks(USERS * lanes).zip(self.weights.chunks_mut(USERS * width));
        let of_tiles = of_rows.zip(self.of_users.chunks_mut(USERS * lanes));
        for (users, ((rows, weights), along)) in users.chunks(USERS).zip(of_tiles) {
            let histories: Vec<_> = users.iter().map(history).collect();
            let own = histories.iter().map(|history| history.len()).sum();
            let (positives, later) = std::mem::take(&mut rest).split_at_mut(own);
            rest = later;
            tiles.push(Tile { histories, rows, weights, positives, along });
        }
        let losses = tiles.into_par_iter().map(|tile| tile.run(objective, negatives, items));
        // In the order of the tiles.
        losses.collect::<Vec<f64>>().into_iter().sum()
    }

    fn move_negatives(&mut self, data: &Interactions, users: &[u32], negatives: &Negatives) {
        let (lanes, width, count) = (negatives.lanes, negatives.width(), users.len());
        self.weighted.resize(count * lanes, [0.0; LANES]);
        for (n, (&user, row)) in users.iter().zip(self.rows.chunks_exact(lanes)).enumerate() {
            let weight = -(data.row(UserId(user)).len() as f32);
            for (panel, numbers) in row.iter().enumerate() {
                self.weighted[panel * count + n] = numbers.map(|x| weight * x);
            }
        }
        self.of_items.clear();
        self.of_items.resize(negatives.items.len() * lanes, [0.0; LANES]);
        let (weights, weighted) = (self.weights.as_flattened(), &self.weighted);
        let tiles = self.of_items.par_chunks_mut(ITEMS * lanes).enumerate();
        tiles.for_each(|(tile, out)| {
            let left = Left::Columns { numbers: &weights[tile * ITEMS..], stride: width * LANES };
            add_product(left, count, weighted, out);
        });
    }

    /// In the order of the users, so that an item's sum has one order.
    fn move_positives(
        &mut self,
        data: &Interactions,
        users: &[u32],
        lanes: usize,
        places: &mut [u32],
    ) {
        let Self { rows, of_items, positives, .. } = self;
        let mut weights = positives.iter();
        dispatch(
            #[inline(always)]
            || {
                for (&user, row) in users.iter().zip(rows.chunks_exact(lanes)) {
                    let history = data.row(UserId(user));
                    for (item, weight) in history.iter().zip(&mut weights) {
                        let place = &mut places[item.index()];
                        if *place == NOWHERE {
                            *place = (of_items.len() / lanes) as u32;
                            of_items.resize(of_items.len() + lanes, [0.0; LANES]);
                        }
                        let start = *place as usize * lanes;
                        let weight = history.len() as f32 * weight;
                        add(&mut of_items[start..start + lanes], weight, row);
                    }
                }
            },
        );
    }
}

#[cfg(test)]
mod tests;
