//! Clicks with known truth from real ratings: the semi-synthetic data of Rel-MF.
//!
//! Saito, Yaginuma, Nishino, Sakata, Nakata, *Unbiased Recommender Learning from
//! Missing-Not-At-Random Implicit Feedback*, WSDM 2020, section 5.1. Two factorizations of a file of
//! ratings, one of how much users liked what they rated and one of what they rated at all, become
//! relevance and exposure of every cell:
//!
//! ```text
//! relevance  γ = s(clip(U Vᵀ, 1, 5) − ε)   U, V fitted to the ratings by squared error
//! exposure   θ = s(U' V'ᵀ)^p               U', V' fitted to rated or not by cross-entropy
//! click      Y = O·R                       O ~ Bernoulli(θ), R ~ Bernoulli(γ)
//! ```
//!
//! The larger ε, the less is relevant; the larger p, the less is seen, and the more unequally.
//!
//! ```
//! use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
//! use foretaste_sim::semisynthetic::Params;
//!
//! let pairs = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0), (1, 2, 1.0), (2, 1, 2.0)];
//! let pair =
//!     |(user, item, weight)| Pair { user: UserId(user), item: ItemId(item), weight, time: 0 };
//! let keep = Keep { weights: true, times: false };
//! let (interactions, _) = Interactions::from_pairs(pairs.map(pair).to_vec(), 3, 3, keep)?;
//! let ids = IdTable::from_integers(vec![1, 2, 3]);
//! let ratings = Dataset::new(ids.clone(), ids, interactions)?;
//! let truth = Params { power: 0.5, ..Params::default() }.check()?.generate(&ratings)?;
//! assert_eq!(truth.theta.len(), 3 * 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Departures from the paper
//!
//! - Ratings are stretched to reach from 1 to 5, which leaves those of MovieLens 100K as they are.
//! - The factorizations start from normal numbers of standard deviation 0.1 and are trained in f64, so
//!   γ and θ are the paper's in distribution, not number by number.

mod fit;
mod write;

pub use write::Table;

use foretaste_data::{Dataset, IdTable, Interactions, ItemId};
use serde::{Deserialize, Serialize};

use crate::params::in_range;
use crate::random::{Purpose, Stream};
use crate::{Error, MAX_CELLS};

/// The parameters, not yet checked; the defaults are the paper's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// p, how unequal exposure is. Default 0.5; above 0, at most 10. The paper has 0.5 to 4.
    pub power: f64,
    /// ε, what is taken off a rating. Default 5; 0 to 10.
    pub epsilon: f64,
    /// The rank of both factorizations. Default 20; 1 to 256.
    pub factors: u32,
    /// Steps of Adam. Default 300; 1 to 100 000.
    pub iterations: u32,
    /// Cells in a step. Default 256; 1 to 1 000 000.
    pub batch: u32,
    /// The rate of Adam. Default 0.01; above 0, at most 1.
    pub lr: f64,
    /// The seed. Default 1; any.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        let (factors, iterations, batch) = (20, 300, 256);
        Self { power: 0.5, epsilon: 5.0, factors, iterations, batch, lr: 0.01, seed: 1 }
    }
}

/// [`Params`] whose every value is legal.
#[derive(Clone, Debug, PartialEq)]
pub struct SemiSynthetic(Params);

/// The truth of every cell, and what was clicked.
///
/// All matrices are users × items of the ratings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Truth {
    /// The parameters it was drawn with.
    pub params: Params,
    /// The ratings' user ids.
    pub users: IdTable,
    /// The ratings' item ids.
    pub items: IdTable,
    /// γ = P(R = 1), row by row.
    pub gamma: Vec<f32>,
    /// θ = P(O = 1), row by row.
    pub theta: Vec<f32>,
    /// R, what is relevant to whom.
    pub relevance: Interactions,
    /// O, what was shown to whom.
    pub exposed: Interactions,
    /// Y, what was clicked: shown and relevant.
    pub clicks: Interactions,
}

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] naming the first value outside its range.
    pub fn check(self) -> Result<SemiSynthetic, Error> {
        let whole = |name, value: u32, most: u32, rule| {
            in_range(name, value.into(), rule, |x| x >= 1.0 && x <= f64::from(most))
        };
        in_range("power", self.power, "above 0 and at most 10", |x| x > 0.0 && x <= 10.0)?;
        in_range("epsilon", self.epsilon, "0 to 10", |x| (0.0..=10.0).contains(&x))?;
        whole("factors", self.factors, 256, "1 to 256")?;
        whole("iterations", self.iterations, 100_000, "1 to 100000")?;
        whole("batch", self.batch, 1_000_000, "1 to 1000000")?;
        in_range("lr", self.lr, "above 0 and at most 1", |x| x > 0.0 && x <= 1.0)?;
        Ok(SemiSynthetic(self))
    }
}

impl SemiSynthetic {
    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.0
    }

    /// Fits both factorizations to `ratings` and draws what is shown, relevant and clicked.
    ///
    /// Takes time in proportion to (users + items) × rank × iterations and to users × items × rank,
    /// and 8 bytes a cell.
    ///
    /// # Errors
    /// [`Error::NoRatings`] if the data has no weights or none that differ, [`Error::TooManyCells`]
    /// beyond [`MAX_CELLS`], [`Error::Diverged`] if the rate is too high for the data.
    pub fn generate(&self, ratings: &Dataset) -> Result<Truth, Error> {
        let (users, items, interactions) =
            (ratings.users(), ratings.items(), ratings.interactions());
        let cells = users.len() as u64 * items.len() as u64;
        if cells > MAX_CELLS {
            let (users, items) = (users.len() as u32, items.len() as u32);
            return Err(Error::TooManyCells { users, items });
        }
        let Params { power, epsilon, seed, .. } = self.0;
        let logistic = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        let gamma = fit::ratings(&self.0, interactions)?
            .cells(|x| logistic(x.clamp(1.0, 5.0) - epsilon) as f32);
        let theta =
            fit::rated(&self.0, interactions)?.cells(|x| libm::pow(logistic(x), power) as f32);
        if gamma.iter().chain(&theta).any(|x| x.is_nan()) {
            return Err(Error::Diverged { lr: self.0.lr });
        }
        let draw = |purpose, cells: &[f32]| coins(seed, purpose, cells, items.len());
        let relevance = draw(Purpose::Relevance, &gamma)?;
        let exposed = draw(Purpose::Exposure, &theta)?;
        let clicks = both(&relevance, &exposed)?;
        let (params, users, items) = (self.0.clone(), users.clone(), items.clone());
        Ok(Truth { params, users, items, gamma, theta, relevance, exposed, clicks })
    }
}

/// One coin per cell, heads with the given probability.
fn coins(
    seed: u64,
    purpose: Purpose,
    heads: &[f32],
    n_items: usize,
) -> Result<Interactions, Error> {
    let (mut starts, mut items) = (vec![0], Vec::new());
    for (user, row) in heads.chunks_exact(n_items).enumerate() {
        let mut stream = Stream::new(seed, purpose, user as u64);
        let heads = (0_u32..).zip(row).filter(|&(_, &p)| stream.uniform() < f64::from(p));
        items.extend(heads.map(|(item, _)| ItemId(item)));
        starts.push(items.len());
    }
    Ok(Interactions::from_rows(starts, items, n_items)?)
}

/// The pairs that are in both.
fn both(a: &Interactions, b: &Interactions) -> Result<Interactions, Error> {
    let (mut starts, mut items) = (vec![0], Vec::new());
    for user in (0..a.n_users() as u32).map(foretaste_data::UserId) {
        items.extend(a.row(user).iter().filter(|&&item| b.contains(user, item)));
        starts.push(items.len());
    }
    Ok(Interactions::from_rows(starts, items, a.n_items())?)
}

#[cfg(test)]
mod tests;
