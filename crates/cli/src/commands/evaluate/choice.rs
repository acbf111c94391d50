//! Which metrics to compute.

use super::{Candidates, DEFAULT_METRICS, Evaluate};
use crate::failure::{Failure, Outcome};
use foretaste::eval::{Error, Estimator, Metric};
use std::str::FromStr;

/// Where all items are ranked and only -k is given.
const LISTS: &str = "ndcg,recall,precision,ap,rr,hit,f1";
/// Where rated items are ranked: those of Saito et al., and NDCG as everybody else has it.
const RATED: &str = "dcg_saito,recall_saito,map_saito,ndcg";
const RATED_K: [usize; 3] = [1, 3, 5];

/// A metric as asked for: complete, or in want of a cut-off.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Metric(Metric),
    /// The text, as it was read, and what is wrong with it alone.
    Open(String, String),
}

impl FromStr for Wanted {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse() {
            Ok(metric) => Ok(Self::Metric(metric)),
            Err(error @ Error::NoCutoff { .. }) => Ok(Self::Open(text.into(), error.to_string())),
            Err(error) => Err(error),
        }
    }
}

/// The metrics at each of the cut-offs, in the order asked for; those with their own have it alone.
pub(crate) fn at_cutoffs(wanted: &[Wanted], cutoffs: &[usize]) -> Outcome<Vec<Metric>> {
    let open = wanted.iter().any(|wanted| matches!(wanted, Wanted::Open(..)));
    if !cutoffs.is_empty() && !open {
        return Err(Failure::usage("-k is of no use: all metrics have a cut-off or take none")
            .help("leave out either -k or @k, as in --metrics ndcg,recall -k 5,10"));
    }
    let metrics: Vec<Vec<Metric>> =
        wanted.iter().map(|wanted| wanted.at(cutoffs)).collect::<Outcome<_>>()?;
    Ok(metrics.concat())
}

/// Metrics by names that are known to be right.
pub(crate) fn named(names: &str) -> Outcome<Vec<Wanted>> {
    names.split(',').map(|name| Ok(name.parse()?)).collect()
}

/// Refuses lists that are longer than there are items.
pub(crate) fn check_lengths(metrics: &[Metric], n_items: usize) -> Outcome {
    match metrics.iter().find(|metric| metric.cutoff().is_some_and(|k| k > n_items)) {
        Some(metric) => {
            let message = format_args!("{metric}: the model has only {n_items} items to list");
            Err(Failure::usage(message).help("name a smaller cut-off"))
        }
        None => Ok(()),
    }
}

impl Wanted {
    /// The metrics at each of the cut-offs; none of those that have their own.
    fn at(&self, cutoffs: &[usize]) -> Outcome<Vec<Metric>> {
        let (name, error) = match self {
            Self::Metric(metric) => return Ok(vec![*metric]),
            Self::Open(name, error) => (name, error),
        };
        if cutoffs.is_empty() {
            return Err(
                Failure::usage(error).help("-k 10 is the cut-off of all metrics without one")
            );
        }
        let (kind, estimator) = name.split_once(':').map_or((name.as_str(), ""), |at| at);
        let colon = if estimator.is_empty() { "" } else { ":" };
        let metric = |k: &usize| Ok(format!("{kind}@{k}{colon}{estimator}").parse()?);
        cutoffs.iter().map(metric).collect()
    }
}

impl Evaluate {
    /// What to compute, each once, in the order asked for.
    pub(super) fn metrics(&self, n_items: usize) -> Outcome<Vec<Metric>> {
        let by_default = self.metrics.is_empty() && self.k.is_empty();
        let mut metrics = Vec::new();
        for metric in at_cutoffs(&self.wanted()?, self.cutoffs())? {
            metrics.push(metric);
            for estimator in self.unbiased.estimators() {
                metrics.extend(metric.by(estimator).ok().filter(|_| is_plain(metric)));
            }
        }
        for (n, metric) in metrics.iter().enumerate() {
            if metrics[..n].contains(metric) {
                return Err(Error::RepeatedMetric { metric: *metric }.into());
            }
        }
        if !by_default {
            check_lengths(&metrics, n_items)?;
        }
        self.unbiased.check(&metrics)?;
        Ok(metrics)
    }

    fn wanted(&self) -> Outcome<Vec<Wanted>> {
        let names = match (self.candidates, self.k.is_empty()) {
            _ if !self.metrics.is_empty() => return Ok(self.metrics.clone()),
            (Candidates::Rated, _) => RATED,
            (Candidates::All, true) => DEFAULT_METRICS,
            (Candidates::All, false) => LISTS,
        };
        named(names)
    }

    fn cutoffs(&self) -> &[usize] {
        let rated_by_default = self.candidates == Candidates::Rated && self.metrics.is_empty();
        if self.k.is_empty() && rated_by_default { &RATED_K } else { &self.k }
    }
}

fn is_plain(metric: Metric) -> bool {
    metric.estimator() == Estimator::Plain
}
