//! Interactions together with the ids that their author wrote.

use crate::{Coordinates, Error, Fingerprint, IdTable, Interactions, ItemId, UserId, fingerprint};

/// A set of interactions and the original ids of its users and items.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    users: IdTable,
    items: IdTable,
    interactions: Interactions,
}

impl Dataset {
    /// A matrix and the ids of its rows and columns.
    ///
    /// # Errors
    /// [`Error::Shape`] if the matrix is not `users.len()` × `items.len()`.
    pub fn new(users: IdTable, items: IdTable, interactions: Interactions) -> Result<Self, Error> {
        let fits = |what, ids: &IdTable, found| match ids.len() {
            expected if expected == found => Ok(()),
            expected => Err(Error::Shape { what, found, expected }),
        };
        fits("users", &users, interactions.n_users())?;
        fits("items", &items, interactions.n_items())?;
        Ok(Self { users, items, interactions })
    }

    /// Original user ids, in the order of the rows of the matrix.
    pub fn users(&self) -> &IdTable {
        &self.users
    }

    /// Original item ids, in the order of the columns of the matrix.
    pub fn items(&self) -> &IdTable {
        &self.items
    }

    /// The matrix, users × items.
    pub fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    /// The ids of the users, those of the items, and the matrix.
    pub fn into_parts(self) -> (IdTable, IdTable, Interactions) {
        (self.users, self.items, self.interactions)
    }

    /// The matrix alone.
    pub fn into_interactions(self) -> Interactions {
        self.interactions
    }

    /// Another matrix of the same shape over the same ids.
    ///
    /// # Errors
    /// [`Error::Shape`] as for [`Dataset::new`].
    pub fn with_interactions(self, interactions: Interactions) -> Result<Self, Error> {
        Self::new(self.users, self.items, interactions)
    }

    /// The data set without users and items that have no interaction.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the matrix does not fit the id tables.
    pub fn compact(&self) -> Result<Self, Error> {
        let (users, user_ranks) = compact_ids(&self.users, &user_counts(&self.interactions));
        let (items, item_ranks) = compact_ids(&self.items, &self.interactions.item_counts());
        let rows = map(&self.interactions, |user| user_ranks[user], |item| item_ranks[item]);
        let (interactions, _) = Interactions::from_coordinates(rows, users.len(), items.len())?;
        Ok(Self { users, items, interactions })
    }

    /// The data set of some users; all items stay.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the matrix does not fit the id tables.
    pub fn of_users(&self, keep: impl Fn(UserId) -> bool) -> Result<Self, Error> {
        let kept = (0..self.users.len() as u32).filter(|&user| keep(UserId(user)));
        let users = IdTable::from_text(kept.filter_map(|user| self.users.name(user)));
        let ranks = self.users.indices_in(&users);
        let rows = map(&self.interactions, |user| ranks[user], |item| Some(item as u32));
        let (interactions, _) =
            Interactions::from_coordinates(rows, users.len(), self.items.len())?;
        Ok(Self { users, items: self.items.clone(), interactions })
    }

    /// A checksum of ids and matrix; see [`fingerprint`].
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.users, &self.items, &self.interactions)
    }

    /// The same ids with some of the interactions.
    pub(crate) fn with(&self, interactions: Interactions) -> Self {
        Self { users: self.users.clone(), items: self.items.clone(), interactions }
    }
}

/// How many items each user has.
pub(crate) fn user_counts(interactions: &Interactions) -> Vec<u32> {
    interactions.starts().windows(2).map(|bounds| (bounds[1] - bounds[0]) as u32).collect()
}

/// The ids that are in use, and the new index of each old one. A table may turn from text to
/// integers, and so into another order, when the ids that were no integers go.
fn compact_ids(ids: &IdTable, counts: &[u32]) -> (IdTable, Vec<Option<u32>>) {
    let used = (0..).zip(counts).filter(|&(_, &count)| count > 0);
    let table = IdTable::from_text(used.filter_map(|(index, _)| ids.name(index)));
    let ranks = ids.indices_in(&table);
    (table, ranks)
}

/// The interactions by new indices, without those that have none.
pub(crate) fn map(
    interactions: &Interactions,
    new_user: impl Fn(usize) -> Option<u32>,
    new_item: impl Fn(usize) -> Option<u32>,
) -> Coordinates {
    let kept = interactions.kept();
    let mut rows = Coordinates {
        weights: kept.weights.then(Vec::new),
        times: kept.times.then(Vec::new),
        ..Coordinates::default()
    };
    for pair in interactions.pairs() {
        let Some((user, item)) = new_user(pair.user.index()).zip(new_item(pair.item.index()))
        else {
            continue;
        };
        rows.users.push(UserId(user));
        rows.items.push(ItemId(item));
        if let Some(weights) = &mut rows.weights {
            weights.push(pair.weight);
        }
        if let Some(times) = &mut rows.times {
            times.push(pair.time);
        }
    }
    rows
}
