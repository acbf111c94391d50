//! Estimates the noise, by the likelihood of what was held out.
//!
//! The likelihood of the training data can't choose φ: parameters that are fitted to the data and
//! shrunk by a penalty understate how settled relevance is, and φ takes the blame or the credit. So
//! φ is chosen like any hyper-parameter: by how probable it makes pairs that the training did not
//! see as positives.
//!
//! A share h of the observed pairs is held out, each by chance, and counts as unobserved in the
//! training, which therefore estimates q = p(y = 1 and kept). Of what is not kept, a pair is held
//! out with probability
//!
//! ```text
//! v = h / (1 − h) · q / (1 − q)           q = (1 − φ) s(R)
//! ```
//!
//! and the held-out log-likelihood is the sum of ln v over held-out and of ln (1 − v) over all
//! other pairs without a training positive. A pattern search climbs it over (logit rate, by_item,
//! by_user).

use crate::noise::{Noise, flip_probability};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::{Error, Factors, Monitor, Start, State, ValidParams};
use foretaste_model::Scorer;
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// h = 1 / FOLDS: the share that is held out at a time.
const FOLDS: u32 = 5;
/// So many held-out pairs are enough: larger data needs fewer folds.
const ENOUGH: usize = 20_000;
/// Pairs that are scored at most: every so-manieth user.
const CELLS: usize = 1 << 22;
/// Steps of the pattern search on (logit rate, by_item, by_user): coarse, then fine.
const STEPS: [f32; 2] = [1.0, 0.5];
/// Legal values of the search: rates from .05 to .95, slopes that leave no item a flip rate of 1.
const LIMITS: [f32; 3] = [2.95, 3.0, 3.0];
/// A step is taken if it gains more than so many of its standard errors.
const MARGIN: f64 = 1.0;

/// Observed pairs, less those that are held out, and these.
#[derive(Clone, Debug)]
pub struct Held {
    /// What is trained on.
    pub kept: Interactions,
    /// What is held out.
    pub held: Interactions,
    /// The probability that an observed pair is held out.
    share: f64,
}

impl Held {
    /// Holds out a tenth of `data`, by a seed.
    pub fn out(data: &Interactions, seed: u64) -> Self {
        Self::fold(data, seed, 10, 0)
    }

    /// Deals the observed pairs to `of` folds by a seed, and holds out one of them.
    fn fold(data: &Interactions, seed: u64, of: u32, fold: u32) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ STREAM);
        let mut parts = [(vec![0], Vec::new()), (vec![0], Vec::new())];
        for user in 0..data.n_users() {
            for &item in data.row(UserId(user as u32)) {
                let part = usize::from(rng.random_range(0..of) == fold);
                parts[part].1.push(item);
            }
            parts.iter_mut().for_each(|(starts, items)| starts.push(items.len()));
        }
        let [kept, held] = parts.map(|(starts, items)| {
            Interactions::from_rows(starts, items, data.n_items()).expect("rows of sorted rows")
        });
        Self { kept, held, share: 1.0 / f64::from(of) }
    }

    /// The log-likelihood, in nats a pair, of what is held out, under a model of two channels that
    /// was trained on what is kept.
    ///
    /// # Panics
    /// If the model has no second channel, or another number of users or items.
    pub fn log_likelihood(&self, factors: &Factors) -> f64 {
        let users = self.by_user(factors);
        let pairs: usize = users.iter().map(|(_, pairs)| pairs).sum();
        users.iter().map(|(sum, _)| sum).sum::<f64>() / pairs.max(1) as f64
    }

    /// The log-likelihood of each user, or of every so-manieth, and its number of pairs.
    fn by_user(&self, factors: &Factors) -> Vec<(f64, usize)> {
        let (users, items) = (self.kept.n_users(), self.kept.n_items());
        let stride = (users * items).div_ceil(CELLS).max(1);
        let mut scores = Array2::zeros((1, items));
        let of_user = |user| {
            factors.score_block(&[user], scores.view_mut());
            let (mut sum, mut pairs) = (0.0, 0);
            for (item, &x) in (0..).map(ItemId).zip(&scores) {
                if self.kept.contains(user, item) {
                    continue;
                }
                let phi = f64::from(flip_probability(factors, user, item));
                let q = (1.0 - phi) / (1.0 + libm::exp(-f64::from(x)));
                let odds = self.share / (1.0 - self.share) * q / (1.0 - q);
                // A model may take for certain what a coin has held out.
                let v = odds.clamp(1e-9, 1.0 - 1e-3);
                let held = self.held.contains(user, item);
                sum += if held { libm::log(v) } else { libm::log1p(-v) };
                pairs += 1;
            }
            (sum, pairs)
        };
        (0..users).step_by(stride).map(|user| UserId(user as u32)).map(of_user).collect()
    }
}

/// A training within another: it tells and offers nothing, and ends when that is to end.
struct Within<'a>(&'a mut dyn Monitor);

impl Monitor for Within<'_> {
    fn interrupted(&mut self) -> bool {
        self.0.interrupted()
    }
}

/// What a state of an estimate, and no other, has.
pub(crate) const TRAININGS: &str = "calibration.trainings";

/// What the trainings of an estimate have found, one after the other: the log-likelihood of each user.
/// Which trainings there are follows from what the ones before have found, so that this is its state.
#[derive(Debug, Default)]
struct Findings(Vec<Vec<f64>>);

impl Findings {
    fn state(&self) -> State {
        let mut state = State::default();
        state.put(TRAININGS, vec![self.0.len() as u64]);
        state.put("calibration.users", self.0.concat());
        state
    }

    fn restored(state: &State) -> Result<Self, Error> {
        let trainings = state.get_one::<u64>(TRAININGS)? as usize;
        let users = state.get::<f64>("calibration.users")?;
        let each = users.len() / trainings.max(1);
        Ok(Self(users.chunks_exact(each.max(1)).map(<[f64]>::to_vec).collect()))
    }
}

/// The noise that makes the held-out parts of `data` most likely. A state is one that it offered.
pub(crate) fn calibrate(
    data: &Interactions,
    params: &ValidParams,
    state: Option<&State>,
    monitor: &mut dyn Monitor,
) -> Result<Noise, Error> {
    let mut findings = state.map_or_else(|| Ok(Findings::default()), Findings::restored)?;
    let folds = (ENOUGH * FOLDS as usize).div_ceil(data.nnz().max(1)).clamp(1, FOLDS as usize);
    let fold = |fold| Held::fold(data, params.get().seed, FOLDS, fold);
    let folds: Vec<Held> = (0..folds as u32).map(fold).collect();
    let mut trainings = 0;
    let mut value = |at: [f32; 3]| -> Result<Vec<f64>, Error> {
        let mut users = Vec::new();
        for held in &folds {
            if trainings == findings.0.len() {
                let start = Start::default();
                let fit = noise(at).fit(&held.kept, params, start, &mut Within(monitor));
                if let Err(Error::Interrupted { .. }) = fit {
                    monitor.checkpoint(0, true, &mut || findings.state());
                }
                let found = held.by_user(&fit?.factors);
                findings.0.push(found.into_iter().map(|(sum, _)| sum).collect());
                monitor.estimating(trainings as u32 + 1);
                monitor.checkpoint(0, false, &mut || findings.state());
            }
            let found = &findings.0[trainings];
            users.resize(found.len(), 0.0);
            users.iter_mut().zip(found).for_each(|(user, found)| *user += found);
            trainings += 1;
        }
        Ok(users)
    };
    let mut best = ([0.0; 3], value([0.0; 3])?);
    let mut seen = vec![best.0];
    for step in STEPS {
        let mut moved = true;
        while std::mem::take(&mut moved) {
            // Slopes first: a rate that has adapted to their absence holds them off.
            for coordinate in [1, 2, 0] {
                for step in [step, -step] {
                    let mut at = best.0;
                    at[coordinate] += step;
                    if at[coordinate].abs() > LIMITS[coordinate] || seen.contains(&at) {
                        continue;
                    }
                    seen.push(at);
                    let value = value(at)?;
                    if better(&value, &best.1) {
                        (best, moved) = ((at, value), true);
                        break;
                    }
                }
            }
        }
    }
    Ok(noise(best.0))
}

/// Whether the sum of `some` is above that of `others` by more than chance among users explains.
fn better(some: &[f64], others: &[f64]) -> bool {
    let gains: Vec<f64> = some.iter().zip(others).map(|(some, other)| some - other).collect();
    let (n, gain) = (gains.len() as f64, gains.iter().sum::<f64>());
    let squares: f64 = gains.iter().map(|user| (user - gain / n).powi(2)).sum();
    gain > MARGIN * (squares * n / (n - 1.0).max(1.0)).sqrt()
}

fn noise([logit, by_item, by_user]: [f32; 3]) -> Noise {
    Noise { rate: foretaste_kernels::sigmoid(logit), by_item, by_user }
}

/// Keeps these random numbers apart from those that the engine draws by the same seed: "held".
const STREAM: u64 = 0x6865_6c64;

#[cfg(test)]
mod tests;
