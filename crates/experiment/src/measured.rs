//! What one trained model came to.

use crate::{Error, Material};
use foretaste::Recommender;
use foretaste::eval::evaluate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one trained model came to: everything that a comparison and its report need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The method and all its parameters, as the model file has them.
    pub config: Value,
    /// Seconds of the training; `None` for a model that was trained before.
    pub seconds: Option<f64>,
    /// The epochs of the training.
    pub history: Vec<Epoch>,
    /// One list a [`crate::Column`]: its values, user by user.
    pub values: Vec<Vec<f64>>,
}

/// One epoch of a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: u32,
    /// Mean loss of its samples.
    pub loss: f64,
    /// The validation metric, if this epoch was validated.
    pub metric: Option<f64>,
}

impl Measured {
    /// Ranks all items for the users of the held-out interactions.
    ///
    /// # Errors
    /// [`Error::Eval`].
    pub fn of(
        model: &Recommender,
        seconds: Option<f64>,
        material: &Material,
    ) -> Result<Self, Error> {
        let mut values = Vec::new();
        for held_out in &material.held_out {
            let metrics = &held_out.metrics;
            let found = evaluate(model.scorer(), &material.masks(), &held_out.test, metrics)?;
            let column = |n| found.values().iter().skip(n).step_by(metrics.len()).copied();
            values.extend((0..metrics.len()).map(|n| column(n).collect::<Vec<f64>>()));
        }
        let epoch = |report: &foretaste::mf::EpochReport| Epoch {
            epoch: report.epoch,
            loss: report.loss,
            metric: report.metric,
        };
        Ok(Self {
            config: model.info().parameters.clone(),
            seconds,
            history: model.history().iter().map(epoch).collect(),
            values,
        })
    }

    /// The seed that it was trained with, if it needed one.
    pub fn seed(&self) -> Option<u64> {
        self.config.get(crate::settings::SEED)?.as_u64()
    }
}
