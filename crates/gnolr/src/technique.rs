//! GNOLR by name.

use crate::{Embeddings, Fit, Gnolr, GnolrModel, METHOD, Params, Trainer};
use foretaste_mf::FactorModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed, Uses,
};
use serde_json::json;

/// GNOLR, for registries.
#[derive(Clone, Copy, Debug)]
pub struct GnolrTechnique;

impl Typed for GnolrTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "several feedbacks, weakest first, in one space: nested ordinal regression",
            source: "Zhang, Liang, Fu, et al. Embed Progressive Implicit Preference in Unified Space for \
                     Deep Collaborative Filtering. KDD 2025",
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
        let method = parameters.clone().check()?;
        let Fit { trained, levels, scale } = method.fit_from(task.data, task.start, monitor)?;
        let (parts, data) = ((levels.names(), &scale), task.data.interactions());
        let mut fitted = trained.fitted(|model| method.complete(model, parts, data));
        fitted.notes.insert("levels".to_owned(), json!(levels.names()));
        fitted.notes.insert("level_pairs".to_owned(), json!(levels.counts()));
        fitted.notes.insert("level_skips".to_owned(), json!(levels.skipping()));
        for (name, gamma) in levels.names().iter().zip(&scale.gammas) {
            fitted = fitted.with_number(&format!("gamma_{name}"), *gamma);
        }
        Ok(fitted)
    }

    fn uses(&self) -> Uses {
        Uses { feedback: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts::FREE
    }

    fn idle(&self, parameters: &Params) -> Vec<(&'static str, &'static str)> {
        let mut idle = match parameters.trainer {
            Trainer::Blocked => vec![("adam_lr", "trainer=batch"), ("batch", "trainer=batch")],
            Trainer::Batch => vec![("lr", "trainer=blocked")],
        };
        if parameters.embeddings == Embeddings::Shared {
            idle.push(("gamma", "embeddings=nested"));
        }
        idle
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        let levels = GnolrModel::levels_of(file)?;
        let model = FactorModel::from_file(file)?;
        let method: Option<Gnolr> =
            file.parameters().and_then(|parameters: Params| parameters.check().ok());
        Ok(Box::new(match (method, levels) {
            (Some(method), Some((names, scale))) => {
                method.complete(model, (&names, &scale), &file.seen)
            }
            _ => GnolrModel::new(model),
        }))
    }
}
