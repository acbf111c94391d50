//! Scores that are inner products.

use crate::Scorer;
use foretaste_data::{ItemId, UserId};
use foretaste_kernels::{dot_in_order, dots_in_order, multiply};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use std::array::from_fn;

/// A model whose scores are x_ui = ⟨U_u, V_i⟩ + b_i + b_u + b.
///
/// A score does not depend on the machine nor on what is scored with it: sums run from the first
/// factor to the last, without fused operations.
#[derive(Clone, Copy, Debug)]
pub struct Products<'a> {
    users: ArrayView2<'a, f32>,
    items: ArrayView2<'a, f32>,
    user_bias: &'a [f32],
    item_bias: &'a [f32],
    global_bias: f32,
    /// Numbers of a row that are factors; those behind are zeros.
    factors: usize,
}

impl<'a> Products<'a> {
    /// Inner products without biases: `users` and `items` have a row each, of the same number of
    /// factors.
    ///
    /// # Panics
    /// If they have not, or the numbers of a row do not lie one after the other.
    pub fn new(users: ArrayView2<'a, f32>, items: ArrayView2<'a, f32>) -> Self {
        assert_eq!(users.ncols(), items.ncols(), "rows of one length");
        let contiguous = |rows: &ArrayView2<'_, f32>| {
            rows.rows().into_iter().next().is_none_or(|row| row.as_slice().is_some())
        };
        assert!(contiguous(&users) && contiguous(&items), "numbers of a row lie side by side");
        let factors = users.ncols();
        Self { users, items, user_bias: &[], item_bias: &[], global_bias: 0.0, factors }
    }

    /// With biases: one number a user, one number an item, each empty if there are none; and one
    /// for all.
    ///
    /// # Panics
    /// If there are some but not one for each.
    #[must_use]
    pub fn with_biases(self, users: &'a [f32], items: &'a [f32], global: f32) -> Self {
        assert!(users.is_empty() || users.len() == self.n_users(), "one bias a user");
        assert!(items.is_empty() || items.len() == self.n_items(), "one bias an item");
        Self { user_bias: users, item_bias: items, global_bias: global, ..self }
    }

    /// Of rows that zeros follow, up to a length that suits the machine: how many numbers are factors.
    ///
    /// # Panics
    /// If rows are shorter.
    #[must_use]
    pub fn padded_from(self, factors: usize) -> Self {
        assert!(factors <= self.users.ncols(), "padding makes rows longer");
        Self { factors, ..self }
    }

    /// Number of users.
    pub fn n_users(&self) -> usize {
        self.users.nrows()
    }

    /// Number of items.
    pub fn n_items(&self) -> usize {
        self.items.nrows()
    }

    /// The score of a pair.
    ///
    /// # Panics
    /// If there is no such user or item.
    pub fn score(&self, user: usize, item: usize) -> f32 {
        let product = dot_in_order(self.user(user), self.item(item));
        product + self.item_bias(item) + self.shift(user)
    }

    /// [`Products::score`] of some items.
    pub(crate) fn scores<const N: usize>(&self, user: usize, items: [ItemId; N]) -> [f32; N] {
        let rows = items.map(|item| self.item(item.index()));
        let products = dots_in_order(self.user(user), rows);
        from_fn(|n| products[n] + self.item_bias(items[n].index()) + self.shift(user))
    }

    /// Writes the scores of all items for `users[n]` into row `n` of `out`, as
    /// [`Scorer::score_block`](crate::Scorer::score_block) wants it: the same numbers as
    /// [`Products::score`].
    ///
    /// # Panics
    /// If there is no such user or `out` has another shape.
    pub fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        assert_eq!(out.dim(), (users.len(), self.n_items()), "a row a user, a column an item");
        let rows: Vec<&[f32]> = users.iter().map(|user| self.user(user.index())).collect();
        let items: Vec<&[f32]> = (0..self.n_items()).map(|item| self.item(item)).collect();
        multiply(&rows, &items, out.as_slice_mut().expect("scores are in standard layout"));
        if self.item_bias.is_empty() && self.user_bias.is_empty() && self.global_bias == 0.0 {
            return;
        }
        for (user, mut row) in users.iter().zip(out.rows_mut()) {
            let shift = self.shift(user.index());
            for (item, score) in row.iter_mut().enumerate() {
                *score = *score + self.item_bias(item) + shift;
            }
        }
    }

    /// Writes the scores of `items[m]` for `users[n]` into row `n`, column `m` of `out`.
    fn score_items(&self, users: &[UserId], items: &[ItemId], mut out: ArrayViewMut2<'_, f32>) {
        assert_eq!(out.dim(), (users.len(), items.len()), "a row a user, a column an item");
        let rows: Vec<&[f32]> = users.iter().map(|user| self.user(user.index())).collect();
        let columns: Vec<&[f32]> = items.iter().map(|item| self.item(item.index())).collect();
        multiply(&rows, &columns, out.as_slice_mut().expect("scores are in standard layout"));
        for (user, mut row) in users.iter().zip(out.rows_mut()) {
            let shift = self.shift(user.index());
            for (item, score) in items.iter().zip(&mut row) {
                *score = *score + self.item_bias(item.index()) + shift;
            }
        }
    }

    /// Number of factors of a user or item, without padding.
    pub(crate) fn unpadded(&self) -> usize {
        self.factors
    }

    /// Numbers in a row of a user or item.
    pub(crate) fn factors(&self) -> usize {
        self.users.ncols()
    }

    /// The factors of a user.
    pub(crate) fn user(&self, user: usize) -> &'a [f32] {
        row(self.users, user)
    }

    /// The factors of an item.
    pub(crate) fn item(&self, item: usize) -> &'a [f32] {
        row(self.items, item)
    }

    /// b_i.
    pub(crate) fn item_bias(&self, item: usize) -> f32 {
        self.item_bias.get(item).copied().unwrap_or(0.0)
    }

    /// b_u + b: what all scores of a user have in common.
    pub(crate) fn shift(&self, user: usize) -> f32 {
        self.user_bias.get(user).copied().unwrap_or(0.0) + self.global_bias
    }
}

/// Some of a model's items, as a scorer of these alone: item `n` is `items[n]`. The scores are those
/// of [`Products::score`], bit for bit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathered<'a> {
    pub(crate) products: Products<'a>,
    pub(crate) items: &'a [ItemId],
}

impl Scorer for Gathered<'_> {
    fn n_users(&self) -> usize {
        self.products.n_users()
    }

    fn n_items(&self) -> usize {
        self.items.len()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.products.score_items(users, self.items, out);
    }
}

/// A row of a matrix, as long as the matrix lives.
fn row<'a>(matrix: ArrayView2<'a, f32>, row: usize) -> &'a [f32] {
    matrix.index_axis_move(Axis(0), row).to_slice().expect("checked when the products were made")
}
