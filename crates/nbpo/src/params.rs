//! The methods' parameters, checked, and the training.

use crate::calibrate::{TRAININGS, calibrate};
use crate::noise::{UnderNoise, paper_start};
use crate::{Bpo, Marginal, Nbpo, Noise, Plain, flip_probability};
use foretaste_data::Interactions;
use foretaste_mf::{
    Bias, BySteps, Channel, Error, FactorModel, Monitor, Negatives, Params, Problem, Start, State,
    Trained, ValidParams, Weighting, pointwise_apart, train_pointwise,
};
use foretaste_model::{Apart, Described, Whole, parameters};
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

parameters! {
    /// Parameters of BPO. Unchecked: [`BpoModel::new`] checks them.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct BpoParams {
        /// How likely a positive label is to be lost, of all pairs. With ½ it is what the authors'
        /// NBPO becomes on their Amazon data.
        #[symbol("φ")]
        #[range(at_least(0).below(1))]
        pub flip: f32,
        #[flatten]
        /// Those of the engine.
        pub mf: Params,
    }
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
        params.check_ranges()?;
        Ok(Self { mf: params.mf.check()?, objective: Bpo { flip: params.flip } })
    }

    /// The training by workers that have a part of such data each.
    ///
    /// # Errors
    /// As for [`pointwise_apart`].
    pub fn apart(&self, whole: &Whole) -> Result<Box<dyn Apart>, Error> {
        pointwise_apart(self.objective, (whole, None), &self.mf, &[])
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
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`BpoModel::fit`] from an earlier model, or from a state.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let problem = Problem { from: start, ..Problem::default() };
        train_pointwise(&self.objective, &problem, data, &self.mf, monitor)
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

parameters! {
    /// Parameters of NBPO and its variants. Unchecked: [`NbpoModel::new`] checks them.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct NbpoParams {
        /// The objective. Not written with the others: each variant is a method of its own name.
        #[serde(skip)]
        pub variant: Variant,
        /// Length of the rows of users and items that make the flip probability. The paper has 50.
        #[symbol("K₁")]
        #[range(at_least(1).at_most(4096))]
        pub flip_dim: usize,
        /// Weight of the L2 penalty on those rows, for each sample that touches them. A large one shrinks
        /// them to nothing, and then the flip probability is ½ everywhere.
        #[symbol("λ_φ")]
        #[range(at_least(0).at_most(1))]
        pub flip_reg: f32,
        /// About what the flip probability is at the start.
        ///
        /// There P starts uniform on (0, a) / √K₁ and Q on (−a, 0) / √K₁, so that γ is −a²/4 on
        /// average. The default is that of the authors' program.
        #[range(above(0).below(0.5))]
        pub flip_prior: f32,
        #[flatten]
        /// Those of the engine, and of the first channel.
        pub mf: Params,
    }
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
        params.check_ranges()?;
        let NbpoParams { flip_dim, flip_reg, flip_prior: prior, .. } = params;
        let (factors, reg, bias) = (flip_dim, flip_reg, Bias::default());
        let channel = Channel { factors, reg, init_sd: 1.0, bias };
        Ok(Self { mf: params.mf.check()?, variant: params.variant, channel, prior })
    }

    /// A model of this method, with φ and the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let (mf, more) = (&self.mf, &[self.channel]);
        let model = with_flips(model);
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
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`NbpoModel::fit`] from an earlier model, or from a state.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let more = [self.channel];
        let initial = paper_start(data, self.mf.get(), &self.channel, self.prior);
        let more = &more;
        let problem = Problem { more, start: Some(initial), from: start, ..Problem::default() };
        match self.variant {
            Variant::Nbpo => train_pointwise(&Nbpo, &problem, data, &self.mf, monitor),
            Variant::NbpoO => train_pointwise(&Marginal, &problem, data, &self.mf, monitor),
            Variant::NbpoS => train_pointwise(&Plain, &problem, data, &self.mf, monitor),
        }
    }
}

parameters! {
    /// Parameters of calibrated NBPO. Unchecked: [`CalibratedModel::new`] checks them.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct CalibratedParams {
        /// What the flip probability depends on. By default it is estimated by the likelihood of
        /// interactions that are held out for it, in fifteen to a hundred trainings, fewer the larger the
        /// data.
        #[values(forms("`{rate=…, by_item=…, by_user=…}`"))]
        #[parts(Noise)]
        pub noise: Option<Noise>,
        #[flatten(sampler: forms("`uniform`"), weighting: forms("`sampled`"))]
        /// Those of the engine. The sampler must be uniform and samples unweighted, as they are by
        /// default: the likelihood is that of such a sample.
        pub mf: Params,
    }
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
        Error::unless(sampler == Negatives::Uniform, "sampler", rule, sampler)?;
        let weighting = params.mf.weighting;
        let rule = "sampled, since the likelihood is that of the sample";
        Error::unless(weighting == Weighting::Sampled, "weighting", rule, weighting)?;
        params.check_ranges()?;
        Ok(Self { mf: params.mf.check()?, noise: params.noise })
    }

    /// The noise that the training assumes of `data`: the one that was given, or the estimate.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn noise(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Noise, Error> {
        self.noise_from(data, None, monitor)
    }

    /// A model of this method, with φ and the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let fold_in = UnderNoise::new(&self.mf, model.factors(), data);
        with_flips(model).with_fold_in(fold_in)
    }

    /// Trains on `data`, as [`NbpoModel::fit`] does.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`CalibratedModel::fit`] from an earlier model, or from a state. An estimate goes on after the
    /// last of its trainings that was finished; an earlier model has no part in it.
    ///
    /// # Errors
    /// As for [`train_pointwise`].
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let of_estimate = |state: &&State| state.has(TRAININGS);
        let (estimate, training) =
            (start.state.filter(of_estimate), start.state.filter(|state| !of_estimate(state)));
        let noise = match training {
            None => self.noise_from(data, estimate, monitor)?,
            // The biases of the state have the estimate, and take the place of those of any other.
            Some(_) => self.noise.unwrap_or_default(),
        };
        noise.fit(data, &self.mf, Start { state: training, ..start }, monitor)
    }

    fn noise_from(
        &self,
        data: &Interactions,
        state: Option<&State>,
        monitor: &mut dyn Monitor,
    ) -> Result<Noise, Error> {
        self.mf.check_data(data)?;
        match self.noise {
            Some(noise) => Ok(noise),
            None => calibrate(data, &self.mf, state, monitor),
        }
    }
}

/// With φ, of factors that have a second channel: those of a strange file may not.
fn with_flips(model: FactorModel) -> FactorModel {
    match model.factors().channels() {
        1 => model,
        _ => model.with_flips(flip_probability),
    }
}

#[cfg(test)]
mod tests;
