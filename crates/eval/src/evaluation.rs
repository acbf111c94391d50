//! What an evaluation found, user by user, and what follows for the means.

use crate::bootstrap::{Interval, Series, bootstrap_series};
use crate::evaluate::size;
use crate::{Error, Metric, TestSet};
use foretaste_data::{UserId, push_quoted};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write};

/// One value per user and metric.
///
/// Not every metric has a value for every user: see [`Evaluation::values`].
///
/// `U` names the users: `Option<UserId>` (`None`: a user whom the model does not know) after
/// [`evaluate`](crate::evaluate), the id as `String` after [`evaluate_run`](crate::evaluate_run).
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation<U = Option<UserId>> {
    users: Vec<U>,
    metrics: Vec<Metric>,
    /// Users × metrics.
    values: Vec<f64>,
    /// One a metric.
    columns: Vec<Column>,
    users_without_list: usize,
    relevant_but_masked: usize,
}

/// How the values of a metric's column make its mean.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Column {
    /// All users count alike.
    Alike,
    /// Each user counts so much; 0 where the value is NaN.
    Weighted(Vec<f64>),
    /// The metric is one of the run as a whole.
    Run(f64),
}

impl Column {
    /// Towards the mean over runs: who has no value in one of them does not count.
    fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Weighted(weights), Self::Weighted(others)) => {
                weights
                    .iter_mut()
                    .zip(others)
                    .for_each(|(weight, other)| *weight = weight.min(*other));
            }
            (Self::Run(sum), Self::Run(value)) => *sum += value,
            _ => {}
        }
    }

    fn divide(&mut self, runs: f64) {
        if let Self::Run(sum) = self {
            *sum /= runs;
        }
    }
}

/// The mean of one metric over users, with its 95% bootstrap interval.
///
/// A metric of the run as a whole (`coverage`, `gini`) has its value as `mean`, and NaN for the
/// ends of the interval: users drawn anew list fewer items together, so the bootstrap does not
/// apply.
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

impl Evaluation {
    /// The evaluation whose [`Evaluation::values`] these are, on the same test set: what was
    /// computed before has means, intervals and comparisons again.
    ///
    /// Counts of users without a list and of masked pairs, and figures of the run as a whole, are
    /// not among the values; they are 0 and NaN.
    ///
    /// # Errors
    /// [`Error::Size`] unless there is a value for each user of `test` and metric;
    /// [`Error::NoTestUsers`].
    pub fn of_values(test: &TestSet, metrics: &[Metric], values: Vec<f64>) -> Result<Self, Error> {
        if test.n_users() == 0 {
            return Err(Error::NoTestUsers);
        }
        size("values of users", test.n_users() * metrics.len(), values.len())?;
        Ok(Self::of_test(test, metrics, values))
    }

    /// The same of values that are as many as they have to be.
    pub(crate) fn of_test(test: &TestSet, metrics: &[Metric], values: Vec<f64>) -> Self {
        let users = test.known_users().iter().copied().map(Some);
        let users = users.chain(test.unknown_users().iter().map(|_| None)).collect();
        let mut found = Self::new(users, metrics, values);
        for (n, metric) in metrics.iter().enumerate().filter(|(_, metric)| metric.is_weighted()) {
            let relevant: Vec<usize> = test.relevant().collect();
            found.weigh(n, |at| metric.weight(relevant[at]));
        }
        for (n, _) in metrics.iter().enumerate().filter(|(_, metric)| metric.is_of_run()) {
            found.set_run(n, f64::NAN);
        }
        found
    }
}

impl<U> Evaluation<U> {
    /// `values` holds `metrics.len()` numbers for each of `users`, of whom there is at least one.
    pub(crate) fn new(users: Vec<U>, metrics: &[Metric], values: Vec<f64>) -> Self {
        debug_assert_eq!(values.len(), users.len() * metrics.len());
        let columns = vec![Column::Alike; metrics.len()];
        let metrics = metrics.to_vec();
        Self { users, metrics, values, columns, users_without_list: 0, relevant_but_masked: 0 }
    }

    /// The mean over runs of each value: what a method comes to that was trained with several seeds.
    /// A user for whom one of the runs has no value has none. `None` of no run.
    ///
    /// # Errors
    /// [`Error::NotPaired`] if the runs are not of the same users and metrics in the same order.
    pub fn over_runs(runs: &[Self]) -> Result<Option<Self>, Error>
    where
        U: Clone + PartialEq,
    {
        let Some((first, others)) = runs.split_first() else { return Ok(None) };
        let mut mean = first.clone();
        for run in others {
            mean.check_pairs(run)?;
            mean.values.iter_mut().zip(&run.values).for_each(|(sum, value)| *sum += value);
            mean.columns.iter_mut().zip(&run.columns).for_each(|(sum, column)| sum.add(column));
            mean.users_without_list = mean.users_without_list.max(run.users_without_list);
        }
        let n = runs.len() as f64;
        mean.values.iter_mut().for_each(|sum| *sum /= n);
        mean.columns.iter_mut().for_each(|column| column.divide(n));
        Ok(Some(mean))
    }

    /// Checks that users and metrics are those of the other.
    pub(crate) fn check_pairs(&self, other: &Self) -> Result<(), Error>
    where
        U: PartialEq,
    {
        let what = match (self.users == other.users, self.metrics == other.metrics) {
            (false, _) => "users",
            (_, false) => "metrics",
            _ => return Ok(()),
        };
        Err(Error::NotPaired { what })
    }

    pub(crate) fn counting(self, users_without_list: usize, relevant_but_masked: usize) -> Self {
        Self { users_without_list, relevant_but_masked, ..self }
    }

    /// Lets each user weigh `weight(position)` in the mean of the metric at position `n`, or nothing
    /// where there is no value.
    pub(crate) fn weigh(&mut self, n: usize, weight: impl Fn(usize) -> f64) {
        let values = self.values.iter().skip(n).step_by(self.metrics.len()).enumerate();
        let weigh = |(at, value): (usize, &f64)| if value.is_nan() { 0.0 } else { weight(at) };
        self.columns[n] = Column::Weighted(values.map(weigh).collect());
    }

    /// The metric at position `n` is one of the run as a whole.
    pub(crate) fn set_run(&mut self, n: usize, value: f64) {
        self.columns[n] = Column::Run(value);
        let step = self.metrics.len();
        self.values.iter_mut().skip(n).step_by(step).for_each(|value| *value = f64::NAN);
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
    ///
    /// NaN where a metric has none for a user: `arp` and `novelty` of a user without a list, metrics
    /// of relevant items of a user who has none in [`evaluate_rated`](crate::evaluate_rated), and
    /// metrics of the run as a whole. Such users are left out of the metric's mean.
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

    /// Writes a CSV file: `user` and the metrics as header, then a line a user; a cell is empty where
    /// the metric has no value for the user. `name` gives the id of the user at a position.
    ///
    /// In parallel on the current rayon pool, some thousand lines at a time.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_per_user(
        &self,
        mut out: impl Write,
        name: impl Fn(usize) -> String + Sync,
    ) -> io::Result<()>
    where
        U: Sync,
    {
        let metrics = self.metrics.iter().map(|metric| format!(",{metric}"));
        writeln!(out, "user{}", metrics.collect::<String>())?;
        for start in (0..self.users.len()).step_by(LINES) {
            let users = start..self.users.len().min(start + LINES);
            let lines = users.into_par_iter().map(|n| line(&name(n), self.row(n)));
            out.write_all(lines.collect::<Vec<String>>().concat().as_bytes())?;
        }
        out.flush()
    }

    /// The mean of each metric over all users for whom it has a value.
    pub fn means(&self) -> Vec<f64> {
        let mean = |n: usize| match &self.columns[n] {
            Column::Run(value) => *value,
            _ => self.series(n).mean(),
        };
        (0..self.metrics.len()).map(mean).collect()
    }

    /// The mean of one metric; `None` if it was not computed.
    pub fn mean(&self, metric: Metric) -> Option<f64> {
        let at = self.metrics.iter().position(|&other| other == metric)?;
        Some(self.means()[at])
    }

    /// The mean of each metric with its 95% bootstrap interval over users; see
    /// [`bootstrap_means`](crate::bootstrap_means).
    pub fn summary(&self, seed: u64) -> Vec<Summary> {
        let series: Vec<Series> = (0..self.metrics.len()).map(|n| self.series(n)).collect();
        let intervals = bootstrap_series(&series, seed);
        let summary = |(n, Interval { mean, low, high })| {
            let metric = self.metrics[n];
            match self.columns[n] {
                Column::Run(mean) => Summary { metric, mean, low: f64::NAN, high: f64::NAN },
                _ => Summary { metric, mean, low, high },
            }
        };
        intervals.into_iter().enumerate().map(summary).collect()
    }

    /// The values of the metric at position `n`, user by user.
    pub(crate) fn series(&self, n: usize) -> Series {
        let values = self.values.iter().skip(n).step_by(self.metrics.len()).copied().collect();
        match &self.columns[n] {
            Column::Alike => Series::new(values),
            Column::Weighted(weights) => Series::weighted(values, weights.clone()),
            Column::Run(_) => Series::weighted(values, vec![0.0; self.users.len()]),
        }
    }

    /// The value of a metric of the run as a whole.
    pub(crate) fn of_run(&self, n: usize) -> Option<f64> {
        match self.columns[n] {
            Column::Run(value) => Some(value),
            _ => None,
        }
    }
}

/// Lines that are made at once.
const LINES: usize = 8192;

fn line(user: &str, values: &[f64]) -> String {
    let mut line = String::new();
    push_id(&mut line, user);
    line.reserve(8 * values.len());
    for &value in values {
        match value {
            0.0 => line.push_str(",0"),
            value if value.is_nan() => line.push(','),
            value => write!(line, ",{value}").expect("writing to a String can't fail"),
        }
    }
    line.push('\n');
    line
}

/// Adds an id, in quotes only where it needs them.
fn push_id(line: &mut String, id: &str) {
    if id.contains([',', '"', '\n', '\r']) || id.is_empty() || id.trim() != id {
        push_quoted(line, id);
    } else {
        line.push_str(id);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Kind;

    /// An evaluation by hit@1, and by an AUC of ½ for everybody.
    pub(crate) fn evaluation(hits: &[f64]) -> Evaluation {
        let metrics = [Metric::at(Kind::Hit, 1).unwrap(), Metric::AUC];
        let values = hits.iter().flat_map(|&hit| [hit, 0.5]).collect();
        let users = (0..hits.len() as u32).map(|user| Some(UserId(user))).collect();
        Evaluation::new(users, &metrics, values)
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

    #[test]
    fn users_may_weigh_differently_and_a_run_has_no_interval() {
        let mut found = evaluation(&[1.0, 0.0, f64::NAN, 0.0]);
        found.weigh(0, |at| [3.0, 1.0, 7.0, 2.0][at]);
        found.set_run(1, 0.75);
        assert_eq!(found.means(), [0.5, 0.75]);
        let [hit, run] = found.summary(3)[..] else { panic!("two metrics") };
        assert!(hit.mean == 0.5 && hit.low == 0.0 && hit.high == 1.0, "{hit:?}");
        assert!(run.mean == 0.75 && run.low.is_nan() && run.high.is_nan());
    }

    #[test]
    fn lines_hold_any_id_and_missing_values() {
        assert_eq!(line("a,\"b\"", &[0.0, 0.1, f64::NAN, 1.0]), "\"a,\"\"b\"\"\",0,0.1,,1\n");
        assert_eq!(line(" a", &[]), "\" a\"\n");
        let mut text = Vec::new();
        evaluation(&[1.0, 0.0]).write_per_user(&mut text, |n| format!("u{n}")).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "user,hit@1,auc\nu0,1,0.5\nu1,0,0.5\n");
    }
}
