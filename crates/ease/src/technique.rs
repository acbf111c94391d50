//! EASE by name.

use crate::{EaseWeights, METHOD, Params};
use foretaste_linear::HistoryModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Task, TrainingError,
    Typed,
};

/// What [`Fitted::notes`] calls λ, given or not.
pub const LAMBDA: &str = "lambda";

/// EASE, for registries.
#[derive(Clone, Copy, Debug)]
pub struct EaseTechnique;

impl Typed for EaseTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "linear weights of items by items, in closed form",
            source: "Steck. Embarrassingly Shallow Autoencoders for Sparse Data. WWW 2019",
        }
    }

    fn defaults(&self) -> Params {
        Params::default()
    }

    fn described(&self) -> Vec<Parameter> {
        Params::described()
    }

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        parameters.clone().check().map(drop)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let data = task.data.interactions();
        let weights = parameters.clone().check()?.fit(data, monitor)?;
        let mut fitted = Fitted::at_once(HistoryModel::new(weights, data));
        fitted.notes.insert(LAMBDA.into(), parameters.lambda(data).into());
        Ok(fitted)
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        Ok(Box::new(HistoryModel::new(EaseWeights::from_file(file)?, &file.seen)))
    }
}
