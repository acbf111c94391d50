//! A model of a matrix and of what users have.

use crate::Weights;
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{
    Explanation, FoldInError, Histories, Model, Scored, Scorer, Similarity, Tensor,
};
use ndarray::{ArrayView1, ArrayViewMut2, s};
use std::collections::BTreeMap;

/// Scores what users have, times a matrix. Without a history, items are scored by their number of
/// users in the training.
#[derive(Clone, Debug)]
pub struct HistoryModel<W> {
    weights: W,
    histories: Interactions,
    counts: Vec<f32>,
}

impl<W: Weights> HistoryModel<W> {
    /// Of `weights` for the items of `data`, whose users the model knows.
    pub fn new(weights: W, data: &Interactions) -> Self {
        let counts = data.item_counts().into_iter().map(|count| count as f32).collect();
        Self { weights, histories: data.clone().without_weights(), counts }
    }

    /// The matrix.
    pub fn weights(&self) -> &W {
        &self.weights
    }
}

/// Writes rows of scores: those of histories by `score`, which is given the places of users in a run
/// of such as have one, and of whoever has none by `counts`.
fn write(
    users: &[UserId],
    histories: &Interactions,
    counts: &[f32],
    mut out: ArrayViewMut2<'_, f32>,
    score: impl Fn(&[UserId], &[&[ItemId]], ArrayViewMut2<'_, f32>),
) {
    assert_eq!(out.dim(), (users.len(), counts.len()), "a row a user, a column an item");
    let has = |user: &UserId| !histories.row(*user).is_empty();
    let mut at = 0;
    for run in users.chunk_by(|a, b| has(a) == has(b)) {
        let mut rows = out.slice_mut(s![at..at + run.len(), ..]);
        if has(&run[0]) {
            let of: Vec<&[ItemId]> = run.iter().map(|user| histories.row(*user)).collect();
            score(run, &of, rows);
        } else {
            rows.rows_mut().into_iter().for_each(|mut row| row.assign(&ArrayView1::from(counts)));
        }
        at += run.len();
    }
}

impl<W: Weights> Scorer for HistoryModel<W> {
    fn n_users(&self) -> usize {
        self.histories.n_users()
    }

    fn n_items(&self) -> usize {
        self.counts.len()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        write(users, &self.histories, &self.counts, out, |users, histories, rows| {
            self.weights.score_known(users, histories, rows);
        });
    }
}

impl<W: Weights> Model for HistoryModel<W> {
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        self.weights.tensors()
    }

    /// Nobody has two items: none brings anything to another.
    fn is_flat(&self) -> bool {
        self.histories.starts().windows(2).all(|row| row[1] - row[0] < 2)
    }

    fn fold_in(&self, histories: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        let (expected, found) = (self.n_items(), histories.interactions.n_items());
        match expected == found {
            true => Ok(Box::new(Folded {
                model: self,
                histories: histories.interactions.clone().without_weights(),
            })),
            false => Err(FoldInError::Items { expected, found }),
        }
    }

    /// By the row of the matrix or what the method has instead; it takes no measure of vectors.
    fn similar(&self, item: ItemId, k: usize, _: Similarity) -> Option<Vec<Scored>> {
        let is_known = item.index() < self.n_items();
        is_known.then(|| self.weights.alike(item, k, self.n_items()))
    }

    fn explain(&self, user: UserId, item: ItemId, _: &Interactions) -> Option<Explanation> {
        let history = self.histories.row(user);
        if history.is_empty() {
            let terms = vec![("users of the item".to_owned(), self.counts[item.index()])];
            return Some(Explanation { terms, ..Explanation::default() });
        }
        let mut scores = vec![0.0; self.n_items()];
        let row = ArrayViewMut2::from_shape((1, scores.len()), &mut scores);
        self.score_block(&[user], row.expect("a row of one number an item"));
        let brings = |from: &ItemId| (*from, self.weights.weight(*from, item));
        let brought: Vec<_> = history.iter().map(brings).collect();
        let shift = Some(self.weights.shift(item)).filter(|shift| *shift != 0.0);
        let terms: Vec<_> =
            shift.map(|shift| ("the item itself".to_owned(), shift)).into_iter().collect();
        let parts =
            terms.iter().map(|(_, part)| *part).chain(brought.iter().map(|(_, part)| *part));
        let rest = f64::from(scores[item.index()]) - parts.map(f64::from).sum::<f64>();
        Some(Explanation { terms, history: brought, rest: rest as f32 })
    }
}

/// Others than the users of the training, by their histories.
#[derive(Debug)]
struct Folded<'a, W> {
    model: &'a HistoryModel<W>,
    histories: Interactions,
}

impl<W: Weights> Scorer for Folded<'_, W> {
    fn n_users(&self) -> usize {
        self.histories.n_users()
    }

    fn n_items(&self) -> usize {
        self.model.n_items()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        write(users, &self.histories, &self.model.counts, out, |_, histories, rows| {
            self.model.weights.score(histories, rows);
        });
    }
}

#[cfg(test)]
mod tests;
