//! The model that methods of factors make.

use crate::fold::Folded;
use crate::{Factors, FoldIn, Trained, Users};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{
    Error, Explanation, Fitted, FoldInError, Histories, Model, ModelFile, Products, Rotation,
    Scorer, Storage, Tensor,
};
use ndarray::{ArrayView2, ArrayViewMut2};
use serde::de::DeserializeOwned;
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The tensor of [`Model::propensities`].
pub const PROPENSITIES: &str = "item_propensities";

/// The probability of a flip by the factors: see [`Model::flip_probability`].
pub type Flips = fn(&Factors, UserId, ItemId) -> f32;

/// Factors, and what their method knows besides.
#[derive(Clone, Debug)]
pub struct FactorModel {
    factors: Factors,
    propensities: Option<Vec<f32>>,
    flips: Option<Flips>,
    fold_in: Option<Arc<dyn FoldIn>>,
    storage: Storage,
    /// The mean of the users, once somebody asked.
    mean: OnceLock<Users>,
}

impl FactorModel {
    /// Of factors alone.
    pub fn new(factors: Factors) -> Self {
        let (storage, mean) = (Storage::default(), OnceLock::new());
        Self { factors, propensities: None, flips: None, fold_in: None, storage, mean }
    }

    /// With θ of each item.
    ///
    /// # Panics
    /// If there is not one for each.
    #[must_use]
    pub fn with_propensities(self, propensities: Vec<f32>) -> Self {
        assert_eq!(propensities.len(), self.n_items(), "one propensity an item");
        Self { propensities: Some(propensities), ..self }
    }

    /// With φ of pairs.
    #[must_use]
    pub fn with_flips(self, flips: Flips) -> Self {
        Self { flips: Some(flips), ..self }
    }

    /// With a way to fold in users whom the training has not seen, if it fits the factors.
    #[must_use]
    pub fn with_fold_in(self, fold_in: impl FoldIn + 'static) -> Self {
        match fold_in.fits(&self.factors) {
            true => Self { fold_in: Some(Arc::new(fold_in)), ..self },
            false => self,
        }
    }

    /// With how a file of it holds matrices.
    #[must_use]
    pub fn with_storage(self, storage: Storage) -> Self {
        Self { storage, ..self }
    }

    /// Takes the model out of its file, but for φ and the way to fold in.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a tensor is missing or their shapes do not fit.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let model = Self::new(Factors::from_file(file)?);
        if !file.tensors.contains_key(PROPENSITIES) {
            return Ok(model);
        }
        let (_, propensities) = file.take(PROPENSITIES, &[Some(file.items.len()), Some(1)])?;
        Ok(model.with_propensities(propensities))
    }

    /// [`Technique::load`](foretaste_model::Technique::load) of a method of factors: `method` makes it of
    /// the parameters in the file, and `complete` adds what it knows besides, of the interactions that
    /// it was trained on, too. A file whose parameters are not legal gives lists all the same.
    ///
    /// # Errors
    /// As for [`FactorModel::from_file`].
    pub fn load<P: DeserializeOwned, M, E>(
        file: &mut ModelFile,
        method: impl FnOnce(P) -> Result<M, E>,
        complete: impl FnOnce(&M, Self, &Interactions) -> Self,
    ) -> Result<Box<dyn Model>, Error> {
        let model = Self::from_file(file)?;
        let method = file.parameters().and_then(|parameters| method(parameters).ok());
        Ok(Box::new(match method {
            Some(method) => complete(&method, model, &file.seen),
            None => model,
        }))
    }

    /// The factors.
    pub fn factors(&self) -> &Factors {
        &self.factors
    }

    /// The tensors of a model of these factors, and of the rest that it knows.
    fn tensors_of(&self, factors: &Factors) -> BTreeMap<String, Tensor> {
        let mut tensors = factors.tensors();
        if let Some(values) = self.propensities.clone() {
            let tensor = Tensor::new(&[values.len(), 1], values);
            tensors.insert(PROPENSITIES.into(), tensor);
        }
        tensors
    }
}

impl Scorer for FactorModel {
    fn n_users(&self) -> usize {
        self.factors.n_users()
    }

    fn n_items(&self) -> usize {
        self.factors.n_items()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.factors.score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        self.factors.products()
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.factors.item_vectors()
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.factors.user_vectors()
    }
}

impl Model for FactorModel {
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        self.tensors_of(&self.factors)
    }

    fn turned(&self, rotation: &Rotation) -> Option<BTreeMap<String, Tensor>> {
        let channels = self.fold_in.as_ref().map_or(1, |fold_in| fold_in.one_space());
        Some(self.tensors_of(&self.factors.turned(rotation, channels)))
    }

    fn fold_in(&self, histories: &Histories<'_>) -> Result<Box<dyn Scorer + '_>, FoldInError> {
        let fold_in = self.fold_in.as_deref().ok_or(FoldInError::Unsupported)?;
        let (histories, expected) = (histories.interactions, self.n_items());
        if histories.n_items() != expected {
            return Err(FoldInError::Items { expected, found: histories.n_items() });
        }
        let mean = self.mean.get_or_init(|| Users::mean(&self.factors));
        let mut users = mean.repeated(histories.n_users());
        fold_in.fold_in(&self.factors, histories, &mut users);
        match users.not_finite() {
            Some(user) => Err(FoldInError::Diverged { user }),
            None => Ok(Box::new(Folded { users, factors: &self.factors })),
        }
    }

    /// The biases by name, and of the inner product what the way to fold in says that each item of the
    /// history brings; what it does not say is the rest.
    fn explain(&self, user: UserId, item: ItemId, seen: &Interactions) -> Option<Explanation> {
        let biases = &self.factors.biases[0];
        let of = |biases: &[f32], n: usize| biases.get(n).copied();
        let terms = [
            ("bias of all pairs", Some(biases.global).filter(|&bias| bias != 0.0)),
            ("bias of the user", of(&biases.users, user.index())),
            ("bias of the item", of(&biases.items, item.index())),
        ];
        let named = |(name, value): (&str, Option<f32>)| Some((name.to_owned(), value?));
        let terms: Vec<_> = terms.into_iter().filter_map(named).collect();
        let fold_in = self.fold_in.as_deref();
        let shares = fold_in.and_then(|fold_in| fold_in.shares(&self.factors, (seen, user), item));
        let history: Vec<_> =
            shares.map_or(Vec::new(), |all| seen.row(user).iter().copied().zip(all).collect());
        // In f64, so that the terms sum to the score and not nearly so.
        let named: f64 = terms.iter().map(|(_, value)| f64::from(*value)).sum();
        let brought: f64 = history.iter().map(|(_, value)| f64::from(*value)).sum();
        let products = self.products().expect("factors have inner products");
        let score = f64::from(products.score(user.index(), item.index()));
        Some(Explanation { terms, history, rest: (score - named - brought) as f32 })
    }

    fn storage(&self) -> Storage {
        self.storage
    }

    fn is_flat(&self) -> bool {
        self.factors.is_flat()
    }

    fn propensities(&self) -> Option<&[f32]> {
        self.propensities.as_deref()
    }

    fn flip_probability(&self, user: UserId, item: ItemId) -> Option<f32> {
        self.flips.map(|flips| flips(&self.factors, user, item))
    }
}

impl Trained {
    /// What a technique returns of it: `model` adds what its method knows besides.
    pub fn fitted<M: Model + 'static>(self, model: impl FnOnce(FactorModel) -> M) -> Fitted {
        let Self { factors, best_epoch, history } = self;
        let model = Box::new(model(FactorModel::new(factors)));
        Fitted { model, best_epoch, history, notes: Map::new() }
    }
}
