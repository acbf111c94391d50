//! Users whom a model has never seen, by what is known of them.

use foretaste_data::{Feedback, Interactions};

/// What is known of users who are to be folded in: a row each.
///
/// It borrows and needs no ids, so that one user of one request costs as much as their own row.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Histories<'a> {
    /// Their items, by the model's indices of items, with weights and times where these are known.
    pub interactions: &'a Interactions,
    /// What else they did, weakest first, by the same rows and items; for methods of several feedbacks.
    pub others: &'a [Feedback],
}

impl<'a> Histories<'a> {
    /// Of users who have these items.
    pub fn new(interactions: &'a Interactions) -> Self {
        Self { interactions, others: &[] }
    }

    /// The same with what else they did.
    #[must_use]
    pub fn with_others(self, others: &'a [Feedback]) -> Self {
        Self { others, ..self }
    }
}

/// Why users can't be folded in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldInError {
    /// The method has no way to do it.
    #[error("this model knows no users but those that it was trained on")]
    Unsupported,
    /// The histories are not by the model's items.
    #[error("the histories are of {found} items, the model of {expected}")]
    Items {
        /// The model's.
        expected: usize,
        /// Those of the histories.
        found: usize,
    },
    /// A user's factors are no longer finite.
    #[error("folding in diverged for user {user} of the histories")]
    Diverged {
        /// The first of these users, from 0.
        user: usize,
    },
}
