//! The blocked trainer: what it starts from, and its epochs.

use crate::anchor::Anchor;
use crate::cell::{Task, pass};
use crate::deal::MAX_ITEMS;
use crate::epoch::Engine;
use crate::parts::Parts;
use crate::points::Points;
use crate::searches::Searches;
use crate::triples::Triples;
use crate::{
    Bias, Biases, Channel, EpochReport, Epochs, Error, Factors, Layout, Monitor, Negatives,
    Pairwise, Params, Parted, Pass, Pointwise, Progress, Ranking, Targets, ValidParams, Weighting,
    train_epochs,
};
use foretaste_data::Interactions;
use foretaste_model::{Start, State, Whole};

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
/// negatives are weighted, there are more channels, or targets do not fit.
pub fn train_pairwise<O: Pairwise>(
    objective: &O,
    problem: &Problem<'_>,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    check_triples(problem, params.get())?;
    train(&Triples(objective), problem, data, params, monitor)
}

/// Trains a factorization of `data` on an objective of triples whose negatives are sought. As many
/// searches are made for a positive as parameters have negatives.
///
/// # Errors
/// As for [`train_pairwise`]; [`Error::Parameter`] if the sampler is not uniform.
pub fn train_ranking(
    objective: &impl Ranking,
    problem: &Problem<'_>,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    check_triples(problem, params.get())?;
    check_searches(params.get())?;
    train(&Searches(objective), problem, data, params, monitor)
}

pub(crate) fn check_searches(params: &Params) -> Result<(), Error> {
    let rule = "uniform, since the number of draws stands for a rank";
    Error::unless(params.sampler == Negatives::Uniform, "sampler", rule, params.sampler)
}

pub(crate) fn check_triples(problem: &Problem<'_>, params: &Params) -> Result<(), Error> {
    let Params { bias, weighting, .. } = *params;
    let rule = "of items alone, since others do not change an order of items";
    Error::unless(!bias.user && !bias.global, "bias", rule, "of users or all pairs")?;
    let rule = "sampled where triples are trained on";
    Error::unless(weighting == Weighting::Sampled, "weighting", rule, weighting)?;
    let rule = "none: triples have one channel";
    Error::unless(problem.more.is_empty(), "more", rule, problem.more.len())
}

/// What [`train_pairwise`] and the like are to solve besides the data.
#[derive(Clone, Debug, Default)]
pub struct Problem<'a> {
    /// The channels after the first, which the parameters describe.
    pub more: &'a [Channel],
    /// The labels of observed pairs.
    pub targets: Targets<'a>,
    /// What to start from; by default, [`Factors::initial`].
    pub start: Option<Factors>,
    /// An earlier model, whose rows take the place of those, or the state to go on from.
    pub from: Start<'a>,
    /// The first channels alone that an earlier model says something of; all, by default.
    pub carried: Option<usize>,
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

/// Trains a factorization of `data` on an objective of parts. Rows are of one channel; they start as
/// normal rows of the layout's lengths, unless the problem says otherwise.
///
/// # Errors
/// As for [`train_pairwise`]; [`Error::Parameter`] if `factors` are not those of the layout, or there are
/// biases, a penalty, or weighted negatives, of which parts have none.
pub fn train_parted(
    objective: &impl Parted,
    layout: &Layout,
    problem: &Problem<'_>,
    data: &Interactions,
    params: &ValidParams,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let Params { factors, bias, reg, weighting, .. } = *params.get();
    Error::unless(factors == layout.factors(), "factors", "those of the parts", factors)?;
    Error::unless(bias == Bias::default(), "bias", "none: parts have none", bias)?;
    Error::unless(reg == 0.0, "reg", "0: parts keep their lengths", reg)?;
    let rule = "sampled where parts are trained on";
    Error::unless(weighting == Weighting::Sampled, "weighting", rule, weighting)?;
    Error::unless(
        problem.more.is_empty(),
        "more",
        "none: parts are not channels",
        problem.more.len(),
    )?;
    let start = problem.start.clone();
    let mut start = start.unwrap_or_else(|| layout.start(data, params));
    if let Some(warm) = problem.from.warm {
        start.carry(warm, 1)?;
        layout.settle(&mut start);
    }
    let from = Start { warm: None, ..problem.from };
    let problem = Problem { start: Some(start), from, ..problem.clone() };
    train(&Parts::new(objective, layout), &problem, data, params, monitor)
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
    let mut factors = start(problem, data, params)?;
    let mut anchor = None;
    if let Some(warm) = problem.from.warm {
        let channels = problem.carried.unwrap_or(factors.channels()).min(factors.channels());
        factors.carry(warm, channels)?;
        anchor = Anchor::of(warm, &factors, channels);
        let global = factors.biases[0].global;
        let rule = "of all pairs, too, as in the model to start from";
        Error::unless(params.bias.global || global == 0.0, "bias", rule, params.bias)?;
    }
    let engine = Engine::new(data, problem.targets, params, factors.users.lanes()).holding(anchor);
    let mut blocked = Blocked { engine, task, params };
    train_epochs(factors, &params.training(), problem.from.state, monitor, &mut blocked)
}

/// The engine at a task.
struct Blocked<'a, T> {
    engine: Engine<'a>,
    task: &'a T,
    params: &'a Params,
}

impl<T: Task> Epochs for Blocked<'_, T> {
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        let Params { lr, schedule, epochs, .. } = *self.params;
        let learning_rate = lr * schedule.share(epoch, epochs);
        let tally = self.engine.epoch(self.task, (epoch, learning_rate), factors, progress);
        Ok(tally.map(|tally| pass(tally, learning_rate)))
    }

    fn save(&self, state: &mut State) {
        self.engine.save(state);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.engine.restore(state)
    }
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
    let full = |bounds: &[usize]| {
        let len = bounds[1] - bounds[0];
        len == 0 || len == data.n_items()
    };
    let learnable = || !data.starts().windows(2).all(full);
    check_size(data.n_items(), data.nnz(), learnable, params)
}

/// The same of data that are known by what they are all in all.
pub(crate) fn check_whole(whole: &Whole, params: &Params) -> Result<(), Error> {
    check_size(whole.n_items(), whole.nnz, || whole.learnable, params)
}

fn check_size(
    n_items: usize,
    nnz: usize,
    learnable: impl FnOnce() -> bool,
    params: &Params,
) -> Result<(), Error> {
    if n_items > MAX_ITEMS {
        return Err(Error::TooManyItems { items: n_items });
    }
    if nnz == 0 {
        return Err(Error::NoData { reason: "no interactions" });
    }
    if params.sampler == Negatives::Any && n_items > 1 || learnable() {
        return Ok(());
    }
    Err(Error::NoData { reason: "no user with an item lacks another one" })
}
