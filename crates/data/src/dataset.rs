//! Interactions together with the ids that their author wrote, and what else is known of them.

use crate::features::{FeatureTable, Features};
use crate::feedback::Feedback;
use crate::fingerprint::{of_all, of_seen};
use crate::{Coordinates, Error, Fingerprint, IdTable, Interactions, ItemId, UserId, fingerprint};

/// Interactions and the original ids of their users and items.
///
/// What is to be recommended for is the **target**: [`Dataset::interactions`]. Other behaviours over
/// the same ids, such as views beside purchases, are [`Dataset::others`]. Features of users and items
/// have a place for each id, too. So there may be users and items without a pair in the target:
/// known by another feedback or by their features alone. What users have had and is not positive is
/// [`Dataset::not_positive`].
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub(crate) users: IdTable,
    pub(crate) items: IdTable,
    pub(crate) interactions: Interactions,
    pub(crate) not_positive: Option<Interactions>,
    pub(crate) target: Option<String>,
    pub(crate) others: Vec<Feedback>,
    pub(crate) user_features: Features,
    pub(crate) item_features: Features,
}

impl Dataset {
    /// A matrix and the ids of its rows and columns.
    ///
    /// # Errors
    /// [`Error::Shape`] if the matrix is not `users.len()` × `items.len()`.
    pub fn new(users: IdTable, items: IdTable, interactions: Interactions) -> Result<Self, Error> {
        check_shape(&users, &items, &interactions)?;
        let (user_features, item_features) = (Features::default(), Features::default());
        Ok(Self {
            users,
            items,
            interactions,
            not_positive: None,
            target: None,
            others: Vec::new(),
            user_features,
            item_features,
        })
    }

    /// Feedbacks by name, weakest first, over all the ids that any of them has: the last is the
    /// target. Of each part the target is taken, and not its features; of the last also what is not
    /// positive.
    ///
    /// # Errors
    /// [`Error::Feedback`] if there is none, or a name is there twice; [`Error::TooLarge`] if there
    /// are more ids than 32 bits count.
    pub fn of_feedbacks(parts: Vec<(String, Self)>) -> Result<Self, Error> {
        for (n, (name, _)) in parts.iter().enumerate() {
            if parts[..n].iter().any(|(other, _)| other == name) {
                return Err(Error::Feedback { name: name.clone(), problem: "is there twice" });
            }
        }
        let users = IdTable::union(parts.iter().map(|(_, part)| &part.users));
        let items = IdTable::union(parts.iter().map(|(_, part)| &part.items));
        let mut feedbacks = Vec::with_capacity(parts.len());
        let mut not_positive = None;
        let shape = (users.len(), items.len());
        for (name, part) in parts {
            let (rows, columns) =
                (Ranks::new(&part.users, &users), Ranks::new(&part.items, &items));
            let onto = |pairs: &Interactions| pairs.onto(&rows, &columns, shape);
            let interactions = onto(&part.interactions)?;
            not_positive = part.not_positive.as_ref().map(onto).transpose()?;
            feedbacks.push(Feedback { name, interactions });
        }
        let none = || Error::Feedback { name: String::new(), problem: "has to be given" };
        let Feedback { name, interactions } = feedbacks.pop().ok_or_else(none)?;
        let whole = Self::new(users, items, interactions)?;
        Ok(Self { target: Some(name), others: feedbacks, not_positive, ..whole })
    }

    /// Original user ids, in the order of the rows of the matrix.
    pub fn users(&self) -> &IdTable {
        &self.users
    }

    /// Original item ids, in the order of the columns of the matrix.
    pub fn items(&self) -> &IdTable {
        &self.items
    }

    /// The matrix of the target, users × items.
    pub fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    /// What the target is called, if it has a name.
    pub fn target_name(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The other feedbacks, weakest first.
    pub fn others(&self) -> &[Feedback] {
        &self.others
    }

    /// What is known of the users, by their indices.
    pub fn user_features(&self) -> &Features {
        &self.user_features
    }

    /// What is known of the items, by their indices.
    pub fn item_features(&self) -> &Features {
        &self.item_features
    }

    /// The ids of the users, those of the items, and the matrix of the target.
    pub fn into_parts(self) -> (IdTable, IdTable, Interactions) {
        (self.users, self.items, self.interactions)
    }

    /// The matrix of the target alone.
    pub fn into_interactions(self) -> Interactions {
        self.interactions
    }

    /// Another target of the same shape over the same ids; the rest stays, but for what was not
    /// positive and now is.
    ///
    /// # Errors
    /// [`Error::Shape`] as for [`Dataset::new`].
    pub fn with_interactions(self, interactions: Interactions) -> Result<Self, Error> {
        check_shape(&self.users, &self.items, &interactions)?;
        Ok(self.with_target(interactions))
    }

    /// The data set with features of users. Users that only the table knows get an index, too;
    /// vectors and tags that were there are replaced by those that the table has.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if there are more ids than 32 bits count.
    pub fn with_user_features(self, table: FeatureTable) -> Result<Self, Error> {
        let ids = IdTable::union([&self.users, table.ids()]);
        let features = table.onto(&ids);
        let items = self.items.clone();
        let mut whole = self.onto(ids, items)?;
        whole.user_features.replace(features);
        Ok(whole)
    }

    /// The data set with features of items, as [`Dataset::with_user_features`].
    ///
    /// # Errors
    /// As there.
    pub fn with_item_features(self, table: FeatureTable) -> Result<Self, Error> {
        let ids = IdTable::union([&self.items, table.ids()]);
        let features = table.onto(&ids);
        let users = self.users.clone();
        let mut whole = self.onto(users, ids)?;
        whole.item_features.replace(features);
        Ok(whole)
    }

    /// Whether there is anything to learn from beside the target.
    pub fn is_plain(&self) -> bool {
        self.others.is_empty() && self.user_features.is_empty() && self.item_features.is_empty()
    }

    /// The data set without users and items of which nothing is known: no pair of any feedback and
    /// no feature.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the matrix does not fit the id tables.
    pub fn compact(&self) -> Result<Self, Error> {
        let (mut users, mut items) = in_use(&self.interactions);
        for other in &self.others {
            let (more_users, more_items) = in_use(&other.interactions);
            users.iter_mut().zip(more_users).for_each(|(used, more)| *used |= more);
            items.iter_mut().zip(more_items).for_each(|(used, more)| *used |= more);
        }
        users.iter_mut().enumerate().for_each(|(n, used)| *used |= self.user_features.has(n));
        items.iter_mut().enumerate().for_each(|(n, used)| *used |= self.item_features.has(n));
        self.clone().restrict(&users, &items)
    }

    /// What is known of some of the users; all items stay.
    ///
    /// # Errors
    /// As [`Dataset::compact`].
    pub fn of_users(&self, keep: impl Fn(UserId) -> bool) -> Result<Self, Error> {
        let users: Vec<bool> = (0..self.users.len() as u32).map(UserId).map(keep).collect();
        self.clone().restrict(&users, &vec![true; self.items.len()])
    }

    /// The data set without users and items that have no pair in the target, whatever else is known
    /// of them.
    ///
    /// # Errors
    /// As [`Dataset::compact`].
    pub fn compact_to_target(self) -> Result<Self, Error> {
        let (users, items) = in_use(&self.interactions);
        self.restrict(&users, &items)
    }

    /// The target alone, with the users and items that have a pair in it, and what of theirs is not
    /// positive: what reading the target alone would give.
    ///
    /// # Errors
    /// As [`Dataset::compact`].
    pub fn into_target(self) -> Result<Self, Error> {
        if self.is_plain() {
            return Ok(self);
        }
        self.without_others().without_features().compact_to_target()
    }

    /// The data set without feedbacks beside the target; users and items known by them alone stay.
    pub fn without_others(self) -> Self {
        Self { others: Vec::new(), ..self }
    }

    /// The data set without features; users and items known by them alone stay.
    pub fn without_features(self) -> Self {
        let (user_features, item_features) = (Features::default(), Features::default());
        Self { user_features, item_features, ..self }
    }

    /// A checksum of ids and matrix, see [`fingerprint`]; of what else there is, too.
    pub fn fingerprint(&self) -> Fingerprint {
        let target = fingerprint(&self.users, &self.items, &self.interactions);
        let learned = if self.is_plain() { target } else { of_all(self, target) };
        match &self.not_positive {
            Some(pairs) => of_seen(learned, fingerprint(&self.users, &self.items, pairs)),
            None => learned,
        }
    }

    /// The same with another target of the right shape.
    pub(crate) fn with_target(self, interactions: Interactions) -> Self {
        let not_positive = self.not_positive;
        Self { interactions, not_positive: None, ..self }.seen_with(not_positive)
    }

    /// A target alone over the same ids.
    pub(crate) fn alone(&self, interactions: Interactions) -> Self {
        let (user_features, item_features) = (Features::default(), Features::default());
        Self {
            users: self.users.clone(),
            items: self.items.clone(),
            interactions,
            not_positive: None,
            target: self.target.clone(),
            others: Vec::new(),
            user_features,
            item_features,
        }
    }

    /// What is known of some of the users and items.
    fn restrict(self, users: &[bool], items: &[bool]) -> Result<Self, Error> {
        let (users, items) = (used_ids(&self.users, users), used_ids(&self.items, items));
        self.onto(users, items)
    }

    /// The same over other ids; what those lack goes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if the matrix does not fit the id tables.
    pub fn onto(self, users: IdTable, items: IdTable) -> Result<Self, Error> {
        if users == self.users && items == self.items {
            return Ok(self);
        }
        let (rows, columns) = (Ranks::new(&self.users, &users), Ranks::new(&self.items, &items));
        let shape = (users.len(), items.len());
        let other = |other: Feedback| {
            let interactions = other.interactions.onto(&rows, &columns, shape)?;
            Ok(Feedback { interactions, ..other })
        };
        Ok(Self {
            interactions: self.interactions.onto(&rows, &columns, shape)?,
            not_positive: (self.not_positive)
                .map(|pairs| pairs.onto(&rows, &columns, shape))
                .transpose()?
                .filter(|pairs| pairs.nnz() > 0),
            target: self.target,
            others: self.others.into_iter().map(other).collect::<Result<_, Error>>()?,
            user_features: self.user_features.onto(&rows, users.len()),
            item_features: self.item_features.onto(&columns, items.len()),
            users,
            items,
        })
    }
}

pub(crate) fn check_shape(
    users: &IdTable,
    items: &IdTable,
    matrix: &Interactions,
) -> Result<(), Error> {
    for (what, ids, found) in
        [("users", users, matrix.n_users()), ("items", items, matrix.n_items())]
    {
        let expected = ids.len();
        if expected != found {
            return Err(Error::Shape { what, found, expected });
        }
    }
    Ok(())
}

/// Where each id of a table is in another one.
#[derive(Debug)]
pub(crate) struct Ranks(Vec<Option<u32>>);

impl Ranks {
    pub(crate) fn new(from: &IdTable, to: &IdTable) -> Self {
        Self(from.indices_in(to))
    }

    pub(crate) fn get(&self, index: usize) -> Option<u32> {
        self.0[index]
    }

    /// All that have a place, with it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        let known = |(from, to): (usize, Option<u32>)| Some((from, to? as usize));
        self.0.iter().copied().enumerate().filter_map(known)
    }
}

impl Interactions {
    /// The matrix by other indices, without what those lack.
    fn onto(&self, users: &Ranks, items: &Ranks, shape: (usize, usize)) -> Result<Self, Error> {
        let rows = map(self, |user| users.get(user), |item| items.get(item));
        Ok(Self::from_coordinates(rows, shape.0, shape.1)?.0)
    }
}

/// How many items each user has.
pub(crate) fn user_counts(interactions: &Interactions) -> Vec<u32> {
    interactions.starts().windows(2).map(|bounds| (bounds[1] - bounds[0]) as u32).collect()
}

/// Which users and items have a pair.
fn in_use(interactions: &Interactions) -> (Vec<bool>, Vec<bool>) {
    let has = |counts: Vec<u32>| counts.into_iter().map(|count| count > 0).collect();
    (has(user_counts(interactions)), has(interactions.item_counts()))
}

/// The ids that are in use. A table may turn from text to integers, and so into another order, when
/// the ids that were no integers go.
fn used_ids(ids: &IdTable, used: &[bool]) -> IdTable {
    let used = (0..).zip(used).filter(|&(_, &used)| used);
    IdTable::from_text(used.filter_map(|(index, _)| ids.name(index)))
}

/// The interactions by new indices, without those that have none.
pub(crate) fn map(
    interactions: &Interactions,
    new_user: impl Fn(usize) -> Option<u32>,
    new_item: impl Fn(usize) -> Option<u32>,
) -> Coordinates {
    let mut rows = Coordinates::for_keep(interactions.kept());
    for pair in interactions.pairs() {
        if let Some((user, item)) = new_user(pair.user.index()).zip(new_item(pair.item.index())) {
            rows.push(crate::Pair { user: UserId(user), item: ItemId(item), ..pair });
        }
    }
    rows
}
