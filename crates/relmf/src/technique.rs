//! The methods by name.

use crate::{Logged, METHOD, Params, Propensities, Propensity, RelMf, UBPR, Ubpr, UbprParams};
use foretaste_data::Interactions;
use foretaste_mf::{FactorModel, Trained, ranges_of_triples};
use foretaste_model::{
    About, Apart, Described, Error, Fitted, Model, ModelFile, Monitor, Parameter, Starts, Task,
    TrainingError, Typed, Uses, Whole, narrowed,
};
use std::path::PathBuf;

/// What [`Fitted::notes`] calls the rows of a file of propensities that were of no known user or
/// item.
pub const UNKNOWN_PROPENSITIES: &str = "unknown_propensity_rows";

/// The same of clicks on what, by the log of impressions, was not shown to the user.
pub const UNLOGGED_CLICKS: &str = "clicks_outside_impressions";

/// The same of items with clicks that, by the log, were shown to nobody.
pub const NEVER_SHOWN: &str = "clicked_items_never_shown";

/// The same where every user was shown every item.
pub const ALL_SHOWN: &str = "all_pairs_shown";

/// Rel-MF, for registries.
#[derive(Clone, Copy, Debug)]
pub struct RelMfTechnique;

/// Unbiased pairwise ranking, for registries.
#[derive(Clone, Copy, Debug)]
pub struct UbprTechnique;

fn file_of(propensity: &Propensity) -> Option<PathBuf> {
    match propensity {
        Propensity::File(path) => Some(path.clone()),
        _ => None,
    }
}

/// With what clicks were weighted by.
fn weighted(
    trained: Trained,
    propensities: &Propensities,
    data: &Interactions,
    complete: impl FnOnce(FactorModel) -> FactorModel,
) -> Result<Fitted, crate::Error> {
    let by_item = propensities.by_item(data)?;
    let mut fitted = trained.fitted(|model| complete(model.with_propensities(by_item)));
    let unknown = propensities.unknown_rows();
    if unknown > 0 {
        fitted.notes.insert(UNKNOWN_PROPENSITIES.into(), unknown.into());
    }
    let Logged { unlogged_clicks, never_shown, all_shown } = propensities.logged();
    for (name, count) in [(UNLOGGED_CLICKS, unlogged_clicks), (NEVER_SHOWN, never_shown)] {
        if count > 0 {
            fitted.notes.insert(name.into(), count.into());
        }
    }
    if all_shown {
        fitted.notes.insert(ALL_SHOWN.into(), true.into());
    }
    Ok(fitted)
}

impl Typed for RelMfTechnique {
    type Parameters = Params;

    fn about(&self) -> About {
        About {
            name: METHOD,
            summary: "relevance matrix factorization: clicks weighted by how likely they were seen",
            source: "Saito, Yaginuma, Nishino, Sakata, Nakata. Unbiased Recommender Learning from \
                     Missing-Not-At-Random Implicit Feedback. WSDM 2020",
        }
    }

    fn defaults(&self) -> Params {
        Params::default()
    }

    fn described(&self) -> Vec<Parameter> {
        Params::described()
    }

    fn check(&self, parameters: &Params) -> Result<(), TrainingError> {
        Ok(parameters.clone().check().map(drop)?)
    }

    fn fit(
        &self,
        parameters: &Params,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let data = task.data.interactions();
        let relmf = parameters.clone().check()?;
        let propensities = relmf.propensities(task.data)?;
        let trained = relmf.fit_with(data, &propensities, task.start, monitor)?;
        let fitted = match parameters.estimator.weights_clicks() {
            true => weighted(trained, &propensities, data, |model| relmf.complete(model, data))?,
            false => trained.fitted(|model| relmf.complete(model, data)),
        };
        Ok(fitted)
    }

    fn uses(&self) -> Uses {
        Uses { weights: true, ..Uses::default() }
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, Params::check, RelMf::complete)
    }

    fn apart(&self, parameters: &Params, whole: &Whole) -> Result<Box<dyn Apart>, TrainingError> {
        Ok(parameters.clone().check()?.apart(whole)?)
    }

    fn side_file(&self, parameters: &Params) -> Option<PathBuf> {
        let weights = parameters.estimator.weights_clicks();
        weights.then(|| file_of(&parameters.propensity)).flatten()
    }

    fn side_feedback(&self, parameters: &Params) -> Option<String> {
        let weights = parameters.estimator.weights_clicks();
        weights.then(|| parameters.propensity.feedback().map(str::to_owned)).flatten()
    }

    fn idle(&self, parameters: &Params) -> Vec<(&'static str, &'static str)> {
        parameters.idle()
    }
}

impl Typed for UbprTechnique {
    type Parameters = UbprParams;

    fn about(&self) -> About {
        About {
            name: UBPR,
            summary: "unbiased pairwise ranking: BPR with clicks weighted as relmf does",
            source: "Saito. Unbiased Pairwise Learning from Biased Implicit Feedback. ICTIR 2020",
        }
    }

    fn defaults(&self) -> UbprParams {
        UbprParams::default()
    }

    fn described(&self) -> Vec<Parameter> {
        narrowed(UbprParams::described(), ranges_of_triples())
    }

    fn check(&self, parameters: &UbprParams) -> Result<(), TrainingError> {
        Ok(parameters.clone().check().map(drop)?)
    }

    fn fit(
        &self,
        parameters: &UbprParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let data = task.data.interactions();
        let ubpr = parameters.clone().check()?;
        let propensities = ubpr.propensities(task.data)?;
        let trained = ubpr.fit_with(data, &propensities, task.start, monitor)?;
        Ok(weighted(trained, &propensities, data, |model| ubpr.complete(model, data))?)
    }

    fn starts(&self) -> Starts {
        Starts::ALL
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, UbprParams::check, Ubpr::complete)
    }

    fn apart(
        &self,
        parameters: &UbprParams,
        whole: &Whole,
    ) -> Result<Box<dyn Apart>, TrainingError> {
        Ok(parameters.clone().check()?.apart(whole)?)
    }

    fn side_file(&self, parameters: &UbprParams) -> Option<PathBuf> {
        file_of(&parameters.propensity)
    }

    fn side_feedback(&self, parameters: &UbprParams) -> Option<String> {
        parameters.propensity.feedback().map(str::to_owned)
    }

    fn idle(&self, parameters: &UbprParams) -> Vec<(&'static str, &'static str)> {
        parameters.idle()
    }
}
