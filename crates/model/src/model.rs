//! The contract of a trained model: scores, and the tensors that they are made of.

use crate::{Scorer, Tensor};
use foretaste_data::{ItemId, UserId};
use std::collections::BTreeMap;

/// A trained model as its method made it: it scores, and it can be written down.
///
/// What a method may know besides has a default here: it has none.
pub trait Model: Scorer {
    /// The model as a scorer.
    fn scorer(&self) -> &dyn Scorer;

    /// Everything that [`Technique::load`](crate::Technique::load) needs, by name. Names that start
    /// with `users.`, `items.` or `seen.` are the model file's own.
    fn tensors(&self) -> BTreeMap<String, Tensor>;

    /// Whether no user's scores differ: nothing was learned.
    fn is_flat(&self) -> bool {
        false
    }

    /// θ = p(exposed) of each item, for methods that assume or learn it.
    fn propensities(&self) -> Option<&[f32]> {
        None
    }

    /// φ = p(no click | relevant) of a pair, for methods that learn it.
    ///
    /// # Panics
    /// If the model does not know the user or the item.
    fn flip_probability(&self, _user: UserId, _item: ItemId) -> Option<f32> {
        None
    }
}
