//! Held-out interactions, and what is measured on them.

use crate::material::check_metrics;
use crate::{Error, Material};
use foretaste::data::{Dataset, ItemId};
use foretaste::eval::{Band, Bands, Metric, Reach, TestSet};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Of which feedbacks the pairs that a user has in training are left out of the lists of a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeenFeedback {
    /// Of the target.
    #[default]
    Target,
    /// Of all.
    All,
}

impl SeenFeedback {
    /// What columns are called beside those of [`SeenFeedback::Target`].
    pub const LABEL: &'static str = "all feedbacks left out";
}

impl FromStr for SeenFeedback {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "target" => Ok(Self::Target),
            "all" => Ok(Self::All),
            _ => Err("target or all".to_owned()),
        }
    }
}

/// Held-out interactions and the metrics that are taken of them.
#[derive(Clone, Debug)]
pub struct HeldOut {
    /// What they are, where there are several kinds; empty for the main one.
    pub label: String,
    /// The interactions, in the space of the training part.
    pub test: TestSet,
    /// The same by popularity of the items, the most popular first.
    pub(crate) bands: Vec<TestSet>,
    /// What is measured on them.
    pub metrics: Vec<Metric>,
    /// Whether each item is a candidate here; `None` if all are.
    pub(crate) candidates: Option<Vec<bool>>,
    /// What lists leave out of other feedbacks than the target.
    pub seen: SeenFeedback,
    /// How the test data differs from other test data.
    pub fingerprint: String,
}

impl HeldOut {
    /// Test data in the space of what is learnt from.
    ///
    /// # Errors
    /// [`Error::Missing`] if none of its users is in the training data; [`Error::Metric`] for a
    /// metric that has no value for each user; [`Error::Eval`].
    pub fn new(
        label: &str,
        test: &Dataset,
        train: &Dataset,
        metrics: &[Metric],
    ) -> Result<Self, Error> {
        check_metrics(metrics)?;
        let set = TestSet::of_dataset(test, train.users(), train.items(), |_| true)?;
        if set.known_users().is_empty() {
            let what = "no user of the test part is in the training part: are they of one split?";
            return Err(Error::Missing { what: what.into() });
        }
        let fingerprint = test.fingerprint().to_string();
        let bands = bands(test, train)?;
        let (label, metrics) = (label.into(), metrics.to_vec());
        let (candidates, seen) = (None, SeenFeedback::Target);
        Ok(Self { label, test: set, bands, metrics, candidates, seen, fingerprint })
    }

    /// The same test once for each of `seen`: the first without a label. Of none, it is the target's.
    ///
    /// # Errors
    /// Those of [`HeldOut::new`].
    pub fn each(
        test: &Dataset,
        train: &Dataset,
        metrics: &[Metric],
        seen: &[SeenFeedback],
    ) -> Result<Vec<Self>, Error> {
        let mut main = Self::new("", test, train, metrics)?;
        main.seen = seen.first().copied().unwrap_or_default();
        let beside = |&seen: &SeenFeedback| {
            let label = match seen {
                SeenFeedback::Target => "the target left out",
                SeenFeedback::All => SeenFeedback::LABEL,
            };
            Self { label: label.to_owned(), seen, ..main.clone() }
        };
        let rest: Vec<Self> = seen.iter().skip(1).map(beside).collect();
        Ok([vec![main], rest].concat())
    }

    /// The same with the items that `candidate` chooses, by their place in the training data, as
    /// the only candidates: how well they are ranked among themselves. Memory: a byte an item.
    ///
    /// # Errors
    /// [`Error::Missing`] if no test interaction is left; [`Error::Eval`].
    pub fn among(
        mut self,
        test: &Dataset,
        train: &Dataset,
        candidate: impl Fn(ItemId) -> bool,
    ) -> Result<Self, Error> {
        let keep = |item: Option<ItemId>| item.is_some_and(&candidate);
        self.test = TestSet::of_dataset(test, train.users(), train.items(), keep)?;
        if self.test.known_users().is_empty() {
            let what = format!("no test interaction is left of {}", self.label);
            return Err(Error::Missing { what });
        }
        let items = (0..train.items().len() as u32).map(ItemId);
        self.candidates = Some(items.map(candidate).collect());
        Ok(self)
    }

    /// How much of it lists can hold that leave out what those of `material` do.
    ///
    /// # Errors
    /// [`Error::Eval`] if it is not of the material's users and items.
    pub fn reach(&self, material: &Material) -> Result<Reach, Error> {
        Ok(self.test.reach(&material.masks(self))?)
    }
}

/// The relevant items of each band of popularity by themselves, the most popular first.
fn bands(test: &Dataset, train: &Dataset) -> Result<Vec<TestSet>, Error> {
    let bands = Bands::new(&train.interactions().item_counts());
    let of = |band: Band| {
        let keep = |item: Option<ItemId>| bands.of(item) == band;
        Ok(TestSet::of_dataset(test, train.users(), train.items(), keep)?)
    };
    Band::ALL.into_iter().map(of).collect()
}
