//! The parameters, checked, and the training.

use crate::squares;
use foretaste_data::Interactions;
use foretaste_mf::{
    ByLeastSquares, Error, FactorModel, Monitor, Reported, Start, Targets, Trained, Training,
    train_by_least_squares,
};
use foretaste_model::{Described, Scorer, parameters};
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "ials";

parameters! {
    /// The parameters of implicit ALS. Unchecked: [`Params::check`] makes the [`Ials`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Length of the rows of numbers that stand for users and items.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// Sweeps over users and items.
        #[range(at_least(1))]
        pub epochs: u32,
        /// Steps of conjugate gradients that each half of a sweep takes; 0 solves for its minimum.
        #[range(at_least(0).at_most(1000))]
        pub cg_steps: u32,
        /// Weight of every cell's squared score, beside the 1 of an observed one: with it a click has the
        /// confidence 1 + 1/`alpha`.
        #[symbol("α0")]
        #[range(at_least(1e-6).at_most(1000))]
        pub alpha: f32,
        /// Weight of the L2 penalty; 0 for one with which whoever has nothing observed has a penalty of 5,
        /// that is 5 over the `nu`-th power of `alpha` · items, or less where `alpha` · items is below 100.
        #[symbol("λ")]
        #[range(at_least(0).at_most(10000))]
        pub reg: f32,
        /// How the penalty of a row grows with what is summed in it, (observed + `alpha` · cells) to this
        /// power: with 0 it is the same for all.
        #[symbol("ν")]
        #[range(at_least(0).at_most(2))]
        pub nu: f32,
        /// Standard deviation of the rows at the start, times the square root of `factors`.
        #[symbol("σ")]
        #[range(above(0).at_most(10))]
        pub init_sd: f32,
        /// Validations without a better one after which the training stops; 0 never stops early.
        #[range(at_least(0))]
        pub patience: u32,
        /// Seed of the rows at the start.
        #[range(at_least(0))]
        pub seed: u64,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            factors: 64,
            epochs: 16,
            cg_steps: 3,
            alpha: 0.1,
            reg: 0.0,
            nu: 1.0,
            init_sd: 0.1,
            patience: 0,
            seed: 42,
        }
    }
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<Ials, Error> {
        self.check_ranges()?;
        Ok(Ials { params: self })
    }

    /// What an observed cell weighs beside others: c − 1.
    pub(crate) fn weight(&self) -> f32 {
        1.0 / self.alpha
    }

    /// λ, of n items.
    pub fn lambda(&self, n_items: usize) -> f64 {
        /// Of a user without observations. The best λ on validation rows falls as there are more items,
        /// this hardly: see the README.
        const PENALTY: f64 = 5.0;
        /// Of few items, for each α0 of them: more would leave nothing of small data.
        const FEW: f64 = 0.05;
        match self.reg {
            0.0 => {
                let unobserved = n_items as f64 / f64::from(self.weight());
                PENALTY.min(FEW * unobserved) / libm::pow(unobserved, f64::from(self.nu))
            }
            reg => f64::from(reg),
        }
    }

    /// What training in epochs asks of them.
    pub(crate) fn training(&self) -> Training {
        let Self { factors, epochs, init_sd, patience, seed, .. } = *self;
        let init_sd = init_sd / (factors as f32).sqrt();
        Training { factors, epochs, init_sd, patience, seed }
    }
}

/// Implicit ALS with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ials {
    params: Params,
}

impl Ials {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Trains on `data`, by its weights if it has such (they have to be above 0), in parallel on the
    /// current rayon pool, whose size does not change the result. The loss of an epoch is the whole loss,
    /// λ's part included, a cell: it never rises.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions; otherwise as for
    /// [`train_epochs`](foretaste_mf::train_epochs).
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`Ials::fit`] from an earlier model, of which the items count, or from a state. An interrupted
    /// half of a sweep is begun anew.
    ///
    /// # Errors
    /// As for [`Ials::fit`], and those of the start.
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        let weights = vec![self.params.weight(); data.n_items()];
        let squares = squares(&self.params, data.n_items());
        let steps = (self.params.cg_steps > 0).then_some(self.params.cg_steps);
        let sweeps = (steps, true, Reported::Objective { divided_by: squares.more });
        let problem = (data, Targets::Items(&weights), squares);
        train_by_least_squares(problem, sweeps, &self.params.training(), start, monitor)
    }

    /// A model of this method with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, _: &Interactions) -> FactorModel {
        let weights = vec![self.params.weight(); model.n_items()];
        let squares = squares(&self.params, model.n_items());
        model.with_fold_in(ByLeastSquares::new(squares, weights))
    }
}

#[cfg(test)]
mod tests;
