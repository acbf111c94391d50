//! What an evaluation found, user by user, and what follows for the means.

use crate::Metric;
use crate::bootstrap::{Interval, bootstrap_means};
use foretaste_data::UserId;
use serde::Serialize;

/// One value per user and metric.
///
/// `U` names the users: `Option<UserId>` (`None`: a user whom the model does not know) after
/// [`evaluate`](crate::evaluate), the id as `String` after [`evaluate_run`](crate::evaluate_run).
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation<U = Option<UserId>> {
    users: Vec<U>,
    metrics: Vec<Metric>,
    /// Users × metrics.
    values: Vec<f64>,
    users_without_list: usize,
    relevant_but_masked: usize,
}

/// The mean of one metric over users, with its 95% bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Of what.
    pub metric: Metric,
    /// The mean over users.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl<U> Evaluation<U> {
    /// `values` holds `metrics.len()` numbers for each of `users`, of whom there is at least one.
    pub(crate) fn new(
        users: Vec<U>,
        metrics: &[Metric],
        values: Vec<f64>,
        users_without_list: usize,
        relevant_but_masked: usize,
    ) -> Self {
        debug_assert_eq!(values.len(), users.len() * metrics.len());
        Self { users, metrics: metrics.to_vec(), values, users_without_list, relevant_but_masked }
    }

    /// Whom the rows of [`Evaluation::values`] belong to: every user with a relevant test item.
    pub fn users(&self) -> &[U] {
        &self.users
    }

    /// What the columns of [`Evaluation::values`] are.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// All values, row by row: [`Evaluation::users`] × [`Evaluation::metrics`].
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values of the user at position `n`, in the order of [`Evaluation::metrics`].
    ///
    /// # Panics
    /// If there is no such position.
    pub fn row(&self, n: usize) -> &[f64] {
        assert!(n < self.users.len(), "row {n} of {}", self.users.len());
        &self.values[n * self.metrics.len()..][..self.metrics.len()]
    }

    /// Users with a relevant test item who got no list, and so score 0: the model does not know
    /// them, or can't rank a single item for them. They are among [`Evaluation::users`].
    pub fn users_without_list(&self) -> usize {
        self.users_without_list
    }

    /// Relevant (user, item) pairs that could not be listed because they are masked; they are
    /// misses. More than 0 hints at a split whose parts overlap.
    pub fn relevant_but_masked(&self) -> usize {
        self.relevant_but_masked
    }

    /// The mean of each metric over all users.
    pub fn means(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.metrics.len()];
        for row in self.values.chunks_exact(self.metrics.len().max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        sums.into_iter().map(|sum| sum / self.users.len() as f64).collect()
    }

    /// The mean of one metric over all users; `None` if it was not computed.
    pub fn mean(&self, metric: Metric) -> Option<f64> {
        let at = self.metrics.iter().position(|&other| other == metric)?;
        Some(self.means()[at])
    }

    /// The mean of each metric with its 95% bootstrap interval over users; see
    /// [`bootstrap_means`].
    pub fn summary(&self, seed: u64) -> Vec<Summary> {
        summaries(&self.metrics, bootstrap_means(&self.values, self.metrics.len(), seed))
    }
}

fn summaries(metrics: &[Metric], intervals: Vec<Interval>) -> Vec<Summary> {
    let summary = |(&metric, Interval { mean, low, high })| Summary { metric, mean, low, high };
    metrics.iter().zip(intervals).map(summary).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn evaluation(hits: &[f64]) -> Evaluation {
        let metrics = [Metric::at(Kind::Hit, 1).unwrap(), Metric::AUC];
        let values = hits.iter().flat_map(|&hit| [hit, 0.5]).collect();
        let users = (0..hits.len() as u32).map(|user| Some(UserId(user))).collect();
        Evaluation::new(users, &metrics, values, 0, 0)
    }

    #[test]
    fn means_and_rows() {
        let found = evaluation(&[1.0, 0.0, 0.0, 1.0]);
        assert_eq!(found.means(), [0.5, 0.5]);
        assert_eq!(found.mean(Metric::AUC), Some(0.5));
        assert_eq!(found.mean("hit@2".parse().unwrap()), None);
        assert_eq!(found.row(3), [1.0, 0.5]);
        let summary = found.summary(1);
        assert_eq!((summary[1].metric, summary[1].low, summary[1].high), (Metric::AUC, 0.5, 0.5));
        assert!(summary[0].low < 0.5 && 0.5 < summary[0].high);
    }
}
