//! The parameters, checked, and the training.

use crate::objective::Objective;
use foretaste_data::Interactions;
use foretaste_mf::{
    Error, FactorModel, Monitor, Reported, Start, Trained, Training, train_by_least_squares,
};
use foretaste_model::{Described, parameters};
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
        /// confidence 1 + 1/`alpha`. 0 for one by the share d of cells that are observed, 12 d, from 0.01 to
        /// 0.3; what is less than 0.000001 counts as this.
        #[symbol("α0")]
        #[range(at_least(0).at_most(1000))]
        pub alpha: f32,
        /// How the weight of an item's cells grows with its users: with their number to this power, with the
        /// mean `alpha`. With 0 it is the same for all, as the paper has it.
        #[range(at_least(0).at_most(1))]
        pub popularity_exponent: f32,
        /// Weight of the L2 penalty; 0 for one with which whoever has nothing observed has a penalty P of
        /// 5 √(10 `alpha`), or of items / 80 if that is less; that is P over the `nu`-th power of `alpha` ·
        /// items.
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
            alpha: 0.0,
            popularity_exponent: 0.2,
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

    /// α0, of N interactions of m users with n items.
    pub fn alpha_of(&self, interactions: usize, (users, items): (usize, usize)) -> f32 {
        if self.alpha > 0.0 {
            return self.alpha.max(1e-6);
        }
        let cells = (users as f64 * items as f64).max(1.0);
        (12.0 * interactions as f64 / cells).clamp(0.01, 0.3) as f32
    }

    /// λ, of n items, with this α0.
    pub fn lambda(&self, alpha: f32, n_items: usize) -> f64 {
        /// Of a user without observations, over √α0. The best λ on validation rows falls as there are more
        /// items, this hardly: see the README.
        const PENALTY: f64 = 15.8;
        /// Of few items, for each of them: more would leave nothing of small data.
        const FEW: f64 = 0.0125;
        match self.reg {
            0.0 => {
                let alpha = f64::from(alpha);
                let unobserved = n_items as f64 * alpha;
                let penalty = (PENALTY * alpha.sqrt()).min(FEW * n_items as f64);
                penalty / libm::pow(unobserved, f64::from(self.nu))
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
        let objective = Objective::new(&self.params, data);
        let steps = (self.params.cg_steps > 0).then_some(self.params.cg_steps);
        let reported = Reported::Objective { divided_by: objective.squares.more };
        let sweeps = (objective.solver(data).by_steps(steps), true, reported);
        train_by_least_squares(data, sweeps, &self.params.training(), start, monitor)
    }

    /// A model of this method with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        model.with_fold_in(Objective::new(&self.params, data).fold_in())
    }
}

#[cfg(test)]
mod tests;
