//! Folding in: the rows of users whom the training has not seen, against items that stay.
//!
//! A new user starts as the mean of the trained ones, and whoever has no history remains it: what is
//! known of nobody in particular is what is known of everybody. Then the method's own loss is
//! minimised in the user's row alone, by [`BySteps`] as the method was trained, or exactly where a
//! method can ([`FoldIn`]).

mod steps;

use crate::{Biases, Factors, Table};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{Products, Scorer};
use ndarray::{ArrayView2, ArrayViewMut2};
use std::fmt::Debug;

pub use steps::{BySteps, OnPairs, OnParts, OnSearches, OnTriples};

/// Users who are folded in: what [`Factors`] has of users.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// A row each.
    pub rows: Table,
    /// b_u of each channel; empty where it has none.
    pub biases: Vec<Vec<f32>>,
}

/// How a method finds the rows of users whom it has not trained.
pub trait FoldIn: Debug + Send + Sync {
    /// Whether factors are of the shape that this is for, which those of a strange file may not be.
    fn fits(&self, factors: &Factors) -> bool;

    /// How many of the first channels are of one space: all that folding in mixes with the rows that scores are
    /// products of. They are turned together, and folding in gives the same scores as before.
    fn one_space(&self) -> usize {
        1
    }

    /// Moves each of `users`, who start as the mean of the trained ones, to where their history, the
    /// row of `histories` with their number, puts them. Users without history stay as they are.
    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users);

    /// What each item of a history, the row of `histories` with the user's number, brings to the score
    /// of `item`, of users who are folded in by it: numbers that sum to the score. `None` where a score
    /// is no such sum, as by default.
    ///
    /// # Panics
    /// If there is no such user or item.
    fn shares(
        &self,
        _: &Factors,
        _history: (&Interactions, UserId),
        _item: ItemId,
    ) -> Option<Vec<f32>> {
        None
    }
}

impl Users {
    /// One user, the mean of the trained ones.
    pub(crate) fn mean(factors: &Factors) -> Self {
        let widths = factors.users.widths();
        let mut rows = Table::zeros(1, widths);
        for (channel, &width) in widths.iter().enumerate() {
            rows.fill(channel, &mean_row(factors.users.view(channel), width));
        }
        let mean = |biases: &Biases| match biases.users.len() {
            0 => Vec::new(),
            n => vec![(biases.users.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64) as f32],
        };
        Self { rows, biases: factors.biases.iter().map(mean).collect() }
    }

    /// So many users, all as this one.
    pub(crate) fn repeated(&self, count: usize) -> Self {
        let mut rows = Table::zeros(count, self.rows.widths());
        for channel in 0..self.rows.widths().len() {
            rows.fill(channel, &self.rows.to_rows(channel).repeat(count));
        }
        let biases = self.biases.iter().map(|biases| biases.repeat(count)).collect();
        Self { rows, biases }
    }

    /// The first user who has a number that is not finite.
    pub(crate) fn not_finite(&self) -> Option<usize> {
        let numbers = |user| self.rows.row(user).as_flattened().iter();
        let biases = |user| self.biases.iter().filter_map(move |biases| biases.get(user));
        let sound = |user: &usize| numbers(*user).chain(biases(*user)).all(|x| x.is_finite());
        (0..self.rows.rows()).find(|user| !sound(user))
    }
}

/// Summed in f64, row after row.
fn mean_row(rows: ArrayView2<'_, f32>, width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    for row in rows.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let count = rows.nrows().max(1) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

/// The scores of users who were folded in.
#[derive(Debug)]
pub(crate) struct Folded<'a> {
    pub(crate) users: Users,
    pub(crate) factors: &'a Factors,
}

impl Folded<'_> {
    fn inner_products(&self) -> Products<'_> {
        let Biases { items, global, .. } = &self.factors.biases[0];
        let table = &self.factors.items;
        let products =
            Products::new(self.users.rows.view(0), table.view(0)).padded_from(table.widths()[0]);
        products.with_biases(&self.users.biases[0], items, *global)
    }
}

impl Scorer for Folded<'_> {
    fn n_users(&self) -> usize {
        self.users.rows.rows()
    }

    fn n_items(&self) -> usize {
        self.factors.n_items()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.inner_products().score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        Some(self.inner_products())
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.factors.item_vectors()
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        Some(self.users.rows.view(0))
    }
}

#[cfg(test)]
mod tests;
