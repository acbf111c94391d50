//! What is learnt from, what decides, and what is reported on.

use crate::Error;
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, align};
use foretaste::eval::{Metric, TestSet, UnknownUsers};
use std::fmt;

/// The parts of a data set that a comparison needs, in the space of its training part.
#[derive(Clone, Debug)]
pub struct Material {
    /// What is learnt from.
    pub train: Dataset,
    /// What decides when a training stops and which parameters are best.
    pub valid: Option<Dataset>,
    /// What is reported on.
    pub held_out: Vec<HeldOut>,
    /// [`Material::valid`] in the space of the training part: no candidates when it is tested.
    valid_mask: Option<Interactions>,
    fingerprint: String,
}

/// Held-out interactions and the metrics that are taken of them.
#[derive(Clone, Debug)]
pub struct HeldOut {
    /// What they are, where there are several kinds; empty for the main one.
    pub label: String,
    /// The interactions, in the space of the training part.
    pub test: TestSet,
    /// What is measured on them.
    pub metrics: Vec<Metric>,
    /// How the test data differs from other test data.
    pub fingerprint: String,
}

/// A figure of a comparison: a metric of one kind of held-out interactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The metric.
    pub metric: Metric,
    /// [`HeldOut::label`].
    pub label: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.label.as_str() {
            "" => write!(f, "{}", self.metric),
            label => write!(f, "{}, {label}", self.metric),
        }
    }
}

impl HeldOut {
    /// Test data in the space of what is learnt from.
    ///
    /// # Errors
    /// [`Error::Missing`] if none of its users is in the training data; [`Error::Data`].
    pub fn new(
        label: &str,
        test: &Dataset,
        train: &Dataset,
        metrics: &[Metric],
    ) -> Result<Self, Error> {
        let set = test_set(test, train)?;
        if set.known_users().is_empty() {
            let what = "no user of the test part is in the training part: are they of one split?";
            return Err(Error::Missing { what: what.into() });
        }
        let fingerprint = test.fingerprint().to_string();
        Ok(Self { label: label.into(), test: set, metrics: metrics.to_vec(), fingerprint })
    }
}

/// Held-out interactions in the space of the training part.
pub(crate) fn test_set(test: &Dataset, train: &Dataset) -> Result<TestSet, Error> {
    let aligned = align(test, &train.users, &train.items)?;
    let unknown = UnknownUsers { users: aligned.unknown_users, rows: aligned.unknown_user_rows };
    Ok(TestSet::binary(&aligned.interactions, &aligned.unknown_items_per_user, unknown)?)
}

impl Material {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`Error::Data`] if the validation part does not fit the ids of the training part.
    pub fn new(
        train: Dataset,
        valid: Option<Dataset>,
        held_out: Vec<HeldOut>,
    ) -> Result<Self, Error> {
        let mask = valid.as_ref().map(|valid| align(valid, &train.users, &train.items));
        let valid_mask = mask.transpose()?.map(|aligned| aligned.interactions);
        let fingerprint = train.fingerprint().to_string();
        Ok(Self { train, valid, held_out, valid_mask, fingerprint })
    }

    /// The fingerprint of the training part.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The figures of a comparison, in the order of [`crate::Measured::values`].
    pub fn columns(&self) -> Vec<Column> {
        let of = |held_out: &HeldOut| {
            let label = held_out.label.clone();
            held_out
                .metrics
                .clone()
                .into_iter()
                .map(move |metric| Column { metric, label: label.clone() })
        };
        self.held_out.iter().flat_map(of).collect()
    }

    /// What is not ranked in a test: the training part and the validation part.
    pub(crate) fn masks(&self) -> Vec<&Interactions> {
        [Some(&self.train.interactions), self.valid_mask.as_ref()].into_iter().flatten().collect()
    }

    /// Checks that a model was trained on the training part.
    ///
    /// # Errors
    /// [`Error::OtherData`].
    pub fn check_model(&self, name: &str, model: &Recommender, data: &str) -> Result<(), Error> {
        let start = |text: &str| text.chars().take(12).collect::<String>();
        if model.info().data == self.fingerprint {
            return Ok(());
        }
        Err(Error::OtherData {
            name: name.into(),
            data: data.into(),
            expected: start(&self.fingerprint),
            found: start(&model.info().data),
        })
    }
}
