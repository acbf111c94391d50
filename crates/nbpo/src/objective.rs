//! The objectives: Bayesian pointwise optimization, and what noise in the labels makes of it.
//!
//! A pair (u, i) is truly positive, t = 1, with probability s(R), and a positive label is lost with
//! probability φ (s is the logistic function, R = ⟨U_u, V_i⟩, the first channel; φ = s(γ), γ =
//! ⟨P_u, Q_i⟩, the second):
//!
//! ```text
//! p(y = 1) = q          q = (1 − φ) s(R)
//! p(y = 0) = 1 − q      1 − q = s(−R) + φ s(R)
//! ```
//!
//! Coefficients of ascent, for a pair with y = 1 and one with y = 0; D = 1 − q:
//!
//! ```text
//!             y = 1                                  y = 0
//! Bpo         dR = (1−φ) s(−R)                       dR = φ s(−R) − s(R)           φ a constant
//! Nbpo        dR = (1−φ) s(−R)    dγ = −φ s(R)       dR = φ s(−R) − s(R)    dγ = (1−φ) s(R)
//! Marginal    dR = s(−R)          dγ = −φ            dR = −(1−φ) s(R) s(−R) / D
//!                                                    dγ = φ (1−φ) s(R) / D
//! Plain       dR = (1−φ) s(R) s(−R)                  dR = −(1−φ) s(R) s(−R)
//!             dγ = −φ (1−φ) s(R)                     dγ = φ (1−φ) s(R)
//! ```
//!
//! [`Marginal`] (NBPO-o) ascends log p(y), [`Plain`] (NBPO-s) ascends p(y), and [`Bpo`] with φ = 0
//! is logistic regression. The field of [`Nbpo`] is no gradient: it takes, for a pair with y = 0,
//! both what it were if t = 1 and what it were if t = 0. With sg(·), a value that is not
//! differentiated,
//!
//! ```text
//! y = 1    J = sg(1−φ) log s(R) + sg(s(R)) log (1−φ)
//! y = 0    J = log s(−R) + sg(φ) log s(R) + sg(s(R)) log φ
//! ```
//!
//! In R alone, this is cross-entropy with the soft label φ / (1+φ) and the weight 1+φ.
//!
//! # Departures from the paper
//!
//! - The authors' program takes s(x) for 0 or 1 beyond |x| = 10, where a pair then stands still. Here
//!   s is exact to the end of its range, so that pairs come back.
//! - γ may have biases, as the channels of `foretaste-mf` do; see [`Noise`](crate::Noise).

use foretaste_kernels::{exp, ln_1p_exp, sigmoid};
use foretaste_mf::Pointwise;

/// BPO; or, with a constant flip probability, NBPO without a model of the noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bpo {
    /// φ of all pairs, in [0, 1).
    pub flip: f32,
}

impl Pointwise<1> for Bpo {
    #[inline(always)]
    fn ascent(&self, [x]: [f32; 1], y: f32) -> [f32; 1] {
        let (relevant, not) = (sigmoid(x), sigmoid(-x));
        [if y > 0.0 { (1.0 - self.flip) * not } else { self.flip * not - relevant }]
    }

    fn loss(&self, [x]: [f32; 1], y: f32) -> f32 {
        match y > 0.0 {
            true => (1.0 - self.flip) * ln_1p_exp(-x),
            false => ln_1p_exp(x) + self.flip * ln_1p_exp(-x),
        }
    }
}

/// NBPO, as the authors train it. Its `loss` is −J.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nbpo;

impl Pointwise<2> for Nbpo {
    #[inline(always)]
    fn ascent(&self, [x, noise]: [f32; 2], y: f32) -> [f32; 2] {
        let at = Point::new(x, noise);
        match y > 0.0 {
            true => [at.kept * at.not, -at.flip * at.relevant],
            false => [at.flip * at.not - at.relevant, at.kept * at.relevant],
        }
    }

    fn loss(&self, [x, noise]: [f32; 2], y: f32) -> f32 {
        let at = Point::new(x, noise);
        match y > 0.0 {
            true => at.kept * ln_1p_exp(-x) + at.relevant * ln_1p_exp(noise),
            false => ln_1p_exp(x) + at.flip * ln_1p_exp(-x) + at.relevant * ln_1p_exp(-noise),
        }
    }
}

/// The exact likelihood of what was observed: NBPO-o. Its `loss` is −log p(y).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marginal;

impl Pointwise<2> for Marginal {
    #[inline(always)]
    fn ascent(&self, [x, noise]: [f32; 2], y: f32) -> [f32; 2] {
        let at = Point::new(x, noise);
        if y > 0.0 {
            return [at.not, -at.flip];
        }
        // As shares of D, which is a sum of numbers above 0: nothing cancels, nothing is 0 / 0.
        let unobserved = at.unobserved();
        let (not, lost) = (at.not / unobserved, at.flip * at.relevant / unobserved);
        [-at.kept * at.relevant * not, at.kept * lost]
    }

    fn loss(&self, [x, noise]: [f32; 2], y: f32) -> f32 {
        if y > 0.0 {
            return ln_1p_exp(-x) + ln_1p_exp(noise);
        }
        let at = Point::new(x, noise);
        let observed = at.kept * at.relevant;
        if observed < 0.5 {
            return -libm::log1pf(-observed);
        }
        // Here R ≥ 0 ≥ γ. −ln D = ln (1 + e^R) − ln (1 + e^(R + ln φ)), without what cancels.
        let ln_flip = -ln_1p_exp(-noise);
        match x + ln_flip > 0.0 {
            true => ln_1p_exp(-x) - ln_flip - ln_1p_exp(-x - ln_flip),
            false => ln_1p_exp(x) - ln_1p_exp(x + ln_flip),
        }
    }
}

/// The exact likelihood of a sample: of all observed pairs, and of a share ρ of the others. The
/// second and the third channel, γ and −ln ρ, are given, not learned.
///
/// ```text
/// p(y = 1 | sampled) = s(A)      A = ln q − ln (1 − q) − ln ρ      dA/dR = s(−R) / D
/// y = 1    dR = s(−A) s(−R) / D
/// y = 0    dR = −s(A) s(−R) / D
/// ```
///
/// With φ = 0 it is [`Bpo`], but that R has the intercept of the population, not of the sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditional;

impl Pointwise<3> for Conditional {
    #[inline(always)]
    fn ascent(&self, [x, noise, rare]: [f32; 3], y: f32) -> [f32; 3] {
        let at = Point::new(x, noise);
        let unobserved = at.unobserved();
        // q and 1 − q are not both small, so that their sum is not 0, whatever ρ is.
        let (positive, negative) = (at.kept * at.relevant, exp(-rare) * unobserved);
        let slope = at.not / unobserved / (positive + negative);
        [if y > 0.0 { negative * slope } else { -positive * slope }, 0.0, 0.0]
    }

    fn loss(&self, [x, noise, rare]: [f32; 3], y: f32) -> f32 {
        let log_odds = Marginal.loss([x, noise], 0.0) - Marginal.loss([x, noise], 1.0) + rare;
        ln_1p_exp(if y > 0.0 { -log_odds } else { log_odds })
    }
}

/// The likelihood without its logarithm: NBPO-s. Its `loss` is 1 − p(y).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain;

impl Pointwise<2> for Plain {
    #[inline(always)]
    fn ascent(&self, [x, noise]: [f32; 2], y: f32) -> [f32; 2] {
        let at = Point::new(x, noise);
        let observed = at.kept * at.relevant;
        let (dx, dnoise) = (observed * at.not, -at.flip * observed);
        if y > 0.0 { [dx, dnoise] } else { [-dx, -dnoise] }
    }

    fn loss(&self, [x, noise]: [f32; 2], y: f32) -> f32 {
        let at = Point::new(x, noise);
        if y > 0.0 { at.unobserved() } else { at.kept * at.relevant }
    }
}

/// The probabilities at a pair. Both of a pair of complements are computed, so that the smaller one
/// is exact, too.
struct Point {
    /// s(R).
    relevant: f32,
    /// 1 − s(R).
    not: f32,
    /// φ.
    flip: f32,
    /// 1 − φ.
    kept: f32,
}

impl Point {
    #[inline(always)]
    fn new(x: f32, noise: f32) -> Self {
        Self { relevant: sigmoid(x), not: sigmoid(-x), flip: sigmoid(noise), kept: sigmoid(-noise) }
    }

    /// p(y = 0).
    #[inline(always)]
    fn unobserved(&self) -> f32 {
        self.not + self.flip * self.relevant
    }
}

#[cfg(test)]
mod tests;
