//! The contract of a matrix of items by items.

use foretaste_data::{ItemId, UserId};
use foretaste_model::{Scored, Tensor, select_top_k};
use ndarray::{ArrayViewMut2, Axis};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// B: what having one item brings to another.
pub trait Weights: Debug + Send + Sync + 'static {
    /// Writes the scores of all items for who has `histories[n]`, ascending and at least one item, into
    /// row `n`. A row depends on its history alone.
    fn score(&self, histories: &[&[ItemId]], out: ArrayViewMut2<'_, f32>);

    /// B_ij, i being `from` and j `to`.
    fn weight(&self, from: ItemId, to: ItemId) -> f32;

    /// What is written into a model file.
    fn tensors(&self) -> BTreeMap<String, Tensor>;

    /// [`Weights::score`] of users of the training, whose histories these are, where there is a faster
    /// way.
    fn score_known(&self, _: &[UserId], histories: &[&[ItemId]], out: ArrayViewMut2<'_, f32>) {
        self.score(histories, out);
    }

    /// b_j: what an item has whatever the history.
    fn shift(&self, _: ItemId) -> f32 {
        0.0
    }

    /// The `k` items most like `item`, without itself: by default, those to which it brings most.
    fn alike(&self, item: ItemId, k: usize, n_items: usize) -> Vec<Scored> {
        let mut row = vec![0.0; n_items];
        let out = ArrayViewMut2::from_shape((1, n_items), &mut row);
        self.score(&[&[item]], out.expect("a row of one number an item"));
        for (to, score) in (0..).map(ItemId).zip(&mut row) {
            *score -= self.shift(to);
        }
        row[item.index()] = f32::NEG_INFINITY;
        let mut best = Vec::new();
        select_top_k(&row, k, &mut best);
        best
    }
}

/// [`Weights::score`] of each history by itself.
pub fn row_by_row(
    histories: &[&[ItemId]],
    mut out: ArrayViewMut2<'_, f32>,
    score: impl Fn(&[ItemId], &mut [f32]),
) {
    for (history, mut row) in histories.iter().zip(out.axis_iter_mut(Axis(0))) {
        score(history, row.as_slice_mut().expect("scores are in standard layout"));
    }
}
