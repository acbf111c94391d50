//! The methods' parameters, checked, and the training.

use crate::calibrate::calibrate;
use crate::noise::{UnderNoise, paper_start};
use crate::{Bpo, Marginal, Nbpo, Noise, Plain, flip_probability};
use foretaste_data::Interactions;
use foretaste_mf::{
    Bias, BySteps, Channel, Error, FactorModel, Monitor, Negatives, Params, Problem, Trained,
    ValidParams, Weighting, train_pointwise,
};
use serde::{Deserialize, Serialize};

/// What model files call [`BpoModel`].
pub const BPO: &str = "bpo";
/// What model files call [`NbpoModel`] with [`Variant::Nbpo`].
pub const NBPO: &str = "nbpo";
/// What model files call [`NbpoModel`] with [`Variant::NbpoO`].
pub const NBPO_O: &str = "nbpo-o";
/// What model files call [`NbpoModel`] with [`Variant::NbpoS`].
pub const NBPO_S: &str = "nbpo-s";
/// What model files call [`CalibratedModel`].
pub const NBPO_CALIBRATED: &str = "nbpo-calibrated";

/// What the engine's parameters are by default in the paper's methods: four uniform negatives.
fn uniform() -> Params {
    Params { negatives: 4, sampler: Negatives::Uniform, ..Params::default() }
}

/// Parameters of BPO. Unchecked: [`BpoModel::new`] checks them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BpoParams {
    /// Those of the engine.
    #[serde(flatten)]
    pub mf: Params,
    /// φ of all pairs, a constant. Default 0, BPO; in [0, 1). With ½ it is what the authors'
    /// NBPO becomes on their Amazon data.
    pub flip: f32,
}

impl Default for BpoParams {
    fn default() -> Self {
        Self { mf: uniform(), flip: 0.0 }
    }
}

/// BPO, perhaps with constant flips, with legal parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct BpoModel {
    mf: ValidParams,
    objective: Bpo,
}

impl BpoModel {
    /// BPO with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn new(params: BpoParams) -> Result<Self, Error> {
        let flip = params.flip;
        legal((0.0..1.0).contains(&flip), "flip", "at least 0 and below 1", flip)?;
        Ok(Self { mf: params.mf.check()?, objective: Bpo { flip } })
    }

    /// A model of this method, with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        model.with_fold_in(BySteps::on_pairs(self.objective, &self.mf, &[], data))
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the
    /// result.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        train_pointwise(&self.objective, &Problem::default(), data, &self.mf, monitor)
    }
}

/// Which of the paper's objectives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// The one that the paper recommends, [`Nbpo`].
    #[default]
    Nbpo,
    /// The log-likelihood, [`Marginal`].
    NbpoO,
    /// The likelihood, [`Plain`].
    NbpoS,
}

impl Variant {
    /// What model files call the method.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nbpo => NBPO,
            Self::NbpoO => NBPO_O,
            Self::NbpoS => NBPO_S,
        }
    }
}

/// Parameters of NBPO and its variants. Unchecked: [`NbpoModel::new`] checks them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NbpoParams {
    /// Those of the engine, and of the first channel.
    #[serde(flatten)]
    pub mf: Params,
    /// The objective. Default [`Variant::Nbpo`]. Not written with the others: each variant is a
    /// method of its own name.
    #[serde(skip)]
    pub variant: Variant,
    /// K₁, the length of the rows of P and Q. Default 16; 1 to 4096. The paper's is 50.
    pub flip_dim: usize,
    /// λ_φ, the L2 penalty on rows of P and Q, for each sample that touches them. Default 0.1; in
    /// [0, 1]. A large one shrinks them to nothing, and then φ is ½ everywhere.
    pub flip_reg: f32,
    /// About what φ is at the start. Default 0.002, as in the authors' program; above 0,
    /// below ½. There P starts uniform on (0, a) / √K₁ and Q on (−a, 0) / √K₁, so that γ is −a²/4 on
    /// average.
    pub flip_prior: f32,
}

impl NbpoParams {
    /// The defaults of a variant: λ ½ of BPO's; of NBPO-s, whose steps are shorter, η 0.3 and a
    /// sixth of BPO's. Chosen on validation rows of the bundled sample and of Amazon data.
    pub fn of(variant: Variant) -> Self {
        let (lr, reg) = match variant {
            Variant::Nbpo | Variant::NbpoO => (0.1, 0.015),
            Variant::NbpoS => (0.3, 0.005),
        };
        let mf = Params { lr, reg, ..uniform() };
        Self { mf, variant, flip_dim: 16, flip_reg: 0.1, flip_prior: 0.002 }
    }
}

impl Default for NbpoParams {
    fn default() -> Self {
        Self::of(Variant::default())
    }
}

/// NBPO or a variant of it, with legal parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct NbpoModel {
    mf: ValidParams,
    variant: Variant,
    channel: Channel,
    prior: f32,
}

impl NbpoModel {
    /// NBPO with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn new(params: NbpoParams) -> Result<Self, Error> {
        let NbpoParams { flip_dim, flip_reg, flip_prior: prior, .. } = params;
        legal((1..=4096).contains(&flip_dim), "flip_dim", "from 1 to 4096", flip_dim)?;
        legal((0.0..=1.0).contains(&flip_reg), "flip_reg", "from 0 to 1", flip_reg)?;
        legal(prior > 0.0 && prior < 0.5, "flip_prior", "above 0 and below 0.5", prior)?;
        let (factors, reg, bias) = (flip_dim, flip_reg, Bias::default());
        let channel = Channel { factors, reg, init_sd: 1.0, bias };
        Ok(Self { mf: params.mf.check()?, variant: params.variant, channel, prior })
    }

    /// A model of this method, with φ and the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let (mf, more) = (&self.mf, &[self.channel]);
        let model = model.with_flips(flip_probability);
        match self.variant {
            Variant::Nbpo => model.with_fold_in(BySteps::on_pairs(Nbpo, mf, more, data)),
            Variant::NbpoO => model.with_fold_in(BySteps::on_pairs(Marginal, mf, more, data)),
            Variant::NbpoS => model.with_fold_in(BySteps::on_pairs(Plain, mf, more, data)),
        }
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the
    /// result. [`flip_probability`](crate::flip_probability) reads φ off the trained factors.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        let more = [self.channel];
        let start = paper_start(data, self.mf.get(), &self.channel, self.prior);
        let problem = Problem { more: &more, start: Some(start), ..Problem::default() };
        match self.variant {
            Variant::Nbpo => train_pointwise(&Nbpo, &problem, data, &self.mf, monitor),
            Variant::NbpoO => train_pointwise(&Marginal, &problem, data, &self.mf, monitor),
            Variant::NbpoS => train_pointwise(&Plain, &problem, data, &self.mf, monitor),
        }
    }
}

/// Parameters of calibrated NBPO. Unchecked: [`CalibratedModel::new`] checks them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalibratedParams {
    /// Those of the engine. The sampler must be uniform and samples unweighted, as they are by
    /// default: the likelihood is that of such a sample.
    #[serde(flatten)]
    pub mf: Params,
    /// What φ depends on, and how. Default `None`: estimated by the likelihood of interactions that
    /// are held out for it, in fifteen to a hundred trainings, fewer the larger the data.
    pub noise: Option<Noise>,
}

impl Default for CalibratedParams {
    fn default() -> Self {
        let bias = Bias { user: true, item: true, global: true };
        let mf = Params { bias, ..uniform() };
        Self { mf, noise: None }
    }
}

/// Calibrated NBPO with legal parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibratedModel {
    mf: ValidParams,
    noise: Option<Noise>,
}

impl CalibratedModel {
    /// Calibrated NBPO with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn new(params: CalibratedParams) -> Result<Self, Error> {
        let sampler = params.mf.sampler;
        let rule = "uniform, since the likelihood is that of a uniform sample";
        legal(sampler == Negatives::Uniform, "sampler", rule, sampler)?;
        let weighting = params.mf.weighting;
        let rule = "sampled, since the likelihood is that of the sample";
        legal(weighting == Weighting::Sampled, "weighting", rule, format!("{weighting:?}"))?;
        if let Some(noise) = &params.noise {
            noise.check()?;
        }
        Ok(Self { mf: params.mf.check()?, noise: params.noise })
    }

    /// The noise that the training assumes of `data`: the one that was given, or the estimate.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn noise(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Noise, Error> {
        self.mf.check_data(data)?;
        self.noise.map_or_else(|| calibrate(data, &self.mf, monitor), Ok)
    }

    /// A model of this method, with φ and the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let fold_in = UnderNoise::new(&self.mf, model.factors(), data);
        model.with_flips(flip_probability).with_fold_in(fold_in)
    }

    /// Trains on `data`, as [`NbpoModel::fit`] does.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.noise(data, monitor)?.fit(data, &self.mf, monitor)
    }
}

pub(crate) fn legal(
    legal: bool,
    name: &'static str,
    rule: &'static str,
    value: impl ToString,
) -> Result<(), Error> {
    if legal { Ok(()) } else { Err(Error::Parameter { name, rule, value: value.to_string() }) }
}

#[cfg(test)]
mod tests;
