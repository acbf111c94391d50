//! From values of users to means, intervals and differences.
//!
//! A method that was trained with several seeds enters with the mean over its seeds of each user's
//! value. So intervals and tests are about users, whom a comparison wants to speak of beyond those
//! at hand; how much the seed matters is said beside, as a standard deviation over seeds.

use crate::{Column, Measured};
use foretaste::eval::{Interval, bootstrap_means, holm, paired_t, wilcoxon};
use serde_json::Value;

/// Methods side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The figures.
    pub columns: Vec<Column>,
    /// The methods.
    pub rows: Vec<Row>,
    /// The row that the others are held against.
    pub baseline: usize,
    /// Differences from the baseline: for each column, one of each other row.
    pub pairs: Vec<Pair>,
}

/// A method and its figures.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// One for each column.
    pub estimates: Vec<Estimate>,
    /// The first column by popularity of the items, the most popular first.
    pub bands: Vec<Estimate>,
    /// Mean seconds of a training; `None` if it was trained before.
    pub seconds: Option<f64>,
    /// What was measured, one for each seed.
    pub runs: Vec<Measured>,
}

/// A mean over users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean over users, and seeds if there are several.
    pub mean: f64,
    /// Lower end of the 95% bootstrap interval over users.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard deviation of the mean over seeds; `None` for a single one.
    pub sd: Option<f64>,
}

/// The difference of two methods in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The row that is compared…
    pub a: usize,
    /// …with this one.
    pub b: usize,
    /// The column.
    pub column: usize,
    /// Mean of a − b over users.
    pub diff: f64,
    /// Lower end of its 95% bootstrap interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// p-value of the paired t-test.
    pub p_t: f64,
    /// p-value of the Wilcoxon signed-rank test.
    pub p_wilcoxon: f64,
    /// `p_t`, Holm-corrected over the methods of this column.
    pub p_t_holm: f64,
    /// `p_wilcoxon`, Holm-corrected over the methods of this column.
    pub p_wilcoxon_holm: f64,
}

/// What has been measured of a method, one entry a seed.
pub type Runs = (String, Vec<Measured>);

impl Comparison {
    /// Compares methods, each with at least one run; all runs are of the same [`crate::Material`].
    /// Without a `baseline`, the others are held against the best in the first column. `seed` is
    /// the bootstrap's.
    ///
    /// # Panics
    /// If there is no method, or one without a run.
    pub fn new(
        columns: Vec<Column>,
        methods: Vec<Runs>,
        baseline: Option<usize>,
        seed: u64,
    ) -> Self {
        assert!(!methods.is_empty(), "there is something to compare");
        let values: Vec<Vec<Vec<f64>>> =
            methods.iter().map(|(_, runs)| over_seeds(runs, VALUES)).collect();
        let rows: Vec<Row> = methods
            .into_iter()
            .zip(&values)
            .map(|((name, runs), values)| Row {
                name,
                estimates: estimates(values, &runs, VALUES, seed),
                bands: estimates(&over_seeds(&runs, BANDS), &runs, BANDS, seed),
                seconds: mean_seconds(&runs),
                runs,
            })
            .collect();
        let baseline = baseline.unwrap_or_else(|| best(&rows));
        let pairs =
            (0..columns.len()).flat_map(|column| pairs(&values, column, baseline, seed)).collect();
        Self { columns, rows, baseline, pairs }
    }

    /// The pair of a row and the baseline in a column; `None` for the baseline itself.
    pub fn pair(&self, row: usize, column: usize) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.a == row && pair.column == column)
    }
}

impl Row {
    /// The configuration of the first run.
    pub fn config(&self) -> &Value {
        &self.runs[0].config
    }
}

/// A part of what was measured: lists of users' values.
type Part = fn(&Measured) -> &Vec<Vec<f64>>;
const VALUES: Part = |run| &run.values;
const BANDS: Part = |run| &run.bands;

/// The mean over runs of each user's value, in each list.
fn over_seeds(runs: &[Measured], part: Part) -> Vec<Vec<f64>> {
    let mut sums = part(&runs[0]).clone();
    for run in &runs[1..] {
        for (sums, values) in sums.iter_mut().zip(part(run)) {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
    sums.iter_mut().flatten().for_each(|sum| *sum /= runs.len() as f64);
    sums
}

/// The estimate from each list; `values` are those of `runs`, averaged.
fn estimates(values: &[Vec<f64>], runs: &[Measured], part: Part, seed: u64) -> Vec<Estimate> {
    let estimate = |(n, values): (usize, &Vec<f64>)| {
        let Interval { mean, low, high } = bootstrap_means(&known(values), 1, seed)[0];
        Estimate { mean, low, high, sd: sd_over_seeds(runs, part, n) }
    };
    values.iter().enumerate().map(estimate).collect()
}

/// The values of users who have one: of a list that is empty, some metrics say nothing.
fn known(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard deviation over seeds of the mean over users.
fn sd_over_seeds(runs: &[Measured], part: Part, list: usize) -> Option<f64> {
    let means: Vec<f64> = runs.iter().map(|run| mean(&known(&part(run)[list]))).collect();
    let centre = mean(&means);
    let squares: f64 = means.iter().map(|mean| (mean - centre).powi(2)).sum();
    (runs.len() > 1).then(|| (squares / (runs.len() - 1) as f64).sqrt())
}

fn mean_seconds(runs: &[Measured]) -> Option<f64> {
    let seconds: Option<Vec<f64>> = runs.iter().map(|run| run.seconds).collect();
    seconds.map(|seconds| mean(&seconds))
}

/// The first of the rows with the largest mean in the first column.
fn best(rows: &[Row]) -> usize {
    let of = |row: &Row| row.estimates.first().map_or(0.0, |estimate| estimate.mean);
    (0..rows.len()).rev().max_by(|&a, &b| of(&rows[a]).total_cmp(&of(&rows[b]))).unwrap_or(0)
}

/// The differences of one column, of all rows from the baseline.
fn pairs(values: &[Vec<Vec<f64>>], column: usize, baseline: usize, seed: u64) -> Vec<Pair> {
    let others: Vec<usize> = (0..values.len()).filter(|&row| row != baseline).collect();
    let mut pairs: Vec<Pair> = others
        .into_iter()
        .map(|a| {
            let (left, right) = (&values[a][column], &values[baseline][column]);
            let differences: Vec<f64> = left.iter().zip(right).map(|(a, b)| a - b).collect();
            let differences = known(&differences);
            let Interval { mean, low, high } = bootstrap_means(&differences, 1, seed)[0];
            let (p_t, p_wilcoxon) = (paired_t(&differences), wilcoxon(&differences));
            let (diff, b) = (mean, baseline);
            let corrected = (f64::NAN, f64::NAN);
            let (p_t_holm, p_wilcoxon_holm) = corrected;
            Pair { a, b, column, diff, low, high, p_t, p_wilcoxon, p_t_holm, p_wilcoxon_holm }
        })
        .collect();
    let p_t: Vec<f64> = pairs.iter().map(|pair| pair.p_t).collect();
    let p_wilcoxon: Vec<f64> = pairs.iter().map(|pair| pair.p_wilcoxon).collect();
    for (pair, (t, w)) in pairs.iter_mut().zip(holm(&p_t).into_iter().zip(holm(&p_wilcoxon))) {
        (pair.p_t_holm, pair.p_wilcoxon_holm) = (t, w);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Assumed, Epoch};
    use serde_json::json;

    fn columns() -> Vec<Column> {
        ["hit@1", "auc"]
            .map(|name| Column { metric: name.parse().unwrap(), label: String::new() })
            .into()
    }

    /// A run of 40 users: user n hits if n is below `hits`; AUC is `auc` for all.
    fn run(hits: usize, auc: f64, seconds: Option<f64>) -> Measured {
        let hits = (0..40).map(|user| f64::from(u8::from(user < hits))).collect();
        let history = vec![Epoch { epoch: 1, loss: 0.5, metric: None }];
        let values = vec![hits, vec![auc; 40]];
        let (bands, exposure) = (vec![vec![0.5], Vec::new()], vec![1, 2]);
        let assumed = Assumed::default();
        Measured {
            config: json!({ "seed": 1 }),
            seconds,
            history,
            values,
            bands,
            exposure,
            assumed,
        }
    }

    fn compare(baseline: Option<usize>) -> Comparison {
        let methods = vec![
            ("low".to_owned(), vec![run(10, 0.5, None)]),
            ("high".to_owned(), vec![run(20, 0.6, Some(1.0)), run(30, 0.8, Some(2.0))]),
            ("also low".to_owned(), vec![run(10, 0.5, None)]),
        ];
        Comparison::new(columns(), methods, baseline, 1)
    }

    #[test]
    fn seeds_are_averaged_and_their_spread_is_said() {
        let comparison = compare(None);
        let [hit, auc] = comparison.rows[1].estimates[..] else { panic!("two columns") };
        assert_eq!(hit.mean, 0.625);
        assert!(hit.low < 0.625 && 0.625 < hit.high && hit.low >= 0.0 && hit.high <= 1.0);
        // Means of .5 and .75, of .6 and .8: sd = |difference| / √2.
        assert!((hit.sd.unwrap() - 0.25 / 2f64.sqrt()).abs() < 1e-15);
        assert!((auc.sd.unwrap() - 0.2 / 2f64.sqrt()).abs() < 1e-15);
        assert!((auc.low - 0.7).abs() < 1e-12 && (auc.high - 0.7).abs() < 1e-12);
        assert_eq!(comparison.rows[0].estimates[0].sd, None);
        let [filled, empty] = comparison.rows[0].bands[..] else { panic!("two bands") };
        assert!(filled.mean == 0.5 && empty.mean.is_nan());
        assert_eq!([0, 1].map(|n| comparison.rows[n].seconds), [None, Some(1.5)]);
    }

    #[test]
    fn the_best_is_what_the_others_are_held_against() {
        let comparison = compare(None);
        assert_eq!((comparison.baseline, comparison.pairs.len()), (1, 4));
        let pair = comparison.pair(0, 0).unwrap();
        assert_eq!((pair.a, pair.b, pair.diff), (0, 1, -0.375));
        assert!(pair.high < 0.0 && pair.p_t < 1e-4 && pair.p_wilcoxon < 1e-4);
        // Two equal p-values: both are doubled.
        assert!((pair.p_t_holm - 2.0 * pair.p_t).abs() < 1e-15, "{pair:?}");
        assert!(comparison.pair(1, 0).is_none());
    }

    #[test]
    fn equal_methods_do_not_differ_and_the_first_of_them_is_the_best() {
        let comparison = compare(Some(0));
        let pair = comparison.pair(2, 0).unwrap();
        assert_eq!((pair.diff, pair.low, pair.high), (0.0, 0.0, 0.0));
        assert_eq!([pair.p_t, pair.p_wilcoxon, pair.p_t_holm, pair.p_wilcoxon_holm], [1.0; 4]);
        let twins = || {
            vec![
                ("a".to_owned(), vec![run(9, 0.5, None)]),
                ("b".to_owned(), vec![run(9, 0.5, None)]),
            ]
        };
        assert_eq!(Comparison::new(columns(), twins(), None, 1).baseline, 0);
    }
}
