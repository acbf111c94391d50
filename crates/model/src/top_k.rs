//! The best `k` items of a row of scores.
//!
//! One pass over the row keeps a threshold: the score of the `k`-th best item so far. Nearly all
//! scores of a long row are below it, so the row is looked at in chunks of [`CHUNK`], and a
//! chunk without a score above the threshold costs one vectorised comparison. Scores above it
//! are put into a buffer of `2k`; when that is full, a selection halves it and raises the
//! threshold. Sorting whole rows, or `select_nth_unstable` on them, reads and writes far more.

use crate::search::search;
use crate::{Scorer, score_rows};
use foretaste_data::{Interactions, ItemId, UserId};
use std::cmp::Ordering;

/// An item and its score.
pub type Scored = (ItemId, f32);

/// Scores that are compared with the threshold at once.
const CHUNK: usize = 64;

/// Writes the best `k` items of `scores` (one number an item) into `best`, best first; equal
/// scores by ascending item. NaN and −∞ are never listed, so that −∞ marks what must not be
/// recommended; `best` is shorter than `k` if fewer items remain.
pub fn select_top_k(scores: &[f32], k: usize, best: &mut Vec<Scored>) {
    best.clear();
    if k == 0 {
        return;
    }
    let full = k.saturating_mul(2).clamp(CHUNK, scores.len().max(CHUNK));
    best.reserve(full);
    let mut threshold = f32::NEG_INFINITY;
    for (chunk, row) in scores.chunks(CHUNK).enumerate() {
        if !row.iter().fold(false, |any, &score| any | (score > threshold)) {
            continue;
        }
        for (n, &score) in row.iter().enumerate() {
            if score > threshold {
                best.push((ItemId((chunk * CHUNK + n) as u32), score));
                if best.len() >= full && best.len() > k {
                    threshold = keep_best(best, k);
                }
            }
        }
    }
    if best.len() > k {
        keep_best(best, k);
    }
    best.sort_unstable_by(better_first);
}

/// Drops all but the best `k` of `found` and returns the score of the worst that stays.
fn keep_best(found: &mut Vec<Scored>, k: usize) -> f32 {
    let (_, worst, _) = found.select_nth_unstable_by(k - 1, better_first);
    let threshold = worst.1;
    found.truncate(k);
    threshold
}

pub(crate) fn better_first(a: &Scored, b: &Scored) -> Ordering {
    // What was pushed exceeded a threshold, so it is no NaN; and −0 equals 0, unlike `total_cmp`.
    b.1.partial_cmp(&a.1).unwrap_or(Ordering::Equal).then(a.0.cmp(&b.0))
}

/// The best `k` items for each of `users`, without the items that a row of `exclude` holds for
/// the user; in the order of `users`.
///
/// In parallel on the current rayon pool; the lists depend on neither the number of threads nor
/// which users are asked for together. Memory: the lists, 8 B an entry, and [`score_rows`]'s
/// blocks; call it with a few thousand users at a time where all lists are too many.
///
/// # Panics
/// If a user is unknown to the scorer.
pub fn recommend(
    scorer: &dyn Scorer,
    users: &[UserId],
    k: usize,
    exclude: &[&Interactions],
) -> Vec<Vec<Scored>> {
    let products = scorer.products();
    match products.and_then(|products| search(products, users, k, exclude)) {
        Some(lists) => lists,
        None => recommend_by_rows(scorer, users, k, exclude),
    }
}

/// [`recommend`] for any scorer: writes all scores down, and looks through them.
pub(crate) fn recommend_by_rows(
    scorer: &dyn Scorer,
    users: &[UserId],
    k: usize,
    exclude: &[&Interactions],
) -> Vec<Vec<Scored>> {
    score_rows(scorer, users, |n, scores| {
        for seen in exclude.iter().filter(|seen| users[n].index() < seen.n_users()) {
            for item in seen.row(users[n]) {
                scores[item.index()] = f32::NEG_INFINITY;
            }
        }
        let mut best = Vec::new();
        select_top_k(scores, k, &mut best);
        best.truncate(k);
        best.shrink_to_fit();
        best
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_sorting(scores: &[f32], k: usize) -> Vec<Scored> {
        let mut all: Vec<Scored> = (0u32..)
            .map(ItemId)
            .zip(scores.iter().copied())
            .filter(|(_, score)| *score > f32::NEG_INFINITY)
            .collect();
        all.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap().then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }

    proptest! {
        #[test]
        fn equals_sorting(
            scores in prop::collection::vec(
                prop_oneof![
                    8 => (-20i32..20).prop_map(|n| n as f32 / 4.0),
                    1 => Just(f32::NEG_INFINITY),
                    1 => Just(f32::NAN),
                    1 => Just(f32::INFINITY),
                ],
                0..500,
            ),
            k in 0usize..120,
        ) {
            let mut best = Vec::new();
            select_top_k(&scores, k, &mut best);
            prop_assert_eq!(best, by_sorting(&scores, k));
        }
    }

    #[test]
    fn negative_zero_ties_with_zero() {
        let mut best = Vec::new();
        select_top_k(&[-0.0, 0.0, -0.0], 2, &mut best);
        let items: Vec<_> = best.iter().map(|(item, _)| item.0).collect();
        assert_eq!(items, [0, 1]);
    }
}
