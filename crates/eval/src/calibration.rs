//! Whether predicted probabilities are what happens: reliability diagrams.
//!
//! Pairs are put in order by what was predicted and cut into bins; in each, the mean prediction stands beside
//! the share that happened. The expected calibration error (Naeini, Cooper, Hauskrecht, *Obtaining Well
//! Calibrated Probabilities Using Bayesian Binning*, AAAI 2015) is the mean distance of the two:
//!
//! ```text
//! ECE = Σ_b n_b / N · |mean prediction of b − share of b that happened|
//! ```
//!
//! Bins hold equally much, of pairs or, where what is predicted is rare, of predicted events
//! ([`Mass`]): of equally many pairs nine bins of ten would then hold next to nothing.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Predictions beside what happened, kept by their leading 20 bits: what is within 1/2048 of one another
/// is in one cell, so that any number of pairs takes memory of the cells alone (40 B each, at most half a
/// million), and equal predictions are in one bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    cells: BTreeMap<u32, Cell>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cell {
    pairs: f64,
    /// The sum of what was predicted.
    predicted: f64,
    /// The pairs of which it happened.
    happened: f64,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.predicted += other.predicted;
        self.happened += other.happened;
    }
}

/// What bins hold equally much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mass {
    /// Pairs.
    Pairs,
    /// Predicted events: pairs, times what is predicted of each.
    Predicted,
}

/// A reliability diagram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The bins, by what was predicted.
    pub bins: Vec<Bin>,
    /// The mean prediction.
    pub predicted: f64,
    /// The share that happened.
    pub happened: f64,
    /// The expected calibration error.
    pub ece: f64,
}

/// A bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many pairs it has.
    pub pairs: f64,
    /// Their mean prediction.
    pub predicted: f64,
    /// The share of them that happened.
    pub happened: f64,
    /// Lower end of the share's 95% interval (Wilson), as if pairs did not depend on one another.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Calibration {
    /// Adds a pair that stands for `weight` pairs. Predictions outside of 0 to 1 are taken as the nearer
    /// end; what is no number, or of no positive weight, is left out.
    pub fn add(&mut self, predicted: f32, happened: bool, weight: f64) {
        if predicted.is_nan() || !(weight.is_finite() && weight > 0.0) {
            return;
        }
        // Also of a negative zero.
        let predicted = if predicted > 0.0 { predicted.min(1.0) } else { 0.0 };
        self.cells.entry(predicted.to_bits() >> 12).or_default().add(Cell {
            pairs: weight,
            predicted: weight * f64::from(predicted),
            happened: if happened { weight } else { 0.0 },
        });
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> f64 {
        self.sum().pairs
    }

    fn sum(&self) -> Cell {
        let mut sum = Cell::default();
        self.cells.values().for_each(|cell| sum.add(*cell));
        sum
    }

    /// The same with odds that are all multiplied by one factor, so that as much is predicted as
    /// happened; and the factor.
    ///
    /// Of predictions p of everything, of which a share q at random is held out and the rest, where it
    /// happened, is known and left out, what is held out has the odds q p / (1 − p): the factor is that
    /// share. Within a cell, the mean prediction stands for all.
    #[must_use]
    pub fn at_rate_of_events(&self) -> (Self, f64) {
        let happened = self.sum().happened;
        let predicted = |factor: f64| {
            self.cells.values().map(|cell| cell.pairs * cell.shifted(factor)).sum::<f64>()
        };
        // By halves of the logarithm; square roots are exact on every machine.
        let (mut low, mut high) = (2f64.powi(-64), 2f64.powi(64));
        for _ in 0..80 {
            let middle = (low * high).sqrt();
            if predicted(middle) < happened { low = middle } else { high = middle }
        }
        let factor = (low * high).sqrt();
        let shift = |(&key, cell): (&u32, &Cell)| {
            (key, Cell { predicted: cell.pairs * cell.shifted(factor), ..*cell })
        };
        (Self { cells: self.cells.iter().map(shift).collect() }, factor)
    }

    /// A diagram of at most so many bins of equal mass, as far as equal predictions, which are in one bin,
    /// allow it. Without pairs it has no bin, and figures that are 0.
    pub fn reliability(&self, bins: usize, mass: Mass) -> Reliability {
        let of = |cell: &Cell| match mass {
            Mass::Pairs => cell.pairs,
            Mass::Predicted => cell.predicted,
        };
        let total: f64 = self.cells.values().map(of).sum();
        let (mut cut, mut open, mut before, mut filled) = (Vec::new(), Cell::default(), 0.0, 0.0);
        for cell in self.cells.values() {
            open.add(*cell);
            before += of(cell);
            // What rounding takes from a full bin is no reason to go on with it.
            let full = (before * bins as f64 / total + 1e-9).floor();
            // A cell that fills several is in one.
            if full > filled && full < bins as f64 {
                cut.push(std::mem::take(&mut open));
                filled = full;
            }
        }
        if open.pairs > 0.0 {
            cut.push(open);
        }
        let sum = self.sum();
        let share = |of: f64| if sum.pairs > 0.0 { of / sum.pairs } else { 0.0 };
        let off = cut.iter().map(|bin| (bin.predicted - bin.happened).abs()).sum();
        Reliability {
            bins: cut.iter().map(Cell::bin).collect(),
            predicted: share(sum.predicted),
            happened: share(sum.happened),
            ece: share(off),
        }
    }
}

impl Cell {
    /// The mean prediction, with its odds times a factor.
    fn shifted(&self, factor: f64) -> f64 {
        let p = (self.predicted / self.pairs).clamp(0.0, 1.0);
        if p > 0.0 { factor * p / (1.0 - p + factor * p) } else { 0.0 }
    }

    fn bin(&self) -> Bin {
        let n = self.pairs;
        let (predicted, happened) = (self.predicted / n, (self.happened / n).clamp(0.0, 1.0));
        // Wilson, *Probable Inference*, JASA 1927.
        const Z: f64 = 1.959_963_984_540_054;
        let (centre, scale) = (happened + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        let half = Z * (happened * (1.0 - happened) / n + Z * Z / (4.0 * n * n)).sqrt();
        let [low, high] = [centre - half, centre + half].map(|end| (end / scale).clamp(0.0, 1.0));
        Bin { pairs: n, predicted, happened, low, high }
    }
}

#[cfg(test)]
mod tests;
