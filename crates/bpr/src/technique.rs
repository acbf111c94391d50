//! BPR-MF by name.

use crate::{Bpr, METHOD};
use foretaste_mf::{FactorModel, Params};
use foretaste_model::{
    About, Error, Fitted, Model, ModelFile, Monitor, Task, TrainingError, Typed,
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

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        Bpr::new(parameters.clone()).map(drop)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let trained = Bpr::new(parameters.clone())?.fit(&task.data.interactions, monitor)?;
        Ok(trained.fitted(|model| model))
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        Ok(Box::new(FactorModel::from_file(file)?))
    }
}
