//! Experiments: trials of parameters, then the trainings that are compared.

use crate::plan::{MethodPlan, Plan, SearchPlan};
use crate::store::Stored;
use crate::{Epoch, Error, Learns, Material, Measured, Runs, Store, search, settings, store};
use foretaste::data::{Dataset, Preference};
use foretaste::eval::Metric;
use foretaste::model::TAG;
use foretaste::{Method, Recommender};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A training that is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// What the method is called.
    pub name: &'a str,
    /// The method, with its seed.
    pub method: &'a Method,
    /// What of the rows and features it learns from.
    pub learns: &'a Learns,
    /// What it learns from.
    pub train: &'a Dataset,
    /// What users are said to prefer beside it, by its ids.
    pub extra: &'a [Preference],
    /// What it is validated on.
    pub valid: Option<&'a Dataset>,
    /// The metric on the validation part, and the epochs between two validations.
    pub validate: (Metric, u32),
    /// Whether it is a trial of parameters.
    pub trial: bool,
    /// Its number among the trainings of its kind and name, from 1…
    pub number: usize,
    /// …and how many there are.
    pub of: usize,
    /// What is wrong with the result of before, if it is for that that the job is done again.
    pub damaged: Option<&'a str>,
}

/// How a training ended: with a model and the seconds it took, or in divergence.
#[derive(Debug)]
pub enum Fitted {
    /// A model, and its seconds.
    Model(Box<Recommender>, f64),
    /// The training diverged: these parameters won't do.
    Diverged,
}

/// What came of an experiment.
#[derive(Clone, Debug)]
pub struct Findings {
    /// What is compared.
    pub runs: Vec<Runs>,
    /// The searches, of methods that have one.
    pub searches: Vec<Search>,
}

/// A search for parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Search {
    /// What the method is called.
    pub name: String,
    /// The trials, in order.
    pub trials: Vec<Trial>,
    /// The position of the best of them: of equals the first.
    pub best: usize,
}

/// A set of parameters that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The method and all its parameters.
    pub method: Value,
    /// The parameters that were drawn.
    pub drawn: Value,
    /// The metric on the validation part; `None` if the training diverged.
    pub score: Option<f64>,
    /// Seconds of the training.
    pub seconds: Option<f64>,
    /// The epochs of the training.
    pub history: Vec<Epoch>,
}

/// Does what a plan says and has not been done before. `fit` trains.
///
/// # Errors
/// What `fit` returns; [`Error::Missing`] for a search without a validation part,
/// [`Error::Diverged`] for a training that diverged and a search of which every trial did,
/// [`Error::Stored`] for a result of before that the system does not let us read.
pub fn run<E: From<Error>>(
    plan: &Plan,
    material: &Material,
    store: &Store,
    fit: &mut dyn FnMut(&Job<'_>) -> Result<Fitted, E>,
) -> Result<Findings, E> {
    let mut findings = Findings { runs: Vec::new(), searches: Vec::new() };
    let all = plan.search.refit.then(|| material.all_rows()).transpose()?;
    for method in &plan.methods {
        let (mut chosen, mut learns) = (method.method.clone(), method.learns.clone());
        if !method.ranges.is_empty() {
            let search = tune(method, &plan.search, material, store, fit)?;
            (chosen, learns) = search.chosen(method)?;
            if all.is_some() {
                chosen = search.for_all_rows(&chosen)?;
            }
            findings.searches.push(search);
        }
        let parts = (all.as_ref(), material);
        let runs = trainings(&method.name, (&chosen, &learns), plan, parts, store, fit)?;
        findings.runs.push((method.name.clone(), runs));
    }
    Ok(findings)
}

/// Tries parameters on the validation part; test rows have no part in it.
///
/// # Errors
/// As for [`run`].
pub fn tune<E: From<Error>>(
    plan: &MethodPlan,
    how: &SearchPlan,
    material: &Material,
    store: &Store,
    fit: &mut dyn FnMut(&Job<'_>) -> Result<Fitted, E>,
) -> Result<Search, E> {
    let Some(valid) = material.valid_fingerprint() else {
        let what = format!("{}: a search needs a validation part to choose by", plan.name);
        return Err(Error::Missing { what }.into());
    };
    let mut trials: Vec<Trial> = Vec::new();
    for number in 0..plan.trials {
        let drawn = search::draw(&plan.ranges, &plan.name, number, how.seed);
        let (method, learns) = plan.drawn(drawn.clone())?;
        let method = settings::with_seed(&method, how.seed).unwrap_or(method);
        let unit = json!({ "kind": "trial", "version": env!("CARGO_PKG_VERSION"),
            "method": method.to_json(), "side_file": store::side_file(&method),
            "train": material.learned_by(&method, &learns), "valid": valid,
            "metric": how.metric, "every": how.every });
        let damaged = match store.get(&unit)? {
            Stored::Whole(trial) => {
                trials.push(trial);
                continue;
            }
            Stored::Damaged(reason) => Some(reason),
            Stored::None => None,
        };
        let job = Job {
            name: &plan.name,
            method: &method,
            learns: &learns,
            train: &material.train,
            extra: material.extra(),
            valid: material.valid.as_ref(),
            validate: (how.metric, how.every),
            trial: true,
            number: number as usize + 1,
            of: plan.trials as usize,
            damaged: damaged.as_deref(),
        };
        let drawn: Value = drawn.into_iter().collect::<serde_json::Map<_, _>>().into();
        let trial = match fit(&job)? {
            Fitted::Model(model, seconds) => Trial {
                method: method.to_json(),
                drawn,
                score: Some(material.validate(&model, how.metric)?),
                seconds: Some(seconds),
                history: Epoch::all(&model),
            },
            Fitted::Diverged => Trial {
                method: method.to_json(),
                drawn,
                score: None,
                seconds: None,
                history: Vec::new(),
            },
        };
        store.put(&unit, &trial)?;
        trials.push(trial);
    }
    let score = |n: &usize| trials[*n].score.unwrap_or(f64::NEG_INFINITY);
    let best = (0..trials.len()).rev().max_by(|a, b| score(a).total_cmp(&score(b))).unwrap_or(0);
    Ok(Search { name: plan.name.clone(), trials, best })
}

impl Search {
    /// The method that was searched, with the best parameters, and what it learnt from.
    ///
    /// # Errors
    /// [`Error::Diverged`] if every trial did.
    pub fn chosen(&self, searched: &MethodPlan) -> Result<(Method, Learns), Error> {
        let best = self.trials.get(self.best).filter(|trial| trial.score.is_some());
        let what = "every trial diverged: search lower learning rates, or more regularisation";
        let diverged = || Error::Diverged { name: self.name.clone(), what };
        let drawn = best.ok_or_else(diverged)?.drawn.as_object().cloned().unwrap_or_default();
        let (method, learns) = searched.drawn(drawn.into_iter().collect())?;
        // The seed is in what the trial has written down.
        let mut parameters = best.and_then(|trial| trial.method.as_object().cloned());
        let parameters = parameters.as_mut().map(|parameters| {
            parameters.remove(TAG);
            std::mem::take(parameters)
        });
        let method = parameters.and_then(|parameters| method.with(parameters).ok());
        Ok((method.ok_or_else(diverged)?, learns))
    }

    /// The chosen method for a training that nothing stops: as many epochs as were best.
    ///
    /// # Errors
    /// Those of [`settings::with`].
    pub fn for_all_rows(&self, chosen: &Method) -> Result<Method, Error> {
        let history = self.trials.get(self.best).map_or(&[][..], |trial| &trial.history);
        match Epoch::best(history).filter(|_| chosen.has_epochs()) {
            Some(epochs) => settings::with(chosen, &[("epochs".into(), json!(epochs))]),
            None => Ok(chosen.clone()),
        }
    }
}

/// Trains a method with each seed, on `all` rows if they are given, and measures the models.
fn trainings<E: From<Error>>(
    name: &str,
    (method, learns): (&Method, &Learns),
    plan: &Plan,
    (all, material): (Option<&Dataset>, &Material),
    store: &Store,
    fit: &mut dyn FnMut(&Job<'_>) -> Result<Fitted, E>,
) -> Result<Vec<Measured>, E> {
    let (train, valid) = match all {
        Some(all) => (all, None),
        None => (&material.train, material.valid.as_ref()),
    };
    let seeded = settings::with_seeds(method, &plan.seeds);
    let mut runs = Vec::new();
    for (n, method) in seeded.iter().enumerate() {
        let validate = (plan.search.metric, plan.search.every);
        let mut unit = json!({ "kind": "run", "version": env!("CARGO_PKG_VERSION"),
            "method": method.to_json(), "side_file": store::side_file(method),
            "train": material.learned_by(method, learns), "valid": material.valid_fingerprint(),
            "tests": material.tests_json(),
            "metric": validate.0, "every": validate.1 });
        if all.is_some() {
            unit["refit"] = true.into();
        }
        let damaged = match store.get(&unit)? {
            Stored::Whole(measured) => {
                runs.push(measured);
                continue;
            }
            Stored::Damaged(reason) => Some(reason),
            Stored::None => None,
        };
        let (number, of) = (n + 1, seeded.len());
        let damaged = damaged.as_deref();
        let trial = false;
        let extra = material.extra();
        let job =
            Job { name, method, learns, train, extra, valid, validate, trial, number, of, damaged };
        let Fitted::Model(model, seconds) = fit(&job)? else {
            let what =
                "the training diverged: try a tenth of the learning rate, or more regularisation";
            return Err(Error::Diverged { name: name.into(), what }.into());
        };
        let measured = Measured::of(&model, Some(seconds), material)?;
        store.put(&unit, &measured)?;
        runs.push(measured);
    }
    Ok(runs)
}
