//! Scoring runs against qrels.

use super::{Qrels, Run};
use crate::evaluate::check_metrics;
use crate::kind::Needs;
use crate::{Error, Estimator, Evaluation, Ideal, Metric};
use rayon::prelude::*;

/// Computes `metrics` of the lists of `run` for every user with a relevant item in `qrels`, in the
/// order of [`Qrels::users`], by the functions that [`evaluate`](crate::evaluate) uses.
///
/// A user without a list scores 0; lists of users who are not in the qrels are ignored. `rel` is
/// the gain of [`ndcg`](crate::ndcg); for the other metrics an item is relevant if it is above 0.
///
/// # Errors
/// [`Error::NotOfLists`] for a metric that needs more than lists, such as [`Metric::AUC`], [`Error::RepeatedMetric`], or
/// [`Error::NoTestUsers`].
pub fn evaluate_run(
    run: &Run,
    qrels: &Qrels,
    metrics: &[Metric],
) -> Result<Evaluation<String>, Error> {
    check_metrics(metrics)?;
    for &metric in metrics {
        let what = match metric.kind().needs() {
            Needs::List if metric.estimator() == Estimator::Plain => continue,
            Needs::List => "propensities",
            Needs::Scores => "the scores of all items",
            Needs::Ratings => "the scores of rated items",
            Needs::Popularity | Needs::Catalogue => "the catalogue",
        };
        return Err(Error::NotOfLists { metric, what });
    }
    let (run, qrels) = (run.table(), qrels.table());
    let users: Vec<u32> = (0..qrels.users.len() as u32)
        .filter(|&user| qrels.row(user).iter().any(|entry| entry.1 > 0.0))
        .collect();
    if users.is_empty() {
        return Err(Error::NoTestUsers);
    }
    let (user_in_run, item_in_qrels) =
        (qrels.users.indices_in(&run.users), run.items.indices_in(&qrels.items));
    let row = |&user: &u32| {
        let list = user_in_run[user as usize].map_or(&[][..], |user| run.row(user));
        let items = list.iter().map(|entry| item_in_qrels[entry.0 as usize]);
        values(items, qrels.row(user), metrics)
    };
    let values = users.par_iter().flat_map_iter(row).collect();
    let without_list = users.iter().filter(|&&user| user_in_run[user as usize].is_none()).count();
    let name = |&user: &u32| qrels.users.name(user).expect("a user of this table").into_owned();
    let names = users.iter().map(name).collect();
    let mut found = Evaluation::new(names, metrics, values).counting(without_list, 0);
    for (n, metric) in metrics.iter().enumerate().filter(|(_, metric)| metric.is_weighted()) {
        let relevant = |at: usize| qrels.row(users[at]).iter().filter(|entry| entry.1 > 0.0);
        found.weigh(n, |at| metric.weight(relevant(at).count()));
    }
    Ok(found)
}

/// The metrics of a list of items, `None` where the qrels do not know an item, against a user's
/// judgements, by ascending item.
fn values(
    list: impl Iterator<Item = Option<u32>>,
    judged: &[(u32, f64)],
    metrics: &[Metric],
) -> Vec<f64> {
    let mut ideal: Vec<f64> = judged.iter().map(|entry| entry.1).filter(|rel| *rel > 0.0).collect();
    ideal.sort_unstable_by(|a, b| b.total_cmp(a));
    let gain = |item: Option<u32>| {
        let at = judged.binary_search_by_key(&item?, |entry| entry.0).ok()?;
        Some(judged[at].1)
    };
    let gains: Vec<f64> = list.map(|item| gain(item).unwrap_or(0.0)).collect();
    let value = |metric: &Metric| {
        let value = metric.of_list(&gains, Ideal::Graded(&ideal));
        value.expect("others were refused")
    };
    metrics.iter().map(value).collect()
}
