//! What users have had, and how much of it lists leave out.

use crate::{Error, Recommender};
use foretaste_data::{Dataset, Interactions, ItemId, align};
use foretaste_model::ItemSet;
use std::fmt;
use std::str::FromStr;

/// What of that which a user has had is left out of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// All of it: positive feedback, and what was seen and is not positive.
    #[default]
    All,
    /// What the user had as positive feedback; what else was seen may be listed.
    Positives,
    /// Nothing: whatever was seen may be listed.
    None,
}

impl Seen {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::All, "all"), (Self::Positives, "positives"), (Self::None, "none")];

    /// Of positives and what is not positive, what is left out.
    pub(crate) fn of<'a>(
        self,
        positives: &'a Interactions,
        not_positive: Option<&'a Interactions>,
    ) -> impl Iterator<Item = &'a Interactions> {
        let positives = (self != Self::None).then_some(positives);
        positives.into_iter().chain(not_positive.filter(|_| self == Self::All))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |(seen, name): &(Self, &'static str)| (seen == self).then_some(*name);
        f.write_str(Self::NAMES.iter().find_map(of).unwrap_or_default())
    }
}

impl FromStr for Seen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of = |(seen, name): &(Self, &str)| (*name == text).then_some(*seen);
        Self::NAMES.iter().find_map(of).ok_or_else(|| "all, positives or none".to_owned())
    }
}

impl Recommender {
    /// What users of the training had and is not positive; `None` if nothing is known of such.
    pub fn not_positive(&self) -> Option<&Interactions> {
        self.file.not_positive.as_ref()
    }

    /// The pairs of the feedbacks beside the target; `None` if the data had one feedback, or the
    /// model is of a version that did not keep them.
    pub fn seen_in_others(&self) -> Option<&Interactions> {
        self.file.others.as_ref()
    }

    /// The pairs that lists leave out, by `seen`.
    pub fn left_out(&self, seen: Seen) -> impl Iterator<Item = &Interactions> {
        seen.of(self.seen(), self.not_positive())
    }

    /// The items that no user of the training had of any feedback; `None` if there is no such item.
    pub fn cold_items(&self) -> Option<ItemSet> {
        let n = self.items().len();
        let mut had = vec![false; n];
        for pairs in [Some(self.seen()), self.seen_in_others()].into_iter().flatten() {
            pairs.items().iter().for_each(|item| had[item.index()] = true);
        }
        let cold = ItemSet::from_items(
            n,
            (0..).map(ItemId).zip(&had).filter(|(_, had)| !**had).map(|(item, _)| item),
        );
        (!cold.is_empty()).then_some(cold)
    }

    /// Keeps what users had of other feedbacks than the target, which is what
    /// [`Dataset::of_others`] gives; pairs of users and items that the model does not know are left
    /// out.
    ///
    /// # Errors
    /// [`Error::Data`] for more pairs than 32 bits count.
    pub fn with_seen_in_others(mut self, pairs: &Dataset) -> Result<Self, Error> {
        self.file.others = Some(align(pairs, self.users(), self.items())?.interactions);
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
