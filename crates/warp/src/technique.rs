//! WARP by name.

use crate::{METHOD, Params, Warp};
use foretaste_mf::{FactorModel, ranges_of_triples};
use foretaste_model::{
    About, Apart, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task, TrainingError,
    Typed, Whole, narrowed,
};

/// What [`Fitted::notes`] calls λ, given or not.
pub const REG: &str = "reg";

/// WARP, for registries.
#[derive(Clone, Copy, Debug)]
pub struct WarpTechnique;

impl Typed for WarpTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "matrix factorization by the WARP loss, whose steps grow with the rank",
            source: "Weston, Bengio, Usunier. WSABIE: Scaling Up to Large Vocabulary Image Annotation. \
                     IJCAI 2011",
        }
    }

    fn defaults(&self) -> Params {
        Params::default()
    }

    fn described(&self) -> Vec<Parameter> {
        narrowed(Params::described_here(), ranges_of_triples())
    }

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        Warp::new(parameters.clone()).map(drop)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = Warp::new(parameters.clone())?;
        let data = task.data.interactions();
        let trained = method.fit_from(data, task.start, monitor)?;
        let fitted = trained.fitted(|model| method.complete(model, data));
        Ok(fitted.with_number(REG, parameters.reg_of(&Whole::of(data))))
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn apart(&self, parameters: &Params, whole: &Whole) -> Result<Box<dyn Apart>, TrainingError> {
        Warp::new(parameters.clone())?.apart(whole)
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, Warp::new, Warp::complete)
    }
}
