//! Full-ranking evaluation of a scorer.

use crate::{Error, Evaluation, Metric, TestSet, TestUser, auc};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_model::{Scorer, score_rows, select_top_k};
use std::borrow::Cow;

/// Ranks all items for each user of `test` and computes `metrics` of the lists.
///
/// Items that a row of `mask` (training positives, usually validation positives too) holds for
/// the user are not candidates: they are never listed, and AUC leaves them out. A relevant item
/// among them stays in R and is a miss, as trec_eval has it; they are counted
/// ([`Evaluation::relevant_but_masked`]). Items with a score of NaN or −∞ are never listed; for AUC
/// they rank last. A user whom the model does not know, or for whom no item can be listed, scores
/// 0 in every metric. A user with a list but no pair of a relevant and a non-relevant candidate
/// has an AUC of ½: nothing is known, which is what a constant score gets.
///
/// In parallel on the current rayon pool; the result does not depend on the number of threads.
/// Memory: 8 B a user and metric, and [`score_rows`]'s blocks.
///
/// # Errors
/// [`Error::Size`] if `test` or a mask is not of the scorer's users × items,
/// [`Error::RepeatedMetric`], or [`Error::NoTestUsers`].
pub fn evaluate(
    scorer: &dyn Scorer,
    mask: &[&Interactions],
    test: &TestSet,
    metrics: &[Metric],
) -> Result<Evaluation, Error> {
    check_shapes(scorer, mask, test)?;
    check_metrics(metrics)?;
    if test.n_users() == 0 {
        return Err(Error::NoTestUsers);
    }
    let cutoff = metrics.iter().filter_map(|metric| metric.cutoff()).max().unwrap_or(0);
    let task = Task { mask, metrics, cutoff: cutoff.min(scorer.n_items()) };
    let rows = score_rows(scorer, test.known_users(), |n, scores| task.row(test.known(n), scores));

    let unknown = test.unknown_users().users;
    let users = test.known_users().iter().copied().map(Some);
    let users = users.chain(std::iter::repeat_n(None, unknown)).collect();
    let mut values: Vec<f64> = Vec::with_capacity(test.n_users() * metrics.len());
    rows.iter().for_each(|row| values.extend_from_slice(&row.values));
    values.resize(test.n_users() * metrics.len(), 0.0);
    let without_list = unknown + rows.iter().filter(|row| !row.listed).count();
    let masked = rows.iter().map(|row| row.relevant_but_masked).sum();
    Ok(Evaluation::new(users, metrics, values, without_list, masked))
}

/// What is the same for every user.
struct Task<'a> {
    mask: &'a [&'a Interactions],
    metrics: &'a [Metric],
    /// The longest list that a metric looks at.
    cutoff: usize,
}

/// What was found for one user.
struct Row {
    values: Vec<f64>,
    listed: bool,
    relevant_but_masked: usize,
}

impl Task<'_> {
    fn row(&self, test: TestUser<'_>, scores: &mut [f32]) -> Row {
        let masked = self.masked(test.user);
        for item in masked.iter() {
            scores[item.index()] = f32::NEG_INFINITY;
        }
        let candidates = without(test.items, &masked);
        let relevant_but_masked = test.items.len() - candidates.len();
        let listed = scores.iter().any(|&score| score > f32::NEG_INFINITY);
        let values = if listed {
            self.values(&test, scores, &candidates, &masked)
        } else {
            vec![0.0; self.metrics.len()]
        };
        Row { values, listed, relevant_but_masked }
    }

    fn values(
        &self,
        test: &TestUser<'_>,
        scores: &[f32],
        candidates: &[ItemId],
        masked: &[ItemId],
    ) -> Vec<f64> {
        let mut list = Vec::new();
        select_top_k(scores, self.cutoff, &mut list);
        let gains: Vec<f64> = list.iter().map(|(item, _)| test.gain(*item)).collect();
        let value = |metric: &Metric| match metric.of_list(&gains, test.ideal) {
            Some(value) => value,
            None => auc(scores, candidates, masked).unwrap_or(0.5),
        };
        self.metrics.iter().map(value).collect()
    }

    /// The items that are no candidates for a user: ascending, each once.
    fn masked(&self, user: UserId) -> Cow<'_, [ItemId]> {
        match self.mask {
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
}

/// The items of `items` that `masked` does not hold; both ascending.
fn without<'a>(items: &'a [ItemId], masked: &[ItemId]) -> Cow<'a, [ItemId]> {
    let is_masked = |item: &ItemId| masked.binary_search(item).is_ok();
    if items.iter().any(is_masked) {
        Cow::Owned(items.iter().copied().filter(|item| !is_masked(item)).collect())
    } else {
        Cow::Borrowed(items)
    }
}

fn check_shapes(scorer: &dyn Scorer, mask: &[&Interactions], test: &TestSet) -> Result<(), Error> {
    let size = |what, expected, found| {
        if expected == found { Ok(()) } else { Err(Error::Size { what, expected, found }) }
    };
    size("users of the test set", scorer.n_users(), test.shape().0)?;
    size("items of the test set", scorer.n_items(), test.shape().1)?;
    for mask in mask {
        size("users of a mask", scorer.n_users(), mask.n_users())?;
        size("items of a mask", scorer.n_items(), mask.n_items())?;
    }
    Ok(())
}

pub(crate) fn check_metrics(metrics: &[Metric]) -> Result<(), Error> {
    for (n, &metric) in metrics.iter().enumerate() {
        if metrics[..n].contains(&metric) {
            return Err(Error::RepeatedMetric { metric });
        }
    }
    Ok(())
}
