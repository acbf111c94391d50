//! What can go wrong in a comparison.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A method that does not exist.
    #[error("there is no method `{name}`{}; there are {known}", near(.suggestion.as_deref()))]
    UnknownMethod {
        /// What was asked for.
        name: String,
        /// The nearest name, if one is near.
        suggestion: Option<String>,
        /// All names.
        known: String,
    },
    /// A parameter that the method has not.
    #[error("{method} has no parameter `{name}`{}", near(.suggestion.as_deref()))]
    UnknownParameter {
        /// The method.
        method: String,
        /// What was asked for.
        name: String,
        /// The nearest name, if one is near.
        suggestion: Option<String>,
    },
    /// A parameter that has no effect beside the others.
    #[error("{method}: `{name}` has an effect with {beside} only")]
    Idle {
        /// The method.
        method: String,
        /// The parameter.
        name: String,
        /// With what it has one.
        beside: String,
    },
    /// A value that is not of the parameter's type.
    #[error("{method}: {name} = {value}: {reason}")]
    Value {
        /// The method.
        method: String,
        /// The parameter.
        name: String,
        /// The value as written.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Settings that are not of the form `name=value,name=value`.
    #[error("`{text}` is not of the form {form}")]
    Form {
        /// What was given.
        text: String,
        /// What it has to look like.
        form: &'static str,
    },
    /// Weights of feedbacks that can't be.
    #[error("weights of feedbacks {weights}: {reason}")]
    Weights {
        /// The weights as given.
        weights: String,
        /// What is wrong with them.
        reason: String,
    },
    /// A method that can't learn from several feedbacks so.
    #[error("{method}: {what}")]
    Learns {
        /// The method.
        method: String,
        /// Why, and what to do.
        what: &'static str,
    },
    /// A union of one feedback.
    #[error("there is one feedback: a union is of several")]
    OneFeedback,
    /// A union of feedbacks of which one says what was shown.
    #[error("{method}: {name} says what was shown, not what is liked")]
    ShownUnion {
        /// The method.
        method: String,
        /// The feedback.
        name: String,
    },
    /// A feedback that a method's parameters name and that is not beside the target.
    #[error("{method}: {}", not_beside(.name, .others, .target.as_deref()))]
    SideFeedback {
        /// The method.
        method: String,
        /// The feedback.
        name: String,
        /// Those that are beside the target.
        others: Vec<String>,
        /// The target, if it has a name.
        target: Option<String>,
    },
    /// Features that are to be shuffled where there are none.
    #[error("shuffled features: there are no features")]
    NoFeatures,
    /// Held-out rows of which a training can't be validated.
    #[error("no user of the validation part is in the training part")]
    NoValidationUsers,
    /// Weights without a bound of items that nobody had.
    #[error("without clipping, items that nobody had in training weigh infinitely much")]
    Unclipped,
    /// Two methods of one name.
    #[error("two of the compared are called `{name}`")]
    RepeatedName {
        /// The name.
        name: String,
    },
    /// A name that none of the compared has.
    #[error("none of the compared is called `{name}`; they are {known}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// A metric by which users can't be compared.
    #[error("methods can't be compared by {metric}: {reason}")]
    Metric {
        /// The metric.
        metric: foretaste::eval::Metric,
        /// Why.
        reason: String,
    },
    /// A metric that can't choose among models on validation rows.
    #[error(
        "{metric}: no model can be chosen by it, since it does not tell from scores how well held-out \
         interactions are ranked"
    )]
    Validation {
        /// The metric.
        metric: foretaste::eval::Metric,
    },
    /// A model that was trained on other data than it is to be compared on.
    #[error(
        "{name} was trained on other data than {data}: its fingerprint is {found}…, not {expected}…"
    )]
    OtherData {
        /// The model.
        name: String,
        /// What the comparison is of.
        data: String,
        /// The first digits of the fingerprint that the data has.
        expected: String,
        /// The first digits of the fingerprint that the model was trained on.
        found: String,
    },
    /// A place in an experiment file.
    #[error("{file}:{line}:{column}: {reason}{}", near(.suggestion.as_deref()))]
    File {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// What is wrong there.
        reason: String,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A file of an earlier run that can't be used.
    #[error("{file}: {reason}")]
    Stored {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A part of the data that is needed and missing or empty.
    #[error("{what}")]
    Missing {
        /// What is missing, and for what.
        what: String,
    },
    /// A training, or all trials of a search, that diverged.
    #[error("{name}: {what}")]
    Diverged {
        /// What the method is called.
        name: String,
        /// What diverged, and what to do.
        what: &'static str,
    },
    /// Training, parameters or a model.
    #[error(transparent)]
    Foretaste(#[from] foretaste::Error),
    /// Aligning or splitting.
    #[error(transparent)]
    Data(#[from] foretaste::data::Error),
    /// Writing.
    #[error(transparent)]
    Files(#[from] foretaste::files::Error),
    /// Metrics.
    #[error(transparent)]
    Eval(#[from] foretaste::eval::Error),
}

impl From<foretaste::mf::Error> for Error {
    fn from(error: foretaste::mf::Error) -> Self {
        Self::Foretaste(error.into())
    }
}

fn near(suggestion: Option<&str>) -> String {
    suggestion.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
}

fn not_beside(name: &str, others: &[String], target: Option<&str>) -> String {
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    match &others[..] {
        _ if target == Some(name) => {
            format!("\"{name}\" is the target itself, which can't say what was shown")
        }
        [] => format!("there is no feedback \"{name}\": there is one feedback"),
        others => format!("there is no feedback \"{name}\" beside {}", listed(others)),
    }
}

/// "a", "a and b", "a, b and c".
pub fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The nearest of some names; none if at least half of it would have to change.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = known.into_iter().min_by_key(|known| strsim::osa_distance(known, name))?;
    let longest = near.chars().count().max(name.chars().count());
    (2 * strsim::osa_distance(near, name) < longest).then(|| near.to_owned())
}
