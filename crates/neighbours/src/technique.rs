//! Item-based neighbours by name.

use crate::{METHOD, Neighbours, Params};
use foretaste_linear::HistoryModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Task, TrainingError,
    Typed,
};

/// Item-based neighbours, for registries.
#[derive(Clone, Copy, Debug)]
pub struct ItemKnnTechnique;

impl Typed for ItemKnnTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "item-based neighbours: items that have users in common with those in the history",
            source: "Deshpande, Karypis. Item-Based Top-N Recommendation Algorithms. TOIS 2004",
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
        let neighbours = parameters.clone().check()?.fit(data, monitor)?;
        Ok(Fitted::at_once(HistoryModel::new(neighbours, data)))
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        Ok(Box::new(HistoryModel::new(Neighbours::from_file(file)?, &file.seen)))
    }
}
