//! What can go wrong in an evaluation.

use crate::Metric;
use std::io;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name in front of `@` is no metric.
    #[error("unknown metric {name:?}{}", .suggestion.as_ref().map_or_else(
        || ": the metrics are ndcg@k, recall@k, precision@k, ap@k, rr@k, hit@k, f1@k, auc".to_owned(),
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

    /// The same metric twice.
    #[error("metric {metric} is listed twice")]
    RepeatedMetric {
        /// Which one.
        metric: Metric,
    },

    /// A metric that needs the scores of all items was asked of a list.
    #[error("metric {metric} needs the scores of all items; a run holds only lists")]
    NeedsAllScores {
        /// Which one.
        metric: Metric,
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
