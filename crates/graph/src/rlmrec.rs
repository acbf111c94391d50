//! RLMRec: a backbone whose nodes are brought near what their texts say.

mod contrastive;
mod generative;
mod params;

use crate::base::Base;
use crate::lightgcn::{completed, initial};
use crate::texts::Texts;
use crate::trainer::{Beside, Trainer};
use contrastive::Contrastive;
use foretaste_data::{Dataset, Preference};
use foretaste_mf::{Error, FactorModel, Monitor, Start, Trained, train_epochs};
use foretaste_model::{
    About, Described, Error as FileError, Fitted, Model, ModelFile, Parameter, Starts, Task,
    TrainingError, Typed, Uses,
};
use generative::Generative;

pub use params::{Alignment, METHOD, RlmRecParams};

/// RLMRec with legal parameters; made by [`RlmRecParams::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct RlmRec {
    params: RlmRecParams,
}

impl RlmRec {
    pub(crate) fn new(params: RlmRecParams) -> Self {
        Self { params }
    }

    /// The parameters.
    pub fn params(&self) -> &RlmRecParams {
        &self.params
    }

    /// Trains on `data` and the vectors of its items, and of its users, if they have some, and on what users
    /// are said to prefer; in parallel on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions, [`Error::Method`] without vectors; otherwise as for
    /// [`train_epochs`].
    pub fn fit_from(
        &self,
        data: &Dataset,
        extra: &[Preference],
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let (params, pairs) = (&self.params.backbone, data.interactions());
        let factors = initial(pairs, params, start)?;
        let texts = Texts::of(data)?;
        let beside: Option<Box<dyn Beside>> = match self.params.alignment {
            // Then this is the backbone alone, bit for bit.
            _ if self.params.text_weight <= 0.0 => None,
            Alignment::Con => {
                Some(Box::new(Contrastive::new(&self.params, texts, pairs.n_users())))
            }
            Alignment::Gen => Some(Box::new(Generative::new(
                &self.params,
                texts,
                pairs.n_users() + pairs.n_items(),
            ))),
        };
        let base = Base::of_rows(pairs.n_users() + pairs.n_items(), params.factors);
        let mut trainer = Trainer::new(pairs, params, base, beside).preferring(extra);
        train_epochs(factors, &params.training(), start.state, monitor, &mut trainer)
    }
}

/// RLMRec, for registries.
#[derive(Clone, Copy, Debug)]
pub struct RlmRecTechnique;

impl Typed for RlmRecTechnique {
    type Parameters = RlmRecParams;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "LightGCN whose nodes are brought near what their texts say",
            source: "Ren, Wei, Xia, et al. Representation Learning with Large Language Models for \
                     Recommendation. WWW 2024",
        }
    }

    fn defaults(&self) -> RlmRecParams {
        RlmRecParams::default()
    }

    fn described(&self) -> Vec<Parameter> {
        RlmRecParams::described()
    }

    fn check(&self, parameters: &RlmRecParams) -> Result<(), TrainingError> {
        parameters.clone().check().map(drop)
    }

    fn fit(
        &self,
        parameters: &RlmRecParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = parameters.clone().check()?;
        let trained = method.fit_from(task.data, task.extra, task.start, monitor)?;
        let data = task.data.interactions();
        Ok(trained.fitted(|model| completed(&method.params.backbone, model, data, false)))
    }

    fn uses(&self) -> Uses {
        Uses { features: true, extra: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts::FREE
    }

    fn idle(&self, parameters: &RlmRecParams) -> Vec<(&'static str, &'static str)> {
        parameters.idle()
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, FileError> {
        FactorModel::load(file, RlmRecParams::check, |method, model, data| {
            completed(&method.params.backbone, model, data, false)
        })
    }
}
