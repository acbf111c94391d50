//! From what a method is said to learn from to the data set that it is given.

use super::{Learner, names, select};
use crate::best::DEFAULT_SEED;
use crate::failure::Outcome;
use foretaste::data::{Dataset, Preference};
use foretaste_experiment::{Learns, LearntRows};

/// What a method learns from, and whose rows its lists leave out.
#[derive(Debug)]
pub(crate) struct Lesson {
    /// The data set without what the method does not use: users and items known by the rest alone are
    /// not in its model.
    pub(crate) data: Dataset,
    union: Option<Dataset>,
    /// What a pair of the union weighs by its strongest feedback, if that is said.
    weights: Vec<f32>,
    /// What users are said to prefer, by the ids of what the method is given.
    extra: Vec<Preference>,
    shuffled_features: bool,
}

impl Lesson {
    pub(crate) fn new(data: Dataset, (method, learns): Learner<'_>) -> Outcome<Self> {
        let data = select(data, method.uses(), learns.is_union() && !method.uses().feedback)?;
        Self::of_selected(data, (method, learns))
    }

    /// The same of what is no more than the method uses.
    pub(crate) fn of_selected(data: Dataset, (method, learns): Learner<'_>) -> Outcome<Self> {
        let Learns { rows, shuffled_features } = learns;
        let data = match *shuffled_features {
            true => data.with_shuffled_features(method.whole("seed").unwrap_or(DEFAULT_SEED)),
            false => data,
        };
        let weights = match rows {
            LearntRows::Weighted(weights) => weights.of(&names(&data))?,
            LearntRows::Target | LearntRows::Union => Vec::new(),
        };
        let union = match rows {
            LearntRows::Weighted(_) => Some(data.weighted_union(&weights)?),
            LearntRows::Union if !data.others().is_empty() => Some(data.union()?),
            LearntRows::Target | LearntRows::Union => None,
        };
        Ok(Self { data, union, weights, extra: Vec::new(), shuffled_features: *shuffled_features })
    }

    /// The same with what users are said to prefer, by the ids of what the method is given.
    pub(crate) fn preferring(self, extra: Vec<Preference>) -> Self {
        Self { extra, ..self }
    }

    /// What users are said to prefer.
    pub(crate) fn extra(&self) -> &[Preference] {
        &self.extra
    }

    /// What the method is given.
    pub(crate) fn learned(&self) -> &Dataset {
        self.union.as_ref().unwrap_or(&self.data)
    }

    /// Whose rows lists leave out, if it is not what the method is given.
    pub(crate) fn target(&self) -> Option<&Dataset> {
        self.union.is_some().then_some(&self.data)
    }

    /// Whether features are not those of the ids that have them.
    pub(crate) fn has_shuffled_features(&self) -> bool {
        self.shuffled_features
    }

    /// What is known of it later, where there are several feedbacks: their names, weakest first, and
    /// what was made of them. `LearntRows::of_model` reads it.
    pub(crate) fn feedback(&self) -> Option<serde_json::Value> {
        let names = names(&self.data);
        let as_what = if self.union.is_some() { "union" } else { "each" };
        // An f32 is told in as few digits as it was written.
        let told = |weight: &f32| weight.to_string().parse::<f64>().ok();
        (names.len() > 1).then(|| match &self.weights[..] {
            [] => serde_json::json!({ "names": names, "as": as_what }),
            weights => serde_json::json!({ "names": names, "as": as_what,
                "weights": weights.iter().map(told).collect::<Vec<_>>() }),
        })
    }
}
