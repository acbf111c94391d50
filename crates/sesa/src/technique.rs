//! SESA, for registries.

use crate::fold::ByHistory;
use crate::{Params, SesaModel};
use foretaste_model::{
    About, Described, Error as FileError, Fitted, Model, ModelFile, Monitor, Parameter, Starts,
    Task, TrainingError, Typed, Uses,
};

/// What a model file calls this method.
pub const METHOD: &str = "sesa";

/// SESA, for registries.
#[derive(Clone, Copy, Debug)]
pub struct SesaTechnique;

impl Typed for SesaTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "dimensions that are tags: lists with reasons that have names, also of new items",
            source: "Bogdanova, Yazdani. SESA: Supervised Explicit Semantic Analysis. arXiv 1708.03246, \
                     2017",
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
        parameters.clone().check()?.fit(task.data, task.start, monitor)
    }

    fn uses(&self) -> Uses {
        Uses { features: true, cold: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts { resumed: true, ..Starts::default() }
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, FileError> {
        let (model, names) = SesaModel::from_file(file)?;
        let params = file.parameters::<Params>().filter(|params| params.clone().check().is_ok());
        Ok(Box::new(match params {
            Some(params) => SesaModel::new(model.with_fold_in(ByHistory::new(&params)), names),
            None => SesaModel::new(model, names),
        }))
    }
}
