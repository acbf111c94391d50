//! Exposure matrix factorization: what a user has not clicked was irrelevant, or not seen.
//!
//! Liang, Charlin, McInerney, Blei. *Modeling User Exposure in Recommendation.* WWW 2016. With x =
//! ⟨U_u, V_i⟩, exposure a and click y of a pair are drawn as
//!
//! ```text
//! a ~ Bernoulli(μ_i)        y | a = 1 ~ Normal(x, 1/λ_y)        y | a = 0: 0
//! ```
//!
//! and U, V ~ Normal(0, 1/λ). Expectation maximization over **all** pairs: a click was seen; of
//! anything else the probability that it was, p = μ_i N / (μ_i N + 1 − μ_i), N the density of 0
//! around x, falls with its score. A pair counts as much as it was seen, so
//!
//! ```text
//! U_u = (Σ_i p_ui V_i V_iᵀ + λ/λ_y I)⁻¹ Σ_{i clicked} V_i        μ_i = mean of p_ui over users
//! ```
//!
//! and V alike, each step with the p of the newest parameters. μ_i is a propensity that is learned.
//! Items are ranked by x, without μ_i, as in the paper where μ is the item's.
//!
//! p weighs a density against a probability, so λ_y says not only how sure a click is: N(0; 0) is
//! above 1 for λ_y > 2π. Then that an item is not clicked speaks for its having been seen, and every μ
//! goes to 1, also of an item that nobody has clicked. The paper has λ_y = 1.
//!
//! A sweep takes O(m n K²), as p has no structure: the weighted Gram matrices of 64 rows at a time
//! are one matrix product with the products V_ia V_ib of 256 columns. A thread takes some 1 KiB · K²,
//! 4 MiB of K = 64, at most 64 MiB; besides there are 16 B a click, two copies of the factors, and μ
//! after each sweep.
//!
//! # Departures from the paper
//!
//! - No prior of μ: the paper's Beta distribution is taken to be flat, as in the authors' program.
//! - The constant of N is the density's, √(λ_y / 2π); the authors' program has √(λ_y π / 2).
//! - The defaults are λ_y = 5 and λ/λ_y = 10 instead of the program's 1 and 1e-5: of 18 pairs of λ_y (1,
//!   3, 5) and λ/λ_y (0.1 to 30) the best by NDCG@10 on validation rows of MovieLens latest-small, Amazon
//!   Electronics and the bundled sample (0.185, 0.057, 0.221; with 1 and 0.1, 0.085, 0.020, 0.062). On
//!   MovieLens 1M, 5 and 20 are better than 5 and 10 (0.157, 0.146).
//! - Where rounding leaves a user's or an item's matrix not positive, its λ is raised tenfold until it is.

mod params;
mod sweep;

use foretaste_data::{Interactions, Side};
use foretaste_mf::{
    Epochs, Error, FactorModel, Factors, FoldIn, Monitor, PROPENSITIES, Pass, Progress, Start,
    State, Table, Trained, Users, carry_numbers, train_epochs,
};
use foretaste_model::{Model, ModelFile};
use sweep::{Exposure, Posterior, Sweep};

pub use params::ExpoMfParams;

/// What a model file calls this method.
pub const EXPOMF: &str = "expomf";

/// ExpoMF with legal parameters; made by [`ExpoMfParams::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExpoMf {
    params: ExpoMfParams,
}

/// A trained model.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpoMfTrained {
    /// The factors, and how the training went. Its loss is the mean negative log-likelihood of a
    /// pair.
    pub trained: Trained,
    /// μ, how likely it is that an item was seen; `n_items` numbers.
    pub exposure: Vec<f32>,
}

impl ExpoMf {
    /// The parameters.
    pub fn params(&self) -> &ExpoMfParams {
        &self.params
    }

    /// Trains on `data`, in parallel on the current rayon pool, whose size does not change the
    /// result.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions, [`Error::Diverged`] if a factor is no longer finite.
    pub fn fit(
        &self,
        data: &Interactions,
        monitor: &mut dyn Monitor,
    ) -> Result<ExpoMfTrained, Error> {
        self.fit_from(data, Start::default(), monitor)
    }

    /// [`ExpoMf::fit`] from an earlier model, μ included, or from a state. An interrupted half of a
    /// sweep is begun anew.
    ///
    /// # Errors
    /// As for [`ExpoMf::fit`], and those of the start.
    pub fn fit_from(
        &self,
        data: &Interactions,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<ExpoMfTrained, Error> {
        if data.nnz() == 0 {
            return Err(Error::NoData { reason: "no interactions" });
        }
        let training = &self.params.training;
        let mut factors = Factors::initial_rows(data, training);
        let mut exposure = vec![self.params.exposure; data.n_items()];
        if let Some(warm) = start.warm {
            factors.carry(warm, 1)?;
            carry_numbers(&mut exposure, &exposure_of(&mut warm.model())?, warm.items());
        }
        let mut sweeps = Sweeps {
            sweep: self.sweep(),
            of_users: Side::of_users(data),
            of_items: Side::of_items(data),
            exposure,
            exposures: Vec::new(),
            users_done: false,
            samples: data.nnz() as u64,
        };
        let trained = train_epochs(factors, training, start.state, monitor, &mut sweeps)?;
        let at = (trained.best_epoch as usize - 1) * data.n_items();
        let exposure = sweeps.exposures[at..at + data.n_items()].to_vec();
        Ok(ExpoMfTrained { trained, exposure })
    }
}

/// μ of an earlier model.
fn exposure_of(model: &mut ModelFile) -> Result<Vec<f32>, Error> {
    let items = model.items.len();
    let (_, exposure) = model
        .take(PROPENSITIES, &[Some(items), Some(1)])
        .map_err(|error| Error::State { name: PROPENSITIES.into(), reason: error.to_string() })?;
    Ok(exposure)
}

/// A training's sweeps.
struct Sweeps {
    sweep: Sweep,
    of_users: Side,
    of_items: Side,
    exposure: Vec<f32>,
    /// Those after each epoch, one after the other.
    exposures: Vec<f32>,
    /// Whether the users of a sweep that was interrupted are solved for.
    users_done: bool,
    samples: u64,
}

impl Epochs for Sweeps {
    fn epoch(
        &mut self,
        _: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        let Self { sweep, of_users, of_items, exposure, .. } = self;
        let table = |rows: &[f32]| Table::from_rows(sweep.k, rows).expect("whole rows");
        let (mut users, mut items) = (factors.users.to_rows(0), factors.items.to_rows(0));
        if !self.users_done {
            let mu = Exposure::OfColumns(exposure);
            let progress = &mut |share| progress(0.5 * share);
            if !sweep.solve(of_users, &mut users, &items, mu, progress) {
                return Ok(None);
            }
            factors.users = table(&users);
            self.users_done = true;
        }
        let mu = Exposure::OfRows(exposure);
        let progress = &mut |share| progress(0.5 + 0.5 * share);
        if !sweep.solve(of_items, &mut items, &users, mu, progress) {
            return Ok(None);
        }
        let loss = sweep.expose(of_items, &items, &users, exposure);
        self.exposures.extend_from_slice(exposure);
        factors.items = table(&items);
        self.users_done = false;
        Ok(Some(Pass { loss, samples: self.samples, skipped: 0, learning_rate: None }))
    }

    fn save(&self, state: &mut State) {
        state.put("exposure", self.exposure.clone());
        state.put("exposures", self.exposures.clone());
        state.put("users_done", vec![u8::from(self.users_done)]);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        let items = self.exposure.len();
        self.exposure.copy_from_slice(state.get_all("exposure", items)?);
        let epochs = state.get::<f64>("history.loss")?.len();
        self.exposures = state.get_all("exposures", epochs * items)?.to_vec();
        self.users_done = state.get_one::<u8>("users_done")? == 1;
        Ok(())
    }
}

/// Folding in: the same steps, of which each has its p of the row before.
#[derive(Debug)]
pub(crate) struct ByPosterior {
    sweep: Sweep,
    exposure: Vec<f32>,
}

/// Steps for a user who is folded in; p hardly changes any more.
const STEPS: usize = 10;

impl ExpoMf {
    /// A model of this method, with μ as its propensities, with the way to fold in.
    pub(crate) fn complete(&self, model: FactorModel, _: &Interactions) -> FactorModel {
        let exposure = model.propensities().unwrap_or_default().to_vec();
        model.with_fold_in(ByPosterior { sweep: self.sweep(), exposure })
    }

    fn sweep(&self) -> Sweep {
        let posterior = Posterior::new(self.params.precision);
        Sweep { k: self.params.training.factors, posterior, ridge: f64::from(self.params.ridge) }
    }
}

impl FoldIn for ByPosterior {
    fn fits(&self, factors: &Factors) -> bool {
        let plain = factors.biases.iter().all(|biases| biases.users.is_empty());
        plain
            && factors.users.widths() == [self.sweep.k]
            && self.exposure.len() == factors.items.rows()
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        let side = Side::of_users(histories);
        let (mut rows, items) = (users.rows.to_rows(0), factors.items.to_rows(0));
        for _ in 0..STEPS {
            let mu = Exposure::OfColumns(&self.exposure);
            self.sweep.solve(&side, &mut rows, &items, mu, &mut |_| true);
        }
        for (user, row) in rows.chunks_exact(self.sweep.k).enumerate() {
            if !side.columns(user).is_empty() {
                users.rows.set(user, 0, row);
            }
        }
    }
}

#[cfg(test)]
mod tests;
