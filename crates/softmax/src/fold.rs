//! Folding in: the user's part of the loss, by steps on the sphere against items that stay.
//!
//! ```text
//! û = Σ of the v̂ of the history, of length 1
//! 20 times: û ← normalised û + η (I − û ûᵀ) (Σ_i a_i v̂_i − Σ_J b_j v̂_j),  η falls on a line towards 0
//! ```
//!
//! J is all items, or 8,192 that are drawn by the seed alone: the same history is the same row.

use crate::Params;
use crate::block::{Negatives, Tile, USERS};
use crate::item_steps::step_user;
use crate::objective::Objective;
use crate::rows::{add, normalise, rows_of};
use crate::solver::{Purpose, sample};
use foretaste_data::{Interactions, UserId};
use foretaste_kernels::{LANES, Lanes};
use foretaste_mf::{Factors, FoldIn, Users};
use foretaste_model::made_once;
use rayon::prelude::*;
use std::sync::OnceLock;

/// Steps of a user.
const STEPS: u32 = 20;
/// Items that stand for all, where there are more.
const ITEMS: usize = 8192;

/// Folding in by the loss that was trained on.
#[derive(Debug)]
pub(crate) struct BySphere {
    objective: Objective,
    params: Params,
    /// The items' rows, and those that stand for all; once somebody asked.
    packed: OnceLock<(Vec<Lanes>, Negatives)>,
}

impl BySphere {
    pub(crate) fn new(objective: Objective, params: Params) -> Self {
        Self { objective, params, packed: OnceLock::new() }
    }

    /// Moves the users of a tile.
    fn fold_tile(
        &self,
        histories: &Interactions,
        users: &[u32],
        items: &[Lanes],
        negatives: &Negatives,
    ) -> Vec<Lanes> {
        let lanes = self.params.factors.div_ceil(LANES);
        let own = || users.iter().map(|&user| histories.row(UserId(user)));
        let mut rows = vec![[0.0; LANES]; users.len() * lanes];
        for (row, history) in rows.chunks_exact_mut(lanes).zip(own()) {
            for item in history {
                add(row, 1.0, &items[item.index() * lanes..(item.index() + 1) * lanes]);
            }
            normalise(row);
        }
        let mut weights = vec![[0.0; LANES]; users.len() * negatives.width()];
        let mut along = vec![[0.0; LANES]; rows.len()];
        let mut positives = vec![0.0; own().map(<[_]>::len).sum()];
        for step in 0..STEPS {
            let tile = Tile {
                histories: own().collect(),
                rows: &rows,
                weights: &mut weights,
                positives: &mut positives,
                along: &mut along,
            };
            tile.run(&self.objective, negatives, items);
            let rate = self.params.lr_users * (1.0 - step as f32 / STEPS as f32);
            for (row, along) in rows.chunks_exact_mut(lanes).zip(along.chunks_exact_mut(lanes)) {
                step_user(row, along, rate);
            }
        }
        rows
    }
}

impl FoldIn for BySphere {
    fn fits(&self, factors: &Factors) -> bool {
        let plain = factors.biases.iter().all(|biases| biases.users.is_empty());
        factors.users.widths() == [self.params.factors] && plain
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        let (items, negatives) = made_once(&self.packed, || {
            let rows = rows_of(&factors.items);
            let items = sample(histories.n_items(), ITEMS, self.params.seed, Purpose::FoldIn);
            let mut negatives = Negatives::default();
            negatives.pack(items, &rows, factors.items.lanes());
            (rows, negatives)
        });
        let has = |user: &u32| !histories.row(UserId(*user)).is_empty();
        let all: Vec<u32> = (0..histories.n_users() as u32).filter(has).collect();
        let tiles = all.par_chunks(USERS);
        let folded = tiles.map(|users| self.fold_tile(histories, users, items, negatives));
        let (lanes, width) = (factors.users.lanes(), self.params.factors);
        for (of_tile, rows) in all.chunks(USERS).zip(folded.collect::<Vec<_>>()) {
            for (&user, row) in of_tile.iter().zip(rows.chunks_exact(lanes)) {
                users.rows.set(user as usize, 0, &row.as_flattened()[..width]);
            }
        }
    }
}
