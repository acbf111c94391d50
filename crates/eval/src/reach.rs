//! What of held-out data a list can hold at all.

use crate::evaluate::size;
use crate::per_user::{masked, without};
use crate::{Error, RatedSet, TestSet};
use foretaste_data::Interactions;
use serde::Serialize;

/// How much of held-out data a list can hold, whatever the scores: what is known of a figure before
/// it is computed.
///
/// The pairs of a [`TestSet`] are its relevant ones, those of a [`RatedSet`] all that were rated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reach {
    /// Users whom means run over.
    pub users: usize,
    /// Of them, those whom the model does not know.
    pub unknown_users: usize,
    /// Of them, those whom the model knows and who have every item masked.
    pub users_without_items: usize,
    /// Pairs of a user and an item.
    pub pairs: usize,
    /// Of them, those of users whom the model does not know.
    pub of_unknown_users: usize,
    /// Of the others, those of items that the model does not know.
    pub of_unknown_items: usize,
    /// Of the others, those that are masked.
    pub masked: usize,
}

impl Reach {
    /// Pairs that a list can hold.
    pub fn listable(&self) -> usize {
        self.pairs - self.of_unknown_users - self.of_unknown_items - self.masked
    }

    /// Users for whom there is no list.
    pub fn users_without_list(&self) -> usize {
        self.unknown_users + self.users_without_items
    }
}

impl TestSet {
    /// How much of it lists without the pairs of `mask` can hold.
    ///
    /// # Errors
    /// [`Error::Size`] if a mask is not of the test set's users × items.
    pub fn reach(&self, mask: &[&Interactions]) -> Result<Reach, Error> {
        let (n_users, n_items) = self.shape();
        for mask in mask {
            size("users of a mask", n_users, mask.n_users())?;
            size("items of a mask", n_items, mask.n_items())?;
        }
        let of_unknown_users = self.unknown_users().iter().map(|&items| items as usize).sum();
        let mut reach = Reach {
            users: self.n_users(),
            unknown_users: self.unknown_users().len(),
            pairs: self.n_relevant(),
            of_unknown_users,
            of_unknown_items: self.n_of_unknown_items(),
            ..Reach::default()
        };
        for n in 0..self.known_users().len() {
            let user = self.known(n);
            let masked = masked(mask, user.user);
            reach.masked += user.items.len() - without(user.items, &masked).len();
            reach.users_without_items += usize::from(masked.len() == n_items);
        }
        Ok(reach)
    }
}

impl RatedSet {
    /// How much of it the model knows; nothing is masked.
    pub fn reach(&self) -> Reach {
        let [pairs, of_unknown_users, of_unknown_items] = self.n_pairs();
        Reach {
            users: self.n_users(),
            unknown_users: self.unknown_users(),
            pairs,
            of_unknown_users,
            of_unknown_items,
            ..Reach::default()
        }
    }
}
