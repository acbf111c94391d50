//! A model by the ids of what is compared.

use foretaste::Recommender;
use foretaste::data::{Dataset, UserId};
use foretaste::model::Scorer;
use ndarray::ArrayViewMut2;

/// A model that knows fewer users or items than others it is compared with: it learned from one of
/// several feedbacks. What it does not know is no candidate, and who is not known gets no list.
#[derive(Debug)]
pub(crate) struct Aligned<'a> {
    scorer: &'a dyn Scorer,
    users: Vec<Option<u32>>,
    /// Where each of the model's items stands.
    items: Vec<usize>,
    n_items: usize,
}

impl<'a> Aligned<'a> {
    /// `None` if the model has the ids of `data` as it is, or an item that is not in it.
    pub(crate) fn new(model: &'a Recommender, data: &Dataset) -> Option<Self> {
        if (model.users(), model.items()) == (data.users(), data.items()) {
            return None;
        }
        let items = model.items().indices_in(data.items());
        let items: Option<Vec<usize>> =
            items.into_iter().map(|item| Some(item? as usize)).collect();
        let users = data.users().indices_in(model.users());
        Some(Self { scorer: model.scorer(), users, items: items?, n_items: data.items().len() })
    }
}

impl Scorer for Aligned<'_> {
    fn n_users(&self) -> usize {
        self.users.len()
    }

    fn n_items(&self) -> usize {
        self.n_items
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        assert_eq!(out.dim(), (users.len(), self.n_items), "a row a user, a column an item");
        out.fill(f32::NEG_INFINITY);
        let known = |(n, user): (usize, &UserId)| Some((n, UserId(self.users[user.index()]?)));
        let (rows, known): (Vec<usize>, Vec<UserId>) =
            users.iter().enumerate().filter_map(known).unzip();
        let mut scores = ndarray::Array2::zeros((known.len(), self.items.len()));
        self.scorer.score_block(&known, scores.view_mut());
        for (row, scores) in rows.into_iter().zip(scores.rows()) {
            for (&item, &score) in self.items.iter().zip(scores) {
                out[(row, item)] = score;
            }
        }
    }
}
