//! The engine's hyper-parameters, checked once.

use crate::train::check_data;
use crate::{Error, Negatives};
use foretaste_data::Interactions;
use foretaste_model::{Described, Range, above, among, at_least, parameters};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the learning rate falls over the epochs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Schedule {
    /// It stays.
    Constant,
    /// It falls on a straight line from `lr` in the first epoch towards 0 after the last.
    Linear,
    /// It is multiplied by this number, in (0, 1], after each epoch.
    Exponential(f32),
}

const SCHEDULES: &str = "`constant`, `linear`, or a factor per epoch such as 0.98";

/// `constant`, `linear`, or a factor per epoch such as `0.98`.
impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |_| Error::parameter("schedule", SCHEDULES, text);
        match text {
            "constant" => Ok(Self::Constant),
            "linear" => Ok(Self::Linear),
            _ => text.parse().map(Self::Exponential).map_err(wrong),
        }
    }
}

impl Schedule {
    /// The share of the first learning rate in `epoch` (from 1) of `epochs`.
    pub fn share(self, epoch: u32, epochs: u32) -> f32 {
        match self {
            Self::Constant => 1.0,
            Self::Linear => (epochs + 1 - epoch) as f32 / epochs as f32,
            Self::Exponential(factor) => factor.powi(epoch as i32 - 1),
        }
    }
}

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Steps {
    /// η, for every row.
    Sgd,
    /// η / √(c + G) for a row, where G sums the mean squared entry of each gradient that the row
    /// has seen, and c = 0.1. After Duchi, Hazan, Singer, *Adaptive Subgradient Methods*, JMLR
    /// 2011, with one sum a row as in Chin, Zhuang, Juan, Lin, *A Learning-rate Schedule for
    /// Stochastic Gradient Methods to Matrix Factorization*, PAKDD 2015. The L2 penalty decays a
    /// row with the row's step, and does not count in G.
    AdaGrad,
}

parameters! {
    /// Which biases a channel's scores have besides ⟨U_u, V_i⟩. They start at 0; λ of the channel holds
    /// for those of users and of items.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Bias {
        /// Whether each user has a number that is added to its scores.
        #[symbol("b_u")]
        #[values(yes_or_no())]
        pub user: bool,
        /// Whether each item has a number that is added to its scores.
        #[symbol("b_i")]
        #[values(yes_or_no())]
        pub item: bool,
        /// Whether there is a number that is added to all scores.
        #[symbol("b")]
        #[values(yes_or_no())]
        pub global: bool,
    }
}

fn yes_or_no() -> Range {
    among([true, false])
}

impl fmt::Display for Bias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(self.user, "users"), (self.item, "items"), (self.global, "all pairs")];
        let has: Vec<&str> = parts.iter().filter(|(has, _)| *has).map(|(_, of)| *of).collect();
        if has.is_empty() { f.write_str("none") } else { write!(f, "of {}", has.join(" and ")) }
    }
}

/// How much each drawn negative counts for objectives of single pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Weighting {
    /// As much as a positive.
    Sampled,
    /// As much as the pairs that it stands for: a user's n·`negatives` draws stand for all items
    /// that it has not. So the samples of an epoch are an unbiased sample of the sum of the loss
    /// over all pairs of users (who have an item) and items. All samples are scaled so that they
    /// count 1 on average, and a learning rate means what it means otherwise. Takes
    /// [`Negatives::Uniform`].
    Population,
}

impl fmt::Display for Weighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sampled => "sampled",
            Self::Population => "population",
        })
    }
}

const STEPS: [&str; 2] = ["sgd", "adagrad"];

/// `sgd` or `adagrad`.
impl FromStr for Steps {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "sgd" => Ok(Self::Sgd),
            "adagrad" => Ok(Self::AdaGrad),
            _ => Err(Error::parameter("steps", among(STEPS).to_string(), text)),
        }
    }
}

/// Defines both, one with the fields of the other before its own: each is described once, and no
/// caller has to know which of the two it is of.
macro_rules! training_and_steps {
    (
        $(#[$of_training:meta])*
        pub struct Training { $($training:tt)* }
        $(#[$of_params:meta])*
        pub struct Params { $($steps:tt)* }
    ) => {
        parameters! {
            $(#[$of_training])*
            pub struct Training { $($training)* }
        }
        parameters! {
            $(#[$of_params])*
            pub struct Params { $($training)* $($steps)* }
        }
    };
}

training_and_steps! {
    /// Hyper-parameters of every factorization that is trained in epochs, whether these take steps or not.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Training {
        /// Length of the rows of numbers that stand for users and items.
        #[symbol("K")]
        #[range(at_least(1).at_most(4096))]
        pub factors: usize,
        /// Passes over the observed pairs.
        #[range(at_least(1))]
        pub epochs: u32,
        /// Standard deviation of the rows at the start.
        #[range(above(0).at_most(10))]
        pub init_sd: f32,
        /// Validations without a better one after which the training stops; 0 never stops early.
        #[range(at_least(0))]
        pub patience: u32,
        /// Seed of all random numbers.
        #[range(at_least(0))]
        pub seed: u64,
    }

    /// Hyper-parameters of factorizations that learn by steps: those of [`Training`], and those of steps
    /// and samples. Unchecked: [`Params::check`] makes the [`ValidParams`] that train.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Params {
        /// Learning rate of the first epoch.
        #[symbol("η")]
        #[range(above(0).at_most(10))]
        pub lr: f32,
        /// How the learning rate falls: not at all, on a line to 0, or by a factor after each epoch.
        #[values(forms(SCHEDULES))]
        pub schedule: Schedule,
        /// How long a step is: the learning rate, or less for rows that have seen large gradients.
        #[values(among(STEPS))]
        #[source("adagrad: Duchi, Hazan, Singer. Adaptive Subgradient Methods. JMLR 2011")]
        pub steps: Steps,
        /// Weight of the L2 penalty on each row that a sample touches.
        #[symbol("λ")]
        #[range(at_least(0).at_most(1))]
        pub reg: f32,
        /// Which biases the scores have. Without any, the rows learn popularity, too.
        #[parts(Bias)]
        pub bias: Bias,
        /// Negatives drawn for each positive in an epoch.
        #[range(at_least(1).at_most(1000))]
        pub negatives: u32,
        /// How a negative is drawn: from what the user has not, from all items, by popularity to a power,
        /// or the one of so many draws that the model likes best.
        #[values(forms(crate::negatives::FORMS))]
        #[source("hardest: Zhang, Chen, Wang, Yu. Optimizing Top-N Collaborative Filtering via \
                  Dynamic Negative Item Sampling. SIGIR 2013")]
        pub sampler: Negatives,
        /// How much a drawn negative counts: as a positive, or as the pairs that it stands for.
        ///
        /// Objectives of triples know the first alone.
        #[values(among([Weighting::Sampled, Weighting::Population]))]
        pub weighting: Weighting,
    }
}

impl Default for Training {
    fn default() -> Self {
        Self { factors: 64, epochs: 60, init_sd: 0.1, patience: 0, seed: 42 }
    }
}

impl Default for Params {
    fn default() -> Self {
        let Training { factors, epochs, init_sd, patience, seed } = Training::default();
        Self {
            factors,
            epochs,
            init_sd,
            patience,
            seed,
            lr: 0.1,
            schedule: Schedule::Linear,
            steps: Steps::Sgd,
            reg: 0.03,
            bias: Bias::default(),
            negatives: 1,
            sampler: Negatives::Hardest(0),
            weighting: Weighting::Sampled,
        }
    }
}

/// A channel after the first: a second bilinear form of user and item, with rows of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Length of its rows; 1 to 4096.
    pub factors: usize,
    /// λ of its rows; in [0, 1].
    pub reg: f32,
    /// Standard deviation of its initial rows; in (0, 10].
    pub init_sd: f32,
    /// Its biases.
    #[serde(default)]
    pub bias: Bias,
}

/// [`Params`] whose every value is legal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ValidParams(Params);

impl ValidParams {
    /// The values.
    pub fn get(&self) -> &Params {
        &self.0
    }

    /// Whether there is something to learn from; every training by steps asks first.
    ///
    /// # Errors
    /// [`Error::NoData`] without interactions or if no user lacks an item, [`Error::TooManyItems`].
    pub fn check_data(&self, data: &Interactions) -> Result<(), Error> {
        check_data(data, &self.0)
    }
}

impl Channel {
    /// Checks every value, as [`Params::check`] does.
    pub(crate) fn check(self) -> Result<(), Error> {
        let Self { factors, reg, init_sd, bias } = self;
        Params { factors, reg, init_sd, bias, ..Params::default() }.check().map(drop)
    }
}

/// The ranges of what objectives of triples know less of.
pub fn ranges_of_triples() -> [(&'static str, Range); 3] {
    let never = || among([false]);
    let sampled = among([Weighting::Sampled]);
    [("bias.user", never()), ("bias.global", never()), ("weighting", sampled)]
}

impl Params {
    /// The names of those that have no effect on a training without steps.
    pub const OF_STEPS: [&'static str; 7] =
        ["lr", "schedule", "steps", "reg", "negatives", "sampler", "weighting"];

    /// Those that do not speak of steps.
    pub fn training(&self) -> Training {
        let Self { factors, epochs, init_sd, patience, seed, .. } = *self;
        Training { factors, epochs, init_sd, patience, seed }
    }

    /// The channel that they describe.
    pub(crate) fn first_channel(&self) -> Channel {
        let Self { factors, reg, init_sd, bias, .. } = *self;
        Channel { factors, reg, init_sd, bias }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the first value outside its range.
    pub fn check(self) -> Result<ValidParams, Error> {
        self.check_ranges()?;
        if let Schedule::Exponential(factor) = self.schedule {
            let rule = above(0).at_most(1);
            Error::unless(rule.holds(factor), "schedule", format!("a factor {rule}"), factor)?;
        }
        match self.sampler {
            Negatives::Uniform | Negatives::Any => {}
            Negatives::Popularity(power) => {
                let rule = at_least(0).at_most(2);
                let legal = rule.holds(power);
                Error::unless(legal, "sampler", format!("a power of popularity {rule}"), power)?;
            }
            Negatives::Hardest(of) => {
                Error::unless(of <= 1000, "sampler", "the hardest of at most 1000", of)?;
            }
        }
        let legal = self.weighting == Weighting::Sampled || self.sampler == Negatives::Uniform;
        let rule = "sampled where the sampler is not uniform";
        Error::unless(legal, "weighting", rule, self.weighting)?;
        Ok(ValidParams(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_legal_and_each_illegal_value_is_named() {
        let good = Params::default();
        assert!(good.clone().check().is_ok());
        let bad = [
            ("factors", Params { factors: 0, ..good.clone() }),
            ("factors", Params { factors: 4097, ..good.clone() }),
            ("epochs", Params { epochs: 0, ..good.clone() }),
            ("lr", Params { lr: f32::NAN, ..good.clone() }),
            ("lr", Params { lr: 0.0, ..good.clone() }),
            ("reg", Params { reg: -0.1, ..good.clone() }),
            ("init_sd", Params { init_sd: f32::INFINITY, ..good.clone() }),
            ("negatives", Params { negatives: 0, ..good.clone() }),
            ("schedule", Params { schedule: Schedule::Exponential(0.0), ..good.clone() }),
            ("sampler", Params { sampler: Negatives::Popularity(-1.0), ..good.clone() }),
            ("sampler", Params { sampler: Negatives::Hardest(1001), ..good.clone() }),
            ("weighting", Params { weighting: Weighting::Population, ..good.clone() }),
        ];
        for (expected, params) in bad {
            match params.check() {
                Err(Error::Parameter { name, .. }) => assert_eq!(name, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
    }

    #[test]
    fn schedules_start_at_one_and_fall() {
        for schedule in [Schedule::Constant, Schedule::Linear, Schedule::Exponential(0.9)] {
            assert_eq!(schedule.share(1, 10), 1.0);
        }
        assert_eq!(Schedule::Linear.share(10, 10), 0.1);
        assert_eq!(Schedule::Exponential(0.5).share(3, 10), 0.25);
    }
}
