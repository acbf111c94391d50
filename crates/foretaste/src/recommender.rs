//! A trained model with the ids and the history that it was trained on.

use crate::methods::{self, Fit};
use crate::{Error, Method};
use foretaste_baselines::Popularity;
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, UserId, fingerprint};
use foretaste_files::Overwrite;
use foretaste_mf::{EpochReport, Factors, Monitor};
use foretaste_model::{FORMAT, Info, ModelFile, Scored, Scorer, Tensor, recommend, similar_items};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

pub use foretaste_model::Similarity;

/// The parameters of a trained model, by their kind.
#[derive(Debug)]
pub(crate) enum Model {
    Popularity(Popularity),
    Factors(Factors),
}

impl Model {
    fn scorer(&self) -> &dyn Scorer {
        match self {
            Self::Popularity(model) => model,
            Self::Factors(model) => model,
        }
    }

    fn tensors(&self) -> BTreeMap<String, Tensor> {
        match self {
            Self::Popularity(model) => model.tensors(),
            Self::Factors(model) => model.tensors(),
        }
    }
}

/// A model that speaks of users and items by the ids that their author wrote.
#[derive(Debug)]
pub struct Recommender {
    /// Everything in the model's file but the parameters, which are in `model`.
    file: ModelFile,
    model: Model,
    /// How likely it is that an item was seen, of methods that ask.
    propensities: Option<Vec<f32>>,
    history: Vec<EpochReport>,
}

/// The tensor of [`Recommender::propensities`].
const PROPENSITIES: &str = "item_propensities";
/// What [`Info::training`] calls the rows of a file of propensities that were of no known user or
/// item.
const UNKNOWN_PROPENSITIES: &str = "unknown_propensity_rows";

impl Recommender {
    /// Trains a method on a data set, in parallel on the current rayon pool; the pool's size does
    /// not change the result.
    ///
    /// # Errors
    /// [`Error::Training`] or [`Error::RelMf`] if a parameter is not legal, the data has nothing to
    /// learn from, the training diverges, or propensities do not fit the data.
    pub fn fit(method: &Method, data: Dataset, monitor: &mut dyn Monitor) -> Result<Self, Error> {
        let Fit { model, best_epoch, history, propensities, unknown_propensities } =
            method.fit(&data, monitor)?;
        let Dataset { users, items, interactions: seen } = data;
        let best = history.iter().find(|report| report.epoch == best_epoch);
        let mut training = json!({
            "epochs": history.len(),
            "best_epoch": best_epoch,
            "loss": best.map(|report| report.loss),
            "metric": best.and_then(|report| report.metric),
        });
        if unknown_propensities > 0 {
            training[UNKNOWN_PROPENSITIES] = unknown_propensities.into();
        }
        let info = Info {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            method: method.name().to_owned(),
            parameters: method.to_json(),
            data: fingerprint(&users, &items, &seen).to_string(),
            training,
        };
        let file = ModelFile { info, users, items, seen, tensors: BTreeMap::new() };
        Ok(Self { file, model, propensities, history })
    }

    /// Reads a model file, whichever method it is of.
    ///
    /// # Errors
    /// [`Error::Model`] if the file is damaged or incomplete, [`Error::UnknownMethod`] if this
    /// version does not know its method.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let mut file = ModelFile::load(path)?;
        let model = methods::load(&mut file)?;
        let propensities = match file.tensors.contains_key(PROPENSITIES) {
            true => Some(file.take(PROPENSITIES, file.items.len(), Some(1))?.values),
            false => None,
        };
        Ok(Self { file, model, propensities, history: Vec::new() })
    }

    /// Writes the model file.
    ///
    /// # Errors
    /// [`Error::Model`] if the file exists and may not be replaced, or the system refuses.
    pub fn save(&mut self, path: &Path, overwrite: Overwrite) -> Result<(), Error> {
        self.with_tensors(|file| Ok(file.save(path, overwrite)?))
    }

    /// The model file as bytes, which follow from ids, interactions, parameters and seed alone.
    ///
    /// # Errors
    /// [`Error::Model`] if a parameter is not finite.
    pub fn to_bytes(&mut self) -> Result<Vec<u8>, Error> {
        self.with_tensors(|file| Ok(file.to_bytes()?))
    }

    /// The parameters are in the file only while it is written.
    fn with_tensors<T>(
        &mut self,
        write: impl FnOnce(&ModelFile) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.file.tensors = self.model.tensors();
        if let Some(values) = self.propensities.clone() {
            let tensor = Tensor { rows: values.len(), cols: 1, values };
            self.file.tensors.insert(PROPENSITIES.into(), tensor);
        }
        let written = write(&self.file);
        self.file.tensors.clear();
        written
    }

    /// What the model says of itself.
    pub fn info(&self) -> &Info {
        &self.file.info
    }

    /// Rows of the file of propensities that were left out, because the training data does not know
    /// their user or item or click.
    pub fn unknown_propensities(&self) -> u64 {
        self.info().training[UNKNOWN_PROPENSITIES].as_u64().unwrap_or(0)
    }

    /// Whether no user's scores differ: nothing was learned.
    pub fn is_flat(&self) -> bool {
        matches!(&self.model, Model::Factors(factors) if factors.is_flat())
    }

    /// The epochs of the training; empty for a loaded model.
    pub fn history(&self) -> &[EpochReport] {
        &self.history
    }

    /// The model as a scorer of dense indices.
    pub fn scorer(&self) -> &dyn Scorer {
        self.model.scorer()
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

    /// The best `k` items for each of `users`; items that a user had in the training are left out
    /// unless `with_seen`.
    ///
    /// # Panics
    /// If the model does not know a user.
    pub fn recommend(&self, users: &[UserId], k: usize, with_seen: bool) -> Vec<Vec<Scored>> {
        let seen = [self.seen()];
        recommend(self.scorer(), users, k, if with_seen { &[] } else { &seen })
    }

    /// θ = p(exposed) of each item, as the training took it to be, for methods that weight clicks
    /// by it; where a file had one for each click, their mean. 0 for items without clicks. Of
    /// ExpoMF, which learns it, μ.
    pub fn propensities(&self) -> Option<&[f32]> {
        self.propensities.as_deref()
    }

    /// φ = p(no click | relevant) of a pair, for methods that learn it: the NBPO family.
    ///
    /// # Panics
    /// If the model does not know the user or the item.
    pub fn flip_probability(&self, user: UserId, item: ItemId) -> Option<f32> {
        match &self.model {
            Model::Factors(factors) if factors.channels() > 1 => {
                Some(foretaste_nbpo::flip_probability(factors, user, item))
            }
            _ => None,
        }
    }

    /// The `k` items most like `item`; `None` if the method has no item vectors.
    pub fn similar(&self, item: ItemId, k: usize, similarity: Similarity) -> Option<Vec<Scored>> {
        similar_items(self.scorer(), item, k, similarity)
    }
}
