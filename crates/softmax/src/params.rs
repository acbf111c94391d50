//! The parameters, checked, and the training.

use crate::fold::BySphere;
use crate::objective::{LOSSES, Loss, Objective};
use crate::solver::Solver;
use crate::start;
use foretaste_data::Interactions;
use foretaste_mf::{Error, FactorModel, Factors, Monitor, Start, Trained, Training, train_epochs};
use foretaste_model::{Described, Range, Scorer, among, parameters};
use serde::{Deserialize, Serialize};

/// What a model file calls this method.
pub const METHOD: &str = "softmax";

parameters! {
    /// The parameters of softmax losses. Unchecked: [`Params::check`] makes the [`Softmax`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Length of the rows of numbers that stand for users and items.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// Passes over all users.
        #[range(at_least(1))]
        pub epochs: u32,
        /// What is minimised: `softmax` (SL and BSL), `multi` (BSL, where positives that are unlikely count
        /// less), or `ssm` (the positive is in the sum).
        #[values(losses())]
        pub loss: Loss,
        /// What cosines are divided by; 0 for one by the number of interactions N and of items n,
        /// 4.22 / (N^⅙ n^⅛).
        #[symbol("τ")]
        #[range(at_least(0).at_most(10))]
        pub temperature: f32,
        /// How much the negatives count; the more, the less popular items are liked. 0 for one by the
        /// share d of pairs that are interactions, 1.25 − 0.7 √d, or 1 if that is less.
        #[symbol("τ1/τ2")]
        #[range(at_least(0).at_most(100))]
        pub negative_weight: f32,
        /// Items that stand for all, drawn anew for each block of users; all, where there are no more.
        #[symbol("M")]
        #[range(at_least(1).at_most(65536))]
        pub shared_negatives: usize,
        /// Users who are trained together; 0 for a 32nd of them, from 16 to 256.
        #[symbol("B")]
        #[range(at_least(0).at_most(4096))]
        pub block: usize,
        /// Length of the first steps of items; of later ones it falls on a line towards 0.
        #[symbol("η")]
        #[range(above(0).at_most(10))]
        pub lr: f32,
        /// The share of a user's gradient that the first steps take, likewise.
        #[range(above(0).at_most(100))]
        pub lr_users: f32,
        /// Validations without a better one after which the training stops; 0 never stops early.
        #[range(at_least(0))]
        pub patience: u32,
        /// Seed of all random numbers.
        #[range(at_least(0))]
        pub seed: u64,
    }
}

fn losses() -> Range {
    among(LOSSES)
}

impl Default for Params {
    fn default() -> Self {
        Self {
            factors: 64,
            epochs: 120,
            loss: Loss::Softmax,
            temperature: 0.0,
            negative_weight: 0.0,
            shared_negatives: 4096,
            block: 0,
            lr: 0.01,
            lr_users: 1.0,
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
    pub fn check(self) -> Result<Softmax, Error> {
        self.check_ranges()?;
        Ok(Softmax { params: self })
    }

    /// τ, of N interactions with n items.
    pub fn temperature_of(&self, interactions: usize, items: usize) -> f32 {
        /// What the best τ on validation rows of five data sets follow: see the README.
        const SCALE: f64 = 4.22;
        // Not a comparison with 0: what is below it has no reciprocal.
        if self.temperature >= f32::MIN_POSITIVE {
            return self.temperature;
        }
        let roots = libm::pow(interactions.max(1) as f64, 1.0 / 6.0)
            * libm::pow(items.max(1) as f64, 0.125);
        (SCALE / roots) as f32
    }

    /// t, of N interactions of m users with n items.
    pub fn negative_weight_of(&self, interactions: usize, (users, items): (usize, usize)) -> f32 {
        // As for τ.
        if self.negative_weight >= f32::MIN_POSITIVE {
            return self.negative_weight;
        }
        let cells = (users as f64 * items as f64).max(1.0);
        (1.25 - 0.7 * (interactions as f64 / cells).sqrt()).max(1.0) as f32
    }

    /// Users in a block, of so many.
    pub(crate) fn block_size(&self, users: usize) -> usize {
        if self.block == 0 { (users / 32).clamp(16, 256) } else { self.block }
    }

    pub(crate) fn objective(&self, data: &Interactions) -> Objective {
        let loss = self.loss;
        let n_items = data.n_items();
        let weight = self.negative_weight_of(data.nnz(), (data.n_users(), n_items));
        let temperature = self.temperature_of(data.nnz(), n_items);
        Objective { loss, temperature, weight, n_items }
    }

    /// What training in epochs asks of them.
    fn training(&self) -> Training {
        let Self { factors, epochs, patience, seed, .. } = *self;
        // Rows of about length 1.
        Training { factors, epochs, init_sd: 1.0 / (factors as f32).sqrt(), patience, seed }
    }
}

/// Softmax losses with legal parameters; made by [`Params::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct Softmax {
    params: Params,
}

impl Softmax {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the result.
    /// The loss of an epoch is the mean of its interactions, each before the step on its user.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions; otherwise as for [`train_epochs`].
    pub fn fit(&self, data: &Interactions, monitor: &mut dyn Monitor) -> Result<Trained, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`Softmax::fit`] from an earlier model or from a state.
    ///
    /// # Errors
    /// As for [`Softmax::fit`], and those of the start.
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        if data.nnz() == 0 {
            return Err(Error::NoData { reason: "no interactions" });
        }
        let training = self.params.training();
        let mut factors = Factors::initial_rows(data, &training);
        match (start.warm, start.state) {
            // The state has all rows.
            (_, Some(_)) => {}
            (Some(warm), None) => start::carried(data, warm, &mut factors)?,
            (None, None) => start::spectral(data, &mut factors),
        }
        let mut solver = Solver::new(data, &self.params, factors.items.lanes());
        train_epochs(factors, &training, start.state, monitor, &mut solver)
    }

    /// A model of this method with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, data: &Interactions) -> FactorModel {
        debug_assert_eq!(model.n_items(), data.n_items());
        model.with_fold_in(BySphere::new(self.params.objective(data), self.params.clone()))
    }
}

#[cfg(test)]
mod tests;
