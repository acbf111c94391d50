//! The weighted approximate-rank pairwise loss.
//!
//! For a user u, an observed item i, and x = x_ui − x_uj against an item j (Wsabie, section 4, where
//! scores are f and the margin is 1):
//!
//! ```text
//! rank(i)    = #{ j : x < m }                          of the items that u has not
//! loss       Φ(rank(i)) · (mean of max(0, m − x) over those j)        Φ(r) = 1 + 1/2 + … + 1/r
//! estimate   draw j until x < m, the q-th draw:  rank ≈ ⌊(n − 1) / q⌋
//! gradient   d = Φ(⌊(n − 1) / q⌋);  U_u: −d (V_i − V_j) + λ U_u;  V_i: −d U_u + λ V_i;  V_j: +d U_u + λ V_j
//! ```
//!
//! Φ is a sum of falling weights, so that what a rank costs is decided at the top of the list: from the
//! 2nd place to the 1st is worth ½, from the 1,001st to the 1,000th a thousandth (Usunier, Buffoni,
//! Gallinari, ICML 2009). With Φ(r) = r the loss would be that of the mean rank, as BPR's is.
//!
//! # Departures from the paper
//!
//! - j is drawn from the items that u has not, as the paper's labels are, but within the block of the
//!   engine's cell, which is dealt anew in each epoch; q counts these draws, n all items.
//! - Draws end after `max_draws`, whether or not one violated the margin; then nothing moves.
//! - A rank below 1, of more draws than items, is 1.
//! - Φ is divided by Φ(n − 1), the largest, so that learning rate and λ mean what they do of other
//!   losses, and the same for catalogues of any size.
//! - An L2 penalty on what a step moves, instead of a bound on the length of rows.
//! - The learning rate falls over the epochs; the paper's is constant.

use foretaste_mf::Ranking;

/// Φ(rank) / Φ(n − 1) · max(0, m − x).
#[derive(Clone, Debug, PartialEq)]
pub struct WarpLoss {
    margin: f32,
    /// Φ(rank) / Φ(n − 1) of the rank that each draw stands for, from the first.
    weights: Vec<f32>,
}

impl WarpLoss {
    /// The loss among `n_items`, with at most `draws` of them, at least 1, for a positive.
    pub fn new(margin: f32, draws: u32, n_items: usize) -> Self {
        let others = n_items.saturating_sub(1).max(1) as u64;
        let last = harmonic(others);
        let weight = |draw: u32| (harmonic((others / u64::from(draw)).max(1)) / last) as f32;
        Self { margin, weights: (1..=draws).map(weight).collect() }
    }

    /// The weight of a step whose negative was the `draw`-th, from 1.
    #[inline(always)]
    pub fn weight(&self, draw: u32) -> f32 {
        self.weights[draw as usize - 1]
    }
}

impl Ranking for WarpLoss {
    #[inline(always)]
    fn draws(&self) -> u32 {
        self.weights.len() as u32
    }

    #[inline(always)]
    fn descent(&self, x: f32, draw: u32) -> f32 {
        if x < self.margin { self.weight(draw) } else { 0.0 }
    }

    #[inline(always)]
    fn loss(&self, x: f32, draw: u32) -> f32 {
        self.weight(draw) * (self.margin - x).max(0.0)
    }
}

/// 1 + 1/2 + … + 1/`rank`.
pub fn harmonic(rank: u64) -> f64 {
    /// Up to here it is summed; from here on the series of Euler and Maclaurin is exact to f64, since
    /// the first term that it leaves out is below 1 / (252 · 64⁶).
    const SUMMED: u64 = 64;
    /// Euler's constant.
    const GAMMA: f64 = 0.577_215_664_901_532_9;
    if rank <= SUMMED {
        return (1..=rank).rev().map(|place| 1.0 / place as f64).sum();
    }
    let r = rank as f64;
    let square = 1.0 / (r * r);
    libm::log(r) + GAMMA + 0.5 / r - square / 12.0 + square * square / 120.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonic_numbers_are_sums() {
        let mut sum = 0.0;
        for rank in 1..=100_000u64 {
            sum += 1.0 / rank as f64;
            // So many additions, each rounded at a number below 16.
            let bound = rank as f64 * 8.0 * f64::EPSILON;
            assert!((harmonic(rank) - sum).abs() <= bound, "{rank}: {}, {sum}", harmonic(rank));
        }
    }

    #[test]
    fn a_draw_stands_for_a_rank_of_all_items() {
        let loss = WarpLoss::new(1.0, 200, 101);
        let expected = |rank: u64| (harmonic(rank) / harmonic(100)) as f32;
        for (draw, rank) in [(1, 100), (2, 50), (3, 33), (50, 2), (51, 1), (100, 1), (200, 1)] {
            assert_eq!(loss.weight(draw), expected(rank), "draw {draw}");
        }
        assert_eq!([0, 1, 2].map(|items| WarpLoss::new(1.0, 1, items).weight(1)), [1.0; 3]);
    }
}
