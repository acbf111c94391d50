//! The metrics of one user, from the scores of all items.

use crate::catalogue::{Exposure, mean_of_list};
use crate::kind::Needs;
use crate::unbiased::{WeightedList, ips, snips};
use crate::{Estimator, Kind, Metric, TestSet, TestUser, Weights, auc};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{Scored, select_top_k};
use std::borrow::Cow;

/// What is the same for every user.
pub(crate) struct PerUser<'a> {
    pub(crate) mask: &'a [&'a Interactions],
    /// No candidates for anybody; if there are any, lists come from the scores of all items.
    pub(crate) barred: &'a [ItemId],
    pub(crate) metrics: &'a [Metric],
    /// The longest list that a metric looks at.
    pub(crate) cutoff: usize,
    /// Training interactions of each item; empty if no metric needs it.
    pub(crate) popularity: &'a [u32],
    /// Self-information of each item; empty if no metric needs it.
    pub(crate) information: &'a [f64],
    pub(crate) weights: Option<&'a Weights>,
    pub(crate) tests: &'a [&'a TestSet],
    /// One a test set.
    pub(crate) exposures: &'a [Exposure],
}

/// What was found for one user.
pub(crate) struct Row {
    pub(crate) values: Vec<f64>,
    pub(crate) listed: bool,
    pub(crate) relevant_but_masked: usize,
}

/// How the items were ranked for one user.
struct Ranking<'a> {
    /// The best, as many as a metric looks at.
    list: &'a [Scored],
    /// Whether any item can be listed.
    listed: bool,
    /// Of all items; empty if no metric looks at them.
    scores: &'a [f32],
    /// The items that are no candidates for the user, ascending, without those barred for all.
    masked: &'a [ItemId],
}

impl PerUser<'_> {
    /// The rows of a user from the scores of all items.
    pub(crate) fn of_scores(&self, user: UserId, scores: &mut [f32]) -> Vec<(usize, Row)> {
        let mut masked = masked(self.mask, user);
        if !self.barred.is_empty() {
            masked = Cow::Owned(without(&masked, self.barred).into_owned());
        }
        for item in masked.iter().chain(self.barred) {
            scores[item.index()] = f32::NEG_INFINITY;
        }
        let mut list = Vec::new();
        select_top_k(scores, self.cutoff, &mut list);
        let listed = !list.is_empty() || scores.iter().any(|&score| score > f32::NEG_INFINITY);
        self.rows(user, &Ranking { list: &list, listed, scores, masked: &masked })
    }

    /// The rows of a user from the list alone, where no metric looks at more.
    pub(crate) fn of_list(&self, user: UserId, list: &[Scored]) -> Vec<(usize, Row)> {
        let (listed, masked) = (!list.is_empty(), masked(self.mask, user));
        self.rows(user, &Ranking { list, listed, scores: &[], masked: &masked })
    }

    /// A row for each test set that holds the user, with the test set's position.
    fn rows(&self, user: UserId, ranking: &Ranking<'_>) -> Vec<(usize, Row)> {
        let mut rows = Vec::with_capacity(self.tests.len());
        for (n, test) in self.tests.iter().enumerate() {
            if let Some(test) = test.of(user) {
                self.exposures[n].add(ranking.list.iter().map(|(item, _)| *item));
                rows.push((n, self.row(&test, ranking)));
            }
        }
        rows
    }

    fn row(&self, test: &TestUser<'_>, ranking: &Ranking<'_>) -> Row {
        let &Ranking { list, listed, scores, masked } = ranking;
        let candidates = without(test.items, masked);
        let candidates = without(&candidates, self.barred);
        let relevant_but_masked = test.items.len() - candidates.len();
        let gains: Vec<f64> = list.iter().map(|(item, _)| test.gain(*item)).collect();
        // What follows the last hit changes no metric.
        let len = gains.iter().rposition(|gain| *gain > 0.0).map_or(0, |last| last + 1);
        let (gains, hits) = (&gains[..len], &list[..len]);
        let weighted = self.weights.map(|weights| self.weighted(weights, test, gains, hits));
        let value = |metric: &Metric| match (metric.estimator(), metric.cutoff()) {
            (Estimator::Plain, Some(k)) => match metric.kind() {
                Kind::Arp => mean_of_list(
                    list.iter().map(|(item, _)| f64::from(self.popularity[item.index()])),
                    k,
                ),
                Kind::Novelty => {
                    mean_of_list(list.iter().map(|(item, _)| self.information[item.index()]), k)
                }
                kind if kind.needs() == Needs::List => {
                    metric.of_list(gains, test.ideal).expect("a metric of lists")
                }
                _ => f64::NAN,
            },
            (Estimator::Plain, None) if listed => {
                let hidden = [masked, self.barred].concat();
                auc(scores, &candidates, &hidden).unwrap_or(0.5)
            }
            (Estimator::Plain, None) => 0.0,
            (estimator, k) => {
                let (weights, total) = weighted.as_ref().expect("weights were checked for");
                let relevant = test.ideal.relevant();
                let list = WeightedList { weights, total: *total, relevant };
                let of = if estimator == Estimator::Ips { ips } else { snips };
                of(metric.kind(), list, k.unwrap_or(0)).expect("a metric with estimators")
            }
        };
        Row { values: self.metrics.iter().map(value).collect(), listed, relevant_but_masked }
    }

    /// The weights of listed items, and the sum over all relevant ones.
    fn weighted(
        &self,
        weights: &Weights,
        test: &TestUser<'_>,
        gains: &[f64],
        list: &[Scored],
    ) -> (Vec<f64>, f64) {
        let weight = |(&gain, &(item, _)): (&f64, &Scored)| {
            if gain > 0.0 { weights.of(item) } else { 0.0 }
        };
        let listed = gains.iter().zip(list).map(weight).collect();
        (listed, weights.total(test.user, test.items))
    }
}

/// The items that a mask holds for a user: ascending, each once.
pub(crate) fn masked<'a>(mask: &[&'a Interactions], user: UserId) -> Cow<'a, [ItemId]> {
    match mask {
        [] => Cow::Borrowed(&[]),
        [one] => Cow::Borrowed(one.row(user)),
        several => {
            let rows = several.iter().flat_map(|mask| mask.row(user));
            let mut items: Vec<ItemId> = rows.copied().collect();
            items.sort_unstable();
            items.dedup();
            Cow::Owned(items)
        }
    }
}

/// The items of `items` that `masked` does not hold; both ascending.
pub(crate) fn without<'a>(items: &'a [ItemId], masked: &[ItemId]) -> Cow<'a, [ItemId]> {
    let is_masked = |item: &ItemId| masked.binary_search(item).is_ok();
    if items.iter().any(is_masked) {
        Cow::Owned(items.iter().copied().filter(|item| !is_masked(item)).collect())
    } else {
        Cow::Borrowed(items)
    }
}
