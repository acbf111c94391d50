//! Behaviours beside the one that is to be recommended for.

use crate::{Dataset, Interactions, UserId};

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
