//! Names of metrics: `ndcg@10`, `recall@20:snips`, `auc`.

use crate::kind::Needs;
use crate::ranking::{self, Ideal};
use crate::{Error, Kind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// How a metric is estimated from test items that were not observed at random.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Estimator {
    /// As it is: each test item counts once.
    #[default]
    Plain,
    /// `:ips`, inverse propensity scoring; see [`ips`](crate::ips).
    Ips,
    /// `:snips`, self-normalised inverse propensity scoring; see [`snips`](crate::snips).
    Snips,
}

impl Estimator {
    /// What follows the metric's name: nothing, `:ips` or `:snips`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Ips => ":ips",
            Self::Snips => ":snips",
        }
    }
}

/// A metric: its [`Kind`], unless it is `auc` its cut-off k ≥ 1, and its [`Estimator`].
///
/// Read and written as `ndcg@10` or `ndcg@10:snips`, also by serde; reading ignores case.
///
/// ```
/// use foretaste_eval::{Kind, Metric};
///
/// let metric: Metric = "MAP@10".parse()?;
/// assert_eq!((metric.kind(), metric.cutoff()), (Kind::Ap, Some(10)));
/// assert_eq!(metric.to_string(), "ap@10");
/// let error = "ndgc@10".parse::<Metric>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown metric "ndgc": did you mean "ndcg@10"?"#);
/// # Ok::<(), foretaste_eval::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Metric {
    kind: Kind,
    cutoff: Option<NonZeroU32>,
    estimator: Estimator,
}

impl Metric {
    /// AUC, the one metric without a cut-off.
    pub const AUC: Self = Self { kind: Kind::Auc, cutoff: None, estimator: Estimator::Plain };

    /// A metric of the first `k` items.
    ///
    /// # Errors
    /// [`Error::Cutoff`] if `k` is 0 or above `u32::MAX`, or if `kind` takes no cut-off.
    pub fn at(kind: Kind, k: usize) -> Result<Self, Error> {
        let rule = if kind.has_cutoff() { "a whole number from 1" } else { "left out" };
        match u32::try_from(k).ok().and_then(NonZeroU32::new) {
            Some(k) if kind.has_cutoff() => {
                Ok(Self { kind, cutoff: Some(k), estimator: Estimator::Plain })
            }
            _ => Err(Error::Cutoff { name: kind.name().into(), cutoff: k.to_string(), rule }),
        }
    }

    /// What it measures.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// k; `None` for [`Metric::AUC`].
    pub fn cutoff(self) -> Option<usize> {
        self.cutoff.map(|k| k.get() as usize)
    }

    /// How it is estimated.
    pub fn estimator(self) -> Estimator {
        self.estimator
    }

    /// The same metric by another estimator.
    ///
    /// # Errors
    /// [`Error::NoEstimator`] unless [`Kind::has_estimators`].
    pub fn by(self, estimator: Estimator) -> Result<Self, Error> {
        if estimator == Estimator::Plain || self.kind.has_estimators() {
            return Ok(Self { estimator, ..self });
        }
        let metric = Self { estimator: Estimator::Plain, ..self };
        Err(Error::NoEstimator { metric, estimator: estimator.suffix() })
    }

    /// The plain metric of one user's list: `gains` of the listed items, best first, 0 for an item
    /// that is not relevant, against the `ideal` list. `None` for a metric that takes more than
    /// that, such as [`Metric::AUC`] or one by another estimator.
    pub fn of_list(self, gains: &[f64], ideal: Ideal<'_>) -> Option<f64> {
        if self.estimator != Estimator::Plain {
            return None;
        }
        let k = self.cutoff()?;
        let relevant = ideal.relevant();
        Some(match self.kind {
            Kind::Ndcg => ranking::ndcg(gains, ideal, k),
            Kind::NdcgClip => ranking::ndcg_clip(gains, ideal, k),
            Kind::Recall => ranking::recall(gains, relevant, k),
            Kind::RecallMin | Kind::PrecisionMicro => ranking::recall_min(gains, relevant, k),
            Kind::Precision => ranking::precision(gains, k),
            Kind::Ap => ranking::ap(gains, relevant, k),
            Kind::ApMin => ranking::ap_min(gains, relevant, k),
            Kind::Rr => ranking::rr(gains, k),
            Kind::Hit => ranking::hit(gains, k),
            Kind::F1 => ranking::f1(gains, relevant, k),
            _ => return None,
        })
    }

    /// Whether it tells, from scores and held-out rows alone, how well held-out items are ranked, and
    /// more of it is better: a model can be chosen by it on validation rows.
    pub fn ranks_held_out(self) -> bool {
        let of_lists = matches!(self.kind.needs(), Needs::List | Needs::Scores);
        of_lists && self.estimator == Estimator::Plain
    }

    /// What a user with R = `relevant` weighs in the mean over users: 1 but for `precision_micro`.
    pub(crate) fn weight(self, relevant: usize) -> f64 {
        match (self.kind, self.cutoff()) {
            (Kind::PrecisionMicro, Some(k)) => k.min(relevant) as f64,
            _ => 1.0,
        }
    }

    /// The value for a user without a list: nothing relevant was found, but no list has no
    /// popularity.
    pub(crate) fn without_list(self) -> f64 {
        if self.kind.needs() == Needs::Popularity { f64::NAN } else { 0.0 }
    }

    /// Whether it is one of all lists together.
    pub(crate) fn is_of_run(self) -> bool {
        self.kind.needs() == Needs::Catalogue
    }

    /// Whether users may weigh differently in the mean.
    pub(crate) fn is_weighted(self) -> bool {
        self.kind == Kind::PrecisionMicro || self.kind.needs() == Needs::Popularity
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cutoff {
            Some(k) => f.pad(&format!("{}@{k}{}", self.kind.name(), self.estimator.suffix())),
            None => f.pad(self.kind.name()),
        }
    }
}

impl FromStr for Metric {
    type Err = Error;

    /// # Errors
    /// [`Error::UnknownMetric`] with the nearest name, [`Error::NoCutoff`], [`Error::Cutoff`],
    /// [`Error::UnknownEstimator`] or [`Error::NoEstimator`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.trim().to_ascii_lowercase();
        match lower.split_once(':') {
            None => plain(&lower),
            Some((metric, "ips")) => plain(metric)?.by(Estimator::Ips),
            Some((metric, "snips")) => plain(metric)?.by(Estimator::Snips),
            Some((metric, other)) => {
                let metric = plain(metric)?;
                Err(Error::UnknownEstimator { metric, estimator: other.into() })
            }
        }
    }
}

/// A metric by the plain estimator, from its name in lower case.
fn plain(lower: &str) -> Result<Metric, Error> {
    let (name, cutoff) = match lower.split_once('@') {
        Some((name, cutoff)) => (name, Some(cutoff)),
        None => (lower, None),
    };
    let Some(kind) = Kind::from_name(name) else {
        return Err(unknown(name, cutoff));
    };
    match cutoff {
        None if kind.has_cutoff() => Err(Error::NoCutoff { name: name.into() }),
        None => Ok(Metric::AUC),
        Some(digits) => {
            let k = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok());
            Metric::at(kind, k.flatten().unwrap_or(0)).map_err(|error| match error {
                Error::Cutoff { rule, .. } => {
                    Error::Cutoff { name: name.into(), cutoff: digits.into(), rule }
                }
                other => other,
            })
        }
    }
}

fn unknown(name: &str, cutoff: Option<&str>) -> Error {
    let suggestion = Kind::nearest(name).map(|kind| match cutoff {
        Some(cutoff) if kind.has_cutoff() => format!("{}@{cutoff}", kind.name()),
        None if kind.has_cutoff() => format!("{}@10", kind.name()),
        _ => kind.name().to_owned(),
    });
    Error::UnknownMetric { name: name.into(), suggestion }
}

impl TryFrom<String> for Metric {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> Self {
        metric.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Metric>().unwrap_err().to_string()
    }

    #[test]
    fn every_metric_is_read_back_from_its_name() {
        for kind in Kind::ALL {
            let metric =
                if kind.has_cutoff() { Metric::at(kind, 20).unwrap() } else { Metric::AUC };
            assert_eq!(metric.to_string().parse::<Metric>().unwrap(), metric);
            let json = serde_json::to_string(&metric).unwrap();
            assert_eq!(json, format!("\"{metric}\""));
            assert_eq!(serde_json::from_str::<Metric>(&json).unwrap(), metric);
        }
    }

    #[test]
    fn case_is_ignored_and_the_names_of_means_are_aliases() {
        let parse = |text: &str| text.parse::<Metric>().unwrap().to_string();
        assert_eq!(parse("NDCG@10"), "ndcg@10");
        assert_eq!(parse("map@5"), "ap@5");
        assert_eq!(parse("MRR@3"), "rr@3");
        assert_eq!(parse("HR@10"), "hit@10");
        assert_eq!(parse("AUC"), "auc");
    }

    #[test]
    fn misspelt_names_bring_a_suggestion_and_others_the_list() {
        assert_eq!(error("ndgc@10"), r#"unknown metric "ndgc": did you mean "ndcg@10"?"#);
        assert_eq!(error("recal@20"), r#"unknown metric "recal": did you mean "recall@20"?"#);
        assert_eq!(error("auk"), r#"unknown metric "auk": did you mean "auc"?"#);
        assert!(error("rmse").contains("the metrics are ndcg@k"), "{}", error("rmse"));
        assert!(error("").contains("unknown metric"));
    }

    #[test]
    fn cut_offs_are_checked() {
        for bad in
            ["ndcg@0", "ndcg@", "ndcg@-1", "ndcg@+1", "ndcg@1.5", "ndcg@x", "ndcg@9999999999"]
        {
            assert!(error(bad).ends_with("must be a whole number from 1"), "{}", error(bad));
        }
        assert_eq!(error("auc@10"), r#"cut-off "10" of metric "auc" must be left out"#);
        assert_eq!(error("map"), r#"metric "map" needs a cut-off, as in map@10"#);
        assert!(Metric::at(Kind::Auc, 3).is_err());
    }

    #[test]
    fn estimators_are_named_after_a_colon() {
        let metric: Metric = "NDCG@10:SNIPS".parse().unwrap();
        assert_eq!(
            (metric.estimator(), metric.to_string()),
            (Estimator::Snips, "ndcg@10:snips".into())
        );
        assert_eq!(metric.by(Estimator::Plain).unwrap(), "ndcg@10".parse().unwrap());
        let known = error("ap@10:ips");
        assert!(known.contains("ap@10 has no :ips estimator"), "{known}");
        assert_eq!(
            error("ndcg@10:dr"),
            r#"unknown estimator "dr" of ndcg@10: the estimators are ips and snips"#
        );
        assert!(error("ndgc@10:ips").contains(r#""ndcg@10""#));
    }

    #[test]
    fn padding_works_as_for_strings() {
        assert_eq!(
            format!("{:>8}|{:<5}|", "ap@5".parse::<Metric>().unwrap(), Metric::AUC),
            "    ap@5|auc  |"
        );
    }
}
