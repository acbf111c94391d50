//! The methods by name.

use crate::{EXPOMF, ExpoMf, ExpoMfParams, ExpoMfTrained, POPULARITY, Popularity};
use foretaste_mf::FactorModel;
use foretaste_model::{
    About, Described, Error, Fitted, Model, ModelFile, Monitor, NoParameters, Parameter, Starts,
    Task, TrainingError, Typed,
};

/// Popularity, for registries.
#[derive(Clone, Copy, Debug)]
pub struct PopularityTechnique;

/// ExpoMF, for registries.
#[derive(Clone, Copy, Debug)]
pub struct ExpoMfTechnique;

impl Typed for PopularityTechnique {
    type Parameters = NoParameters;

    fn about(&self) -> About {
        let summary = "items by their number of users, the same for everybody";
        About { name: POPULARITY, summary, source: "" }
    }

    fn defaults(&self) -> NoParameters {
        NoParameters {}
    }

    fn fit(
        &self,
        _: &NoParameters,
        task: &Task<'_>,
        _: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        Ok(Fitted::at_once(Popularity::fit(task.data.interactions())))
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        Ok(Box::new(Popularity::from_file(file)?))
    }
}

impl Typed for ExpoMfTechnique {
    type Parameters = ExpoMfParams;

    fn about(&self) -> About {
        About {
            name: EXPOMF,
            summary: "exposure matrix factorization: what was not clicked may not have been seen",
            source: "Liang, Charlin, McInerney, Blei. Modeling User Exposure in Recommendation. \
                     WWW 2016",
        }
    }

    fn defaults(&self) -> ExpoMfParams {
        ExpoMfParams::default()
    }

    fn described(&self) -> Vec<Parameter> {
        ExpoMfParams::described()
    }

    fn check(&self, parameters: &ExpoMfParams) -> Result<(), TrainingError> {
        parameters.clone().check().map(drop)
    }

    fn fit(
        &self,
        parameters: &ExpoMfParams,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let method = parameters.clone().check()?;
        let data = task.data.interactions();
        let ExpoMfTrained { trained, exposure } = method.fit_from(data, task.start, monitor)?;
        Ok(trained.fitted(|model| method.complete(model.with_propensities(exposure), data)))
    }

    fn starts(&self) -> Starts {
        Starts::FREE
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        FactorModel::load(file, ExpoMfParams::check, ExpoMf::complete)
    }
}
