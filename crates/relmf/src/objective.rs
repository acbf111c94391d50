//! The losses of a cell, and of a triple.
//!
//! A user's click is Y = O·R: exposure O, with probability θ, and relevance R, with probability γ.
//! With d1 and d0 the losses of a cell whose label is 1 or 0, the paper (section 3, equations 8, 9
//! and 12) estimates the ideal loss γ d1 + (1 − γ) d0 of a cell by
//!
//! ```text
//! naive      Y d1 + (1 − Y) d0
//! WMF        c Y d1 + (1 − Y) d0
//! unbiased   (Y/θ) d1 + (1 − Y/θ) d0
//! clipped    the same with max(θ, M)
//! ```
//!
//! All of them are functions of the score x and of one number, the target y: 0 on a cell that was
//! not clicked, and on one that was 1, c, 1/θ or 1/max(θ, M).
//!
//! ```text
//! loss       y d1 + (1 − y) d0          of WMF, on a click, y d1
//!            cross-entropy d1 = −ln s(x), d0 = −ln s(−x);  squared d1 = (1 − s(x))², d0 = s(x)²
//! gradient   cross-entropy s(x) − y;  squared 2 (s(x) − y) s'(x)
//!            of WMF, on a click, y (s(x) − 1) and 2 y (s(x) − 1) s'(x)
//! ```
//!
//! On a click y ≥ 1, and the weight of d0 is **negative** where y > 1. It is not clamped: that
//! would break unbiasedness. With cross-entropy a click alone then has no minimum, its loss falls
//! with x for ever; the unclicked cells of the same user and item, and λ, hold it.
//!
//! # Departures from the paper
//!
//! - Cross-entropy and the squared loss of s(x) are both offered for all data; the paper uses the
//!   former on its semi-synthetic and the latter on its real data.
//! - The squared loss of x itself is offered too, for [`Solver::Als`], which minimises it exactly.

use crate::params::{Estimator, Loss};
use foretaste_kernels::{ln_1p_exp, sigmoid};
use foretaste_mf::{Pairwise, Pointwise};

#[cfg(doc)]
use crate::Solver;

/// The estimated loss of a cell with score x and target y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelMfLoss {
    /// d1 and d0.
    pub loss: Loss,
    /// Whether a click has the part (1 − y) d0: all estimators but WMF.
    pub complement: bool,
}

impl RelMfLoss {
    /// The loss that an estimator makes of d1 and d0.
    pub fn new(loss: Loss, estimator: Estimator) -> Self {
        Self { loss, complement: estimator != Estimator::Wmf }
    }

    /// What multiplies d1 and d0.
    #[inline(always)]
    fn weights(self, y: f32) -> [f32; 2] {
        [y, if self.complement || y == 0.0 { 1.0 - y } else { 0.0 }]
    }
}

impl Pointwise<1> for RelMfLoss {
    #[inline(always)]
    fn ascent(&self, [x]: [f32; 1], y: f32) -> [f32; 1] {
        let s = sigmoid(x);
        let [one, zero] = self.weights(y);
        let ascent = one * (1.0 - s) - zero * s;
        match self.loss {
            Loss::CrossEntropy => [ascent],
            Loss::Squared => [2.0 * ascent * s * (1.0 - s)],
        }
    }

    /// By −ln s(−x) = x − ln s(x), from the side on which nothing cancels; of squares in f64, since the
    /// parts of a click nearly cancel where y > 1.
    fn loss(&self, [x]: [f32; 1], y: f32) -> f32 {
        // Beyond, y·x would leave the range of f32.
        let x = x.clamp(-1e30, 1e30);
        let [one, zero] = self.weights(y);
        match self.loss {
            Loss::CrossEntropy if x > 0.0 => (one + zero) * ln_1p_exp(-x) + zero * x,
            Loss::CrossEntropy => (one + zero) * ln_1p_exp(x) - one * x,
            Loss::Squared => {
                let square = |x: f32| (1.0 + libm::exp(f64::from(x))).recip().powi(2);
                (f64::from(one) * square(x) + f64::from(zero) * square(-x)) as f32
            }
        }
    }
}

/// Unbiased pairwise ranking: Saito, *Unbiased Pairwise Learning from Biased Implicit Feedback*,
/// ICTIR 2020, section 4.
///
/// A triple of a click i and any other item j, clicked or not, weighs w = (1/θ_i) (1 − Y_j/θ_j),
/// which is negative where j was clicked and θ_j < 1:
///
/// ```text
/// loss       max(w · −ln s(x_i − x_j), −β)
/// gradient   −w s(x_j − x_i) in x_i − x_j;  0 once the loss is cut at −β
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UbprLoss {
    /// β, what a triple can gain at most.
    pub beta: f32,
}

impl Pairwise for UbprLoss {
    #[inline(always)]
    fn descent(&self, x: f32, [i, j]: [f32; 2]) -> f32 {
        let weight = i * (1.0 - j);
        // Only a negative weight can bring the loss to −β.
        if weight < 0.0 && weight * ln_1p_exp(-x) <= -self.beta {
            return 0.0;
        }
        weight * sigmoid(-x)
    }

    fn loss(&self, x: f32, [i, j]: [f32; 2]) -> f32 {
        (i * (1.0 - j) * ln_1p_exp(-x.clamp(-1e30, 1e30))).max(-self.beta)
    }
}
