//! The parameters: all values public, checked once into a type that alone can train.

use crate::{Error, Exposure, Propensity, RelMf, Ubpr};
use foretaste_mf::{Bias, Negatives, Steps, Weighting};
use foretaste_model::{Described, among, parameters};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the loss over all cells is estimated from clicks; see [`RelMfLoss`](crate::RelMfLoss) for
/// the formulae.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Estimator {
    /// What was clicked is relevant, and what was not is irrelevant.
    Naive,
    /// The same with a weight of c on clicks.
    Wmf,
    /// A click counts 1/θ.
    Unbiased,
    /// A click counts 1/max(θ, M).
    #[default]
    Clipped,
}

impl Estimator {
    /// Whether clicks are weighted by their propensity.
    pub fn weights_clicks(self) -> bool {
        matches!(self, Self::Unbiased | Self::Clipped)
    }
}

/// What a wrong prediction costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    /// −ln s(x) and −ln s(−x), with s the logistic function.
    #[default]
    #[serde(rename = "ce")]
    CrossEntropy,
    /// (1 − s(x))² and s(x)²; without s for [`Solver::Als`].
    #[serde(rename = "squared")]
    Squared,
}

/// What minimises the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Solver {
    /// Steps along the gradients of clicks and of drawn cells.
    #[default]
    Sgd,
    /// All cells at once, by alternating least squares; takes [`Loss::Squared`], of the score
    /// itself instead of s(x).
    Als,
}

impl Solver {
    const ALL: [Self; 2] = [Self::Sgd, Self::Als];
}

impl fmt::Display for Solver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sgd => "sgd",
            Self::Als => "als",
        })
    }
}

impl FromStr for Solver {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        by_name(&Self::ALL, text, "solver")
    }
}

impl Estimator {
    const ALL: [Self; 4] = [Self::Naive, Self::Wmf, Self::Unbiased, Self::Clipped];
}

impl Loss {
    const ALL: [Self; 2] = [Self::CrossEntropy, Self::Squared];
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Naive => "naive",
            Self::Wmf => "wmf",
            Self::Unbiased => "unbiased",
            Self::Clipped => "clipped",
        })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CrossEntropy => "ce",
            Self::Squared => "squared",
        })
    }
}

impl FromStr for Estimator {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        by_name(&Self::ALL, text, "estimator")
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        by_name(&Self::ALL, text, "loss")
    }
}

fn by_name<T: Copy + fmt::Display>(all: &[T], text: &str, name: &'static str) -> Result<T, Error> {
    let found = all.iter().copied().find(|value| value.to_string() == text);
    let rule = || among(all).to_string();
    found.ok_or_else(|| Error::Parameter { name, rule: rule(), value: text.to_owned() })
}

parameters! {
    /// The parameters of Rel-MF. Unchecked: [`Params::check`] makes the [`RelMf`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Params {
        /// How the loss over all cells is estimated from clicks: each counts 1, `confidence`, or by its
        /// propensity θ, 1/θ or 1/max(θ, `clip`).
        #[values(among(Estimator::ALL))]
        pub estimator: Estimator,
        /// What the estimator `clipped` raises smaller propensities to: with 0 it is `unbiased`, with 1
        /// `naive`.
        #[symbol("M")]
        #[range(at_least(0).at_most(1))]
        pub clip: f32,
        /// Weight of a click for the estimator `wmf`.
        #[symbol("c")]
        #[range(at_least(1e-3).at_most(1000))]
        pub confidence: f32,
        /// What a wrong prediction costs: cross-entropy, or the square of the error.
        #[values(among(Loss::ALL))]
        pub loss: Loss,
        /// What minimises the loss: steps along gradients of clicks and drawn cells, or least squares for
        /// all cells, alternating, which takes the loss `squared`.
        #[values(among(Solver::ALL))]
        pub solver: Solver,
        /// Weight of the L2 penalty of the solver `als`, in units of about the largest singular value that
        /// chance alone would give the matrix of weighted clicks.
        #[symbol("λ")]
        #[range(at_least(1e-3).at_most(100))]
        pub shrinkage: f32,
        /// How likely an item was seen: its share of the most popular item's clicks to a power, the same
        /// for all, from a file of `item,propensity` or `user,item,propensity`, or estimated from another
        /// feedback, the log of what was shown.
        #[symbol("θ")]
        #[values(forms(crate::propensity::FORMS))]
        pub propensity: Propensity,
        /// How it is estimated from a feedback: one an item, the share of users to whom it was shown; one a
        /// pair, by a factorization of what was shown; or that relative to how much the user is shown.
        #[values(among(Exposure::ALL))]
        pub exposure: Exposure,
        /// What smaller propensities are raised to, whichever the estimator: the unbiased one is unbiased
        /// where no propensity is below it.
        #[range(above(0).at_most(1))]
        pub floor: f32,
        #[flatten]
        /// The factorization and its training: weighted so that what is minimised is the loss over all
        /// cells. Of these, [`Solver::Als`] knows factors, epochs (its sweeps), `init_sd`, patience
        /// and seed.
        pub mf: foretaste_mf::Params,
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            estimator: Estimator::default(),
            clip: 0.3,
            confidence: 10.0,
            loss: Loss::default(),
            solver: Solver::default(),
            shrinkage: 1.0,
            propensity: Propensity::default(),
            exposure: Exposure::default(),
            floor: FLOOR,
            mf: foretaste_mf::Params {
                steps: Steps::AdaGrad,
                sampler: Negatives::Uniform,
                negatives: 4,
                weighting: Weighting::Population,
                reg: 0.02,
                ..foretaste_mf::Params::default()
            },
        }
    }
}

/// Beside what `exposure` has an effect.
const FROM: &str = "the propensity from:FEEDBACK";

/// The default of `floor`.
const FLOOR: f32 = 1e-3;

impl Params {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range; [`Error::Training`] if it is
    /// one of the factorization's.
    pub fn check(self) -> Result<RelMf, Error> {
        self.check_ranges()?;
        self.propensity.check()?;
        let mf = self.mf.clone().check()?;
        self.check_solver()?;
        Ok(RelMf { params: self, mf })
    }
}

impl Params {
    /// Those of the parameters that have no effect beside the others, each with the setting beside
    /// which it would have one.
    pub fn idle(&self) -> Vec<(&'static str, &'static str)> {
        let mut idle = Vec::new();
        let mut unless = |effect: bool, beside, names: &[&'static str]| {
            idle.extend(names.iter().filter(|_| !effect).map(|name| (*name, beside)));
        };
        let estimator = self.estimator;
        unless(estimator == Estimator::Clipped, "the estimator clipped", &["clip"]);
        unless(estimator == Estimator::Wmf, "the estimator wmf", &["confidence"]);
        let weighting = "the estimators unbiased and clipped";
        unless(estimator.weights_clicks(), weighting, &["propensity", "floor"]);
        let estimates = estimator.weights_clicks() && self.propensity.feedback().is_some();
        unless(estimates, FROM, &["exposure"]);
        unless(self.solver == Solver::Als, "the solver als", &["shrinkage"]);
        unless(self.solver == Solver::Sgd, "the solver sgd", &foretaste_mf::Params::OF_STEPS);
        idle
    }

    /// Whether the solver can do what is asked of it.
    fn check_solver(&self) -> Result<(), Error> {
        let wrong = |name, rule: &str, value: String| {
            Err(Error::Parameter { name, rule: rule.to_owned(), value })
        };
        match self.solver {
            Solver::Sgd => Ok(()),
            Solver::Als if self.loss != Loss::Squared => {
                wrong("loss", "squared for the solver als", self.loss.to_string())
            }
            Solver::Als if self.mf.bias != Bias::default() => {
                wrong("bias", "none for the solver als", self.mf.bias.to_string())
            }
            Solver::Als => Ok(()),
        }
    }
}

parameters! {
    /// The parameters of unbiased pairwise ranking (UBPR). Unchecked: [`UbprParams::check`] makes the
    /// [`Ubpr`] that trains.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct UbprParams {
        /// What smaller propensities are raised to.
        #[symbol("M")]
        #[range(at_least(0).at_most(1))]
        pub clip: f32,
        /// What a triple can gain at most; with 0, a clicked item is no negative, unless its propensity
        /// is 1.
        #[symbol("β")]
        #[range(at_least(0).at_most(1000))]
        pub beta: f32,
        /// How likely an item was seen: its share of the most popular item's clicks to a power, the same
        /// for all, from a file of `item,propensity` or `user,item,propensity`, or estimated from another
        /// feedback, the log of what was shown.
        #[symbol("θ")]
        #[values(forms(crate::propensity::FORMS))]
        pub propensity: Propensity,
        /// How it is estimated from a feedback: one an item, the share of users to whom it was shown; one a
        /// pair, by a factorization of what was shown; or that relative to how much the user is shown.
        #[values(among(Exposure::ALL))]
        pub exposure: Exposure,
        /// What smaller propensities are raised to even so.
        #[range(above(0).at_most(1))]
        pub floor: f32,
        #[flatten(sampler: forms("`any`"))]
        /// The factorization and its training. The sampler must be [`Negatives::Any`], as it is by
        /// default: the loss is of j among all items, clicked or not.
        pub mf: foretaste_mf::Params,
    }
}

impl Default for UbprParams {
    fn default() -> Self {
        Self {
            clip: 0.1,
            beta: 0.0,
            propensity: Propensity::default(),
            exposure: Exposure::default(),
            floor: FLOOR,
            mf: foretaste_mf::Params {
                steps: Steps::AdaGrad,
                sampler: Negatives::Any,
                ..foretaste_mf::Params::default()
            },
        }
    }
}

impl UbprParams {
    /// As [`Params::idle`].
    pub fn idle(&self) -> Vec<(&'static str, &'static str)> {
        match self.propensity.feedback() {
            Some(_) => Vec::new(),
            None => vec![("exposure", FROM)],
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// As for [`Params::check`].
    pub fn check(self) -> Result<Ubpr, Error> {
        self.check_ranges()?;
        self.propensity.check()?;
        let mf = self.mf.clone().check()?;
        let sampler = self.mf.sampler;
        if sampler != Negatives::Any {
            let rule = "any, since an unbiased pair takes j from all items, clicked or not";
            let (name, value) = ("sampler", sampler.to_string());
            return Err(Error::Parameter { name, rule: rule.to_owned(), value });
        }
        Ok(Ubpr { params: self, mf })
    }
}

#[cfg(test)]
mod tests;
