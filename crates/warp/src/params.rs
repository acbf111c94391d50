//! WARP: the parameters, checked, and the training.

use crate::WarpLoss;
use foretaste_data::Interactions;
use foretaste_mf::{
    BySteps, Error, FactorModel, Monitor, Negatives, Problem, Start, Trained, ValidParams,
    ranking_apart, train_ranking,
};
use foretaste_model::{Apart, Described, Parameter, Whole, parameters};
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
        #[flatten(sampler: forms("`uniform`"))]
        /// Those of the engine. The sampler must be uniform, as it is by default: how many draws it takes
        /// stands for a rank.
        pub mf: foretaste_mf::Params,
    }
}

impl Default for Params {
    fn default() -> Self {
        let mf = foretaste_mf::Params {
            lr: 0.05,
            reg: 0.0,
            sampler: Negatives::Uniform,
            ..foretaste_mf::Params::default()
        };
        Self { max_draws: 200, margin: 1.0, mf }
    }
}

impl Params {
    /// What is known of each parameter, λ being what it is here.
    pub(crate) fn described_here() -> Vec<Parameter> {
        let mut all = Params::described();
        for reg in all.iter_mut().filter(|one| one.name == "reg") {
            reg.meaning += " 0 for one by how many interactions the user and the item of an interaction \
                            have on average, x: 0.81 / x^0.4, at most 0.2.";
        }
        all
    }

    /// λ, of a training on such data.
    pub fn reg_of(&self, whole: &Whole) -> f32 {
        /// What the best λ on validation rows of six data sets follow: see the README.
        const SCALE: f64 = 0.81;
        const POWER: f64 = 0.4;
        /// The largest of these: more would leave nothing of small data.
        const MOST: f64 = 0.2;
        // Not a comparison with 0: what is below it has no reciprocal.
        if self.mf.reg >= f32::MIN_POSITIVE {
            return self.mf.reg;
        }
        let square = |&count: &u32| f64::from(count) * f64::from(count);
        let of_items: f64 = whole.item_counts.iter().map(square).sum();
        let mean = (whole.squares + of_items) / (2.0 * whole.nnz.max(1) as f64);
        (SCALE / libm::pow(mean, POWER)).min(MOST) as f32
    }
}

/// WARP with legal parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Warp {
    params: Params,
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
        params.mf.clone().check()?;
        Ok(Self { params })
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
        let mf = self.mf(&Whole::of(data))?;
        train_ranking(&self.loss(data.n_items()), &problem, data, &mf, monitor)
    }

    /// The training by workers that have a part of such data each.
    ///
    /// # Errors
    /// As for [`ranking_apart`].
    pub fn apart(&self, whole: &Whole) -> Result<Box<dyn Apart>, Error> {
        ranking_apart(self.loss(whole.n_items()), whole, &self.mf(whole)?)
    }

    /// A model of this method, with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        let mf = self.mf(&Whole::of(data)).expect("they were checked, and λ of any data is legal");
        model.with_fold_in(BySteps::on_searches(self.loss(data.n_items()), &mf, data))
    }

    /// Those of the engine, with λ.
    fn mf(&self, whole: &Whole) -> Result<ValidParams, Error> {
        let reg = self.params.reg_of(whole);
        foretaste_mf::Params { reg, ..self.params.mf.clone() }.check()
    }

    fn loss(&self, n_items: usize) -> WarpLoss {
        let Params { margin, max_draws, .. } = self.params;
        WarpLoss::new(margin, max_draws, n_items)
    }
}

#[cfg(test)]
mod tests;
