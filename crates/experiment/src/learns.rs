//! What a method learns from, beside its parameters: rows of several feedbacks, what they weigh, and
//! whether features are those of the ids that have them.
//!
//! It is set beside a method's parameters, by names that no parameter has: `feedback_as`, `target` or
//! `union`, and `feedback_weights`, as `[1, 3, 10]` or `{ view = 1, cart = 3, buy = 10 }`, of a union;
//! `shuffled_features`, `true` for the control that tells what features bring.

use crate::Error;
use crate::error::nearest;
use crate::settings::Setting;
use foretaste::Method;
use serde_json::{Value, json};
use std::fmt;

/// What a method learns from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learns {
    /// The rows.
    pub rows: LearntRows,
    /// Whether features are dealt anew among those that have some, by the seed of the training: as a control,
    /// beside the same run with features as they are.
    pub shuffled_features: bool,
}

/// What a method of one feedback learns from, where there are several.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LearntRows {
    /// The last, which is recommended for. Methods of several feedbacks learn from each.
    #[default]
    Target,
    /// The union of all: a pair of any counts as one.
    Union,
    /// The union, where a pair weighs what is said of its strongest feedback.
    Weighted(FeedbackWeights),
}

/// What a pair of a union weighs by its strongest feedback: finite numbers above 0.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedbackWeights {
    /// One for each feedback, weakest first.
    InOrder(Vec<f64>),
    /// By the names of the feedbacks.
    Named(serde_json::Map<String, Value>),
}

pub(crate) const AS: &str = "feedback_as";
pub(crate) const WEIGHTS: &str = "feedback_weights";
pub(crate) const SHUFFLED: &str = "shuffled_features";

/// Whether a setting is about what is learnt from.
pub(crate) fn is_ours(name: &str) -> bool {
    [AS, WEIGHTS, SHUFFLED].contains(&name)
}

/// A weight as rows have it; `None` if it can't be one.
fn weight(weight: f64) -> Option<f32> {
    Some(weight as f32).filter(|weight| weight.is_finite() && *weight > 0.0)
}

/// A whole number as such.
fn number(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value < 2f64.powi(53);
    if whole { json!(value as u64) } else { json!(value) }
}

impl FeedbackWeights {
    /// Weights in order, or by name if all have one.
    ///
    /// # Errors
    /// [`Error::Weights`] if one is not above 0 and finite, some have names, or two have the same.
    pub fn new(weights: Vec<(Option<String>, f64)>) -> Result<Self, Error> {
        let text = |(name, weight): &(Option<String>, f64)| {
            name.as_ref().map_or(weight.to_string(), |name| format!("{name}={weight}"))
        };
        let said = weights.iter().map(text).collect::<Vec<_>>().join(",");
        let wrong = |reason: String| Error::Weights { weights: said.clone(), reason };
        if weights.is_empty() || weights.iter().any(|&(_, value)| weight(value).is_none()) {
            return Err(wrong("a weight is a number above 0".into()));
        }
        let named = weights.iter().filter(|(name, _)| name.is_some()).count();
        if named == 0 {
            return Ok(Self::InOrder(weights.into_iter().map(|(_, weight)| weight).collect()));
        }
        if named < weights.len() {
            return Err(wrong("either all have names or none has".into()));
        }
        let mut by_name = serde_json::Map::new();
        for (name, weight) in weights.into_iter().filter_map(|(name, weight)| Some((name?, weight)))
        {
            if by_name.insert(name.clone(), number(weight)).is_some() {
                return Err(wrong(format!("{name} is given twice")));
            }
        }
        Ok(Self::Named(by_name))
    }

    /// One for each of the feedbacks, weakest first.
    ///
    /// # Errors
    /// [`Error::Weights`] if there is not one for each, or one of another.
    pub fn of(&self, feedbacks: &[&str]) -> Result<Vec<f32>, Error> {
        let wrong = |reason: String| Error::Weights { weights: self.to_string(), reason };
        let value = |value: f64| weight(value).expect("weights are checked when they are made");
        let by_name = match self {
            Self::InOrder(weights) if weights.len() == feedbacks.len() => {
                return Ok(weights.iter().copied().map(value).collect());
            }
            Self::InOrder(weights) => {
                let reason = format!(
                    "{} for {} feedbacks: one for each, weakest first",
                    weights.len(),
                    feedbacks.len()
                );
                return Err(wrong(reason));
            }
            Self::Named(weights) => weights,
        };
        if let Some(name) = by_name.keys().find(|name| !feedbacks.contains(&name.as_str())) {
            let near = nearest(name, feedbacks.iter().copied());
            let near = near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
            let all = feedbacks.join(", ");
            return Err(wrong(format!("there is no feedback {name}{near}; there are {all}")));
        }
        let of = |name: &&str| {
            let found = by_name.get(*name).and_then(Value::as_f64);
            found.map(value).ok_or_else(|| wrong(format!("none is given for {name}")))
        };
        feedbacks.iter().map(of).collect()
    }

    fn read(value: &Value) -> Result<Self, Error> {
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        let weights = match value {
            Value::Array(all) => all.iter().map(|one| (None, number(one))).collect(),
            Value::Object(all) => {
                all.iter().map(|(name, one)| (Some(name.clone()), number(one))).collect()
            }
            _ => {
                let form = "a list or a table: [1, 3, 10] or { view = 1, cart = 3, buy = 10 }";
                return Err(Error::Weights { weights: value.to_string(), reason: form.into() });
            }
        };
        let said = |error: Error| match error {
            Error::Weights { reason, .. } => Error::Weights { weights: value.to_string(), reason },
            error => error,
        };
        Self::new(weights).map_err(said)
    }
}

impl fmt::Display for FeedbackWeights {
    /// As flags have it: `1,3,10`, or `view=1,cart=3,buy=10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = match self {
            Self::InOrder(weights) => weights.iter().map(f64::to_string).collect(),
            // Whole numbers without a point.
            Self::Named(weights) => {
                let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
                weights.iter().map(|(name, value)| format!("{name}={}", number(value))).collect()
            }
        };
        f.write_str(&words.join(","))
    }
}

/// What settings say; `None` of what they say nothing of.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) rows: Option<LearntRows>,
    pub(crate) shuffled_features: Option<bool>,
}

impl Said {
    /// # Errors
    /// [`Error::Weights`]; [`Error::Form`].
    pub(crate) fn by(settings: &[Setting]) -> Result<Self, Error> {
        let of = |wanted: &str| settings.iter().find(|(name, _)| name == wanted);
        let shuffled_features = match of(SHUFFLED) {
            None => None,
            Some((_, Value::Bool(shuffled))) => Some(*shuffled),
            Some((_, other)) => {
                let text = format!("{SHUFFLED}={other}");
                return Err(Error::Form { text, form: "shuffled_features=true or =false" });
            }
        };
        let union = match of(AS) {
            None => None,
            Some((_, Value::String(text))) if text == "union" => Some(true),
            Some((_, Value::String(text))) if text == "target" => Some(false),
            Some((_, other)) => {
                let text = format!("{AS}={other}");
                return Err(Error::Form { text, form: "feedback_as=target or feedback_as=union" });
            }
        };
        let weights = of(WEIGHTS).map(|(_, value)| FeedbackWeights::read(value)).transpose()?;
        let rows = match (union, weights) {
            (Some(false), Some(weights)) => {
                let reason = "feedback_as=target: weights are of a union of feedbacks".into();
                return Err(Error::Weights { weights: weights.to_string(), reason });
            }
            (_, Some(weights)) => Some(LearntRows::Weighted(weights)),
            (Some(true), None) => Some(LearntRows::Union),
            (Some(false), None) => Some(LearntRows::Target),
            (None, None) => None,
        };
        Ok(Self { rows, shuffled_features })
    }
}

impl From<LearntRows> for Learns {
    fn from(rows: LearntRows) -> Self {
        Self { rows, shuffled_features: false }
    }
}

impl LearntRows {
    /// What a model says of its training, as `training.feedback` of its file has it.
    pub fn of_model(feedback: &Value) -> Self {
        let weights: Option<Vec<f64>> = serde_json::from_value(feedback["weights"].clone()).ok();
        match (weights, feedback["as"].as_str()) {
            (Some(weights), _) => Self::Weighted(FeedbackWeights::InOrder(weights)),
            (None, Some("union")) => Self::Union,
            _ => Self::Target,
        }
    }

    fn suited(&self, method: &Method) -> Self {
        match self {
            _ if method.uses().feedback => Self::Target,
            Self::Weighted(_) if !method.uses().weights => Self::Union,
            other => other.clone(),
        }
    }
}

impl Learns {
    /// What settings say of it. Where they say nothing it is `default`, as far as the method can make use
    /// of that.
    ///
    /// # Errors
    /// Those of [`Learns::check`]; [`Error::Weights`]; [`Error::Form`].
    pub fn of(settings: &[Setting], method: &Method, default: &Self) -> Result<Self, Error> {
        let (said, default) = (Said::by(settings)?, default.suited(method));
        let found = Self {
            rows: said.rows.unwrap_or(default.rows),
            shuffled_features: said.shuffled_features.unwrap_or(default.shuffled_features),
        };
        found.check(method)?;
        Ok(found)
    }

    /// The settings that say it.
    pub fn settings(&self) -> Vec<Setting> {
        let rows = match &self.rows {
            LearntRows::Target => None,
            LearntRows::Union => Some((AS, json!("union"))),
            LearntRows::Weighted(FeedbackWeights::InOrder(all)) => {
                let weights: Vec<Value> = all.iter().copied().map(number).collect();
                Some((WEIGHTS, json!(weights)))
            }
            LearntRows::Weighted(FeedbackWeights::Named(all)) => Some((WEIGHTS, json!(all))),
        };
        let shuffled = self.shuffled_features.then_some((SHUFFLED, json!(true)));
        rows.into_iter().chain(shuffled).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Checks that a method can learn so.
    ///
    /// # Errors
    /// [`Error::Learns`].
    pub fn check(&self, method: &Method) -> Result<(), Error> {
        let (uses, union) = (method.uses(), self.is_union());
        let what = match &self.rows {
            _ if union && uses.feedback => {
                "it learns from each feedback by itself: leave out that it is to learn from the union"
            }
            LearntRows::Weighted(_) if !uses.weights => {
                "it takes no weights: leave out those of feedbacks, or take a method that does, as ials"
            }
            _ if self.shuffled_features && !uses.features => {
                "it uses no features: leave out that they are to be shuffled"
            }
            _ => return Ok(()),
        };
        Err(Error::Learns { method: method.name().into(), what })
    }

    /// As far as a method can make use of it.
    #[must_use]
    pub fn suited(&self, method: &Method) -> Self {
        let shuffled_features = self.shuffled_features && method.uses().features;
        Self { rows: self.rows.suited(method), shuffled_features }
    }

    /// Whether it is the union of all feedbacks.
    pub fn is_union(&self) -> bool {
        !matches!(self.rows, LearntRows::Target)
    }

    /// For the record, after what identifies the rows; empty of the target with features as they are.
    pub(crate) fn suffix(&self) -> String {
        let rows = match &self.rows {
            LearntRows::Target => String::new(),
            LearntRows::Union => " as a union".into(),
            LearntRows::Weighted(weights) => format!(" as a union weighing {weights}"),
        };
        let features = if self.shuffled_features { " with shuffled features" } else { "" };
        rows + features
    }
}

#[cfg(test)]
mod tests;
