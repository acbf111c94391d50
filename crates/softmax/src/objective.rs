//! The losses, as coefficients of cosines.
//!
//! With s = cos(U_u, V_i), I_u the items of a user, J the items that stand for all n, τ the temperature
//! and t the weight of negatives, a user's loss is
//!
//! ```text
//! softmax  −Σ_i s_i/τ + |I_u| t log (n/|J|) Σ_J e^{s_j/τ}           (SL; with t ≠ 1, BSL `reweight`)
//! multi    −|I_u| log Σ_i e^{s_i/τ} / |I_u| + the same              (BSL `multi`)
//! ssm      −Σ_i log e^{s_i/τ} / (e^{s_i/τ} + t Σ_J e^{s_j/τ})       (SSM; with |J| = n and t = 1 nearly SL)
//! ```
//!
//! Each is linear in what its gradient needs: with weights a of positives and b of J, all of them by
//! |I_u|, which [`Loss::weigh`] finds from the cosines (times 1/τ),
//!
//! ```text
//! −∂ loss / ∂U_u = |I_u| (I − û ûᵀ) (Σ_i a_i v̂_i − Σ_J b_j v̂_j) / ‖U_u‖
//! −∂ loss / ∂V_j = Σ_u |I_u| (a_uj − b_uj) (û − s v̂_j) / ‖V_j‖
//! softmax: a = 1/|I_u|, b = t p        multi: a = softmax of the positives, b = t p
//! ssm: a_i = (1 − e_i/(e_i + t Σ_J e))/|I_u|, b_j = e_j Σ_i t/(e_i + t Σ_J e) / |I_u|
//! ```
//!
//! # Departures from the papers
//!
//! - The negatives of SL and BSL are drawn anew for each positive, from all items with replacement; here
//!   a block of users shares a draw without replacement, or all items. Either estimates the same sum.
//! - Rows have length 1 after each step, so that there is no L2 penalty, no dropout, and no step that
//!   depends on a length which the loss does not know.
//! - What a user has is among the negatives, as in SL's draws; so is, with all items, the positive itself.

use foretaste_kernels::{LANES, Lanes, exp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is minimised: see the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Loss {
    /// A softmax over negatives; the positives count alike.
    Softmax,
    /// The same, where positives of a low cosine count less.
    Multi,
    /// The positive is in the sum over negatives.
    Ssm,
}

/// All losses, as they are named.
pub(crate) const LOSSES: [Loss; 3] = [Loss::Softmax, Loss::Multi, Loss::Ssm];

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Softmax => "softmax",
            Self::Multi => "multi",
            Self::Ssm => "ssm",
        })
    }
}

/// A loss with its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Objective {
    pub(crate) loss: Loss,
    /// τ.
    pub(crate) temperature: f32,
    /// t.
    pub(crate) weight: f32,
    /// n.
    pub(crate) n_items: usize,
}

impl Objective {
    /// Turns the cosines of a user with negatives and positives into their weights: `negatives` has
    /// `count` of them and is filled up to whole lanes with what gets weight 0. Returns the loss by
    /// positive.
    ///
    /// Must be called within a dispatched block.
    #[inline(always)]
    pub(crate) fn weigh(
        &self,
        negatives: &mut [Lanes],
        count: usize,
        positives: &mut [f32],
    ) -> f64 {
        let share = 1.0 / positives.len().max(1) as f32;
        let mean = positives.iter().map(|&s| f64::from(s)).sum::<f64>() * f64::from(share);
        let per = 1.0 / self.temperature;
        // No cosine is larger than this one, so that no exponential overflows.
        let most = positives.iter().copied().fold(largest(negatives, count), f32::max);
        let sum = exponentials(negatives, count, most, per);
        let all = sum * (self.n_items as f32 / count as f32);
        let log_all = f64::from(most * per) + ln(all);
        let t = f64::from(self.weight);
        match self.loss {
            Loss::Softmax => {
                scale(negatives, self.weight / sum);
                positives.fill(share);
                t * log_all - mean * f64::from(per)
            }
            Loss::Multi => {
                scale(negatives, self.weight / sum);
                let top = positives.iter().copied().fold(f32::MIN, f32::max);
                positives.iter_mut().for_each(|s| *s = exp((*s - top) * per));
                let own: f32 = positives.iter().sum();
                positives.iter_mut().for_each(|s| *s /= own);
                t * log_all - f64::from(top * per) - ln(own * share)
            }
            Loss::Ssm => {
                let (mut inverse, mut loss) = (0.0, 0.0);
                for s in positives.iter_mut() {
                    let own = exp((*s - most) * per);
                    let with = own + self.weight * sum;
                    loss += ln(with) - f64::from((*s - most) * per);
                    inverse += self.weight / with;
                    // 1 − own / with, without a difference.
                    *s = share * (self.weight * sum / with);
                }
                scale(negatives, inverse * share);
                loss * f64::from(share)
            }
        }
    }
}

/// The natural logarithm, in f64.
#[inline(always)]
fn ln(x: f32) -> f64 {
    libm::log(f64::from(x))
}

/// Of the first `count`.
#[inline(always)]
fn largest(numbers: &[Lanes], count: usize) -> f32 {
    let (whole, rest) = numbers.split_at(count / LANES);
    let mut most = [f32::MIN; LANES];
    for lanes in whole {
        for n in 0..LANES {
            most[n] = if lanes[n] > most[n] { lanes[n] } else { most[n] };
        }
    }
    let rest = rest.as_flattened()[..count % LANES].iter();
    rest.chain(&most).copied().fold(f32::MIN, f32::max)
}

/// Turns cosines into exponentials, what is beyond `count` into 0; their sum.
#[inline(always)]
fn exponentials(numbers: &mut [Lanes], count: usize, most: f32, per: f32) -> f32 {
    let (whole, rest) = numbers.split_at_mut(count / LANES);
    let mut sums = [0.0; LANES];
    for lanes in whole {
        for n in 0..LANES {
            lanes[n] = exp((lanes[n] - most) * per);
            sums[n] += lanes[n];
        }
    }
    for (n, number) in rest.as_flattened_mut().iter_mut().enumerate() {
        *number = if n < count % LANES { exp((*number - most) * per) } else { 0.0 };
        sums[n % LANES] += *number;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for n in 0..width {
            sums[n] += sums[n + width];
        }
        width /= 2;
    }
    sums[0]
}

#[inline(always)]
fn scale(numbers: &mut [Lanes], by: f32) {
    for lanes in numbers {
        lanes.iter_mut().for_each(|number| *number *= by);
    }
}

#[cfg(test)]
mod tests;
