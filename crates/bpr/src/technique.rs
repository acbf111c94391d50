//! BPR-MF by name.

use crate::{Bpr, METHOD};
use foretaste_mf::{FactorModel, Params, ranges_of_triples};
use foretaste_model::{
    About, Apart, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed, Whole, narrowed,
};

/// BPR-MF, for registries.
#[derive(Clone, Copy, Debug)]
pub struct BprTechnique;

impl Typed for BprTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "matrix factorization with Bayesian Personalized Ranking",
            source: "Rendle, Freudenthaler, Gantner, Schmidt-Thieme. BPR: Bayesian Personalized \
                     Ranking from Implicit Feedback. UAI 2009",
        }
    }

    fn defaults(&self) -> Params {
        Params::default()
    }

    fn described(&self) -> Vec<Parameter> {
        narrowed(Params::described(), ranges_of_triples())
    }

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        Bpr::new(parameters.clone()).map(drop)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = Bpr::new(parameters.clone())?;
        let data = task.data.interactions();
        let trained = method.fit_from(data, task.start, monitor)?;
        Ok(trained.fitted(|model| method.complete(model, data)))
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn apart(&self, parameters: &Params, whole: &Whole) -> Result<Box<dyn Apart>, TrainingError> {
        Bpr::new(parameters.clone())?.apart(whole)
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, Bpr::new, Bpr::complete)
    }
}
