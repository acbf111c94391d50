//! Users with scores: those of a model, and others who were folded into it.

use crate::{Error, Recommender};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, UserId};
use foretaste_model::{Histories, Query, Scored, Scorer, recommend};
use ndarray::{ArrayViewMut2, Axis};

/// Users whom a model can make lists for though it was not trained on all of them.
#[derive(Debug)]
pub struct Audience<'a> {
    users: IdTable,
    seen: Interactions,
    scorer: Box<dyn Scorer + 'a>,
    folded_in: usize,
    unknown_rows: usize,
}

impl<'a> Audience<'a> {
    /// Their ids.
    pub fn users(&self) -> &IdTable {
        &self.users
    }

    /// What they have, by the model's items.
    pub fn seen(&self) -> &Interactions {
        &self.seen
    }

    /// Their scores.
    pub fn scorer(&self) -> &(dyn Scorer + 'a) {
        &*self.scorer
    }

    /// How many of them were folded in.
    pub fn folded_in(&self) -> usize {
        self.folded_in
    }

    /// Rows of histories that are not used, since the model does not know the item.
    pub fn unknown_rows(&self) -> usize {
        self.unknown_rows
    }

    /// The items that `query` asks for, for each of `users`; items that a user has are left out
    /// unless `with_seen`, and those of [`Query::exclude`] in any case.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn recommend(
        &self,
        users: &[UserId],
        query: &Query<'_>,
        with_seen: bool,
    ) -> Vec<Vec<Scored>> {
        let mut exclude = query.exclude.to_vec();
        if !with_seen {
            exclude.push(&self.seen);
        }
        recommend(self.scorer(), users, &query.exclude(&exclude))
    }
}

impl Recommender {
    /// The users of `histories`, all of them by their histories, whether the training knew them or
    /// not. Rows of items that the model does not know are left out, and counted; whoever has no
    /// others is scored as nobody in particular.
    ///
    /// Runs in parallel on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::FoldIn`] if the method can't, [`Error::Data`] for more ids than 32 bits count.
    pub fn fold_in(&self, histories: &Dataset) -> Result<Audience<'_>, Error> {
        let rows = histories.interactions().nnz();
        let known = histories.clone().onto(histories.users().clone(), self.items().clone())?;
        let of = Histories::new(known.interactions()).with_others(known.others());
        let scorer = self.model().fold_in(&of)?;
        let (users, _, seen) = known.into_parts();
        let (folded_in, unknown_rows) = (seen.n_users(), rows - seen.nnz());
        Ok(Audience { users, seen, scorer, folded_in, unknown_rows })
    }

    /// The users whom the model was trained on, as they are stored, and those of `histories` whom it
    /// was not, by their histories.
    ///
    /// # Errors
    /// As for [`Recommender::fold_in`].
    pub fn with_newcomers(&self, histories: &Dataset) -> Result<Audience<'_>, Error> {
        let known = histories.users().indices_in(self.users());
        let newcomers = histories.of_users(|user| known[user.index()].is_none())?;
        let Audience { users: new, seen, scorer, folded_in, unknown_rows } =
            self.fold_in(&newcomers)?;
        let names = |table: &IdTable| {
            let name = |n| table.name(n).expect("below the length").into_owned();
            (0..table.len() as u32).map(name).collect::<Vec<_>>()
        };
        let users = IdTable::from_text(names(self.users()).into_iter().chain(names(&new)));
        let (stored, folded) = (users.indices_in(self.users()), users.indices_in(&new));
        let of = stored.into_iter().zip(folded).map(|(stored, folded)| match stored {
            Some(user) => Of::Model(UserId(user)),
            None => Of::Histories(UserId(folded.expect("an id is of one of the tables"))),
        });
        let of: Vec<Of> = of.collect();
        let (mut starts, mut items) = (vec![0], Vec::<ItemId>::new());
        for user in &of {
            items.extend_from_slice(match *user {
                Of::Model(user) => self.seen().row(user),
                Of::Histories(user) => seen.row(user),
            });
            starts.push(items.len());
        }
        let seen = Interactions::from_rows(starts, items, self.items().len())?;
        let scorer = Box::new(Joined { model: self.scorer(), histories: scorer, of });
        Ok(Audience { users, seen, scorer, folded_in, unknown_rows })
    }
}

/// Where a user's scores come from.
#[derive(Clone, Copy, Debug)]
enum Of {
    Model(UserId),
    Histories(UserId),
}

/// Stored users and others, in one order.
#[derive(Debug)]
struct Joined<'a> {
    model: &'a dyn Scorer,
    histories: Box<dyn Scorer + 'a>,
    of: Vec<Of>,
}

impl Scorer for Joined<'_> {
    fn n_users(&self) -> usize {
        self.of.len()
    }

    fn n_items(&self) -> usize {
        self.model.n_items()
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        assert_eq!(out.dim(), (users.len(), self.n_items()), "a row a user, a column an item");
        let kind = |user: &UserId| matches!(self.of[user.index()], Of::Model(_));
        let mut at = 0;
        for run in users.chunk_by(|a, b| kind(a) == kind(b)) {
            let own: Vec<UserId> = (run.iter())
                .map(|user| match self.of[user.index()] {
                    Of::Model(user) | Of::Histories(user) => user,
                })
                .collect();
            let rows = out.slice_axis_mut(Axis(0), (at..at + run.len()).into());
            let scorer = if kind(&run[0]) { self.model } else { &*self.histories };
            scorer.score_block(&own, rows);
            at += run.len();
        }
    }

    fn item_vectors(&self) -> Option<ndarray::ArrayView2<'_, f32>> {
        self.model.item_vectors()
    }
}

#[cfg(test)]
mod tests;
