//! Implicit ALS by name.

use crate::{Ials, METHOD, Params};
use foretaste_mf::FactorModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed, Uses,
};

/// What [`Fitted::notes`] calls α0, given or not.
pub const ALPHA: &str = "alpha";

/// What it calls λ, likewise.
pub const LAMBDA: &str = "lambda";

/// Implicit ALS, for registries.
#[derive(Clone, Copy, Debug)]
pub struct IalsTechnique;

impl Typed for IalsTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "implicit alternating least squares: the squared loss of all cells",
            source: "Rendle, Krichene, Zhang, Koren. Revisiting the Performance of iALS on Item \
                     Recommendation Benchmarks. RecSys 2022",
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
        let ials = parameters.clone().check()?;
        let data = task.data.interactions();
        let trained = ials.fit_from(data, task.start, monitor)?;
        let fitted = trained.fitted(|model| ials.complete(model, data));
        let alpha = parameters.alpha_of(data.nnz(), (data.n_users(), data.n_items()));
        let lambda = parameters.lambda(alpha, data.n_items()) as f32;
        Ok(fitted.with_number(ALPHA, alpha).with_number(LAMBDA, lambda))
    }

    fn uses(&self) -> Uses {
        Uses { weights: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, Params::check, Ials::complete)
    }
}
