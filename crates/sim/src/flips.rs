//! Lost labels: φ_ui = P(Y = 0 | O = 1, R = 1), the one-sided label noise of NBPO.

use serde::{Deserialize, Serialize};

use crate::params::in_range;
use crate::random::{Purpose, Stream};
use crate::{Error, Params};

/// Which positive labels are lost, at which mean rate.
///
/// Where the rate varies, it is φ = rate + min(rate, 1 − rate) · (2q − 1), with q going evenly
/// over (0, 1): its mean is `rate`, and it is 0 at one end (or 1 at the other, from a rate of ½
/// on). The mean is over items or users; as popular items have more clicks to lose,
/// [`Flips::Popularity`] loses a smaller share of the clicks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Flips {
    /// None is lost.
    #[default]
    None,
    /// Each with the same probability.
    Uniform {
        /// φ; at least 0, below 1.
        rate: f64,
    },
    /// The less an item is exposed, the more: q is its rank by exposure, rarest last.
    Popularity {
        /// Mean of φ over the items; at least 0, below 1.
        rate: f64,
    },
    /// Some users lose more than others: q is a random order of the users.
    User {
        /// Mean of φ over the users; at least 0, below 1.
        rate: f64,
    },
}

impl Flips {
    pub(crate) fn check(self) -> Result<(), Error> {
        let rate = match self {
            Self::None => 0.0,
            Self::Uniform { rate } | Self::Popularity { rate } | Self::User { rate } => rate,
        };
        in_range("flips.rate", rate, "at least 0 and below 1", |x| (0.0..1.0).contains(&x))
    }

    /// The rates, for items of these ranks by exposure.
    pub(crate) fn rates(self, params: &Params, item_ranks: &[u32]) -> FlipRates {
        match self {
            Self::None => FlipRates::Constant(0.0),
            Self::Uniform { rate } => FlipRates::Constant(rate as f32),
            Self::Popularity { rate } => FlipRates::Items(spread(rate, item_ranks)),
            Self::User { rate } => {
                let mut order: Vec<u32> = (0..params.users).collect();
                Stream::new(params.seed, Purpose::UserFlips, 0).shuffle(&mut order);
                FlipRates::Users(spread(rate, &order))
            }
        }
    }
}

/// Rates that grow evenly with the rank and have the mean `rate`.
fn spread(rate: f64, ranks: &[u32]) -> Vec<f32> {
    let (n, reach) = (ranks.len() as f64, rate.min(1.0 - rate));
    let at = |&rank: &u32| (rate + reach * ((2.0 * f64::from(rank) + 1.0) / n - 1.0)) as f32;
    ranks.iter().map(at).collect()
}

/// The true rates at which positive labels were lost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FlipRates {
    /// One rate for all cells.
    Constant(f32),
    /// A rate for each item.
    Items(Vec<f32>),
    /// A rate for each user.
    Users(Vec<f32>),
}

impl FlipRates {
    /// φ of a cell.
    ///
    /// # Panics
    /// If the index that the rates go by is outside the matrix.
    pub fn rate(&self, user: usize, item: usize) -> f32 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Items(rates) => rates[item],
            Self::Users(rates) => rates[user],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_rates_keep_their_mean_and_stay_probabilities() {
        let ranks: Vec<u32> = (0..501).collect();
        for rate in [0.0, 0.3, 0.5, 0.85] {
            let rates = spread(rate, &ranks);
            assert!(rates.is_sorted() && rates[0] >= 0.0 && rates[500] <= 1.0);
            let mean = rates.iter().map(|&x| f64::from(x)).sum::<f64>() / 501.0;
            assert!((mean - rate).abs() < 1e-6, "{rate}: {mean}");
        }
    }
}
