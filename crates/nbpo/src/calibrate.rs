//! Estimates the noise, by the likelihood of what was held out.
//!
//! The likelihood of the training data can't choose φ: parameters that are fitted to the data and
//! shrunk by a penalty understate how settled relevance is, and φ takes the blame or the credit. So
//! φ is chosen like any hyper-parameter: by how probable it makes pairs that the training did not
//! see as positives.
//!
//! A share h of the observed pairs is held out, each by a coin, and counts as unobserved in the
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
use foretaste_mf::{Error, Factors, Silent, ValidParams};
use foretaste_model::Scorer;
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// h, the share that is held out.
const HELD: f64 = 0.1;
/// Pairs that are scored at most: every so-manieth user is.
const CELLS: usize = 1 << 22;
/// Steps of the pattern search on (logit rate, by_item, by_user): coarse, then fine.
const STEPS: [f32; 2] = [1.0, 0.5];
/// Legal values of the search: rates from .05 to .95, slopes that leave no item a flip rate of 1.
const LIMITS: [f32; 3] = [2.95, 3.0, 3.0];

/// Observed pairs, less those that are held out, and these.
#[derive(Clone, Debug)]
pub struct Held {
    /// What is trained on.
    pub kept: Interactions,
    /// What is held out.
    pub held: Interactions,
}

impl Held {
    /// Holds out a tenth of `data`, by a seed.
    pub fn out(data: &Interactions, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ STREAM);
        let mut parts = [(vec![0], Vec::new()), (vec![0], Vec::new())];
        for user in 0..data.n_users() {
            for &item in data.row(UserId(user as u32)) {
                let part = usize::from(rng.random::<f64>() < HELD);
                parts[part].1.push(item);
            }
            parts.iter_mut().for_each(|(starts, items)| starts.push(items.len()));
        }
        let [kept, held] = parts.map(|(starts, items)| {
            Interactions::from_rows(starts, items, data.n_items()).expect("rows of sorted rows")
        });
        Self { kept, held }
    }

    /// The log-likelihood, in nats a pair, of what is held out, under a model of two channels that
    /// was trained on what is kept.
    ///
    /// # Panics
    /// If the model has no second channel, or another number of users or items.
    pub fn log_likelihood(&self, factors: &Factors) -> f64 {
        let (users, items) = (self.kept.n_users(), self.kept.n_items());
        let stride = (users * items).div_ceil(CELLS).max(1);
        let mut scores = Array2::zeros((1, items));
        let (mut sum, mut cells) = (0.0, 0_u64);
        for user in (0..users).step_by(stride).map(|user| UserId(user as u32)) {
            factors.score_block(&[user], scores.view_mut());
            for (item, &x) in (0..).map(ItemId).zip(&scores) {
                if self.kept.contains(user, item) {
                    continue;
                }
                let phi = f64::from(flip_probability(factors, user, item));
                let q = (1.0 - phi) / (1.0 + libm::exp(-f64::from(x)));
                let odds = HELD / (1.0 - HELD) * q / (1.0 - q);
                // A model may take for certain what a coin has held out.
                let v = odds.clamp(1e-9, 1.0 - 1e-3);
                let held = self.held.contains(user, item);
                sum += if held { libm::log(v) } else { libm::log1p(-v) };
                cells += 1;
            }
        }
        sum / cells.max(1) as f64
    }
}

/// The noise that makes the held-out part of `data` most likely.
pub(crate) fn calibrate(data: &Interactions, params: &ValidParams) -> Result<Noise, Error> {
    let held = Held::out(data, params.get().seed);
    let value = |at: [f32; 3]| -> Result<f64, Error> {
        let trained = noise(at).fit(&held.kept, params, &mut Silent)?;
        Ok(held.log_likelihood(&trained.factors))
    };
    let mut best = ([0.0; 3], value([0.0; 3])?);
    let mut seen = vec![best.0];
    for step in STEPS {
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for coordinate in 0..3 {
                for step in [step, -step] {
                    let mut at = best.0;
                    at[coordinate] += step;
                    if at[coordinate].abs() > LIMITS[coordinate] || seen.contains(&at) {
                        continue;
                    }
                    seen.push(at);
                    let value = value(at)?;
                    if value > best.1 {
                        (best, moved) = ((at, value), true);
                        break;
                    }
                }
            }
        }
    }
    Ok(noise(best.0))
}

fn noise([logit, by_item, by_user]: [f32; 3]) -> Noise {
    Noise { rate: foretaste_kernels::sigmoid(logit), by_item, by_user }
}

/// Keeps these random numbers apart from those that the engine draws by the same seed: "held".
const STREAM: u64 = 0x6865_6c64;

#[cfg(test)]
mod tests;
