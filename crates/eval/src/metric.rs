//! Names of metrics: `ndcg@10`, `recall@20`, `auc`.

use crate::Error;
use crate::ranking::{self, Ideal};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// What a metric measures. In the formulas, R is the number of the user's relevant test items, k
/// the cut-off, and a hit is a relevant item among the first k.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `ndcg@k`: see [`ranking::ndcg`](crate::ndcg).
    Ndcg,
    /// `recall@k`: hits / R.
    Recall,
    /// `precision@k`: hits / k.
    Precision,
    /// `ap@k` or `map@k`: precision at each hit, summed, / R.
    Ap,
    /// `rr@k` or `mrr@k`: 1 / rank of the first hit.
    Rr,
    /// `hit@k`: 1 if there is a hit.
    Hit,
    /// `f1@k`: harmonic mean of the user's precision@k and recall@k.
    F1,
    /// `recall_min@k`: hits / min(k, R).
    RecallMin,
    /// `ap_min@k`: as `ap@k`, divided by min(k, R), as RecBole and implicit have it.
    ApMin,
    /// `ndcg_clip@k`: as `ndcg@k` with LensKit's discount log2(max(rank, 2)).
    NdcgClip,
    /// `auc`: probability that a relevant item outranks a non-relevant one; see
    /// [`auc`](crate::auc).
    Auc,
}

impl Kind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Self; 11] = [
        Self::Ndcg,
        Self::Recall,
        Self::Precision,
        Self::Ap,
        Self::Rr,
        Self::Hit,
        Self::F1,
        Self::RecallMin,
        Self::ApMin,
        Self::NdcgClip,
        Self::Auc,
    ];

    /// The name in front of `@`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndcg => "ndcg",
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::Ap => "ap",
            Self::Rr => "rr",
            Self::Hit => "hit",
            Self::F1 => "f1",
            Self::RecallMin => "recall_min",
            Self::ApMin => "ap_min",
            Self::NdcgClip => "ndcg_clip",
            Self::Auc => "auc",
        }
    }

    /// Whether the metric is one of the first k items, and so needs a cut-off.
    pub fn has_cutoff(self) -> bool {
        self != Self::Auc
    }

    /// The kind of a lower-case name; `map` and `mrr`, which name the means over users, are `ap`
    /// and `rr`.
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "map" => Some(Self::Ap),
            "mrr" => Some(Self::Rr),
            _ => Self::ALL.into_iter().find(|kind| kind.name() == name),
        }
    }

    /// The name nearest to a misspelt one; none if at least half of it would have to change.
    fn nearest(name: &str) -> Option<Self> {
        let distance = |kind: &Self| strsim::osa_distance(kind.name(), name);
        let nearest = Self::ALL.into_iter().min_by_key(distance)?;
        (2 * distance(&nearest) < nearest.name().len().max(name.len())).then_some(nearest)
    }
}

/// A metric: its [`Kind`] and, unless it is `auc`, its cut-off k ≥ 1.
///
/// Read and written as `ndcg@10`, also by serde; reading ignores case.
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
}

impl Metric {
    /// AUC, the one metric without a cut-off.
    pub const AUC: Self = Self { kind: Kind::Auc, cutoff: None };

    /// A metric of the first `k` items.
    ///
    /// # Errors
    /// [`Error::Cutoff`] if `k` is 0 or above `u32::MAX`, or if `kind` takes no cut-off.
    pub fn at(kind: Kind, k: usize) -> Result<Self, Error> {
        let rule = if kind.has_cutoff() { "a whole number from 1" } else { "left out" };
        match u32::try_from(k).ok().and_then(NonZeroU32::new) {
            Some(k) if kind.has_cutoff() => Ok(Self { kind, cutoff: Some(k) }),
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

    /// The metric of one user's list: `gains` of the listed items, best first, 0 for an item that
    /// is not relevant, against the `ideal` list. `None` for [`Metric::AUC`], which no list can
    /// give.
    pub fn of_list(self, gains: &[f64], ideal: Ideal<'_>) -> Option<f64> {
        let k = self.cutoff()?;
        let relevant = ideal.relevant();
        Some(match self.kind {
            Kind::Ndcg => ranking::ndcg(gains, ideal, k),
            Kind::NdcgClip => ranking::ndcg_clip(gains, ideal, k),
            Kind::Recall => ranking::recall(gains, relevant, k),
            Kind::RecallMin => ranking::recall_min(gains, relevant, k),
            Kind::Precision => ranking::precision(gains, k),
            Kind::Ap => ranking::ap(gains, relevant, k),
            Kind::ApMin => ranking::ap_min(gains, relevant, k),
            Kind::Rr => ranking::rr(gains, k),
            Kind::Hit => ranking::hit(gains, k),
            Kind::F1 => ranking::f1(gains, relevant, k),
            Kind::Auc => return None,
        })
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cutoff {
            Some(k) => f.pad(&format!("{}@{k}", self.kind.name())),
            None => f.pad(self.kind.name()),
        }
    }
}

impl FromStr for Metric {
    type Err = Error;

    /// # Errors
    /// [`Error::UnknownMetric`] with the nearest name, [`Error::NoCutoff`] or [`Error::Cutoff`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.trim().to_ascii_lowercase();
        let (name, cutoff) = match lower.split_once('@') {
            Some((name, cutoff)) => (name, Some(cutoff)),
            None => (lower.as_str(), None),
        };
        let Some(kind) = Kind::from_name(name) else {
            return Err(unknown(name, cutoff));
        };
        match cutoff {
            None if kind.has_cutoff() => Err(Error::NoCutoff { name: name.into() }),
            None => Ok(Self { kind, cutoff: None }),
            Some(digits) => {
                let k = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok());
                Self::at(kind, k.flatten().unwrap_or(0)).map_err(|error| match error {
                    Error::Cutoff { rule, .. } => {
                        Error::Cutoff { name: name.into(), cutoff: digits.into(), rule }
                    }
                    other => other,
                })
            }
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
    fn padding_works_as_for_strings() {
        assert_eq!(
            format!("{:>8}|{:<5}|", "ap@5".parse::<Metric>().unwrap(), Metric::AUC),
            "    ap@5|auc  |"
        );
    }
}
