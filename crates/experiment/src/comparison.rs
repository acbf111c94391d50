//! From values of users to means, intervals and differences.
//!
//! A method that was trained with several seeds enters with the mean over its seeds of each user's
//! value. So intervals and tests are about users, whom a comparison wants to speak of beyond those
//! at hand; how much the seed matters is said beside, as a standard deviation over seeds.
//!
//! Means, intervals, differences and tests are those of [`foretaste::eval`], with what each user weighs
//! in them: nothing of that is computed here.

use crate::{Column, Error, Material, Measured};
use foretaste::eval::{self, Evaluation, Summary, compare, holm};
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
    /// Compares methods, each with at least one run; all runs are of `material`. Without a
    /// `baseline`, the others are held against the best in the first column. `seed` is the
    /// bootstrap's.
    ///
    /// # Errors
    /// [`Error::Eval`] if a run is of other material.
    ///
    /// # Panics
    /// If there is no method, or one without a run.
    pub fn new(
        material: &Material,
        methods: Vec<Runs>,
        baseline: Option<usize>,
        seed: u64,
    ) -> Result<Self, Error> {
        assert!(!methods.is_empty(), "there is something to compare");
        let (mut rows, mut means) = (Vec::new(), Vec::new());
        for (name, runs) in methods {
            let evaluations = by_part(&runs, |run| run.evaluations(material))?;
            let of_seeds = evaluations.iter().map(|of_part| Seeds::new(of_part));
            let of_seeds: Vec<Seeds> = of_seeds.collect::<Result<_, _>>()?;
            rows.push(Row {
                name,
                estimates: of_seeds.iter().flat_map(|seeds| seeds.estimates(seed)).collect(),
                bands: bands(&runs, material, seed)?,
                seconds: mean_seconds(&runs),
                runs,
            });
            means.push(of_seeds);
        }
        let baseline = baseline.unwrap_or_else(|| best(&rows, 0..rows.len()).unwrap_or(0));
        let pairs = pairs(&means, baseline, seed)?;
        Ok(Self { columns: material.columns(), rows, baseline, pairs })
    }

    /// The best in the first column of some of the rows, in their order; `None` of none.
    pub fn best_of(&self, rows: &[usize]) -> Option<usize> {
        best(&self.rows, rows.iter().copied())
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

/// What was measured of each part of the material: one evaluation a run.
fn by_part<T>(
    runs: &[Measured],
    of: impl Fn(&Measured) -> Result<Vec<T>, Error>,
) -> Result<Vec<Vec<T>>, Error> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    for run in runs {
        let found = of(run)?;
        parts.resize_with(found.len(), Vec::new);
        parts.iter_mut().zip(found).for_each(|(part, found)| part.push(found));
    }
    Ok(parts)
}

/// What came of the seeds of a method on the users of one test set.
struct Seeds {
    /// Of each user the mean over seeds.
    mean: Evaluation,
    /// Standard deviations over seeds of the means over users; `None` of a single one.
    sd: Vec<Option<f64>>,
}

impl Seeds {
    fn new(runs: &[Evaluation]) -> Result<Self, Error> {
        let means: Vec<Vec<f64>> = runs.iter().map(Evaluation::means).collect();
        let sd = |metric: usize| sd(means.iter().map(|means| means[metric]));
        let mean = Evaluation::over_runs(runs)?.expect("a method has a run");
        Ok(Self { sd: (0..mean.metrics().len()).map(sd).collect(), mean })
    }

    fn estimates(&self, seed: u64) -> impl Iterator<Item = Estimate> {
        let summaries = self.mean.summary(seed).into_iter().zip(&self.sd);
        summaries.map(|(Summary { mean, low, high, .. }, &sd)| Estimate { mean, low, high, sd })
    }
}

/// The estimates of each band of popularity; NaN where there is no user.
fn bands(runs: &[Measured], material: &Material, seed: u64) -> Result<Vec<Estimate>, Error> {
    let nobody = Estimate { mean: f64::NAN, low: f64::NAN, high: f64::NAN, sd: None };
    let estimate = |of_band: Vec<Option<Evaluation>>| {
        let of_band: Vec<Evaluation> = of_band.into_iter().flatten().collect();
        match of_band.is_empty() {
            true => Ok(nobody),
            false => Ok(Seeds::new(&of_band)?.estimates(seed).next().unwrap_or(nobody)),
        }
    };
    by_part(runs, |run| run.of_bands(material))?.into_iter().map(estimate).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of several values.
fn sd(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let centre = mean(&values);
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

fn mean_seconds(runs: &[Measured]) -> Option<f64> {
    let seconds: Option<Vec<f64>> = runs.iter().map(|run| run.seconds).collect();
    seconds.map(|seconds| mean(&seconds))
}

/// The first of these of the rows with the largest mean in the first column.
fn best(rows: &[Row], among: impl DoubleEndedIterator<Item = usize>) -> Option<usize> {
    let of = |row: &Row| row.estimates.first().map(|estimate| estimate.mean);
    // A mean that is no number is the best of nothing.
    let of = |row: &Row| of(row).filter(|mean| !mean.is_nan()).unwrap_or(f64::NEG_INFINITY);
    among.rev().max_by(|&a, &b| of(&rows[a]).total_cmp(&of(&rows[b])))
}

/// The differences of all methods from the baseline, column by column; `methods` have what came of
/// their seeds on each of the test sets.
fn pairs(methods: &[Vec<Seeds>], baseline: usize, seed: u64) -> Result<Vec<Pair>, Error> {
    let mut pairs: Vec<Pair> = Vec::new();
    for a in (0..methods.len()).filter(|&a| a != baseline) {
        let mut column = 0;
        for (left, right) in methods[a].iter().zip(&methods[baseline]) {
            for found in compare(&left.mean, &right.mean, seed)? {
                pairs.push(Pair::new(a, baseline, column, found));
                column += 1;
            }
        }
    }
    // Stable: the methods stay in their order.
    pairs.sort_by_key(|pair| pair.column);
    for of_column in pairs.chunk_by_mut(|a, b| a.column == b.column) {
        correct(of_column);
    }
    Ok(pairs)
}

/// Holm's correction over the methods of a column.
fn correct(pairs: &mut [Pair]) {
    let p_t = holm(&pairs.iter().map(|pair| pair.p_t).collect::<Vec<_>>());
    let p_wilcoxon = holm(&pairs.iter().map(|pair| pair.p_wilcoxon).collect::<Vec<_>>());
    for (pair, (t, w)) in pairs.iter_mut().zip(p_t.into_iter().zip(p_wilcoxon)) {
        (pair.p_t_holm, pair.p_wilcoxon_holm) = (t, w);
    }
}

impl Pair {
    fn new(a: usize, b: usize, column: usize, found: eval::Comparison) -> Self {
        let eval::Comparison { diff, low, high, p_t, p_wilcoxon, .. } = found;
        let (p_t_holm, p_wilcoxon_holm) = (f64::NAN, f64::NAN);
        Self { a, b, column, diff, low, high, p_t, p_wilcoxon, p_t_holm, p_wilcoxon_holm }
    }
}

#[cfg(test)]
mod tests;
