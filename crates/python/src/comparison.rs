//! `Comparison`: methods and models side by side, as the command line compares them.

use crate::data::Data;
use crate::engine::{self, Watch};
use crate::evaluation::{check, metrics};
use crate::fault::{Fault, Outcome};
use crate::model::Model;
use crate::training::{Beginning, Validated, trained};
use foretaste::data::Dataset;
use foretaste::files::{Overwrite, write_file};
use foretaste::{Method, Recommender, registry};
use foretaste_experiment::{
    self as experiment, About, DEFAULT_EVERY, HeldOut, Learner, Learns, Material, Measured, Runs,
    check_lesson, check_names, position, publish, select_for, settings, validation_metric,
};
use pyo3::prelude::*;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What was compared, and on what.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct Comparison {
    material: Material,
    comparison: experiment::Comparison,
    seed: u64,
}

/// Something to compare: a method with settings as JSON, or a model.
#[derive(FromPyObject)]
pub(crate) struct Run<'py> {
    #[pyo3(item)]
    name: String,
    #[pyo3(item)]
    method: Option<String>,
    #[pyo3(item)]
    given: Vec<(String, String)>,
    #[pyo3(item)]
    model: Option<PyRef<'py, Model>>,
}

/// The same, as the engine has it.
enum Compared {
    Method(Method, Learns),
    Model(Arc<Recommender>),
}

impl Run<'_> {
    fn compared(&self) -> Outcome<Compared> {
        if let Some(model) = &self.model {
            return Ok(Compared::Model(Arc::clone(&model.recommender)));
        }
        let (method, learns) = learner(self.method.as_deref().unwrap_or_default(), &self.given)?;
        Ok(Compared::Method(method, learns))
    }
}

/// A method and what it learns from, by settings as JSON.
pub(crate) fn learner(name: &str, given: &[(String, String)]) -> Outcome<(Method, Learns)> {
    let method = settings::method(&registry(), name)?;
    let setting = |(name, json): &(String, String)| {
        let value: Value = serde_json::from_str(json)
            .map_err(|error| Fault::parameter(name, format!("a value of JSON ({error})"), json))?;
        Ok((name.clone(), value))
    };
    let mut given = given.iter().map(setting).collect::<Outcome<Vec<_>>>()?;
    let (method, learns) = settings::learner(&method, &mut given, &Learns::default())?;
    let names = given.iter().map(|(name, _)| name);
    settings::check_effects(names, std::slice::from_ref(&method))?;
    method.check().map_err(Fault::from)?;
    Ok((method, learns))
}

/// What is learnt from and reported on, with no more than the methods use.
fn material(
    runs: &[(String, Compared)],
    (train, test, valid): (Dataset, Dataset, Option<Dataset>),
    metrics: &[foretaste::eval::Metric],
) -> Outcome<Material> {
    let learners = runs.iter().filter_map(|(_, run)| match run {
        Compared::Method(method, learns) => Some((method, learns)),
        Compared::Model(_) => None,
    });
    for learner in learners.clone() {
        check_lesson(&train, learner)?;
    }
    let train = select_for(train, learners, false)?;
    let (test, valid) = (test.into_target()?, valid.map(Dataset::into_target).transpose()?);
    let held_out = HeldOut::new("", &test, &train, metrics)?;
    let material = Material::new(train, valid, vec![held_out])?;
    check(&material.held_out[0].reach(&material)?)?;
    Ok(material)
}

/// Trains and measures all runs, in order.
#[pyfunction]
#[pyo3(signature = (runs, train, test, valid, metrics, seeds, seed, baseline, threads, listener))]
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
pub(crate) fn compare(
    py: Python<'_>,
    runs: Vec<Run<'_>>,
    train: &Data,
    test: &Data,
    valid: Option<&Data>,
    metrics: Vec<String>,
    seeds: u32,
    seed: u64,
    baseline: Option<&str>,
    threads: usize,
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<Comparison> {
    let metrics = self::metrics(&metrics)?;
    experiment::check_metrics(&metrics).map_err(Fault::from)?;
    if runs.is_empty() || seeds == 0 {
        let (name, rule) =
            if seeds == 0 { ("seeds", "from 1") } else { ("methods", "one at least") };
        return Err(Fault::parameter(name, rule, 0).into());
    }
    let names = || runs.iter().map(|run| run.name.as_str());
    check_names(names()).map_err(Fault::from)?;
    let baseline = baseline.map(|name| position(name, names())).transpose().map_err(Fault::from)?;
    let compared = runs.iter().map(|run| Ok((run.name.clone(), run.compared()?)));
    let compared = compared.collect::<Outcome<Vec<_>>>()?;
    let parts =
        (train.dataset.clone(), test.dataset.clone(), valid.map(|valid| valid.dataset.clone()));
    let seeds: Vec<u64> = (0..u64::from(seeds)).map(|n| seed.wrapping_add(n)).collect();
    engine::run(py, threads, listener, move |watch| {
        let material = material(&compared, parts, &metrics)?;
        // What can't be compared is said before hours of training.
        for (name, run) in &compared {
            if let Compared::Model(model) = run {
                material.check_model(name, model, "train")?;
            }
        }
        let mut measured: Vec<Runs> = Vec::new();
        for (name, run) in compared {
            let of_run = match run {
                Compared::Model(model) => vec![Measured::of(&model, None, &material)?],
                Compared::Method(method, learns) => {
                    let mut of_seeds = Vec::new();
                    for method in settings::with_seeds(&method, &seeds) {
                        of_seeds.push(measure((&method, &learns), &name, &material, watch)?);
                    }
                    of_seeds
                }
            };
            measured.push((name, of_run));
        }
        let comparison = experiment::Comparison::new(&material, measured, baseline, seed)?;
        Ok(Comparison { material, comparison, seed })
    })
}

/// Trains a method and measures its model.
fn measure(
    learner: Learner<'_>,
    name: &str,
    material: &Material,
    watch: &mut Watch<'_>,
) -> Outcome<Measured> {
    let metric = validation_metric(&material.held_out[0].metrics);
    let validated = Validated { metric, every: DEFAULT_EVERY };
    let began = Instant::now();
    let train = material.train.clone();
    let model = trained(
        learner,
        train,
        material.valid.as_ref(),
        validated,
        Beginning::default(),
        &[],
        watch,
    )
    .map_err(|fault| fault.about(name))?;
    let seconds = began.elapsed().as_secs_f64();
    if watch.is_cancelled() {
        return Err(Fault::Interrupted);
    }
    Ok(Measured::of(&model, Some(seconds), material)?)
}

/// A row a method and metric: method, metric, mean, low, high, sd, trainings, seconds.
type RowOf = (String, String, f64, f64, f64, f64, usize, f64);

/// A row a pair: method, baseline, metric, difference, low, high, p of t, Holm, p of Wilcoxon, Holm.
type PairOf = (String, String, String, [f64; 3], [f64; 4]);

#[pymethods]
impl Comparison {
    /// What was measured.
    #[getter]
    fn metrics(&self) -> Vec<String> {
        self.comparison.columns.iter().map(ToString::to_string).collect()
    }

    /// The names of what was compared.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.comparison.rows.iter().map(|row| row.name.clone()).collect()
    }

    /// What the others are held against.
    #[getter]
    fn baseline(&self) -> String {
        self.comparison.rows[self.comparison.baseline].name.clone()
    }

    /// What has the highest mean of the first metric; of equals the first.
    #[getter]
    fn best(&self) -> String {
        let all: Vec<usize> = (0..self.comparison.rows.len()).collect();
        let best = self.comparison.best_of(&all).unwrap_or(0);
        self.comparison.rows[best].name.clone()
    }

    /// How many users figures are means over, and how many of them got no list.
    #[getter]
    fn counts(&self) -> PyResult<Vec<(&'static str, usize)>> {
        let reach = self.material.held_out[0].reach(&self.material).map_err(Fault::from)?;
        Ok(vec![
            ("users", reach.users),
            ("users_without_list", reach.users_without_list()),
            ("unknown_users", reach.unknown_users),
            ("pairs", reach.pairs),
        ])
    }

    /// The figures; NaN where there is none.
    #[getter]
    fn figures(&self) -> Vec<RowOf> {
        let comparison = &self.comparison;
        let of = |row: &experiment::Row| {
            let (name, trainings) = (row.name.clone(), row.runs.len());
            let seconds = row.seconds.unwrap_or(f64::NAN);
            let figure = move |(column, of): (&experiment::Column, &experiment::Estimate)| {
                let sd = of.sd.unwrap_or(f64::NAN);
                let metric = column.to_string();
                (name.clone(), metric, of.mean, of.low, of.high, sd, trainings, seconds)
            };
            comparison.columns.iter().zip(&row.estimates).map(figure).collect::<Vec<_>>()
        };
        comparison.rows.iter().flat_map(of).collect()
    }

    /// The differences from the baseline.
    #[getter]
    fn differences(&self) -> Vec<PairOf> {
        let comparison = &self.comparison;
        let of = |pair: &experiment::Pair| {
            let name = |row: usize| comparison.rows[row].name.clone();
            let metric = comparison.columns[pair.column].to_string();
            let p = [pair.p_t, pair.p_t_holm, pair.p_wilcoxon, pair.p_wilcoxon_holm];
            (name(pair.a), name(pair.b), metric, [pair.diff, pair.low, pair.high], p)
        };
        comparison.pairs.iter().map(of).collect()
    }

    /// The report, a page of HTML that needs no other file.
    fn report(&self, py: Python<'_>, title: String) -> String {
        py.detach(|| {
            let about = About { title, seed: self.seed, ..About::default() };
            publish(&self.comparison, &self.material, about).html()
        })
    }

    /// Writes a report, whole or not at all.
    #[staticmethod]
    fn write_report(path: PathBuf, page: &str, overwrite: bool) -> PyResult<()> {
        let overwrite = if overwrite { Overwrite::Replace } else { Overwrite::Refuse };
        let written = write_file(&path, overwrite, |out| out.write_all(page.as_bytes()));
        Ok(written.map_err(Fault::from)?)
    }
}
