//! The contract of a trained model: scores, and the tensors that they are made of.

use crate::similar::nearest_among;
use crate::{
    FoldInError, Histories, Scored, Scorer, Similarity, Storage, Tensor, similar_items,
    similar_users,
};
use foretaste_align::Rotation;
use foretaste_data::{Interactions, ItemId, UserId};
use std::collections::BTreeMap;
use std::fmt;

/// What a score is made of: the terms, what the items of the history bring, and the rest sum to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// Parts that have a name.
    pub terms: Vec<(String, f32)>,
    /// What each item of the user's history brings, of methods whose scores are such sums; empty of
    /// others.
    pub history: Vec<(ItemId, f32)>,
    /// What has no name.
    pub rest: f32,
}

/// What a model says of feedbacks that build on one another, such as views, carts and purchases.
pub trait Levelled: fmt::Debug + Send + Sync {
    /// What the feedbacks are called, weakest first; the last is what scores are of.
    fn names(&self) -> &[String];

    /// Of how many items a user of the training has any of the feedbacks; 0 if there is no such user.
    fn history_length(&self, user: UserId) -> u32;

    /// The probability that each feedback, or a stronger one, comes of a pair, among all pairs of users and
    /// items: of a user by its row of [`Scorer::user_vectors`], and by how many items the user has any of the
    /// feedbacks of, 0 where it is not known. They never rise from one to the next.
    ///
    /// # Panics
    /// If the row is shorter than those, or there is no such item.
    fn probabilities(&self, user: (&[f32], u32), item: ItemId) -> Vec<f32>;

    /// A scorer of the same users and items that orders them by one of the feedbacks; `None` if there is no
    /// such level.
    fn scorer(&self, level: usize) -> Option<Box<dyn Scorer + '_>>;
}

/// A trained model as its method made it: it scores, and it can be written down.
///
/// What a method may know besides has a default here: it has none.
pub trait Model: Scorer {
    /// Everything that [`Technique::load`](crate::Technique::load) needs, by name. Names that start
    /// with `users.`, `items.` or `seen.` are the model file's own.
    fn tensors(&self) -> BTreeMap<String, Tensor>;

    /// How a file of the model holds matrices, if nobody says otherwise.
    fn storage(&self) -> Storage {
        Storage::default()
    }

    /// Whether no user's scores differ: nothing was learned.
    fn is_flat(&self) -> bool {
        false
    }

    /// A scorer whose users are the rows of `histories`: people whom the training has not seen, by
    /// what is known of them. A row depends on its own history alone, whoever else is asked for, and
    /// on the model: the same history gives the same scores.
    ///
    /// Runs in parallel on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`FoldInError::Unsupported`] of models that have no way to do it, as by default;
    /// [`FoldInError::Items`] if the histories are not by the model's items.
    fn fold_in(&self, _histories: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        Err(FoldInError::Unsupported)
    }

    /// The `k` items most like `item`, most alike first, without the item itself; `None` if the model
    /// can't say, or does not know the item. By default, by [`Scorer::item_vectors`].
    fn similar(&self, item: ItemId, k: usize, similarity: Similarity) -> Option<Vec<Scored>> {
        similar_items(self, item, k, similarity)
    }

    /// Those of `among` that [`Model::similar`] finds most like `item` by angle, at most `k` of them, most alike
    /// first, without the item itself; `None` if the model can't say.
    fn nearest(&self, item: ItemId, among: &[ItemId], k: usize) -> Option<Vec<Scored>> {
        nearest_among(self, item, among, k)
    }

    /// The `k` users most like `user`, as [`Model::similar`] has it of items. By default, by
    /// [`Scorer::user_vectors`].
    fn similar_users(
        &self,
        user: UserId,
        k: usize,
        similarity: Similarity,
    ) -> Option<Vec<(UserId, f32)>> {
        similar_users(self, user, k, similarity)
    }

    /// What the score of a pair is made of; `None` if the model can't say, as by default. `seen`
    /// is what users had in the training, for methods whose models do not keep it.
    ///
    /// # Panics
    /// If the model does not know the user or the item, or `seen` is of others.
    fn explain(&self, _user: UserId, _item: ItemId, _seen: &Interactions) -> Option<Explanation> {
        None
    }

    /// The tensors of the same model in another space: with the rows of users and items turned, of scores that
    /// are products of these, so that every score is what it was but for rounding, also of users who are
    /// folded in. `None` of models that have no such rows, as by default.
    ///
    /// # Panics
    /// If the rotation is of rows of another length than those of [`Scorer::products`].
    fn turned(&self, _rotation: &Rotation) -> Option<BTreeMap<String, Tensor>> {
        None
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

    /// What the model says of each feedback, of methods that learn several which build on one another.
    fn levels(&self) -> Option<&dyn Levelled> {
        None
    }
}
