//! All methods by name.

use crate::Error;
use crate::recommender::Model;
use foretaste_baselines::{POPULARITY, Popularity};
use foretaste_bpr::{self as bpr, Bpr};
use foretaste_data::Interactions;
use foretaste_mf::{EpochReport, Factors, Monitor, Params};
use foretaste_model::ModelFile;
use serde::{Deserialize, Serialize};

/// A method and its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Items by their number of users.
    Popularity,
    /// Matrix factorization with Bayesian Personalized Ranking.
    Bpr(Params),
}

/// A trained model and how the training went.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) model: Model,
    pub(crate) best_epoch: u32,
    pub(crate) history: Vec<EpochReport>,
}

impl Method {
    /// The names of all methods.
    pub const NAMES: [&'static str; 2] = [POPULARITY, bpr::METHOD];

    /// A method with its default parameters.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`] if there is none of that name.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            POPULARITY => Ok(Self::Popularity),
            bpr::METHOD => Ok(Self::Bpr(Params::default())),
            _ => Err(Error::UnknownMethod { name: name.into(), known: Self::NAMES.join(", ") }),
        }
    }

    /// The method's name, as model files have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Popularity => POPULARITY,
            Self::Bpr(_) => bpr::METHOD,
        }
    }

    /// The parameters of the factorization, to change; `None` for methods without one.
    pub fn params_mut(&mut self) -> Option<&mut Params> {
        match self {
            Self::Popularity => None,
            Self::Bpr(params) => Some(params),
        }
    }

    /// The parameters of the factorization; `None` for methods without one.
    pub fn params(&self) -> Option<&Params> {
        match self {
            Self::Popularity => None,
            Self::Bpr(params) => Some(params),
        }
    }

    /// Name and parameters as JSON, with numbers as short as they were written: 0.1 is an f32,
    /// and as an f64, which is what JSON values hold, it would read 0.10000000149011612.
    pub fn to_json(&self) -> serde_json::Value {
        let text = serde_json::to_string(self).expect("parameters are plain data");
        serde_json::from_str(&text).expect("what was just written is JSON")
    }

    pub(crate) fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Fit, Error> {
        match self {
            Self::Popularity => {
                let model = Model::Popularity(Popularity::fit(data));
                Ok(Fit { model, best_epoch: 0, history: Vec::new() })
            }
            Self::Bpr(params) => {
                let trained = Bpr::new(params.clone())?.fit(data, monitor)?;
                let model = Model::Factors(trained.factors);
                Ok(Fit { model, best_epoch: trained.best_epoch, history: trained.history })
            }
        }
    }
}

/// Takes the model out of a file, by the method that the file names.
pub(crate) fn load(file: &mut ModelFile) -> Result<Model, Error> {
    match file.info.method.as_str() {
        POPULARITY => Ok(Model::Popularity(Popularity::from_file(file)?)),
        bpr::METHOD => Ok(Model::Factors(Factors::from_file(file)?)),
        name => Err(Error::UnknownMethod { name: name.into(), known: Method::NAMES.join(", ") }),
    }
}
