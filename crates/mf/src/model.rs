//! The model that methods of factors make.

use crate::{Factors, Trained};
use foretaste_data::{ItemId, UserId};
use foretaste_model::{Error, Fitted, Model, ModelFile, Products, Scorer, Tensor};
use ndarray::{ArrayView2, ArrayViewMut2};
use serde_json::Map;
use std::collections::BTreeMap;

/// The tensor of [`Model::propensities`].
const PROPENSITIES: &str = "item_propensities";

/// The probability of a flip by the factors: see [`Model::flip_probability`].
pub type Flips = fn(&Factors, UserId, ItemId) -> f32;

/// Factors, and what their method knows besides.
#[derive(Clone, Debug)]
pub struct FactorModel {
    factors: Factors,
    propensities: Option<Vec<f32>>,
    flips: Option<Flips>,
}

impl FactorModel {
    /// Of factors alone.
    pub fn new(factors: Factors) -> Self {
        Self { factors, propensities: None, flips: None }
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

    /// Takes the model out of its file, but for φ.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a tensor is missing or their shapes do not fit.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let model = Self::new(Factors::from_file(file)?);
        if !file.tensors.contains_key(PROPENSITIES) {
            return Ok(model);
        }
        let propensities = file.take(PROPENSITIES, file.items.len(), Some(1))?;
        Ok(model.with_propensities(propensities.values))
    }

    /// The factors.
    pub fn factors(&self) -> &Factors {
        &self.factors
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
}

impl Model for FactorModel {
    fn scorer(&self) -> &dyn Scorer {
        self
    }

    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let mut tensors = self.factors.tensors();
        if let Some(values) = self.propensities.clone() {
            let tensor = Tensor { rows: values.len(), cols: 1, values };
            tensors.insert(PROPENSITIES.into(), tensor);
        }
        tensors
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
    pub fn fitted(self, model: impl FnOnce(FactorModel) -> FactorModel) -> Fitted {
        let Self { factors, best_epoch, history } = self;
        let model = Box::new(model(FactorModel::new(factors)));
        Fitted { model, best_epoch, history, notes: Map::new() }
    }
}
