//! The blocked trainer: epochs, validation, early stopping.

use crate::cell::Task;
use crate::deal::MAX_ITEMS;
use crate::epoch::Engine;
use crate::points::Points;
use crate::table::settle_numbers;
use crate::triples::Triples;
use crate::{
    Biases, Channel, EpochReport, Error, Factors, Monitor, Negatives, Pairwise, Params, Pointwise,
    Targets, Training, ValidParams, Weighting,
};
use foretaste_data::Interactions;

/// A finished training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The model: of the best validated epoch, or of the last if none was validated.
    pub factors: Factors,
    /// The epoch that the model is from, from 1.
    pub best_epoch: u32,
    /// What happened in each epoch.
    pub history: Vec<EpochReport>,
}

/// Trains a factorization of `data` on an objective of triples.
///
/// Runs on the current rayon pool; its size does not change the result.
///
/// # Errors
/// [`Error::NoData`] without interactions or if no user lacks an item, [`Error::Diverged`] if a
/// factor is no longer finite, [`Error::Parameter`] if there are biases that no triple moves,
/// negatives are weighted, or targets do not fit.
pub fn train_pairwise<O: Pairwise>(
    objective: &O,
    targets: Targets<'_>,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let Params { bias, weighting, .. } = *params.get();
    let rule = "of items alone, since others do not change an order of items";
    Error::unless(!bias.user && !bias.global, "bias", rule, "of users or all pairs")?;
    let rule = "sampled where triples are trained on";
    Error::unless(weighting == Weighting::Sampled, "weighting", rule, weighting)?;
    let problem = Problem { targets, ..Problem::default() };
    train(&Triples(objective), &problem, data, params, monitor)
}

/// What [`train_pointwise`] is to solve besides the data.
#[derive(Clone, Debug, Default)]
pub struct Problem<'a> {
    /// The channels after the first, which the parameters describe.
    pub more: &'a [Channel],
    /// The labels of observed pairs.
    pub targets: Targets<'a>,
    /// What to start from; by default, [`Factors::initial`].
    pub start: Option<Factors>,
}

/// Trains a factorization of `data`, of C channels, on an objective of single pairs.
///
/// # Errors
/// As for [`train_pairwise`]; [`Error::Parameter`] if the problem does not have C − 1 more channels,
/// all legal, or if targets or start do not fit the data.
pub fn train_pointwise<const C: usize>(
    objective: &impl Pointwise<C>,
    problem: &Problem<'_>,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let points = Points::new(objective, params.get(), problem.more)?;
    train(&points, problem, data, params, monitor)
}

fn train(
    task: &impl Task,
    problem: &Problem<'_>,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let params = params.get();
    check_data(data, params)?;
    problem.targets.check(data)?;
    let factors = start(problem, data, params)?;
    let mut engine = Engine::new(data, problem.targets, params, factors.users.lanes());
    train_epochs(factors, &params.training(), monitor, |epoch, factors, progress| {
        let tally = engine.epoch(task, epoch, factors, progress);
        let loss = tally.loss / tally.measured;
        let learning_rate = Some(params.lr * params.schedule.share(epoch, params.epochs));
        Pass { loss, samples: tally.samples, skipped: tally.skipped, learning_rate }
    })
}

/// What an epoch of [`train_epochs`] did.
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

/// What all trainings have in common: epochs with reports, validation, early stopping, and the best
/// model at the end. `pass` is given the epoch, the factors to train, and what to tell the share
/// of the epoch that is done; where that says `false`, the rest of the epoch need not be done.
///
/// # Errors
/// [`Error::Interrupted`] if the monitor says so; [`Error::Diverged`] if a factor is no longer finite,
/// or far too large; [`Error::Validation`] if
/// a validation fails, or its score is not finite.
pub fn train_epochs(
    mut factors: Factors,
    training: &Training,
    monitor: &mut dyn Monitor,
    mut pass: impl FnMut(u32, &mut Factors, &mut dyn FnMut(f64) -> bool) -> Pass,
) -> Result<Trained, Error> {
    let mut best: Option<(f64, Trained)> = None;
    let mut history = Vec::new();
    for epoch in 1..=training.epochs {
        let (mut go_on, mut interrupted) = (true, false);
        let mut progress = |share| {
            go_on &= monitor.progress(epoch, share);
            interrupted |= monitor.interrupted();
            !interrupted
        };
        let pass = pass(epoch, &mut factors, &mut progress);
        if interrupted {
            return Err(Error::Interrupted { epoch });
        }
        let Pass { loss, samples, skipped, learning_rate } = pass;
        if !settle(&mut factors) {
            return Err(Error::Diverged { epoch, learning_rate });
        }
        let metric = monitor.validate(epoch, &factors)?;
        if let Some(metric) = metric.filter(|metric| !metric.is_finite()) {
            return Err(Error::Validation { epoch, reason: format!("the score is {metric}") });
        }
        let mut report = EpochReport::new(epoch, loss);
        (report.learning_rate, report.metric) = (learning_rate, metric);
        (report.samples, report.skipped) = (samples, skipped);
        monitor.epoch(&report);
        history.push(report);
        if let Some(metric) = metric
            && best.as_ref().is_none_or(|(best, _)| metric > *best)
        {
            // Before the new copy is made, so that there is never more than one.
            drop(best.take());
            let history = Vec::new();
            best = Some((metric, Trained { factors: factors.clone(), best_epoch: epoch, history }));
        }
        if !go_on || out_of_patience(training.patience, &history, best.as_ref()) {
            break;
        }
    }
    let last = Trained { factors, best_epoch: history.len() as u32, history: Vec::new() };
    let trained = best.map_or(last, |(_, best)| best);
    Ok(Trained { history, ..trained })
}

fn start(problem: &Problem<'_>, data: &Interactions, params: &Params) -> Result<Factors, Error> {
    let initial = Factors::initial(data, params, problem.more);
    let Some(start) = &problem.start else { return Ok(initial) };
    let shape = |factors: &Factors| {
        let widths = [factors.users.widths().to_vec(), factors.items.widths().to_vec()];
        let rows = [factors.users.rows(), factors.items.rows()];
        let biases = |biases: &Biases| (biases.users.len(), biases.items.len());
        (widths, rows, factors.biases.iter().map(biases).collect::<Vec<_>>())
    };
    if shape(start) != shape(&initial) {
        let (name, rule) = ("start", "of the shape that data and parameters have");
        return Err(Error::parameter(name, rule, format!("{:?}", shape(start))));
    }
    Ok(start.clone())
}

pub(crate) fn check_data(data: &Interactions, params: &Params) -> Result<(), Error> {
    if data.n_items() > MAX_ITEMS {
        return Err(Error::TooManyItems { items: data.n_items() });
    }
    if data.nnz() == 0 {
        return Err(Error::NoData { reason: "no interactions" });
    }
    if params.sampler == Negatives::Any && data.n_items() > 1 {
        return Ok(());
    }
    let full = |bounds: &[usize]| {
        let len = bounds[1] - bounds[0];
        len == 0 || len == data.n_items()
    };
    if data.starts().windows(2).all(full) {
        return Err(Error::NoData { reason: "no user with an item lacks another one" });
    }
    Ok(())
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

/// Whether the last `patience` validations brought nothing better than the best before them.
fn out_of_patience(patience: u32, history: &[EpochReport], best: Option<&(f64, Trained)>) -> bool {
    let Some((_, best)) = best else { return false };
    let since = history.iter().filter(|r| r.epoch > best.best_epoch && r.metric.is_some()).count();
    patience > 0 && since >= patience as usize
}
