//! Users with scores: those of a model, and others who were folded into it.

use crate::{Error, Recommender, Seen};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, UserId};
use foretaste_model::{Histories, Query, Scored, Scorer, recommend};
use ndarray::{ArrayViewMut2, Axis};

/// Users whom a model can make lists for though it was not trained on all of them.
#[derive(Debug)]
pub struct Audience<'a> {
    users: IdTable,
    seen: Interactions,
    not_positive: Option<Interactions>,
    /// Of how many items each has any feedback.
    history_lengths: Vec<u32>,
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

    /// What they have seen and is not positive, by the model's items; `None` if there is nothing.
    pub fn not_positive(&self) -> Option<&Interactions> {
        self.not_positive.as_ref()
    }

    /// Of how many of the model's items each has any feedback; 0 of whom the training knew, where the model
    /// knows no levels.
    pub fn history_lengths(&self) -> &[u32] {
        &self.history_lengths
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

    /// The items that `query` asks for, for each of `users`, without what `seen` says of what they
    /// have, and in any case without those of [`Query::exclude`].
    ///
    /// # Panics
    /// If there is no such user.
    pub fn recommend(&self, users: &[UserId], query: &Query<'_>, seen: Seen) -> Vec<Vec<Scored>> {
        let mut exclude = query.exclude.to_vec();
        exclude.extend(seen.of(&self.seen, self.not_positive()));
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
        let not_positive = known.not_positive().cloned();
        let history_lengths = match known.others() {
            [] => counts(known.interactions()),
            _ => counts(known.union()?.interactions()),
        };
        let (users, _, seen) = known.into_parts();
        let (folded_in, unknown_rows) = (seen.n_users(), rows - seen.nnz());
        Ok(Audience { users, seen, not_positive, history_lengths, scorer, folded_in, unknown_rows })
    }

    /// The users whom the model was trained on, as they are stored, and those of `histories` whom it
    /// was not, by their histories.
    ///
    /// # Errors
    /// As for [`Recommender::fold_in`].
    pub fn with_newcomers(&self, histories: &Dataset) -> Result<Audience<'_>, Error> {
        let known = histories.users().indices_in(self.users());
        let newcomers = histories.of_users(|user| known[user.index()].is_none())?;
        let Audience {
            users: new,
            seen,
            not_positive,
            history_lengths,
            scorer,
            folded_in,
            unknown_rows,
        } = self.fold_in(&newcomers)?;
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
        let n_items = self.items().len();
        let seen = rows_of(&of, Some(self.seen()), Some(&seen), n_items)?;
        let of_both = [self.not_positive(), not_positive.as_ref()];
        let not_positive = match of_both {
            [None, None] => None,
            [stored, new] => Some(rows_of(&of, stored, new, n_items)?),
        };
        let levels = self.model().levels();
        let length_of = |of: &Of| match *of {
            Of::Model(user) => levels.map_or(0, |levels| levels.history_length(user)),
            Of::Histories(user) => history_lengths[user.index()],
        };
        let history_lengths = of.iter().map(length_of).collect();
        let scorer = Box::new(Joined { model: self.scorer(), histories: scorer, of });
        Ok(Audience { users, seen, not_positive, history_lengths, scorer, folded_in, unknown_rows })
    }
}

/// How many items each row has.
fn counts(pairs: &Interactions) -> Vec<u32> {
    pairs.starts().windows(2).map(|row| (row[1] - row[0]) as u32).collect()
}

/// The rows of these users, of stored ones and others.
fn rows_of(
    users: &[Of],
    stored: Option<&Interactions>,
    new: Option<&Interactions>,
    n_items: usize,
) -> Result<Interactions, Error> {
    let (mut starts, mut items) = (vec![0], Vec::<ItemId>::new());
    for user in users {
        let row = match *user {
            Of::Model(user) => stored.map(|pairs| pairs.row(user)),
            Of::Histories(user) => new.map(|pairs| pairs.row(user)),
        };
        items.extend_from_slice(row.unwrap_or_default());
        starts.push(items.len());
    }
    Ok(Interactions::from_rows(starts, items, n_items)?)
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
