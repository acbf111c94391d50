//! WARP: the parameters, checked, and the training.

use crate::WarpLoss;
use foretaste_data::Interactions;
use foretaste_mf::{
    BySteps, Error, FactorModel, Monitor, Negatives, Problem, Start, Trained, ValidParams,
    train_ranking,
};
use foretaste_model::{Described, parameters};
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "warp";

parameters! {
    /// Parameters of WARP. Unchecked: [`Warp::new`] checks them.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Params {
        /// Items drawn at most for an interaction, until one scores within the margin of it. The more,
        /// the longer those that are ranked well are still learnt from.
        #[range(at_least(1).at_most(10_000))]
        pub max_draws: u32,
        /// By how much an interaction is to score above other items.
        #[symbol("m")]
        #[range(above(0).at_most(100))]
        pub margin: f32,
        /// What the weight of a step, the harmonic number of a rank, is at most.
        #[range(at_least(1).at_most(100))]
        pub max_weight: f32,
        #[flatten(sampler: forms("`uniform`"))]
        /// Those of the engine. The sampler must be uniform, as it is by default: how many draws it takes
        /// stands for a rank.
        pub mf: foretaste_mf::Params,
    }
}

impl Default for Params {
    fn default() -> Self {
        let mf = foretaste_mf::Params {
            lr: 0.02,
            sampler: Negatives::Uniform,
            ..foretaste_mf::Params::default()
        };
        Self { max_draws: 200, margin: 1.0, max_weight: 100.0, mf }
    }
}

/// WARP with legal parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Warp {
    params: Params,
    mf: ValidParams,
}

impl Warp {
    /// WARP with these parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn new(params: Params) -> Result<Self, Error> {
        let sampler = params.mf.sampler;
        let rule = "uniform, since the number of draws stands for a rank";
        Error::unless(sampler == Negatives::Uniform, "sampler", rule, sampler)?;
        params.check_ranges()?;
        Ok(Self { mf: params.mf.clone().check()?, params })
    }

    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the
    /// result.
    ///
    /// # Errors
    /// As for [`train_ranking`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`Warp::fit`] from an earlier model, or from a state.
    ///
    /// # Errors
    /// As for [`train_ranking`].
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let problem = Problem { from: start, ..Problem::default() };
        train_ranking(&self.loss(data), &problem, data, &self.mf, monitor)
    }

    /// A model of this method, with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        model.with_fold_in(BySteps::on_searches(self.loss(data), &self.mf, data))
    }

    fn loss(&self, data: &Interactions) -> WarpLoss {
        let Params { margin, max_draws, max_weight, .. } = self.params;
        WarpLoss::new(margin, max_draws, max_weight, data.n_items())
    }
}
