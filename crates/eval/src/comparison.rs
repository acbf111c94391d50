//! Two evaluations of the same users, compared.

use crate::bootstrap::{Interval, Series, bootstrap_series};
use crate::significance::{paired_t, wilcoxon};
use crate::{Error, Evaluation, Metric};
use serde::Serialize;

/// What one metric says of two evaluations, `a` and `b`, of the same users.
///
/// Of a metric of the run as a whole (`coverage`, `gini`) only the difference is known; the rest is
/// NaN.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Of what.
    pub metric: Metric,
    /// The mean of `a − b` over the users for whom both have a value; that of users who weigh
    /// differently (`precision_micro`) is weighted.
    pub diff: f64,
    /// Lower end of its 95% bootstrap interval.
    pub low: f64,
    /// Upper end of its 95% bootstrap interval.
    pub high: f64,
    /// p of the [paired t-test](paired_t).
    pub p_t: f64,
    /// p of [Wilcoxon's signed-rank test](wilcoxon).
    pub p_wilcoxon: f64,
}

/// Compares two evaluations of the same users, metric by metric.
///
/// Differences are taken user by user before anything else, so what makes a user easy or hard for
/// both cancels out: the interval is much narrower than those of the two means suggest. Users for
/// whom both are equal count too, as differences of 0. `seed` is that of the bootstrap.
///
/// Where many methods or metrics are compared, correct the p-values together:
/// [`holm`](crate::holm).
///
/// # Errors
/// [`Error::NotPaired`] if the evaluations are not of the same users and metrics in the same order.
pub fn compare<U: PartialEq>(
    a: &Evaluation<U>,
    b: &Evaluation<U>,
    seed: u64,
) -> Result<Vec<Comparison>, Error> {
    a.check_pairs(b)?;
    let differences: Vec<Series> =
        (0..a.metrics().len()).map(|n| a.series(n).minus(&b.series(n))).collect();
    let intervals = bootstrap_series(&differences, seed);
    let compared =
        intervals.into_iter().zip(differences).enumerate().map(|(n, (found, series))| {
            let metric = a.metrics()[n];
            match a.of_run(n).zip(b.of_run(n)) {
                Some((a, b)) => of_runs(metric, a - b),
                None => of_users(metric, found, &series.contributions()),
            }
        });
    Ok(compared.collect())
}

fn of_users(metric: Metric, found: Interval, differences: &[f64]) -> Comparison {
    let (p_t, p_wilcoxon) = (paired_t(differences), wilcoxon(differences));
    let Interval { mean: diff, low, high } = found;
    Comparison { metric, diff, low, high, p_t, p_wilcoxon }
}

fn of_runs(metric: Metric, diff: f64) -> Comparison {
    let [low, high, p_t, p_wilcoxon] = [f64::NAN; 4];
    Comparison { metric, diff, low, high, p_t, p_wilcoxon }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::tests::evaluation;

    #[test]
    fn a_constant_difference_has_an_interval_of_no_width() {
        let hits: Vec<f64> = (0..100).map(|n| f64::from(n % 2)).collect();
        let less: Vec<f64> = hits.iter().map(|hit| hit - 0.25).collect();
        let (a, b) = (evaluation(&hits), evaluation(&less));
        let [hit, auc] = compare(&a, &b, 7).unwrap()[..] else { panic!("two metrics") };
        assert_eq!((hit.low, hit.diff, hit.high, hit.p_t), (0.25, 0.25, 0.25, 0.0));
        assert!(hit.p_wilcoxon < 1e-20);
        assert_eq!(
            (auc.low, auc.diff, auc.high, auc.p_t, auc.p_wilcoxon),
            (0.0, 0.0, 0.0, 1.0, 1.0)
        );
        assert!(a.summary(7)[0].high - a.summary(7)[0].low > 0.1);
    }

    #[test]
    fn other_users_or_metrics_can_not_be_compared() {
        let (a, b) = (evaluation(&[1.0, 0.0]), evaluation(&[1.0]));
        assert!(matches!(compare(&a, &b, 1), Err(Error::NotPaired { what: "users" })));
        let other = Evaluation::new(a.users().to_vec(), &[Metric::AUC], vec![0.5; 2]);
        assert!(matches!(compare(&a, &other, 1), Err(Error::NotPaired { what: "metrics" })));
    }

    #[test]
    fn users_without_a_value_on_either_side_are_left_out() {
        let weighted = |hits: &[f64]| {
            let mut found = evaluation(hits);
            found.weigh(0, |_| 2.0);
            found.set_run(1, hits.len() as f64 / 8.0);
            found
        };
        let a = weighted(&[1.0, f64::NAN, 0.5, 0.5]);
        let b = weighted(&[0.5, 0.5, 0.5, f64::NAN]);
        let [hit, run] = compare(&a, &b, 7).unwrap()[..] else { panic!("two metrics") };
        assert_eq!((hit.diff, hit.p_wilcoxon), (0.25, 1.0));
        assert!((hit.p_t - paired_t(&[1.0, 0.0])).abs() < 1e-15);
        assert_eq!(run.diff, 0.0);
        assert!(run.low.is_nan() && run.p_t.is_nan());
    }
}
