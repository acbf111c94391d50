//! What can go wrong in an evaluation.

use crate::{Kind, Metric};
use std::io;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name in front of `@` is no metric.
    #[error("unknown metric {name:?}{}", .suggestion.as_ref().map_or_else(
        || format!(": the metrics are {}", names()),
        |near| format!(": did you mean {near:?}?")))]
    UnknownMetric {
        /// What was asked for.
        name: String,
        /// The nearest metric, with the same cut-off, if one is near.
        suggestion: Option<String>,
    },

    /// A metric of the first k items without k.
    #[error("metric {name:?} needs a cut-off, as in {name}@10")]
    NoCutoff {
        /// What was asked for.
        name: String,
    },

    /// A cut-off that is not a number from 1, or one on a metric that takes none.
    #[error("cut-off {cutoff:?} of metric {name:?} must be {rule}")]
    Cutoff {
        /// The metric's name, without the cut-off.
        name: String,
        /// The cut-off as written.
        cutoff: String,
        /// What it has to be.
        rule: &'static str,
    },

    /// What follows the colon is no estimator.
    #[error("unknown estimator {estimator:?} of {metric}: the estimators are ips and snips")]
    UnknownEstimator {
        /// What stands in front of the colon.
        metric: Metric,
        /// What follows it.
        estimator: String,
    },

    /// A metric that is no sum over relevant items can't be weighted by propensities.
    #[error(
        "{metric} has no {estimator} estimator: it is no sum over relevant items, as ndcg, \
         ndcg_clip, recall and precision are"
    )]
    NoEstimator {
        /// Which metric.
        metric: Metric,
        /// `:ips` or `:snips`.
        estimator: &'static str,
    },

    /// Something that a metric is computed from was not given.
    #[error("metric {metric} needs {what}")]
    Missing {
        /// Which metric.
        metric: Metric,
        /// What it needs.
        what: &'static str,
    },

    /// A propensity is no probability above 0, or 0 without clipping.
    #[error("the propensity {value} of item {item} is not {rule}")]
    Propensity {
        /// The item's dense index.
        item: usize,
        /// Its propensity.
        value: f64,
        /// What it has to be.
        rule: &'static str,
    },

    /// A parameter outside of its range.
    #[error("{name} is {value}: it must be {rule}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What it was.
        value: f64,
        /// What it has to be.
        rule: &'static str,
    },

    /// The same metric twice.
    #[error("metric {metric} is listed twice")]
    RepeatedMetric {
        /// Which one.
        metric: Metric,
    },

    /// A metric that needs more than lists was asked of a run.
    #[error("metric {metric} needs {what}; a run holds only lists")]
    NotOfLists {
        /// Which one.
        metric: Metric,
        /// What it needs.
        what: &'static str,
    },

    /// There is no user with a relevant test item, so there is nothing to average over.
    #[error("no user has a relevant test item")]
    NoTestUsers,

    /// Two sizes that have to agree do not.
    #[error("{what}: {found} where {expected} were expected")]
    Size {
        /// Of what.
        what: &'static str,
        /// The size that the other input implies.
        expected: usize,
        /// The size that was given.
        found: usize,
    },

    /// The data do not fit together.
    #[error(transparent)]
    Data(#[from] foretaste_data::Error),

    /// Two evaluations can't be paired, as they differ in their users or metrics.
    #[error("the evaluations can't be paired: their {what} differ")]
    NotPaired {
        /// `"users"` or `"metrics"`.
        what: &'static str,
    },

    /// A line of a run or qrels file breaks the format.
    #[error("{file}:{line}: {problem}")]
    Line {
        /// The file's name, as the caller gave it.
        file: String,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it, quoting the value.
        problem: String,
    },

    /// A run or qrels file could not be written.
    #[error("could not write: {0}")]
    Write(#[from] io::Error),

    /// A run or qrels file could not be read.
    #[error("{file}: {source}")]
    Io {
        /// The file's name, as the caller gave it.
        file: String,
        /// What the system reported.
        source: io::Error,
    },
}

/// All metrics, as they are written.
///
/// A loop that is compiled once: as a `map` over [`Kind::ALL`], inlined into every `Display`, it took
/// LLVM longer than the rest of the workspace.
#[inline(never)]
fn names() -> String {
    let mut names = String::new();
    for kind in Kind::ALL {
        let separator = if names.is_empty() { "" } else { ", " };
        let cutoff = if kind.has_cutoff() { "@k" } else { "" };
        names.extend([separator, kind.name(), cutoff]);
    }
    names
}
