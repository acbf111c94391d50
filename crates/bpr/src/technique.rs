//! BPR-MF by name.

use crate::{Bpr, BprLoss, METHOD};
use foretaste_data::Interactions;
use foretaste_mf::{BySteps, FactorModel, Params, ranges_of_triples};
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Task, TrainingError,
    Typed, narrowed,
};

/// BPR-MF, for registries.
#[derive(Clone, Copy, Debug)]
pub struct BprTechnique;

/// With the way to fold in.
fn complete(model: FactorModel, parameters: &Params, data: &Interactions) -> FactorModel {
    match parameters.clone().check() {
        Ok(params) => model.with_fold_in(BySteps::on_triples(BprLoss, &params, data)),
        Err(_) => model,
    }
}

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
        let data = task.data.interactions();
        let trained = Bpr::new(parameters.clone())?.fit(data, monitor)?;
        Ok(trained.fitted(|model| complete(model, parameters, data)))
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, complete)
    }
}
