//! DNIS by name.

use crate::{Dnis, Found, METHOD, Params};
use foretaste_mf::{FactorModel, ranges_of_triples};
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed, Uses, narrowed,
};
use serde_json::json;

/// DNIS, for registries.
#[derive(Clone, Copy, Debug)]
pub struct DnisTechnique;

impl Typed for DnisTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "BPR whose rows keep a share of their numbers: which, is learnt on validation rows",
            source: "Cheng, Shen, Huang. Differentiable Neural Input Search for Recommender Systems. \
                     arXiv 2006.04466, 2020",
        }
    }

    fn defaults(&self) -> Params {
        Params::default()
    }

    fn described(&self) -> Vec<Parameter> {
        narrowed(Params::described(), ranges_of_triples())
    }

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        Dnis::new(parameters.clone()).map(drop)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = Dnis::new(parameters.clone())?;
        let data = task.data.interactions();
        let Found { trained, gates, held_out } =
            method.fit(data, task.validation, task.start, monitor)?;
        let mut fitted = trained.fitted(|model| method.complete(model, data));
        if method.searches() > 0 {
            let open = |gates: &[f32]| -> Vec<usize> {
                let blocks = gates.chunks_exact(parameters.mf.factors);
                blocks.map(|block| block.iter().filter(|gate| **gate > 0.0).count()).collect()
            };
            let note = json!({
                "learnt_on": if task.validation.is_some() { "validation rows" } else { "a share of the training rows" },
                "rows": held_out,
                "open": { "users": open(&gates[0]), "items": open(&gates[1]) },
            });
            fitted.notes.insert("gates".to_owned(), note);
        }
        Ok(fitted)
    }

    fn uses(&self) -> Uses {
        Uses { validation: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts::FREE
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, Dnis::new, Dnis::complete)
    }

    fn idle(&self, parameters: &Params) -> Vec<(&'static str, &'static str)> {
        let mut idle = Vec::new();
        if parameters.search <= 0.0 {
            let of_gates = ["blocks", "gate_lr", "gate_l1", "gate_batch", "gate_share"];
            idle.extend(of_gates.map(|name| (name, "search above 0")));
        }
        idle
    }
}
