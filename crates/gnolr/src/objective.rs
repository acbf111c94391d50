//! The nested ordinal loss.
//!
//! Feedbacks build on one another, the rarest last: y = 0 where nothing came of a pair, else the number of
//! the strongest that did, at most T. With scores s_t = ⟨U_u, V_i⟩ in part t, of |s_t| ≤ γ_t (section 4):
//!
//! ```text
//! S_t = s_1 + … + s_t                       π_t = P(y ≥ t) = σ(S_t − a_t)
//! a_t = −ln(r_t / (1 − r_t))                r_t the share of pairs with y ≥ t among those trained on
//! loss = Σ_t ℓ_t,   ℓ_t that of labels up to t:
//! ℓ_t = −ln(1 − π_1)             if y = 0
//!       −ln(π_y − π_{y+1})       if 0 < y < t
//!       −ln π_t                  if y ≥ t
//! ```
//!
//! So a pair of y = 0 has the loss −T ln(1 − π_1), and moves the first part alone; others have
//! −ln π_1 − … − ln π_y − (T − y) ln(π_y − π_{y+1}). With T = 1 it is the binary cross-entropy. With
//! x = S_y − a_y, z = S_{y+1} − a_{y+1} and δ = x − z:
//!
//! ```text
//! ln(π_y − π_{y+1}) = ln σ(x) + ln σ(−z) + ln(1 − e^−δ)
//! ∂/∂x = 1 − σ(x) + 1 / (e^δ − 1)           ∂/∂z = −σ(z) − 1 / (e^δ − 1)
//! ```
//!
//! δ = a_{y+1} − a_y − s_{y+1} is above 0 for every pair if γ_{y+1} < a_{y+1} − a_y.
//!
//! # Departures from the paper
//!
//! - γ is a number of each level. That of the first has no bound, and orders better where it is larger than the
//!   gaps between levels allow; the others are nine tenths of their gaps, where none is given.
//! - Pairs without feedback are drawn at random: there are no logged exposures. The base rates are those of
//!   what is trained on, see [`Scale`](crate::Scale).
//! - A pair of a level above the first can count more than once; the base rates are of such counts.
//! - δ below 10⁻⁴, as of rounding, is 10⁻⁴.

use foretaste_kernels::{exp, ln_1p_exp, sigmoid};
use foretaste_mf::{PARTS, Parted};

/// The least δ.
const LEAST: f32 = 1e-4;

/// The loss with its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nested {
    levels: usize,
    /// Whether all levels have one score.
    shared: bool,
    /// a.
    offsets: [f32; PARTS],
    /// How much a pair counts, by y.
    weights: [f32; PARTS + 1],
}

impl Nested {
    /// Of as many levels as there are `offsets`, a_1 < a_2 < …, at most [`PARTS`]. A pair counts
    /// `weights[y]`, 1 where there is none. If `shared`, every S_t is s_1: ordinal regression without parts.
    ///
    /// # Panics
    /// If there is no level, or are more than [`PARTS`].
    pub fn new(offsets: &[f32], weights: &[f32], shared: bool) -> Self {
        assert!((1..=PARTS).contains(&offsets.len()), "levels have a part each");
        let mut loss = Self {
            levels: offsets.len(),
            shared,
            offsets: [0.0; PARTS],
            weights: [1.0; PARTS + 1],
        };
        loss.offsets[..offsets.len()].copy_from_slice(offsets);
        loss.weights.iter_mut().zip(weights).for_each(|(own, weight)| *own = *weight);
        loss
    }

    /// Number of parts that a row has.
    pub fn parts(&self) -> usize {
        if self.shared { 1 } else { self.levels }
    }

    /// The level of a label.
    #[inline(always)]
    fn level(&self, y: f32) -> usize {
        (y as usize).min(self.levels)
    }

    /// S_t − a_t of the levels.
    #[inline(always)]
    fn shifted(&self, s: &[f32; PARTS]) -> [f32; PARTS] {
        let (mut all, mut sum) = ([0.0; PARTS], 0.0);
        for (level, shifted) in all.iter_mut().enumerate().take(self.levels) {
            sum = if self.shared { s[0] } else { sum + s[level] };
            *shifted = sum - self.offsets[level];
        }
        all
    }
}

impl Parted for Nested {
    #[inline(always)]
    fn depth(&self, y: f32) -> usize {
        match self.level(y) {
            0 => 1,
            level => (level + 1).min(self.parts()),
        }
    }

    #[inline(always)]
    fn ascent(&self, s: &[f32; PARTS], y: f32) -> [f32; PARTS] {
        let level = self.level(y);
        let weight = self.weights[level];
        let mut ascent = [0.0; PARTS];
        if level == 0 {
            ascent[0] = -weight * self.levels as f32 * sigmoid(s[0] - self.offsets[0]);
            return ascent;
        }
        // Of the sums S first.
        let shifted = self.shifted(s);
        for (ascent, shifted) in ascent.iter_mut().zip(shifted).take(level) {
            *ascent = weight * sigmoid(-shifted);
        }
        if level < self.levels {
            let (x, z) = (shifted[level - 1], shifted[level]);
            let most = 1.0 / exp_m1((x - z).max(LEAST));
            let times = weight * (self.levels - level) as f32;
            ascent[level - 1] += times * (sigmoid(-x) + most);
            ascent[level] = -times * (sigmoid(z) + most);
        }
        for part in (1..=level.min(PARTS - 1)).rev() {
            ascent[part - 1] += ascent[part];
        }
        if self.shared {
            ascent[1..].fill(0.0);
        }
        ascent
    }

    #[inline(always)]
    fn loss(&self, s: &[f32; PARTS], y: f32) -> f32 {
        let level = self.level(y);
        let weight = self.weights[level];
        if level == 0 {
            return weight * self.levels as f32 * ln_1p_exp(s[0] - self.offsets[0]);
        }
        let shifted = self.shifted(s);
        let mut loss: f32 = shifted[..level].iter().map(|&x| ln_1p_exp(-x)).sum();
        if level < self.levels {
            let (x, z) = (shifted[level - 1], shifted[level]);
            let gap = (x - z).max(LEAST);
            let between = ln_1p_exp(-x) + ln_1p_exp(z) - libm::logf(-libm::expm1f(-gap));
            loss += (self.levels - level) as f32 * between;
        }
        weight * loss
    }
}

/// eˣ − 1 of x above 0, to within some 2⁻²¹ of it: near 0, 1 is not taken from what is nearly 1.
#[inline(always)]
fn exp_m1(x: f32) -> f32 {
    if x < 0.5 {
        // Taylor's series; the first term left out is below 2⁻²⁷ of the first.
        let mut sum = 1.0;
        for n in (2..=8).rev() {
            sum = 1.0 + sum * x / n as f32;
        }
        x * sum
    } else {
        exp(x) - 1.0
    }
}

#[cfg(test)]
mod tests;
