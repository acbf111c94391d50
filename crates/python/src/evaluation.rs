//! `Evaluation`: how well a model ranks what was held out, by the command line's figures.

use crate::data::Data;
use crate::engine;
use crate::fault::{Fault, Outcome};
use crate::ids::{Ids, array};
use crate::lists::Lists;
use crate::model::Model;
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, UserId, align};
use foretaste::eval::{
    self, Estimator, Evaluator, Metric, Reach, RunWriter, Summary, TestSet, write_qrels, write_run,
};
use foretaste::files::{Overwrite, write_file};
use foretaste::model::{Query, recommend};
use foretaste_experiment::Rule;
use numpy::PyArray1;
use pyo3::prelude::*;
use std::io;
use std::path::PathBuf;

/// What was found, and what it is of.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct Evaluation {
    model: Py<Model>,
    test: Dataset,
    set: TestSet,
    masks: Vec<Interactions>,
    found: eval::Evaluation,
    reach: Reach,
    summary: Vec<Summary>,
    threads: usize,
}

/// The metrics of these names.
pub(crate) fn metrics(names: &[String]) -> Outcome<Vec<Metric>> {
    let metric = |name: &String| {
        name.parse().map_err(|error: eval::Error| Fault::Parameter {
            message: error.to_string(),
            name: "metrics".into(),
            rule: "names of metrics, as ndcg@10".into(),
            value: name.clone(),
        })
    };
    if names.is_empty() {
        return Err(Fault::parameter("metrics", "one metric at least", "[]"));
    }
    names.iter().map(metric).collect()
}

/// What is ranked, and how it is held against what happened.
struct Asked {
    valid: Option<Dataset>,
    /// Of what the model was trained on, whether lists leave out positives, and what is not positive.
    masked: (bool, bool),
    metrics: Vec<Metric>,
    rule: Option<Rule>,
    clip: f64,
    seed: u64,
}

/// Ranks all items for each user of held-out data.
#[pyfunction]
#[pyo3(signature = (model, test, valid, masked, metrics, ips, clip, seed, threads))]
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
pub(crate) fn evaluate(
    py: Python<'_>,
    model: Py<Model>,
    test: &Data,
    valid: Option<&Data>,
    masked: (bool, bool),
    metrics: Vec<String>,
    ips: Option<&str>,
    clip: f64,
    seed: u64,
    threads: usize,
) -> PyResult<Evaluation> {
    let metrics = self::metrics(&metrics)?;
    let rule = ips.map(rule).transpose()?;
    let is_plain = |metric: &Metric| metric.estimator() == Estimator::Plain;
    if rule.is_some() && metrics.iter().all(is_plain) {
        let rule = "left out, or of use for a metric such as ndcg@10:snips";
        return Err(Fault::parameter("ips", rule, ips.unwrap_or_default()).into());
    }
    if !(0.0..=1.0).contains(&clip) {
        return Err(Fault::parameter("clip", "from 0 to 1", clip).into());
    }
    let valid = valid.map(|valid| valid.dataset.clone());
    let asked = Asked { valid, masked, metrics, rule, clip, seed };
    let test = test.dataset.clone();
    engine::run(py, threads, None, move |_| Evaluation::of(model, test, asked, threads))
}

fn rule(text: &str) -> Outcome<Rule> {
    let wrong = |rule: String| Fault::parameter("ips", rule, format!("{text:?}"));
    match Rule::parse(text) {
        Some(rule) => rule.map_err(|why| wrong(format!("pop^POWER or const:P ({why})"))),
        None => Err(wrong("pop^POWER or const:P, as pop^0.5".into())),
    }
}

impl Evaluation {
    fn of(held: Py<Model>, test: Dataset, asked: Asked, threads: usize) -> Outcome<Self> {
        let model = &held.get().recommender;
        let (users, items) = (model.users(), model.items());
        let test = test.into_target()?;
        let set = TestSet::of_dataset(&test, users, items, |_| true)?;
        let mut masks = Vec::new();
        if asked.masked.0 {
            masks.push(model.seen().clone());
        }
        if let Some(valid) = asked.valid {
            masks.push(align(&valid.into_target()?, users, items)?.interactions);
        }
        if asked.masked.1 {
            masks.push(model.not_positive().cloned().ok_or_else(|| {
                let rule = "without \"seen\": the model knows of nothing that was seen and is not positive";
                Fault::parameter("mask", rule, "seen")
            })?);
        }
        let mask: Vec<&Interactions> = masks.iter().collect();
        let reach = set.reach(&mask)?;
        check(&reach)?;
        let counts = model.seen().item_counts();
        let weighs = |metric: &Metric| metric.estimator() != Estimator::Plain;
        let weights = match asked.metrics.iter().any(weighs) {
            true => {
                let propensities = asked.rule.unwrap_or_default().propensities(model, &test);
                Some(propensities.weights(model, &test, asked.clip)?)
            }
            false => None,
        };
        let evaluator = Evaluator::new(model.scorer(), &mask, &asked.metrics)?;
        let mut evaluator = evaluator.popularity(&counts)?;
        if let Some(weights) = &weights {
            evaluator = evaluator.weights(weights)?;
        }
        let found = evaluator.evaluate(&set)?;
        let summary = found.summary(asked.seed);
        Ok(Self { model: held, test, set, masks, found, reach, summary, threads })
    }

    fn recommender(&self) -> &Recommender {
        &self.model.get().recommender
    }

    fn mask(&self) -> Vec<&Interactions> {
        self.masks.iter().collect()
    }

    /// The length of lists: the largest cut-off.
    fn k(&self) -> usize {
        self.found.metrics().iter().filter_map(|metric| metric.cutoff()).max().unwrap_or(10)
    }

    /// Users with held-out interactions whom the model does not know, by the indices of the test data, in the order of
    /// the evaluation.
    fn unknown(&self) -> Vec<u32> {
        let known = self.test.users().indices_in(self.recommender().users());
        let has_rows = |user: u32| !self.test.interactions().row(UserId(user)).is_empty();
        let users = 0..self.test.users().len() as u32;
        users.filter(|&user| known[user as usize].is_none() && has_rows(user)).collect()
    }
}

/// Refuses held-out data of which no list can hold anything: most likely the wrong data.
pub(crate) fn check(reach: &Reach) -> Outcome {
    if reach.users == 0 || reach.listable() > 0 {
        return Ok(());
    }
    Err(Fault::data(if reach.masked > 0 {
        "all held-out interactions that the model could list are left out of the lists, so no figure could be \
         right: give interactions that were held out; the model had these in training"
            .to_owned()
    } else {
        let what = if reach.unknown_users == reach.users { "users" } else { "items" };
        format!(
            "the model knows none of the {what} of the test data: are these the data that it was trained for? ids \
             have to be of one type"
        )
    }))
}

#[pymethods]
impl Evaluation {
    /// What was measured.
    #[getter]
    fn metrics(&self) -> Vec<String> {
        self.found.metrics().iter().map(ToString::to_string).collect()
    }

    /// Of each metric mean, lower and upper end of the 95% interval; NaN where there is none.
    #[getter]
    fn summary(&self) -> Vec<(f64, f64, f64)> {
        self.summary.iter().map(|of| (of.mean, of.low, of.high)).collect()
    }

    /// How many users and pairs there are, and how many of them no list can hold.
    #[getter]
    fn counts(&self) -> Vec<(&'static str, usize)> {
        let reach = &self.reach;
        vec![
            ("users", self.found.users().len()),
            ("users_without_list", self.found.users_without_list()),
            ("unknown_users", reach.unknown_users),
            ("pairs", reach.pairs),
            ("of_unknown_users", reach.of_unknown_users),
            ("of_unknown_items", reach.of_unknown_items),
            ("masked", reach.masked),
        ]
    }

    /// The users' ids, in the order of [`Evaluation::values`], and how many of the last are unknown to the model:
    /// arrays of integers or lists of text, of those who are known and of the others.
    fn user_ids<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let known = self.found.users().iter().flatten().map(|user| user.0).collect::<Vec<_>>();
        let users = self.model.get().user_ids();
        let others = Ids { table: self.test.users(), ..users };
        Ok((users.taken(py, &known)?, others.taken(py, &self.unknown())?))
    }

    /// The values of a metric, user by user; NaN where it has none.
    fn values<'py>(&self, py: Python<'py>, metric: usize) -> Bound<'py, PyArray1<f64>> {
        let n_metrics = self.found.metrics().len();
        let values = self.found.values().iter().skip(metric).step_by(n_metrics);
        array(py, values.copied().collect())
    }

    /// The lists that were scored, of the users whom the model knows, with scores that fall by 1 from rank to rank to 1.
    fn lists(&self, py: Python<'_>) -> PyResult<Lists> {
        crate::pool::computed(py, self.threads, || {
            let mask = self.mask();
            let query = Query::new(self.k()).exclude(&mask);
            let mut lists = recommend(self.recommender().scorer(), self.set.known_users(), &query);
            for list in &mut lists {
                let length = list.len();
                list.iter_mut()
                    .enumerate()
                    .for_each(|(at, (_, score))| *score = (length - at) as f32);
            }
            Ok(Lists::of(&lists))
        })
    }

    /// The items' ids of indices of the model.
    fn item_ids<'py>(
        &self,
        py: Python<'py>,
        indices: numpy::PyReadonlyArray1<'py, u32>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let items = self.model.get().item_ids();
        items.taken(py, &crate::ids::checked(&indices, items.table.len(), "item")?)
    }

    /// The held-out pairs, as the test data has them: ids of users and of items, of the same length.
    fn held_out<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let pairs = || self.test.interactions().pairs();
        let users: Vec<u32> = pairs().map(|pair| pair.user.0).collect();
        let items: Vec<u32> = pairs().map(|pair| pair.item.0).collect();
        let (of_users, of_items) = (self.model.get().user_ids(), self.model.get().item_ids());
        let of_users = Ids { table: self.test.users(), ..of_users };
        let of_items = Ids { table: self.test.items(), ..of_items };
        Ok((of_users.taken(py, &users)?, of_items.taken(py, &items)?))
    }

    /// Writes lists and held-out pairs as trec_eval reads them.
    fn write_trec(
        &self,
        py: Python<'_>,
        run: PathBuf,
        qrels: PathBuf,
        overwrite: bool,
    ) -> PyResult<()> {
        let overwrite = if overwrite { Overwrite::Replace } else { Overwrite::Refuse };
        let to_io = |error: eval::Error| io::Error::other(error.to_string());
        crate::pool::computed(py, self.threads, || {
            let (model, mask) = (self.recommender(), self.mask());
            write_file(&run, overwrite, |out| {
                let method = &model.info().method;
                let mut writer = RunWriter::new(out, method, model.users(), model.items());
                let users = self.set.known_users();
                write_run(&mut writer, model.scorer(), &mask, users, self.k()).map_err(to_io)?;
                writer.finish().map(drop).map_err(to_io)
            })?;
            Ok(write_file(&qrels, overwrite, |out| {
                write_qrels(out, &self.test, false).map_err(to_io)
            })?)
        })
    }
}
