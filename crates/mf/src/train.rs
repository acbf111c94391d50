//! The blocked trainer: epochs, validation, early stopping.

use crate::cell::{Tally, Task};
use crate::epoch::Engine;
use crate::points::Points;
use crate::streams::{Purpose, stream};
use crate::triples::Triples;
use crate::{
    Channel, EpochReport, Error, Factors, Monitor, Pairwise, Params, Pointwise, Table, ValidParams,
};
use foretaste_data::Interactions;
use foretaste_kernels::Lanes;
use rayon::prelude::*;

/// A finished training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The model: of the best validated epoch, or of the last if none was validated.
    pub factors: Factors,
    /// The epoch that the model is from; 0 if the first progress call ended the training.
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
/// factor is no longer finite.
pub fn train_pairwise<O: Pairwise>(
    objective: &O,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    train(&Triples(objective), &[], data, params, monitor)
}

/// Trains a factorization of `data`, of C channels, on an objective of single pairs.
///
/// `more` are the channels after the first, which `params` describes.
///
/// # Errors
/// As for [`train_pairwise`]; [`Error::Parameter`] if `more` does not hold C − 1 legal channels.
pub fn train_pointwise<const C: usize>(
    objective: &impl Pointwise<C>,
    more: &[Channel],
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let points = Points::new(objective, params.get(), more)?;
    train(&points, more, data, params, monitor)
}

fn train(
    task: &impl Task,
    more: &[Channel],
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let params = params.get();
    check_data(data)?;
    let mut factors = initial(data, params, more);
    let mut engine = Engine::new(data, params, factors.users.lanes());
    let mut best: Option<(f64, Trained)> = None;
    let mut history = Vec::new();
    for epoch in 1..=params.epochs {
        let mut go_on = true;
        let mut progress = |share| go_on &= monitor.progress(epoch, share);
        let tally = engine.epoch(task, epoch, &mut factors, &mut progress);
        let mut report = report(epoch, params, &tally);
        if !settle(&mut factors) {
            return Err(Error::Diverged { epoch, learning_rate: report.learning_rate });
        }
        report.metric = monitor.validate(epoch, &factors);
        monitor.epoch(&report);
        let metric = report.metric;
        history.push(report);
        if let Some(metric) = metric
            && best.as_ref().is_none_or(|(best, _)| metric > *best)
        {
            // Before the new copy is made, so that there is never more than one.
            drop(best.take());
            let history = Vec::new();
            best = Some((metric, Trained { factors: factors.clone(), best_epoch: epoch, history }));
        }
        if !go_on || out_of_patience(params.patience, &history, best.as_ref()) {
            break;
        }
    }
    let last = Trained { factors, best_epoch: history.len() as u32, history: Vec::new() };
    let trained = best.map_or(last, |(_, best)| best);
    Ok(Trained { history, ..trained })
}

fn check_data(data: &Interactions) -> Result<(), Error> {
    if data.nnz() == 0 {
        return Err(Error::NoData { reason: "no interactions" });
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

fn initial(data: &Interactions, params: &Params, more: &[Channel]) -> Factors {
    let first = (params.factors, params.init_sd);
    let channels: Vec<(usize, f32)> =
        std::iter::once(first).chain(more.iter().map(|c| (c.factors, c.init_sd))).collect();
    let widths: Vec<usize> = channels.iter().map(|(width, _)| *width).collect();
    let table = |rows, purpose| {
        let mut table = Table::zeros(rows, &widths);
        let mut stream = stream(params.seed, purpose);
        for (channel, (_, sd)) in channels.iter().enumerate() {
            table.fill_normal(channel, *sd, &mut stream);
        }
        table
    };
    Factors {
        users: table(data.n_users(), Purpose::InitialUsers),
        items: table(data.n_items(), Purpose::InitialItems),
        item_bias: params.item_bias.then(|| vec![0.0; data.n_items()]),
    }
}

fn report(epoch: u32, params: &Params, tally: &Tally) -> EpochReport {
    EpochReport {
        epoch,
        learning_rate: params.lr * params.schedule.share(epoch, params.epochs),
        loss: tally.loss / tally.measured.max(1) as f64,
        samples: tally.samples,
        skipped: tally.skipped,
        metric: None,
    }
}

/// Sets numbers too small to matter to zero, before decay makes them denormal (on which many
/// processors are a hundred times slower); false if any number is larger than a factor ever is in
/// a training that goes somewhere, or not finite.
fn settle(factors: &mut Factors) -> bool {
    const NOTHING: f32 = 1e-30;
    const LARGEST: f32 = 1e6;
    let settle_part = |part: &mut [f32]| {
        let mut sound = true;
        for x in part {
            sound &= x.abs() <= LARGEST;
            *x = if x.abs() < NOTHING { 0.0 } else { *x };
        }
        sound
    };
    let settle_rows = |rows: &mut [Lanes]| {
        let parts = rows.as_flattened_mut().par_chunks_mut(1 << 14);
        parts.map(settle_part).reduce(|| true, |a, b| a & b)
    };
    let bias = factors.item_bias.as_deref_mut().is_none_or(settle_part);
    settle_rows(factors.users.data_mut()) & settle_rows(factors.items.data_mut()) & bias
}

/// Whether the last `patience` validations brought nothing better than the best before them.
fn out_of_patience(patience: u32, history: &[EpochReport], best: Option<&(f64, Trained)>) -> bool {
    let Some((_, best)) = best else { return false };
    let since = history.iter().filter(|r| r.epoch > best.best_epoch && r.metric.is_some()).count();
    patience > 0 && since >= patience as usize
}
