//! `Search`: parameters tried at random, by a metric on validation rows.

use crate::comparison::learner;
use crate::data::Data;
use crate::engine::{self, Watch};
use crate::evaluation::check;
use crate::fault::{Fault, Outcome};
use crate::ids::Given;
use crate::model::Model;
use crate::training::{Beginning, Validated, trained};
use foretaste::data::Dataset;
use foretaste::eval::Metric;
use foretaste_experiment::{
    self as experiment, Epoch, Fitted, Job, Material, MethodPlan, Range, SearchPlan, Store, Trial,
    check_lesson, check_ranges, check_validation, select_for, tune as search,
};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::time::Instant;

/// What was tried, and on what.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct Search {
    plan: MethodPlan,
    how: SearchPlan,
    material: Material,
    found: experiment::Search,
    sides: Vec<(&'static str, Given)>,
}

/// A range of a parameter: its name, whether it is JSON, and the range.
type RangeOf = (String, bool, String);

fn range((name, is_json, text): &RangeOf) -> Outcome<(String, Range)> {
    let wrong = |error: String| {
        let rule = format!(
            "a range, as \"log:0.01..0.3\", \"0.0..0.5\", \"1..5\" or a list of choices ({error})"
        );
        Fault::parameter(name, rule, text)
    };
    let range = match is_json {
        true => serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?,
        false => text.parse().map_err(|error: experiment::Error| wrong(error.to_string()))?,
    };
    Ok((name.clone(), range))
}

/// Searches the parameters of a method.
#[pyfunction]
#[pyo3(signature = (method, given, train, valid, space, trials, metric, every, seed, folder, threads, listener))]
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
pub(crate) fn tune(
    py: Python<'_>,
    method: &str,
    given: Vec<(String, String)>,
    train: &Data,
    valid: &Data,
    space: Vec<RangeOf>,
    trials: u32,
    metric: &str,
    every: u32,
    seed: u64,
    folder: Option<PathBuf>,
    threads: usize,
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<Search> {
    let metric: Metric = metric.parse().map_err(Fault::from)?;
    check_validation(metric).map_err(Fault::from)?;
    let counts = [("trials", trials), ("validate_every", every), ("space", space.len() as u32)];
    if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
        return Err(Fault::parameter(name, "one at least", 0).into());
    }
    let (method, learns) = learner(method, &given)?;
    let ranges = space.iter().map(range).collect::<Outcome<Vec<_>>>()?;
    check_ranges(&ranges, &method, &learns).map_err(|(at, reason)| {
        let (name, value) = (ranges[at].0.clone(), space[at].2.clone());
        Fault::Parameter { message: format!("space: {reason}"), name, rule: reason, value }
    })?;
    let name = method.name().to_owned();
    let plan = MethodPlan { name, method, learns, ranges, trials };
    let how = SearchPlan { metric, seed, every, refit: false };
    let store = folder.map_or_else(Store::nowhere, Store::new);
    let parts = (train.dataset.clone(), valid.dataset.clone());
    let sides = train.given_as();
    engine::run(py, threads, listener, move |watch| {
        let material = material(&plan, parts)?;
        let mut fit = |job: &Job<'_>| train_one(job, watch);
        let found = search(&plan, &how, &material, &store, &mut fit)?;
        // Every trial may have diverged.
        found.chosen(&plan)?;
        Ok(Search { plan, how, material, found, sides })
    })
}

fn material(plan: &MethodPlan, (train, valid): (Dataset, Dataset)) -> Outcome<Material> {
    let lessons = plan.lessons()?;
    let learners = lessons.iter().map(|learns| (&plan.method, learns));
    for learner in learners.clone() {
        check_lesson(&train, learner)?;
    }
    let train = select_for(train, learners, false)?;
    let material = Material::new(train, Some(valid.into_target()?), Vec::new())?;
    if let Some(reach) = material.reach_of_valid()? {
        check(&reach)?;
    }
    Ok(material)
}

/// Trains; divergence is no failure of a search.
fn train_one(job: &Job<'_>, watch: &mut Watch<'_>) -> Outcome<Fitted> {
    if watch.is_cancelled() {
        return Err(Fault::Interrupted);
    }
    if let Some(damaged) = job.damaged {
        watch.note(format!("{damaged}: done again"));
    }
    let (metric, every) = job.validate;
    let validated = Validated { metric, every };
    let began = Instant::now();
    let (learner, data) = ((job.method, job.learns), job.train.clone());
    match trained(learner, data, job.valid, validated, Beginning::default(), &[], watch) {
        Ok(model) => Ok(Fitted::Model(Box::new(model), began.elapsed().as_secs_f64())),
        Err(Fault::Diverged { .. }) => Ok(Fitted::Diverged),
        Err(fault) => Err(fault),
    }
}

/// A trial as Python takes it apart: its parameters as JSON, its metric, its seconds, and its best epoch.
type Told = (String, Option<f64>, Option<f64>, Option<u32>);

#[pymethods]
impl Search {
    /// The metric that decides.
    #[getter]
    fn metric(&self) -> String {
        self.how.metric.to_string()
    }

    /// The position of the best of the trials.
    #[getter]
    fn best(&self) -> usize {
        self.found.best
    }

    /// The trials, in order; of those that diverged there is no score.
    #[getter]
    fn trials(&self) -> Vec<Told> {
        let of = |trial: &Trial| {
            (trial.drawn.to_string(), trial.score, trial.seconds, Epoch::best(&trial.history))
        };
        self.found.trials.iter().map(of).collect()
    }

    /// Trains the best on training and validation rows, for as many epochs as were best.
    fn refit(
        &self,
        py: Python<'_>,
        threads: usize,
        listener: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Model> {
        let (method, learns) = self.found.chosen(&self.plan).map_err(Fault::from)?;
        let method = self.found.for_all_rows(&method).map_err(Fault::from)?;
        let rows = self.material.all_rows().map_err(Fault::from)?;
        let validated = Validated { metric: self.how.metric, every: self.how.every };
        let sides = self.sides.clone();
        let recommender = engine::run(py, threads, listener, move |watch| {
            trained((&method, &learns), rows, None, validated, Beginning::default(), &sides, watch)
        })?;
        Ok(Model::new(recommender))
    }
}
