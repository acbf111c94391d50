//! The best `k` items of a row of scores.
//!
//! One pass over the row keeps a threshold: the score of the `k`-th best item so far. Nearly all
//! scores of a long row are below it, so the row is looked at in chunks of [`CHUNK`], and a
//! chunk without a score above the threshold costs one vectorised comparison. Scores above it
//! are put into a buffer of `2k`; when that is full, a selection halves it and raises the
//! threshold. Sorting whole rows, or `select_nth_unstable` on them, reads and writes far more.

use crate::products::Gathered;
use crate::search::search;
use crate::{Products, Query, Scorer, score_rows};
use foretaste_data::{ItemId, UserId};
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

/// The items that `query` asks for, for each of `users`; in the order of `users`.
///
/// In parallel on the current rayon pool; the lists depend on neither the number of threads nor
/// which users are asked for together. Memory: the lists, 8 B an entry, and [`score_rows`]'s
/// blocks; call it with a few thousand users at a time where all lists are too many.
///
/// Scores that are inner products are computed of the items only that may be listed. At any share of
/// them: their rows are looked up and packed for a product in any case, so that leaving out the
/// others never costs more than it saves.
///
/// # Panics
/// If a user is unknown to the scorer.
pub fn recommend(scorer: &dyn Scorer, users: &[UserId], query: &Query<'_>) -> Vec<Vec<Scored>> {
    let listable = query.listable(scorer.n_items());
    let listable = listable.as_deref();
    let Some(products) = scorer.products() else {
        return recommend_by_rows(scorer, users, query, listable);
    };
    match (search(products, users, query, listable), listable) {
        (Some(lists), _) => lists,
        (None, Some(items)) => recommend_gathered(products, users, query, items),
        (None, None) => recommend_by_rows(scorer, users, query, None),
    }
}

/// [`recommend`] for any scorer: writes all scores down, and looks through those of the items that
/// are `listable`, if not all are.
pub(crate) fn recommend_by_rows(
    scorer: &dyn Scorer,
    users: &[UserId],
    query: &Query<'_>,
    listable: Option<&[ItemId]>,
) -> Vec<Vec<Scored>> {
    score_rows(scorer, users, |n, scores| {
        for item in query.excluded(users[n]).flatten() {
            if let Some(score) = scores.get_mut(item.index()) {
                *score = f32::NEG_INFINITY;
            }
        }
        let Some(items) = listable else {
            return list(scores, query.k);
        };
        // They ascend, so none is overwritten before it is read.
        for (to, item) in items.iter().enumerate() {
            scores[to] = scores[item.index()];
        }
        renamed(list(&scores[..items.len()], query.k), items)
    })
}

/// [`recommend`] of some items, ascending: writes only their scores down.
fn recommend_gathered<'a>(
    products: Products<'a>,
    users: &[UserId],
    query: &Query<'_>,
    items: &'a [ItemId],
) -> Vec<Vec<Scored>> {
    score_rows(&Gathered { products, items }, users, |n, scores| {
        for item in query.excluded(users[n]).flatten() {
            if let Ok(at) = items.binary_search(item) {
                scores[at] = f32::NEG_INFINITY;
            }
        }
        renamed(list(scores, query.k), items)
    })
}

/// [`select_top_k`] into a list that takes no more memory than it needs.
fn list(scores: &[f32], k: usize) -> Vec<Scored> {
    let mut best = Vec::new();
    select_top_k(scores, k, &mut best);
    best.truncate(k);
    best.shrink_to_fit();
    best
}

/// A list of places in `items` as one of items.
fn renamed(mut list: Vec<Scored>, items: &[ItemId]) -> Vec<Scored> {
    list.iter_mut().for_each(|(item, _)| *item = items[item.index()]);
    list
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
