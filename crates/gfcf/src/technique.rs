//! GF-CF by name.

use crate::{Filter, METHOD, Params};
use foretaste_linear::HistoryModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Task, TrainingError,
    Typed,
};

/// GF-CF, for registries.
#[derive(Clone, Copy, Debug)]
pub struct GfCfTechnique;

impl Typed for GfCfTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "linear and ideal low-pass filters of the graph of users and items",
            source: "Shen et al. How Powerful is Graph Convolution for Recommendation? CIKM 2021",
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
        Ok(Fitted::at_once(HistoryModel::new(weights, data)))
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        Ok(Box::new(HistoryModel::new(Filter::from_file(file)?, &file.seen)))
    }
}
