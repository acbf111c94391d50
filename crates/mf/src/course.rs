//! What all trainings have in common: epochs with reports, validation, early stopping, the best model
//! at the end; and that a training can go on from its state of before.

use crate::cell::pass;
use crate::epoch::{FIRST_SUMS, save_sums};
use crate::table::settle_numbers;
use crate::{EpochReport, Error, Factors, Monitor, Params, Trained, Training};
use foretaste_data::UserId;
use foretaste_model::{Products, Scorer, State, Tally};
use ndarray::{ArrayView2, ArrayViewMut2};
use std::fmt;
use std::sync::OnceLock;

/// What an epoch did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// The mean loss.
    pub loss: f64,
    /// Samples that were trained on.
    pub samples: u64,
    /// Samples that were left out.
    pub skipped: u64,
    /// The learning rate; `None` of a training without steps.
    pub learning_rate: Option<f32>,
}

/// What an epoch tells the share of it that is done; `false` says to stop where it is.
pub type Progress<'a> = &'a mut dyn FnMut(f64) -> bool;

/// What a method does in an epoch, and what it holds beside the factors from one to the next.
pub trait Epochs: Sync {
    /// Trains for an epoch, or for what [`Epochs::restore`] says is left of it. `None` where `progress`
    /// said to stop: then the factors and [`Epochs::save`] have what it takes to go on.
    ///
    /// # Errors
    /// What the training can't go on from. That factors are not finite is seen by [`train_epochs`].
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error>;

    /// The model that the factors are at the end of an epoch, if it is another one than these are; the
    /// next epoch goes on from the factors.
    fn finished(&self, _factors: &Factors) -> Option<Factors> {
        None
    }

    /// Adds all that decides the rest of the training, beside the factors.
    fn save(&self, state: &mut State);

    /// Takes up what was saved.
    ///
    /// # Errors
    /// [`Error::State`] if it does not fit.
    fn restore(&mut self, state: &State) -> Result<(), Error>;
}

/// Trains epoch by epoch, from `factors`, or, if there is a state, from where the training was that
/// offered it.
///
/// # Errors
/// [`Error::Interrupted`] if the monitor says so; [`Error::Diverged`] if a factor is no longer finite,
/// or far too large, and what [`Epochs::epoch`] says; [`Error::Validation`] if a validation fails, or its score is not finite;
/// [`Error::State`] if the state is not of this training.
pub fn train_epochs(
    mut factors: Factors,
    training: &Training,
    state: Option<&State>,
    monitor: &mut dyn Monitor,
    method: &mut dyn Epochs,
) -> Result<Trained, Error> {
    let mut course = Course::default();
    if let Some(state) = state {
        factors.restore("", state)?;
        method.restore(state)?;
        course = Course::restored(state, || method.finished(&factors).unwrap_or(factors.clone()))?;
    }
    for epoch in course.epochs() + 1..=training.epochs {
        let (mut go_on, mut interrupted) = (true, false);
        let mut progress = |share| {
            go_on &= monitor.progress(epoch, share);
            interrupted |= monitor.interrupted();
            !interrupted
        };
        let Some(pass) = method.epoch(epoch, &mut factors, &mut progress)? else {
            let state = &mut || course.state(&factors, method);
            monitor.checkpoint(course.epochs(), true, state);
            return Err(Error::Interrupted { epoch });
        };
        if !settle(&mut factors) {
            return Err(Error::Diverged { epoch, learning_rate: pass.learning_rate });
        }
        let model = Model { factors: &factors, method, finished: OnceLock::new() };
        let metric = monitor.validate(epoch, &model)?;
        if let Some(metric) = metric.filter(|metric| !metric.is_finite()) {
            return Err(Error::Validation { epoch, reason: format!("the score is {metric}") });
        }
        course.add(report(epoch, pass, metric), &model, monitor);
        if !go_on || course.is_out_of_patience(training.patience) {
            break;
        }
        if epoch < training.epochs {
            monitor.checkpoint(epoch, false, &mut || course.state(&factors, method));
        }
    }
    Ok(course.end(factors, method))
}

/// What an epoch left, as a model: finished once somebody looks at it.
struct Model<'a> {
    factors: &'a Factors,
    method: &'a dyn Epochs,
    finished: OnceLock<Option<Factors>>,
}

impl Model<'_> {
    fn get(&self) -> &Factors {
        let finished = self.finished.get_or_init(|| self.method.finished(self.factors));
        finished.as_ref().unwrap_or(self.factors)
    }
}

impl fmt::Debug for Model<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(self.get()).finish()
    }
}

impl Scorer for Model<'_> {
    fn n_users(&self) -> usize {
        self.factors.n_users()
    }

    fn n_items(&self) -> usize {
        self.factors.n_items()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.get().score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        self.get().products()
    }

    fn item_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.get().item_vectors()
    }

    fn user_vectors(&self) -> Option<ArrayView2<'_, f32>> {
        self.get().user_vectors()
    }
}

fn report(epoch: u32, pass: Pass, metric: Option<f64>) -> EpochReport {
    let mut report = EpochReport::new(epoch, pass.loss);
    (report.learning_rate, report.metric) = (pass.learning_rate, metric);
    (report.samples, report.skipped) = (pass.samples, pass.skipped);
    report
}

/// How a training went so far.
#[derive(Debug, Default)]
struct Course {
    history: Vec<EpochReport>,
    best: Option<Best>,
}

/// The best model that was validated.
#[derive(Debug)]
struct Best {
    metric: f64,
    epoch: u32,
    factors: Factors,
}

impl Course {
    /// Epochs that are finished.
    fn epochs(&self) -> u32 {
        self.history.len() as u32
    }

    fn add(&mut self, report: EpochReport, model: &Model<'_>, monitor: &mut dyn Monitor) {
        monitor.epoch(&report);
        let EpochReport { epoch, metric, .. } = report;
        self.history.push(report);
        if let Some(metric) = metric
            && self.best.as_ref().is_none_or(|best| metric > best.metric)
        {
            // Before the new copy is made, so that there is never more than one.
            drop(self.best.take());
            self.best = Some(Best { metric, epoch, factors: model.get().clone() });
        }
    }

    /// Whether the last `patience` validations brought nothing better than the best before them.
    fn is_out_of_patience(&self, patience: u32) -> bool {
        let Some(best) = &self.best else { return false };
        let later = |report: &&EpochReport| report.epoch > best.epoch && report.metric.is_some();
        patience > 0 && self.history.iter().filter(later).count() >= patience as usize
    }

    fn end(self, last: Factors, method: &dyn Epochs) -> Trained {
        let last = || (method.finished(&last).unwrap_or(last), self.history.len() as u32);
        let (factors, best_epoch) = self.best.map_or_else(last, |best| (best.factors, best.epoch));
        Trained { factors, best_epoch, history: self.history }
    }

    fn state(&self, factors: &Factors, method: &dyn Epochs) -> State {
        let mut state = self.saved(factors);
        method.save(&mut state);
        state
    }

    /// All but what the method holds.
    fn saved(&self, factors: &Factors) -> State {
        let mut state = State::default();
        factors.save("", &mut state);
        let history = || self.history.iter();
        // What there is none of is not a number.
        state.put(
            "history.learning_rate",
            history().map(|r| r.learning_rate.unwrap_or(f32::NAN)).collect(),
        );
        state.put("history.loss", history().map(|r| r.loss).collect());
        state.put("history.samples", history().map(|r| r.samples).collect());
        state.put("history.skipped", history().map(|r| r.skipped).collect());
        state.put("history.metric", history().map(|r| r.metric.unwrap_or(f64::NAN)).collect());
        if let Some(best) = &self.best {
            state.put("best.epoch", vec![best.epoch]);
            state.put("best.metric", vec![best.metric]);
            best.factors.save("best.", &mut state);
        }
        state
    }

    /// The course that a state was of; `like` has the shape of its models.
    fn restored(state: &State, like: impl FnOnce() -> Factors) -> Result<Self, Error> {
        let losses = state.get::<f64>("history.loss")?;
        let n = losses.len();
        let rates = state.get_all::<f32>("history.learning_rate", n)?;
        let samples = state.get_all::<u64>("history.samples", n)?;
        let skipped = state.get_all::<u64>("history.skipped", n)?;
        let metrics = state.get_all::<f64>("history.metric", n)?;
        let report = |at: usize| {
            let mut report = EpochReport::new(at as u32 + 1, losses[at]);
            report.learning_rate = Some(rates[at]).filter(|rate| !rate.is_nan());
            report.metric = Some(metrics[at]).filter(|metric| !metric.is_nan());
            (report.samples, report.skipped) = (samples[at], skipped[at]);
            report
        };
        let best = state.has("best.epoch").then(|| Best::restored(state, like(), n));
        Ok(Self { history: (0..n).map(report).collect(), best: best.transpose()? })
    }
}

impl Best {
    /// The best that a state had, of so many epochs.
    fn restored(state: &State, mut factors: Factors, epochs: usize) -> Result<Self, Error> {
        let (metric, epoch) = (state.get_one("best.metric")?, state.get_one::<u32>("best.epoch")?);
        if epoch == 0 || epoch as usize > epochs {
            let (name, reason) = ("best.epoch".to_owned(), format!("is {epoch}, of {epochs}"));
            return Err(Error::State { name, reason });
        }
        factors.restore("best.", state)?;
        Ok(Self { metric, epoch, factors })
    }
}

/// The state of a training by steps after its last epoch, of which it is known what each did with each block of
/// users, and that it was never validated.
pub(crate) fn ended(
    factors: &Factors,
    (sums, params): ([Vec<f32>; 2], &Params),
    tallies: &[Vec<Tally>],
) -> State {
    let mut course = Course::default();
    for (blocks, epoch) in tallies.iter().zip(1..) {
        let tally = blocks.iter().fold(Tally::default(), |sum, own| sum + *own);
        let pass = pass(tally, params.lr * params.schedule.share(epoch, params.epochs));
        course.history.push(report(epoch, pass, None));
    }
    let mut state = course.saved(factors);
    save_sums(&mut state, sums, FIRST_SUMS);
    state
}

/// [`settle_numbers`] of all factors and biases.
fn settle(factors: &mut Factors) -> bool {
    let mut sound = true;
    for biases in &mut factors.biases {
        sound &= settle_numbers(&mut biases.users) & settle_numbers(&mut biases.items);
        sound &= settle_numbers(std::slice::from_mut(&mut biases.global));
    }
    factors.users.settle() & factors.items.settle() & sound
}
