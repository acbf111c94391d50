//! Behaviours beside the one that is to be recommended for.

use crate::{Coordinates, Dataset, Error, Interactions, Keep, UserId};

/// A behaviour and its pairs, such as the views beside the purchases.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    pub(crate) name: String,
    pub(crate) interactions: Interactions,
}

impl Feedback {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its pairs, over the ids of the data set.
    pub fn interactions(&self) -> &Interactions {
        &self.interactions
    }
}

impl Interactions {
    /// How many pairs are in `other`, too, which has rows for the same users.
    pub fn common(&self, other: &Self) -> usize {
        let rows = 0..self.n_users().min(other.n_users()) as u32;
        rows.map(|user| common(self.row(UserId(user)), other.row(UserId(user)))).sum()
    }
}

/// How many values two ascending lists have in common.
fn common<T: Ord>(mut a: &[T], mut b: &[T]) -> usize {
    let mut count = 0;
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        count += usize::from(first == other);
        let (ahead, behind) = (first >= other, first <= other);
        a = if behind { rest } else { a };
        b = if ahead { others } else { b };
    }
    count
}

impl Dataset {
    /// The data set of one feedback that has the pairs of all of them. Ids and features stay.
    ///
    /// Of a pair that several feedbacks have, the latest stays, and of equally late ones the
    /// heaviest, as of repeated rows. Times are kept if all feedbacks have them, and weights if any
    /// has: those of the others are 1. What is in any feedback is positive.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if there are more pairs than 32 bits count.
    pub fn union(&self) -> Result<Self, Error> {
        let all = || self.others.iter().map(Feedback::interactions).chain([&self.interactions]);
        let weights = all().any(|matrix| matrix.weights().is_some());
        let times = all().all(|matrix| matrix.times().is_some());
        let mut rows = Coordinates::for_keep(Keep { weights, times });
        for pair in all().flat_map(Interactions::pairs) {
            rows.push(pair);
        }
        let shape = (self.users.len(), self.items.len());
        let (interactions, _) = Interactions::from_coordinates(rows, shape.0, shape.1)?;
        let names: Vec<&str> =
            self.others.iter().map(Feedback::name).chain(self.target_name()).collect();
        let target = (!names.is_empty()).then(|| names.join("+"));
        let whole = Self {
            users: self.users.clone(),
            items: self.items.clone(),
            interactions,
            not_positive: None,
            target,
            others: Vec::new(),
            user_features: self.user_features.clone(),
            item_features: self.item_features.clone(),
        };
        Ok(whole.seen_with(self.not_positive.clone()))
    }

    /// Which feedback is the strongest of each pair of [`Dataset::union`], by its place among all of them,
    /// weakest first, from 0.
    ///
    /// # Panics
    /// If `union` is not of this data set.
    pub fn strongest(&self, union: &Interactions) -> Vec<usize> {
        let mut strongest = vec![0; union.nnz()];
        let all = self.others.iter().map(Feedback::interactions).chain([&self.interactions]);
        for (place, matrix) in all.enumerate() {
            for user in 0..union.n_users() {
                let own = matrix.row(UserId(user as u32));
                let of_all = union.row(UserId(user as u32)).iter();
                let mut rest = of_all.zip(&mut strongest[union.starts()[user]..]);
                for item in own {
                    let found = rest.find(|(other, _)| *other == item);
                    *found.expect("the union has the pairs of all").1 = place;
                }
            }
        }
        strongest
    }

    /// [`Dataset::union`], where a pair weighs what is said of its strongest feedback, weakest first,
    /// instead of what its rows weigh.
    ///
    /// # Errors
    /// As there; [`Error::Shape`] if there is not a weight for each feedback.
    pub fn weighted_union(&self, weights: &[f32]) -> Result<Self, Error> {
        let (found, expected) = (weights.len(), self.others.len() + 1);
        if found != expected {
            return Err(Error::Shape { what: "feedbacks", found, expected });
        }
        let union = self.union()?;
        let strongest = self.strongest(&union.interactions);
        let of_pairs = strongest.into_iter().map(|place| weights[place]).collect();
        let interactions = union.interactions.clone().without_weights().with_weights(of_pairs)?;
        Ok(union.with_target(interactions))
    }

    /// How many of some pairs over the same ids are in a feedback beside the target, as held-out
    /// pairs may be that were viewed first.
    pub fn known_by_others(&self, pairs: &Interactions) -> usize {
        let others = self.others();
        let known = |pair: &crate::Pair| {
            others.iter().any(|other| other.interactions.contains(pair.user, pair.item))
        };
        if others.is_empty() { 0 } else { pairs.pairs().filter(known).count() }
    }
}

#[cfg(test)]
mod tests;
