//! The contract of a model: scores of all items, for a block of users at a time.

use crate::Products;
use foretaste_data::UserId;
use ndarray::{ArrayView2, ArrayViewMut2, s};
use rayon::prelude::*;
use std::fmt::Debug;

/// A trained model, seen from outside.
///
/// A score is any number that is larger for an item that the user is more likely to want; only
/// its order within one user means something.
pub trait Scorer: Debug + Send + Sync {
    /// Number of users that the model knows; valid ids are below it.
    fn n_users(&self) -> usize;

    /// Number of items that the model knows: the width of a row of scores.
    fn n_items(&self) -> usize;

    /// Writes the scores of all items for `users[n]` into row `n` of `out`, which has
    /// `users.len()` rows and [`Scorer::n_items`] columns in standard layout.
    ///
    /// A row must depend on its user alone, not on the block it stands in.
    ///
    /// # Panics
    /// If a user is not below [`Scorer::n_users`] or the shape of `out` is another one.
    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>);

    /// The same scores as inner products, for models that have them: lists of many users are found
    /// several times faster.
    fn products(&self) -> Option<Products<'_>> {
        None
    }

    /// One vector an item, [`Scorer::n_items`] rows, whose angles say how alike items are; `None`
    /// for models that have no such thing.
    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        None
    }

    /// The same of users: [`Scorer::n_users`] rows.
    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        None
    }
}

/// Scores of one block fill at most this much memory per thread…
const BLOCK_BYTES: usize = 16 << 20;
/// …and a block has at most this many users. The matrix product packs the items anew for each
/// block, a fifth of its time with 64 users, half of that with 128; but scores that do not stay in
/// the cache cost more than is saved.
const BLOCK_USERS: usize = 128;

/// Scores all items for each of `users` and returns `visit(n, scores)` of each, in order, where
/// `n` is the position in `users` and `scores` (one number an item) may be overwritten.
///
/// Runs in parallel over blocks of users on the current rayon pool; besides the results, it holds
/// at most 16 MiB (or one row, if that is longer) of scores per thread.
pub fn score_rows<T: Send>(
    scorer: &dyn Scorer,
    users: &[UserId],
    visit: impl Fn(usize, &mut [f32]) -> T + Sync,
) -> Vec<T> {
    let n_items = scorer.n_items();
    let rows = (BLOCK_BYTES / 4 / n_items.max(1)).clamp(1, BLOCK_USERS.min(users.len().max(1)));
    let score_chunk = |buffer: &mut Vec<f32>, (block, users): (usize, &[UserId])| {
        buffer.resize(rows * n_items, 0.0);
        let mut scores = ArrayViewMut2::from_shape((rows, n_items), buffer)
            .expect("the buffer was sized to this shape");
        scorer.score_block(users, scores.slice_mut(s![..users.len(), ..]));
        let visit_row = |(n, mut row): (usize, ndarray::ArrayViewMut1<'_, f32>)| {
            visit(block * rows + n, row.as_slice_mut().expect("rows are contiguous"))
        };
        scores.rows_mut().into_iter().take(users.len()).enumerate().map(visit_row).collect()
    };
    let blocks: Vec<Vec<T>> =
        users.par_chunks(rows).enumerate().map_init(Vec::new, score_chunk).collect();
    blocks.into_iter().flatten().collect()
}
