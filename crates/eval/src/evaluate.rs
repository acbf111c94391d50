//! Full-ranking evaluation of a scorer.

use crate::catalogue::{Exposure, coverage, gini};
use crate::kind::Needs;
use crate::per_user::{PerUser, Row};
use crate::{Error, Estimator, Evaluation, Kind, Metric, TestSet, Weights};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{Query, Scorer, recommend, score_rows};
use rayon::prelude::*;

/// Users whose lists are held at once.
const AT_ONCE: usize = 16_384;

/// Ranks all items for each user of `test` and computes `metrics` of the lists: an [`Evaluator`] for
/// metrics that need nothing else.
///
/// # Errors
/// Those of [`Evaluator::new`] and [`Evaluator::evaluate`].
pub fn evaluate(
    scorer: &dyn Scorer,
    mask: &[&Interactions],
    test: &TestSet,
    metrics: &[Metric],
) -> Result<Evaluation, Error> {
    Evaluator::new(scorer, mask, metrics)?.evaluate(test)
}

/// Ranks all items for users and computes metrics of the lists.
///
/// Items that a row of the mask (training positives, usually validation positives too) holds for
/// the user are not candidates: they are never listed, and AUC leaves them out. A relevant item
/// among them stays in R and is a miss, as trec_eval has it; they are counted
/// ([`Evaluation::relevant_but_masked`]). Items with a score of NaN or −∞ are never listed; for AUC
/// they rank last. A user whom the model does not know, or for whom no item can be listed, scores
/// 0 in every metric of relevance. A user with a list but no pair of a relevant and a non-relevant
/// candidate has an AUC of ½: nothing is known, which is what a constant score gets.
///
/// In parallel on the current rayon pool; the result does not depend on the number of threads.
/// Memory: 16 B a user and metric, some 100 B a user, and [`score_rows`]'s blocks. Without AUC only the
/// best items are looked for, which [`recommend`] does several times faster than all scores are
/// written down.
#[derive(Clone, Debug)]
pub struct Evaluator<'a> {
    scorer: &'a dyn Scorer,
    mask: &'a [&'a Interactions],
    metrics: &'a [Metric],
    popularity: Option<&'a [u32]>,
    weights: Option<&'a Weights>,
    /// The items that are no candidates for anybody, ascending.
    barred: Vec<ItemId>,
}

impl<'a> Evaluator<'a> {
    /// Metrics of a scorer's lists without the pairs of `mask`.
    ///
    /// # Errors
    /// [`Error::Size`] if a mask is not of the scorer's users × items, or [`Error::RepeatedMetric`].
    pub fn new(
        scorer: &'a dyn Scorer,
        mask: &'a [&'a Interactions],
        metrics: &'a [Metric],
    ) -> Result<Self, Error> {
        for mask in mask {
            size("users of a mask", scorer.n_users(), mask.n_users())?;
            size("items of a mask", scorer.n_items(), mask.n_items())?;
        }
        check_metrics(metrics)?;
        Ok(Self { scorer, mask, metrics, popularity: None, weights: None, barred: Vec::new() })
    }

    /// Ranks the items alone for which there is a `true`, one an item: the others are no candidates
    /// for any user, as if every row of the mask held them.
    ///
    /// Memory: 4 B an item that is left out. All scores are written down, as for AUC.
    ///
    /// # Errors
    /// [`Error::Size`] unless there is a value for each of the scorer's items.
    pub fn among(self, candidates: &[bool]) -> Result<Self, Error> {
        size("items that may be candidates", self.scorer.n_items(), candidates.len())?;
        let all = (0..).map(ItemId).zip(candidates);
        let barred = all.filter(|(_, candidate)| !**candidate).map(|(item, _)| item).collect();
        Ok(Self { barred, ..self })
    }

    /// The number of training interactions of each item, for `arp` and `novelty`.
    ///
    /// # Errors
    /// [`Error::Size`] unless there is a number for each of the scorer's items.
    pub fn popularity(self, counts: &'a [u32]) -> Result<Self, Error> {
        size("items with a popularity", self.scorer.n_items(), counts.len())?;
        Ok(Self { popularity: Some(counts), ..self })
    }

    /// The weights of relevant items, for `:ips` and `:snips`.
    ///
    /// # Errors
    /// [`Error::Size`] unless there is a weight for each of the scorer's items.
    pub fn weights(self, weights: &'a Weights) -> Result<Self, Error> {
        size("items with a weight", self.scorer.n_items(), weights.n_items())?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// Computes the metrics for every user with a relevant item in `test`.
    ///
    /// # Errors
    /// [`Error::Size`] if `test` is not of the scorer's users × items, [`Error::NoTestUsers`], or
    /// [`Error::Missing`] if a metric needs what was not given.
    pub fn evaluate(&self, test: &TestSet) -> Result<Evaluation, Error> {
        let mut found = self.evaluate_each(&[test])?;
        Ok(found.pop().expect("an evaluation for each test set"))
    }

    /// As [`Evaluator::evaluate`] for several test sets, such as one for each band of popularity.
    /// Users are scored and ranked once; each evaluation is over the users of its test set.
    ///
    /// # Errors
    /// Those of [`Evaluator::evaluate`], for any of the test sets.
    pub fn evaluate_each(&self, tests: &[&TestSet]) -> Result<Vec<Evaluation>, Error> {
        for test in tests {
            size("users of the test set", self.scorer.n_users(), test.shape().0)?;
            size("items of the test set", self.scorer.n_items(), test.shape().1)?;
            if test.n_users() == 0 {
                return Err(Error::NoTestUsers);
            }
            self.check_needs(test)?;
        }
        let mut users: Vec<UserId> =
            tests.iter().flat_map(|test| test.known_users()).copied().collect();
        users.sort_unstable();
        users.dedup();
        let exposures: Vec<Exposure> = tests.iter().map(|_| self.exposure()).collect();
        let information = self.information();
        let task = PerUser {
            mask: self.mask,
            barred: &self.barred,
            metrics: self.metrics,
            cutoff: self.cutoff(),
            popularity: self.popularity.unwrap_or(&[]),
            information: &information,
            weights: self.weights,
            tests,
            exposures: &exposures,
        };
        let mut by_test: Vec<Vec<Row>> = tests.iter().map(|_| Vec::new()).collect();
        let mut keep = |rows: Vec<Vec<(usize, Row)>>| {
            rows.into_iter().flatten().for_each(|(test, row)| by_test[test].push(row));
        };
        if self.needs_scores() {
            keep(score_rows(self.scorer, &users, |n, scores| task.of_scores(users[n], scores)));
        } else {
            let query = Query::new(task.cutoff).exclude(self.mask);
            for users in users.chunks(AT_ONCE) {
                let lists = recommend(self.scorer, users, &query);
                let rows = users.par_iter().zip(lists).with_min_len(64);
                keep(rows.map(|(user, list)| task.of_list(*user, &list)).collect());
            }
        }
        let parts = by_test.iter().zip(tests).zip(&exposures);
        Ok(parts.map(|((rows, test), exposure)| self.collect(rows, test, exposure)).collect())
    }

    /// Whether everything is there that a metric needs.
    fn check_needs(&self, test: &TestSet) -> Result<(), Error> {
        for &metric in self.metrics {
            let weighted = metric.estimator() != Estimator::Plain;
            let what = match metric.kind().needs() {
                Needs::Popularity if self.popularity.is_none() => "the popularity of items",
                Needs::Ratings => "a test set of items rated at random, relevant or not",
                _ if weighted && self.weights.is_none() => "propensities",
                _ if weighted && test.is_graded() => "relevance without grades",
                _ => continue,
            };
            return Err(Error::Missing { metric, what });
        }
        Ok(())
    }

    /// Whether lists do not tell all: a metric looks at more, or at none, or not at all items.
    fn needs_scores(&self) -> bool {
        let all = self.metrics.iter().any(|metric| metric.kind().needs() == Needs::Scores);
        all || self.cutoff() == 0 || !self.barred.is_empty()
    }

    /// The longest list that a metric looks at.
    fn cutoff(&self) -> usize {
        let longest = self.metrics.iter().filter_map(|metric| metric.cutoff()).max();
        longest.unwrap_or(0).min(self.scorer.n_items())
    }

    fn exposure(&self) -> Exposure {
        let of_run = self.metrics.iter().filter(|metric| metric.kind().needs() == Needs::Catalogue);
        Exposure::new(of_run.filter_map(|metric| metric.cutoff()).collect(), self.scorer.n_items())
    }

    /// The self-information of each item in bits, if a metric asks for it.
    fn information(&self) -> Vec<f64> {
        let asked = self.metrics.iter().any(|metric| metric.kind() == Kind::Novelty);
        let counts = self.popularity.filter(|_| asked).unwrap_or(&[]);
        let users = self.scorer.n_users() as f64;
        counts.iter().map(|&count| libm::log2(users / f64::from(count.max(1)))).collect()
    }

    /// The evaluation of one test set from the rows of its known users, in order.
    fn collect(&self, rows: &[Row], test: &TestSet, exposure: &Exposure) -> Evaluation {
        let unknown = test.unknown_users().len();
        let mut values: Vec<f64> = Vec::with_capacity(test.n_users() * self.metrics.len());
        rows.iter().for_each(|row| values.extend_from_slice(&row.values));
        let missed: Vec<f64> = self.metrics.iter().map(|metric| metric.without_list()).collect();
        (0..unknown).for_each(|_| values.extend_from_slice(&missed));
        let without_list = unknown + rows.iter().filter(|row| !row.listed).count();
        let masked = rows.iter().map(|row| row.relevant_but_masked).sum();
        let mut found =
            Evaluation::of_test(test, self.metrics, values).counting(without_list, masked);
        for (n, &metric) in self.metrics.iter().enumerate() {
            if let (Needs::Catalogue, Some(k)) = (metric.kind().needs(), metric.cutoff()) {
                let shown = exposure.at(k);
                let of = if metric.kind() == Kind::Coverage { coverage } else { gini };
                found.set_run(n, of(&shown));
            }
        }
        found
    }
}

pub(crate) fn size(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Size { what, expected, found }) }
}

pub(crate) fn check_metrics(metrics: &[Metric]) -> Result<(), Error> {
    for (n, &metric) in metrics.iter().enumerate() {
        if metrics[..n].contains(&metric) {
            return Err(Error::RepeatedMetric { metric });
        }
    }
    Ok(())
}
