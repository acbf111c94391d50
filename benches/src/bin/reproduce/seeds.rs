//! Means over seeds, beside a reference.

use serde::Deserialize;

/// A figure of a paper or of its authors' program.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// Its mean over seeds.
    pub(crate) mean: f64,
    /// How far ours may be away to be called reproduced.
    pub within: Option<f64>,
}

/// Mean and standard deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    /// Of the sample; 0 of a single number.
    pub(crate) sd: f64,
}

impl Spread {
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
        Self { mean, sd: (squares / (n - 1.0).max(1.0)).sqrt() }
    }

    /// "mean ± sd", and what the reference is, with a verdict.
    pub(crate) fn beside(&self, reference: Option<Reference>, digits: usize) -> String {
        let ours = format!("{:.digits$} ± {:.digits$}", self.mean, self.sd);
        match reference {
            Some(Reference { mean, within: None }) => format!("{ours} ({mean:.digits$})"),
            Some(Reference { mean, within: Some(within) }) => {
                let reproduced = (self.mean - mean).abs() <= within;
                let verdict = if reproduced { "within" } else { "NOT within" };
                format!("{ours} ({mean:.digits$}, {verdict} {within})")
            }
            None => ours,
        }
    }
}
