//! All methods by name.

use crate::Error;
use crate::recommender::Model;
use foretaste_baselines::{EXPOMF, ExpoMfParams, ExpoMfTrained, POPULARITY, Popularity};
use foretaste_bpr::{self as bpr, Bpr};
use foretaste_data::{Dataset, Interactions};
use foretaste_mf::{EpochReport, Factors, Monitor, Params, Trained};
use foretaste_model::ModelFile;
use foretaste_nbpo::{
    self as nbpo, BpoModel, BpoParams, CalibratedModel, CalibratedParams, NbpoModel, NbpoParams,
    Variant,
};
use foretaste_relmf::{self as relmf, Propensities, UbprParams};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A method and its parameters.
///
/// Read from JSON, parameters of the factorization that are left out have the defaults of
/// [`Params`], not those of the method: start from [`Method::named`] and change what differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Items by their number of users.
    Popularity,
    /// Matrix factorization with Bayesian Personalized Ranking.
    Bpr(Params),
    /// Relevance matrix factorization: unbiased and clipped estimators, and their baselines.
    #[serde(rename = "relmf")]
    RelMf(relmf::Params),
    /// Unbiased pairwise ranking.
    Ubpr(UbprParams),
    /// Exposure matrix factorization.
    #[serde(rename = "expomf")]
    ExpoMf(ExpoMfParams),
    /// Bayesian pointwise optimization.
    Bpo(BpoParams),
    /// BPO that learns label noise, by the paper's field of steps.
    Nbpo(NbpoParams),
    /// The same by the log-likelihood.
    NbpoO(NbpoParams),
    /// The same by the likelihood.
    NbpoS(NbpoParams),
    /// BPO that learns label noise whose rates are the data's.
    NbpoCalibrated(CalibratedParams),
}

/// A trained model and how the training went.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) model: Model,
    pub(crate) best_epoch: u32,
    pub(crate) history: Vec<EpochReport>,
    /// How likely the method took it to be that an item was seen; a number for each.
    pub(crate) propensities: Option<Vec<f32>>,
    /// Rows of a file of propensities that were left out.
    pub(crate) unknown_propensities: usize,
}

impl From<Trained> for Fit {
    fn from(trained: Trained) -> Self {
        let Trained { factors, best_epoch, history } = trained;
        let model = Model::Factors(factors);
        Self { model, best_epoch, history, propensities: None, unknown_propensities: 0 }
    }
}

impl Fit {
    fn with(self, propensities: &Propensities, seen: &Interactions) -> Result<Self, Error> {
        let by_item = Some(propensities.by_item(seen)?);
        let unknown_propensities = propensities.unknown_rows();
        Ok(Self { propensities: by_item, unknown_propensities, ..self })
    }
}

impl Method {
    /// The names of all methods.
    pub const NAMES: [&'static str; 10] = [
        POPULARITY,
        bpr::METHOD,
        relmf::METHOD,
        relmf::UBPR,
        EXPOMF,
        nbpo::BPO,
        nbpo::NBPO,
        nbpo::NBPO_O,
        nbpo::NBPO_S,
        nbpo::NBPO_CALIBRATED,
    ];

    /// A method with its default parameters.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`] if there is none of that name.
    pub fn named(name: &str) -> Result<Self, Error> {
        Ok(match name {
            POPULARITY => Self::Popularity,
            bpr::METHOD => Self::Bpr(Params::default()),
            relmf::METHOD => Self::RelMf(relmf::Params::default()),
            relmf::UBPR => Self::Ubpr(UbprParams::default()),
            EXPOMF => Self::ExpoMf(ExpoMfParams::default()),
            nbpo::BPO => Self::Bpo(BpoParams::default()),
            nbpo::NBPO => Self::Nbpo(NbpoParams::of(Variant::Nbpo)),
            nbpo::NBPO_O => Self::NbpoO(NbpoParams::of(Variant::NbpoO)),
            nbpo::NBPO_S => Self::NbpoS(NbpoParams::of(Variant::NbpoS)),
            nbpo::NBPO_CALIBRATED => Self::NbpoCalibrated(CalibratedParams::default()),
            _ => return Err(unknown(name)),
        })
    }

    /// The method's name, as model files have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Popularity => POPULARITY,
            Self::Bpr(_) => bpr::METHOD,
            Self::RelMf(_) => relmf::METHOD,
            Self::Ubpr(_) => relmf::UBPR,
            Self::ExpoMf(_) => EXPOMF,
            Self::Bpo(_) => nbpo::BPO,
            Self::Nbpo(_) => nbpo::NBPO,
            Self::NbpoO(_) => nbpo::NBPO_O,
            Self::NbpoS(_) => nbpo::NBPO_S,
            Self::NbpoCalibrated(_) => nbpo::NBPO_CALIBRATED,
        }
    }

    /// The parameters of the factorization, to change; `None` for methods without one.
    pub fn params_mut(&mut self) -> Option<&mut Params> {
        match self {
            Self::Popularity => None,
            Self::Bpr(params) => Some(params),
            Self::RelMf(params) => Some(&mut params.mf),
            Self::Ubpr(params) => Some(&mut params.mf),
            Self::ExpoMf(params) => Some(&mut params.mf),
            Self::Bpo(params) => Some(&mut params.mf),
            Self::Nbpo(params) | Self::NbpoO(params) | Self::NbpoS(params) => Some(&mut params.mf),
            Self::NbpoCalibrated(params) => Some(&mut params.mf),
        }
    }

    /// The parameters of the factorization; `None` for methods without one.
    pub fn params(&self) -> Option<&Params> {
        match self {
            Self::Popularity => None,
            Self::Bpr(params) => Some(params),
            Self::RelMf(params) => Some(&params.mf),
            Self::Ubpr(params) => Some(&params.mf),
            Self::ExpoMf(params) => Some(&params.mf),
            Self::Bpo(params) => Some(&params.mf),
            Self::Nbpo(params) | Self::NbpoO(params) | Self::NbpoS(params) => Some(&params.mf),
            Self::NbpoCalibrated(params) => Some(&params.mf),
        }
    }

    /// Name and parameters as JSON, with numbers as short as they were written: 0.1 is an f32,
    /// and as an f64, which is what JSON values hold, it would read 0.10000000149011612.
    pub fn to_json(&self) -> serde_json::Value {
        let text = serde_json::to_string(self).expect("parameters are plain data");
        serde_json::from_str(&text).expect("what was just written is JSON")
    }

    /// Those of the parameters that have no effect beside the others, each with the setting beside
    /// which it would have one.
    pub fn idle_parameters(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::RelMf(params) => params.idle(),
            Self::ExpoMf(params) => params.idle(),
            _ => Vec::new(),
        }
    }

    /// The file that the method reads besides the data.
    pub fn side_file(&self) -> Option<&Path> {
        let propensity = match self {
            Self::RelMf(params) if params.estimator.weights_clicks() => &params.propensity,
            Self::Ubpr(params) => &params.propensity,
            _ => return None,
        };
        match propensity {
            relmf::Propensity::File(path) => Some(path),
            _ => None,
        }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`Error::Training`] or [`Error::RelMf`] naming the first that is not legal.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Popularity => Ok(()),
            Self::Bpr(params) => Ok(Bpr::new(params.clone()).map(|_| ())?),
            Self::RelMf(params) => Ok(params.clone().check().map(|_| ())?),
            Self::Ubpr(params) => Ok(params.clone().check().map(|_| ())?),
            Self::ExpoMf(params) => Ok(params.clone().check().map(|_| ())?),
            Self::Bpo(params) => Ok(BpoModel::new(params.clone()).map(|_| ())?),
            Self::Nbpo(params) => Ok(variant(params, Variant::Nbpo).map(|_| ())?),
            Self::NbpoO(params) => Ok(variant(params, Variant::NbpoO).map(|_| ())?),
            Self::NbpoS(params) => Ok(variant(params, Variant::NbpoS).map(|_| ())?),
            Self::NbpoCalibrated(params) => Ok(CalibratedModel::new(params.clone()).map(|_| ())?),
        }
    }

    pub(crate) fn fit(&self, data: &Dataset, monitor: &mut dyn Monitor) -> Result<Fit, Error> {
        let seen = &data.interactions;
        let trained = match self {
            Self::Popularity => {
                let model = Model::Popularity(Popularity::fit(seen));
                let (best_epoch, history) = (0, Vec::new());
                let (propensities, unknown_propensities) = (None, 0);
                return Ok(Fit { model, best_epoch, history, propensities, unknown_propensities });
            }
            Self::Bpr(params) => Bpr::new(params.clone())?.fit(seen, monitor)?,
            Self::RelMf(params) => {
                let relmf = params.clone().check()?;
                let propensities = relmf.propensities(data)?;
                let fit = Fit::from(relmf.fit_with(seen, &propensities, monitor)?);
                return match params.estimator.weights_clicks() {
                    true => fit.with(&propensities, seen),
                    false => Ok(fit),
                };
            }
            Self::Ubpr(params) => {
                let ubpr = params.clone().check()?;
                let propensities = ubpr.propensities(data)?;
                let fit = Fit::from(ubpr.fit_with(seen, &propensities, monitor)?);
                return fit.with(&propensities, seen);
            }
            Self::ExpoMf(params) => {
                let ExpoMfTrained { trained, exposure } =
                    params.clone().check()?.fit(seen, monitor)?;
                return Ok(Fit { propensities: Some(exposure), ..trained.into() });
            }
            Self::Bpo(params) => BpoModel::new(params.clone())?.fit(seen, monitor)?,
            Self::Nbpo(params) => variant(params, Variant::Nbpo)?.fit(seen, monitor)?,
            Self::NbpoO(params) => variant(params, Variant::NbpoO)?.fit(seen, monitor)?,
            Self::NbpoS(params) => variant(params, Variant::NbpoS)?.fit(seen, monitor)?,
            Self::NbpoCalibrated(params) => {
                CalibratedModel::new(params.clone())?.fit(seen, monitor)?
            }
        };
        Ok(trained.into())
    }
}

fn variant(params: &NbpoParams, variant: Variant) -> Result<NbpoModel, foretaste_mf::Error> {
    NbpoModel::new(NbpoParams { variant, ..params.clone() })
}

fn unknown(name: &str) -> Error {
    Error::UnknownMethod { name: name.into(), known: Method::NAMES.join(", ") }
}

/// Takes the model out of a file, by the method that the file names.
pub(crate) fn load(file: &mut ModelFile) -> Result<Model, Error> {
    match file.info.method.as_str() {
        POPULARITY => Ok(Model::Popularity(Popularity::from_file(file)?)),
        name if Method::NAMES.contains(&name) => Ok(Model::Factors(Factors::from_file(file)?)),
        name => Err(unknown(name)),
    }
}
