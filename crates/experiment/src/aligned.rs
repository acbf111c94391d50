//! A model by the ids of what is compared.

use foretaste::Recommender;
use foretaste::data::{Dataset, UserId};
use foretaste::model::Scorer;
use ndarray::ArrayViewMut2;

/// A model as a scorer of the users and items that are compared.
#[derive(Debug)]
pub(crate) struct Ranked<'a> {
    model: &'a Recommender,
    /// `None` if the model has their ids.
    aligned: Option<Aligned<'a>>,
}

impl<'a> Ranked<'a> {
    pub(crate) fn new(model: &'a Recommender, data: &Dataset) -> Self {
        let same = (model.users(), model.items()) == (data.users(), data.items());
        Self { model, aligned: (!same).then(|| Aligned::new(model, data)) }
    }

    pub(crate) fn scorer(&self) -> &dyn Scorer {
        self.aligned.as_ref().map_or(self.model.scorer(), |aligned| aligned)
    }
}

/// A model that knows other users or items than those that are compared: it learned from one of several
/// feedbacks, or from features, too. What it does not know is no candidate, and who is not known gets
/// no list.
#[derive(Debug)]
struct Aligned<'a> {
    scorer: &'a dyn Scorer,
    users: Vec<Option<u32>>,
    /// Where each of the model's items stands, if it is compared.
    items: Vec<Option<u32>>,
    n_items: usize,
}

impl<'a> Aligned<'a> {
    fn new(model: &'a Recommender, data: &Dataset) -> Self {
        let items = model.items().indices_in(data.items());
        let users = data.users().indices_in(model.users());
        Self { scorer: model.scorer(), users, items, n_items: data.items().len() }
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
            for (item, &score) in self.items.iter().zip(scores) {
                if let Some(item) = *item {
                    out[(row, item as usize)] = score;
                }
            }
        }
    }
}
