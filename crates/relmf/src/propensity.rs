//! θ, the probability that a user has seen an item: what it is taken from, and its values.
//!
//! Only clicks are weighted by it, so only items with clicks need one.

use crate::exposure::{self, Exposure, Logged};
use crate::{Error, Labels};
use foretaste_data::{Dataset, Interactions, ItemId};
use foretaste_model::{Range, above, at_least};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where propensities come from; reads as `pop^0.5`, `const:0.1`, `file:PATH` or
/// `from:FEEDBACK`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Propensity {
    /// θ_i = (n_i / max n)^η, with n_i the clicks on item i that are trained on: the paper's,
    /// with η = ½. η from 0 to 10.
    Popularity(f32),
    /// The same for all; above 0, at most 1.
    Constant(f32),
    /// A table `item,propensity` or `user,item,propensity`, with the ids of the data. Read with the
    /// feature `io`.
    File(PathBuf),
    /// Another feedback of the data, by its name: the log of what was shown to whom.
    From(String),
}

impl Default for Propensity {
    fn default() -> Self {
        Self::Popularity(0.5)
    }
}

pub(crate) const FORMS: &str = "`pop^0.5`, `const:0.1`, `file:PATH` or `from:FEEDBACK`";

fn in_range(name: &'static str, value: f32, range: &Range) -> Result<(), Error> {
    match range.holds(value) {
        true => Ok(()),
        false => Err(Error::Parameter { name, rule: range.to_string(), value: value.to_string() }),
    }
}

impl Propensity {
    /// The feedback that it is estimated from, if it is.
    pub fn feedback(&self) -> Option<&str> {
        match self {
            Self::From(name) => Some(name),
            _ => None,
        }
    }

    /// Checks the number.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match *self {
            Self::Popularity(power) => {
                in_range("the power of popularity", power, &at_least(0).at_most(10))
            }
            Self::Constant(theta) => in_range("the propensity", theta, &above(0).at_most(1)),
            Self::File(_) | Self::From(_) => Ok(()),
        }
    }
}

impl fmt::Display for Propensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Popularity(power) => write!(f, "pop^{power}"),
            Self::Constant(theta) => write!(f, "const:{theta}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::From(name) => write!(f, "from:{name}"),
        }
    }
}

impl FromStr for Propensity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Text { text: text.to_owned() };
        let number = |text: &str| text.parse().map_err(|_| wrong());
        let found = if let Some(power) = text.strip_prefix("pop^") {
            Self::Popularity(number(power)?)
        } else if let Some(theta) = text.strip_prefix("const:") {
            Self::Constant(number(theta)?)
        } else if let Some(name) = text.strip_prefix("from:").filter(|name| !name.is_empty()) {
            Self::From(name.to_owned())
        } else {
            let path = text.strip_prefix("file:").filter(|path| !path.is_empty());
            Self::File(path.ok_or_else(wrong)?.into())
        };
        found.check()?;
        Ok(found)
    }
}

impl TryFrom<String> for Propensity {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Propensity> for String {
    fn from(propensity: Propensity) -> Self {
        propensity.to_string()
    }
}

/// θ of what was clicked: one an item, or one a click.
#[derive(Clone, Debug, PartialEq)]
pub struct Propensities {
    theta: Theta,
    n_items: usize,
    unknown: usize,
    logged: Logged,
}

#[derive(Clone, Debug, PartialEq)]
enum Theta {
    Items(Vec<f32>),
    Pairs(Vec<f32>),
}

impl Propensities {
    /// The propensities that `propensity` names, for the clicks of `data`; those below `floor`
    /// are raised to it. What a feedback tells is estimated as `exposure` says, with random numbers by
    /// `seed`.
    ///
    /// Rows of a file whose user or item the data does not know are left out, and counted: a
    /// file may well be of the whole catalogue.
    ///
    /// # Errors
    /// [`Error::Row`] for a row that can't be used or repeats another, [`Error::File`] if there is
    /// no propensity for something that was clicked, `Error::Io` for a file that can't be read,
    /// [`Error::NoReader`] for any file without the feature `io`; [`Error::NoFeedback`],
    /// [`Error::Target`] or [`Error::EmptyFeedback`] for a feedback that tells nothing.
    pub fn new(
        propensity: &Propensity,
        (exposure, seed): (Exposure, u64),
        floor: f32,
        data: &Dataset,
    ) -> Result<Self, Error> {
        let mut found = match propensity {
            Propensity::Popularity(power) => {
                Self::by_popularity(&data.interactions().item_counts(), *power)
            }
            Propensity::Constant(theta) => Self::constant(data.interactions().n_items(), *theta),
            Propensity::File(path) => from_file(path, data)?,
            Propensity::From(name) => {
                let (found, logged) = exposure::from_feedback(name, exposure, seed, data)?;
                Self { logged, ..found }
            }
        };
        found.raise(floor);
        Ok(found)
    }

    /// The same of data of which only item counts are known, where these are enough.
    ///
    /// # Errors
    /// [`Error::Parameter`] where they are not.
    pub fn of_counts(propensity: &Propensity, floor: f32, counts: &[u32]) -> Result<Self, Error> {
        let mut found = match propensity {
            Propensity::Popularity(power) => Self::by_popularity(counts, *power),
            Propensity::Constant(theta) => Self::constant(counts.len(), *theta),
            Propensity::File(_) | Propensity::From(_) => {
                let rule = "`pop^0.5` or `const:0.1` where a training is in parts".to_owned();
                let value = propensity.to_string();
                return Err(Error::Parameter { name: "propensity", rule, value });
            }
        };
        found.raise(floor);
        Ok(found)
    }

    fn raise(&mut self, floor: f32) {
        let (Theta::Items(theta) | Theta::Pairs(theta)) = &mut self.theta;
        theta.iter_mut().for_each(|theta| *theta = theta.max(floor));
    }

    /// (n_i / max n)^power; 0 for items without clicks.
    fn by_popularity(counts: &[u32], power: f32) -> Self {
        let most = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
        let theta = |&count| libm::pow(f64::from(count) / most, f64::from(power)) as f32;
        Self::of_items(counts.iter().map(theta).collect())
    }

    pub(crate) fn constant(n_items: usize, theta: f32) -> Self {
        Self::of_items(vec![theta; n_items])
    }

    /// One propensity an item.
    ///
    /// # Errors
    /// [`Error::Value`] if one is not above 0 and at most 1.
    pub fn items(theta: Vec<f32>) -> Result<Self, Error> {
        check_values(&theta)?;
        Ok(Self::of_items(theta))
    }

    /// One propensity a click of `data`, in the order of [`Interactions::items`].
    ///
    /// # Errors
    /// [`Error::Value`] as for [`Propensities::items`], [`Error::Shape`] if there are more or
    /// fewer than clicks.
    pub fn pairs(theta: Vec<f32>, data: &Interactions) -> Result<Self, Error> {
        check_values(&theta)?;
        let pairs = Self::of_pairs(theta, data.n_items());
        pairs.check_shape(data)?;
        Ok(pairs)
    }

    pub(crate) fn of_items(theta: Vec<f32>) -> Self {
        Self {
            n_items: theta.len(),
            theta: Theta::Items(theta),
            unknown: 0,
            logged: Logged::default(),
        }
    }

    /// What was read from a file, with the number of rows left out.
    #[cfg(feature = "io")]
    pub(crate) fn with_unknown(self, unknown: usize) -> Self {
        Self { unknown, ..self }
    }

    pub(crate) fn of_pairs(theta: Vec<f32>, n_items: usize) -> Self {
        Self { theta: Theta::Pairs(theta), n_items, unknown: 0, logged: Logged::default() }
    }

    /// θ of the click at `at` in [`Interactions::items`], which is of `item`.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(&self, at: usize, item: ItemId) -> f32 {
        match &self.theta {
            Theta::Items(theta) => theta[item.index()],
            Theta::Pairs(theta) => theta[at],
        }
    }

    /// θ of each item, 0 for items without clicks: where there is one a click of `data`, their mean.
    ///
    /// # Errors
    /// [`Error::Shape`] if the propensities are not of this data.
    pub fn by_item(&self, data: &Interactions) -> Result<Vec<f32>, Error> {
        self.check_shape(data)?;
        let mut sums = vec![(0.0, 0.0); data.n_items()];
        for (at, &item) in data.items().iter().enumerate() {
            let (sum, clicks) = &mut sums[item.index()];
            *sum += f64::from(self.of(at, item));
            *clicks += 1.0;
        }
        let mean =
            |(sum, clicks): (f64, f64)| if clicks > 0.0 { (sum / clicks) as f32 } else { 0.0 };
        Ok(sums.into_iter().map(mean).collect())
    }

    /// Rows of the file that were left out because the data does not know their user or item.
    pub fn unknown_rows(&self) -> usize {
        self.unknown
    }

    /// What a log of impressions lacked.
    pub fn logged(&self) -> Logged {
        self.logged
    }

    pub(crate) fn n_items(&self) -> usize {
        self.n_items
    }

    /// 1 / max(θ, `clip`).
    pub fn inverse(&self, clip: f32) -> Labels {
        let inverse = |theta: &Vec<f32>| theta.iter().map(|theta| 1.0 / theta.max(clip)).collect();
        match &self.theta {
            Theta::Items(theta) => Labels::Items(inverse(theta)),
            Theta::Pairs(theta) => Labels::Pairs(inverse(theta)),
        }
    }

    pub(crate) fn check_shape(&self, data: &Interactions) -> Result<(), Error> {
        let (what, expected, found) = match &self.theta {
            Theta::Items(theta) => ("items", data.n_items(), theta.len()),
            Theta::Pairs(theta) => ("interactions", data.nnz(), theta.len()),
        };
        if found != expected {
            return Err(Error::Shape { what, expected, found });
        }
        Ok(())
    }
}

#[cfg(feature = "io")]
fn from_file(path: &Path, data: &Dataset) -> Result<Propensities, Error> {
    crate::file::read(path, data)
}

#[cfg(not(feature = "io"))]
fn from_file(path: &Path, _: &Dataset) -> Result<Propensities, Error> {
    Err(Error::NoReader { file: path.display().to_string() })
}

fn check_values(theta: &[f32]) -> Result<(), Error> {
    match theta.iter().position(|theta| !(f32::MIN_POSITIVE..=1.0).contains(theta)) {
        Some(at) => Err(Error::Value { at, value: theta[at] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
