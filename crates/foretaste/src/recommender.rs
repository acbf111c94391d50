//! A trained model with the ids and the history that it was trained on.

use crate::{Error, Seen, registry};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, UserId, fingerprint};
use foretaste_files::{Overwrite, write_file};
use foretaste_model::{
    EpochReport, Explanation, Fitted, Info, ItemSet, Method, Model, ModelFile, Monitor, Query,
    Registry, Scored, Scorer, Start, Task, recommend,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

pub use foretaste_model::Similarity;

/// A model that speaks of users and items by the ids that their author wrote.
#[derive(Debug)]
pub struct Recommender {
    /// Everything in the model's file but the parameters, which are in `model`.
    pub(crate) file: ModelFile,
    model: Box<dyn Model>,
    history: Vec<EpochReport>,
}

impl Recommender {
    /// Trains a method on a data set, in parallel on the current rayon pool; the pool's size does
    /// not change the result.
    ///
    /// # Errors
    /// [`Error::Training`] if a parameter is not legal, the data has nothing to learn from, or the
    /// training diverges; [`Error::Data`] for more pairs of other feedbacks than 32 bits count.
    pub fn fit(method: &Method, data: Dataset, monitor: &mut dyn Monitor) -> Result<Self, Error> {
        Self::fit_from(method, data, Start::default(), monitor)
    }

    /// [`Recommender::fit`] from an earlier model, or from the state that the training was in when it
    /// was interrupted; from there, it ends in the same model as if it had not been.
    ///
    /// # Errors
    /// As for [`Recommender::fit`], and if the method or this training can't start from there.
    pub fn fit_from(
        method: &Method,
        data: Dataset,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, Error> {
        let others = data.of_others()?;
        let fitted = method.fit(&Task::new(&data).starting(start), monitor)?;
        let model = Self::from_parts(method, data, fitted);
        match others {
            Some(pairs) => model.with_seen_in_others(&pairs),
            None => Ok(model),
        }
    }

    /// A recommender of a model that was trained elsewhere, on this data. It knows nothing of other
    /// feedbacks, see [`Recommender::with_seen_in_others`].
    ///
    /// # Panics
    /// If the model has other numbers of users or items than the data.
    pub fn from_parts(method: &Method, data: Dataset, fitted: Fitted) -> Self {
        let Fitted { model, best_epoch, history, notes } = fitted;
        let (not_positive, others) = (data.not_positive().cloned(), None);
        let (users, items, seen) = data.into_parts();
        assert_eq!((model.n_users(), model.n_items()), (users.len(), items.len()), "one data set");
        let best = history.iter().find(|report| report.epoch == best_epoch);
        let mut training = json!({
            "epochs": history.len(),
            "best_epoch": best_epoch,
            "loss": best.map(|report| report.loss),
            "metric": best.and_then(|report| report.metric),
        });
        if let Some(training) = training.as_object_mut() {
            training.extend(notes);
        }
        let storage = model.storage();
        let info = Info {
            format: storage.format(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            method: method.name().to_owned(),
            parameters: method.to_json(),
            data: fingerprint(&users, &items, &seen).to_string(),
            training,
            storage,
        };
        // Only a model that was learned with weights is explained with them.
        let seen = if method.uses().weights { seen } else { seen.without_weights() };
        let tensors = BTreeMap::new();
        let file = ModelFile { info, users, items, seen, not_positive, others, tensors };
        Self { file, model, history }
    }

    /// Reads a model file of any method that comes with foretaste.
    ///
    /// # Errors
    /// [`Error::Model`] if the file is damaged or incomplete, or of an unknown method.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::load_by(&registry(), path)
    }

    /// Reads a model file of any method of a registry.
    ///
    /// # Errors
    /// As for [`Recommender::load`].
    pub fn load_by(registry: &Registry, path: &Path) -> Result<Self, Error> {
        Self::from_file(registry, ModelFile::load(path)?)
    }

    /// Reads what [`Recommender::to_bytes`] gave; `name` is what errors call it.
    ///
    /// # Errors
    /// As for [`Recommender::load`].
    pub fn from_bytes(bytes: &[u8], name: &Path) -> Result<Self, Error> {
        Self::from_bytes_by(&registry(), bytes, name)
    }

    /// [`Recommender::from_bytes`] of any method of a registry.
    ///
    /// # Errors
    /// As for [`Recommender::load`].
    pub fn from_bytes_by(registry: &Registry, bytes: &[u8], name: &Path) -> Result<Self, Error> {
        Self::from_file(registry, ModelFile::from_bytes(bytes, name)?)
    }

    pub(crate) fn from_file(registry: &Registry, mut file: ModelFile) -> Result<Self, Error> {
        let model = registry.load(&mut file)?;
        // What else is in the file is of no use, and would be written with the model's own.
        file.tensors.clear();
        Ok(Self { file, model, history: Vec::new() })
    }

    /// Writes the model file.
    ///
    /// # Errors
    /// [`Error::Model`] if the file exists and may not be replaced, or the system refuses.
    pub fn save(&self, path: &Path, overwrite: Overwrite) -> Result<(), Error> {
        let bytes = self.to_bytes()?;
        let written = write_file(path, overwrite, |out| out.write_all(&bytes));
        Ok(written.map_err(foretaste_model::Error::from)?)
    }

    /// The model file as bytes, which follow from ids, interactions, parameters and seed alone.
    ///
    /// # Errors
    /// [`Error::Model`] if a parameter is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(self.file.to_bytes_with(&self.model.tensors())?)
    }

    /// The contents of the model file, as of another method: for a training that starts from its rows, by
    /// [`WarmStart`](foretaste_model::WarmStart).
    pub fn file_of(&self, method: &str) -> ModelFile {
        let mut file = ModelFile { tensors: self.model.tensors(), ..self.file.clone() };
        file.info.method = method.to_owned();
        file
    }

    /// The checksum of the model, which its file has in it.
    ///
    /// # Errors
    /// As for [`Recommender::to_bytes`].
    pub fn fingerprint(&self) -> Result<String, Error> {
        Ok(self.file.fingerprint_with(&self.model.tensors())?)
    }

    /// What the model says of itself.
    pub fn info(&self) -> &Info {
        &self.file.info
    }

    /// Whether no user's scores differ: nothing was learned.
    pub fn is_flat(&self) -> bool {
        self.model.is_flat()
    }

    /// The epochs of the training; empty for a loaded model.
    pub fn history(&self) -> &[EpochReport] {
        &self.history
    }

    /// The model.
    pub fn model(&self) -> &dyn Model {
        &*self.model
    }

    /// The model as a scorer of dense indices.
    pub fn scorer(&self) -> &dyn Scorer {
        &*self.model
    }

    /// Original user ids.
    pub fn users(&self) -> &IdTable {
        &self.file.users
    }

    /// Original item ids.
    pub fn items(&self) -> &IdTable {
        &self.file.items
    }

    /// The interactions that the model was trained on.
    pub fn seen(&self) -> &Interactions {
        &self.file.seen
    }

    /// The dense index of a user id.
    pub fn user(&self, id: &str) -> Option<UserId> {
        self.file.users.index_of(id).map(UserId)
    }

    /// The dense index of an item id.
    pub fn item(&self, id: &str) -> Option<ItemId> {
        self.file.items.index_of(id).map(ItemId)
    }

    /// The id of a user.
    ///
    /// # Panics
    /// If the model does not know the user.
    pub fn user_name(&self, user: UserId) -> String {
        self.file.users.name(user.0).expect("the user is the model's").into_owned()
    }

    /// The id of an item.
    ///
    /// # Panics
    /// If the model does not know the item.
    pub fn item_name(&self, item: ItemId) -> String {
        self.file.items.name(item.0).expect("the item is the model's").into_owned()
    }

    /// The best `k` items for each of `users`, without what `seen` says of what they have had.
    ///
    /// # Panics
    /// If the model does not know a user.
    pub fn recommend(&self, users: &[UserId], k: usize, seen: Seen) -> Vec<Vec<Scored>> {
        self.recommend_where(users, &Query::new(k), seen)
    }

    /// The items that `query` asks for, for each of `users`, without what `seen` says of what they
    /// have had, and in any case without those of [`Query::exclude`].
    ///
    /// # Panics
    /// If the model does not know a user.
    pub fn recommend_where(
        &self,
        users: &[UserId],
        query: &Query<'_>,
        seen: Seen,
    ) -> Vec<Vec<Scored>> {
        let mut exclude = query.exclude.to_vec();
        exclude.extend(self.left_out(seen));
        recommend(self.scorer(), users, &query.exclude(&exclude))
    }

    /// The items with these ids, and the ids that the model does not know, in their order.
    pub fn item_set<S: AsRef<str>>(&self, ids: impl IntoIterator<Item = S>) -> (ItemSet, Vec<S>) {
        let mut items = ItemSet::new(self.items().len());
        let mut known = |id: &S| self.item(id.as_ref()).is_some_and(|item| items.insert(item));
        let unknown = ids.into_iter().filter_map(|id| (!known(&id)).then_some(id)).collect();
        (items, unknown)
    }

    /// θ = p(exposed) of each item, as the training took it to be, for methods that weight clicks
    /// by it; where a file had one for each click, their mean. 0 for items without clicks. Of
    /// ExpoMF, which learns it, μ.
    pub fn propensities(&self) -> Option<&[f32]> {
        self.model.propensities()
    }

    /// φ = p(no click | relevant) of a pair, for methods that learn it: the NBPO family.
    ///
    /// # Panics
    /// If the model does not know the user or the item.
    pub fn flip_probability(&self, user: UserId, item: ItemId) -> Option<f32> {
        self.model.flip_probability(user, item)
    }

    /// What the score of a pair is made of, with what the user had in the training; `None` if the model
    /// can't say.
    ///
    /// # Panics
    /// If the model does not know the user or the item.
    pub fn explain(&self, user: UserId, item: ItemId) -> Option<Explanation> {
        self.model.explain(user, item, self.seen())
    }

    /// The `k` users most like `user`; `None` if the model can't say.
    pub fn similar_users(
        &self,
        user: UserId,
        k: usize,
        similarity: Similarity,
    ) -> Option<Vec<(UserId, f32)>> {
        self.model.similar_users(user, k, similarity)
    }

    /// Those of `among` that are most like `item`, at most `k`, without the item itself; `None` if the model
    /// can't say.
    pub fn nearest(&self, item: ItemId, among: &[ItemId], k: usize) -> Option<Vec<Scored>> {
        self.model.nearest(item, among, k)
    }

    /// The `k` items most like `item`; `None` if the model can't say.
    pub fn similar(&self, item: ItemId, k: usize, similarity: Similarity) -> Option<Vec<Scored>> {
        self.model.similar(item, k, similarity)
    }
}
