//! Softmax losses by name.

use crate::{METHOD, Params, Softmax};
use foretaste_mf::FactorModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed,
};

/// What [`Fitted::notes`] calls τ, given or not.
pub const TEMPERATURE: &str = "temperature";

/// What [`Fitted::notes`] calls t, likewise.
pub const NEGATIVE_WEIGHT: &str = "negative_weight";

/// Softmax losses, for registries.
#[derive(Clone, Copy, Debug)]
pub struct SoftmaxTechnique;

impl Typed for SoftmaxTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "softmax losses of cosines, against items that a block of users shares",
            source: "Wu, Chen, Wu, et al. BSL: Understanding and Improving Softmax Loss for \
                     Recommendation. ICDE 2024",
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
        let softmax = parameters.clone().check()?;
        let data = task.data.interactions();
        let trained = softmax.fit_from(data, task.start, monitor)?;
        let fitted = trained.fitted(|model| softmax.complete(model, data));
        let temperature = parameters.temperature_of(data.nnz(), data.n_items());
        let weight = parameters.negative_weight_of(data.nnz(), (data.n_users(), data.n_items()));
        Ok(fitted.with_number(TEMPERATURE, temperature).with_number(NEGATIVE_WEIGHT, weight))
    }

    fn starts(&self) -> Starts {
        Starts::FREE
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, Params::check, Softmax::complete)
    }
}
