//! From what a method is said to learn from to the data set that it is given.

use crate::{DEFAULT_SEED, Error, Learns, LearntRows};
use foretaste::Method;
use foretaste::data::{Dataset, Feedback, Preference};
use foretaste::model::Uses;

/// A method, and what it learns from.
pub type Learner<'a> = (&'a Method, &'a Learns);

/// What is used of a data set by a method, or by several; of its feedbacks all for a `union`. A feedback
/// that only says something of the target's pairs adds no users and no items.
///
/// # Errors
/// [`Error::Data`] if what is left can't be a data set.
pub fn select(data: Dataset, uses: Uses, union: bool) -> Result<Dataset, Error> {
    if data.is_plain() {
        return Ok(data);
    }
    let data = if uses.features { data } else { data.without_features() };
    let all = uses.feedback || union;
    let data = if all || uses.side_feedback { data } else { data.without_others() };
    // Whoever is known only by what is not scored is not in the model.
    let mut known = data.clone();
    if !all {
        known = known.without_others();
    }
    if !uses.cold {
        known = known.without_features();
    }
    let known = known.compact()?;
    Ok(data.onto(known.users().clone(), known.items().clone())?)
}

/// What is used of it by any of several methods; of feedbacks `all`, if that is said.
///
/// # Errors
/// As for [`select`].
pub fn select_for<'a>(
    data: Dataset,
    learners: impl Iterator<Item = Learner<'a>> + Clone,
    all: bool,
) -> Result<Dataset, Error> {
    let union = all || learners.clone().any(|(_, learns)| learns.is_union());
    let uses = learners.map(|(method, _)| method.uses()).fold(Uses::default(), |all, uses| Uses {
        feedback: all.feedback | uses.feedback,
        features: all.features | uses.features,
        cold: all.cold | uses.cold,
        weights: all.weights | uses.weights,
        side_feedback: all.side_feedback | uses.side_feedback,
        extra: all.extra | uses.extra,
        validation: all.validation | uses.validation,
    });
    select(data, uses, union)
}

/// Checks that data have what a method is to learn from.
///
/// # Errors
/// [`Error::OneFeedback`], [`Error::Weights`], [`Error::NoFeatures`], [`Error::ShownUnion`] or
/// [`Error::SideFeedback`].
pub fn check_lesson(data: &Dataset, (method, learns): Learner<'_>) -> Result<(), Error> {
    if learns.is_union() && data.others().is_empty() {
        return Err(Error::OneFeedback);
    }
    if let LearntRows::Weighted(weights) = &learns.rows {
        weights.of(&names(data))?;
    }
    let none = data.user_features().is_empty() && data.item_features().is_empty();
    if learns.shuffled_features && none {
        return Err(Error::NoFeatures);
    }
    check_side_feedback(data, method, learns.is_union())
}

/// Refuses a feedback that a method's parameters name and that is not beside the target.
fn check_side_feedback(data: &Dataset, method: &Method, union: bool) -> Result<(), Error> {
    let Some(name) = method.side_feedback() else { return Ok(()) };
    let method = method.name().to_owned();
    if union {
        return Err(Error::ShownUnion { method, name });
    }
    let others: Vec<&str> = data.others().iter().map(Feedback::name).collect();
    if others.contains(&name.as_str()) {
        return Ok(());
    }
    let others = others.into_iter().map(str::to_owned).collect();
    let target = data.target_name().map(str::to_owned);
    Err(Error::SideFeedback { method, name, others, target })
}

/// The feedbacks of several, weakest first.
fn names(data: &Dataset) -> Vec<&str> {
    data.others().iter().map(Feedback::name).chain(data.target_name()).collect()
}

/// What a method learns from, and whose rows its lists leave out.
#[derive(Debug)]
pub struct Lesson {
    /// The data set without what the method does not use: users and items known by the rest alone are
    /// not in its model.
    data: Dataset,
    union: Option<Dataset>,
    /// What a pair of the union weighs by its strongest feedback, if that is said.
    weights: Vec<f32>,
    /// What users are said to prefer, by the ids of what the method is given.
    extra: Vec<Preference>,
    shuffled_features: bool,
}

impl Lesson {
    /// Of data with more than the method uses, perhaps.
    ///
    /// # Errors
    /// [`Error::Data`]; [`Error::Weights`] if they are not those of the feedbacks.
    pub fn new(data: Dataset, (method, learns): Learner<'_>) -> Result<Self, Error> {
        let data = select(data, method.uses(), learns.is_union() && !method.uses().feedback)?;
        Self::of_selected(data, (method, learns))
    }

    /// The same with what users are said to prefer, by the ids of `data`; of a method that uses it.
    ///
    /// # Errors
    /// As for [`Lesson::new`].
    pub fn with_extra(
        data: Dataset,
        learner: Learner<'_>,
        extra: &[Preference],
    ) -> Result<Self, Error> {
        if extra.is_empty() || !learner.0.uses().extra {
            return Self::new(data, learner);
        }
        let (users, items) = (data.users().clone(), data.items().clone());
        let lesson = Self::new(data, learner)?;
        let users = users.indices_in(lesson.learned().users());
        let items = items.indices_in(lesson.learned().items());
        let known = extra.iter().filter_map(|one| one.onto(&users, &items)).collect();
        Ok(lesson.preferring(known))
    }

    /// Of what is no more than the method uses, see [`select`].
    ///
    /// # Errors
    /// As for [`Lesson::new`].
    pub fn of_selected(data: Dataset, (method, learns): Learner<'_>) -> Result<Self, Error> {
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
    #[must_use]
    pub fn preferring(self, extra: Vec<Preference>) -> Self {
        Self { extra, ..self }
    }

    /// What users are said to prefer.
    pub fn extra(&self) -> &[Preference] {
        &self.extra
    }

    /// What the method is given.
    pub fn learned(&self) -> &Dataset {
        self.union.as_ref().unwrap_or(&self.data)
    }

    /// Whose rows lists leave out, and what validations leave out.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// The same as a data set of its own.
    pub(crate) fn into_data(self) -> Dataset {
        self.data
    }

    /// Whose rows lists leave out, if it is not what the method is given.
    pub fn target(&self) -> Option<&Dataset> {
        self.union.is_some().then_some(&self.data)
    }

    /// Whether features are not those of the ids that have them.
    pub fn has_shuffled_features(&self) -> bool {
        self.shuffled_features
    }

    /// What is known of it later, where there are several feedbacks: their names, weakest first, and
    /// what was made of them. [`LearntRows::of_model`] reads it.
    pub fn feedback(&self) -> Option<serde_json::Value> {
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

#[cfg(test)]
mod tests;
