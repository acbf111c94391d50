//! Steps on batches.

use super::optimiser::Rule;
use super::side::{Side, direct};
use super::{Batch, Batches, Cell, Optimiser, Task};
use crate::{Biases, EpochReport, Error, Factors};
use foretaste_kernels::dispatch;
use foretaste_model::State;
use rayon::prelude::*;

/// How a [`Trainer`] of C channels steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings<const C: usize> {
    /// From direction to step.
    pub optimiser: Optimiser,
    /// η before the first epoch; above 0.
    pub lr: f32,
    /// What η is multiplied by before each epoch, also the first; 1 if it stays.
    pub decay: f32,
    /// λ of the rows and biases of each channel, of ½λ‖·‖² over the whole tables, at each step;
    /// 0 or more.
    pub reg: [f32; C],
    /// Whether the global bias of a channel is trained. It is not regularised.
    pub global: [bool; C],
    /// γ of each channel, if only the directions of rows count: a row W then stands for √γ W / ‖W‖. Above
    /// 0, but of channels without numbers.
    pub lengths: Option<[f32; C]>,
}

impl<const C: usize> Settings<C> {
    fn check(&self, factors: &Factors) -> Result<(), Error> {
        let check = |legal, name, rule, value: String| Error::unless(legal, name, rule, value);
        let above = |x: f32| x.is_finite() && x > 0.0;
        check(above(self.lr), "lr", "above 0", self.lr.to_string())?;
        check(above(self.decay), "decay", "above 0", self.decay.to_string())?;
        for reg in self.reg {
            check(reg.is_finite() && reg >= 0.0, "reg", "0 or more", reg.to_string())?;
        }
        let of_nothing = |channel: usize| factors.users.widths().get(channel) == Some(&0);
        for (channel, square) in self.lengths.iter().flatten().enumerate() {
            let legal = above(*square) || of_nothing(channel);
            check(legal, "lengths", "above 0", square.to_string())?;
        }
        let channels = [factors.users.widths(), factors.items.widths()].map(<[usize]>::len);
        let channels = [channels[0], channels[1], factors.channels()];
        let fits = channels == [C; 3] && factors.users.widths() == factors.items.widths();
        check(fits, "channels", "those of the objective", format!("{channels:?}"))
    }
}

/// Trains factors step by step: see the [module](self).
#[derive(Clone, Debug)]
pub struct Trainer<const C: usize> {
    factors: Factors,
    /// What they stand for, where directions alone count.
    directed: Option<Factors>,
    settings: Settings<C>,
    /// η now.
    lr: f32,
    epoch: u32,
    steps: i32,
    users: Side<C>,
    items: Side<C>,
    /// First and second moment of the global biases.
    global: [[f32; 2]; C],
    /// w · (−∂ loss / ∂x) of each cell of the batch.
    ascent: Vec<[f32; C]>,
}

/// Samples whose coefficients one task computes.
const SAMPLES: usize = 1024;

impl<const C: usize> Trainer<C> {
    /// A trainer that starts from `factors`, whose biases are trained where there are any.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a setting is not legal, or `factors` have not C channels.
    pub fn new(factors: Factors, settings: Settings<C>) -> Result<Self, Error> {
        settings.check(&factors)?;
        let lengths = |of: fn(&Biases) -> usize| std::array::from_fn(|c| of(&factors.biases[c]));
        let of_users = lengths(|biases| biases.users.len());
        let of_items = lengths(|biases| biases.items.len());
        Ok(Self {
            directed: settings.lengths.map(|lengths| directed(&factors, &lengths)),
            users: Side::new(&factors.users, of_users, settings.optimiser),
            items: Side::new(&factors.items, of_items, settings.optimiser),
            factors,
            settings,
            lr: settings.lr,
            epoch: 0,
            steps: 0,
            global: [[0.0; 2]; C],
            ascent: Vec::new(),
        })
    }

    /// The factors as they are now: what rows stand for, where directions alone count.
    pub fn factors(&self) -> &Factors {
        self.directed.as_ref().unwrap_or(&self.factors)
    }

    /// The factors, at the end.
    pub fn into_factors(self) -> Factors {
        self.directed.unwrap_or(self.factors)
    }

    /// Adds all that decides how the training goes on: rows, moments, learning rate and steps.
    pub fn save(&self, state: &mut State) {
        self.factors.save("batch.", state);
        self.users.save("batch.of_users", state);
        self.items.save("batch.of_items", state);
        state.put("batch.global", self.global.as_flattened().to_vec());
        state.put("batch.lr", vec![self.lr]);
        state.put("batch.epoch", vec![self.epoch]);
        state.put("batch.steps", vec![self.steps as u32]);
    }

    /// Takes up what was saved.
    ///
    /// # Errors
    /// [`Error::State`] if it is of another training.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.factors.restore("batch.", state)?;
        self.users.restore("batch.of_users", state)?;
        self.items.restore("batch.of_items", state)?;
        let global = self.global.as_flattened_mut();
        global.copy_from_slice(state.get_all("batch.global", global.len())?);
        self.lr = state.get_one("batch.lr")?;
        self.epoch = state.get_one("batch.epoch")?;
        self.steps = state.get_one::<u32>("batch.steps")? as i32;
        self.directed = self.settings.lengths.map(|lengths| directed(&self.factors, &lengths));
        Ok(())
    }

    /// Steps once on each batch of an epoch. The loss of the report is per weight of a sample.
    ///
    /// # Errors
    /// As for [`Trainer::step`].
    pub fn epoch(
        &mut self,
        task: &impl Task<C>,
        batches: &mut dyn Batches,
    ) -> Result<EpochReport, Error> {
        self.epoch += 1;
        self.lr *= self.settings.decay;
        let (mut batch, mut loss, mut weight, mut samples) = (Batch::default(), 0.0, 0.0, 0);
        while batches.next(&mut batch) {
            loss += self.step(task, &batch)? * batch.divisor;
            let first = batch.cells.iter().step_by(Self::cells_of(task));
            weight += first.map(|cell| f64::from(cell.weight)).sum::<f64>();
            samples += batch.cells.len() / Self::cells_of(task);
            batch.clear();
        }
        let mut report = EpochReport::new(self.epoch, loss / weight);
        (report.learning_rate, report.samples) = (Some(self.lr), samples as u64);
        Ok(report)
    }

    fn cells_of<T: Task<C>>(_: &T) -> usize {
        T::CELLS
    }

    /// One step. Gives the loss of the batch before it, divided, without the L2 penalty.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the batch has no whole samples, a cell is outside the factors or
    /// the divisor is 0; [`Error::Diverged`] if a parameter is no longer finite.
    pub fn step<T: Task<C>>(&mut self, task: &T, batch: &Batch) -> Result<f64, Error> {
        self.check::<T>(batch)?;
        let loss = self.evaluate(task, batch) / batch.divisor;
        let (cells, ascent) = (&batch.cells, &self.ascent);
        let (user, item) = (|n: usize| cells[n].user.index(), |n: usize| cells[n].item.index());
        let used = self.directed.as_ref().unwrap_or(&self.factors);
        self.users.cells.sort(cells.len(), user);
        self.users.sum(&used.items, item, ascent);
        self.items.cells.sort(cells.len(), item);
        self.items.sum(&used.users, user, ascent);
        if let Some(lengths) = &self.settings.lengths {
            self.users.project(&self.factors.users, lengths);
            self.items.project(&self.factors.items, lengths);
        }
        self.steps = self.steps.saturating_add(1);
        let rule = Rule::new(self.settings.optimiser, self.lr, self.steps, batch.divisor);
        let sound = self.advance(&rule);
        if let (Some(lengths), Some(used)) = (&self.settings.lengths, &mut self.directed) {
            direct(&self.factors.users, lengths, &mut used.users);
            direct(&self.factors.items, lengths, &mut used.items);
        }
        let (epoch, learning_rate) = (self.epoch, Some(self.lr));
        sound.then_some(loss).ok_or(Error::Diverged { epoch, learning_rate })
    }

    fn check<T: Task<C>>(&self, batch: &Batch) -> Result<(), Error> {
        let (n_users, n_items) = (self.factors.users.rows(), self.factors.items.rows());
        let wrong = |rule, value: String| Err(Error::parameter("batch", rule, value));
        if !batch.cells.len().is_multiple_of(T::CELLS) || batch.cells.len() > u32::MAX as usize {
            return wrong("of whole samples, and below 2³² cells", batch.cells.len().to_string());
        }
        if batch.divisor == 0.0 || !batch.divisor.is_finite() {
            return wrong("of a finite divisor that is not 0", batch.divisor.to_string());
        }
        let outside = |cell: &&Cell| cell.user.index() >= n_users || cell.item.index() >= n_items;
        match batch.cells.iter().find(outside) {
            Some(cell) => wrong("of users and items that have factors", format!("{cell:?}")),
            None => Ok(()),
        }
    }

    /// Sets `ascent`; the sum of the losses.
    fn evaluate<T: Task<C>>(&mut self, task: &T, batch: &Batch) -> f64 {
        self.ascent.resize(batch.cells.len(), [0.0; C]);
        let factors = self.directed.as_ref().unwrap_or(&self.factors);
        let cells = batch.cells.par_chunks(SAMPLES * T::CELLS);
        let parts = self.ascent.par_chunks_mut(SAMPLES * T::CELLS).zip(cells);
        let losses: Vec<f64> = parts
            .map(|(ascent, cells)| {
                dispatch(
                    #[inline(always)]
                    || samples(task, factors, cells, ascent),
                )
            })
            .collect();
        losses.iter().sum()
    }

    /// Moves all parameters; false if a number is unsound.
    fn advance(&mut self, rule: &Rule) -> bool {
        let Self { factors, settings: Settings { reg, global, .. }, .. } = self;
        let mut sound = true;
        for channel in (0..C).filter(|&channel| global[channel]) {
            let sum: f64 = self.ascent.iter().map(|ascent| f64::from(ascent[channel])).sum();
            let [m, v] = self.global[channel].each_mut().map(std::slice::from_mut);
            let bias = std::slice::from_mut(&mut factors.biases[channel].global);
            sound &= rule.step(bias, &[sum as f32], (m, v), 0.0);
        }
        let biases = &mut factors.biases;
        sound &= self.users.step(&mut factors.users, (biases, |b| &mut b.users), rule, reg);
        sound & self.items.step(&mut factors.items, (biases, |b| &mut b.items), rule, reg)
    }
}

/// Factors of the directions of others, and of these lengths.
fn directed<const C: usize>(factors: &Factors, lengths: &[f32; C]) -> Factors {
    let mut used = factors.clone();
    direct(&factors.users, lengths, &mut used.users);
    direct(&factors.items, lengths, &mut used.items);
    used
}

/// Sets `ascent`, with the weights; the weighted sum of the losses.
#[inline(always)]
fn samples<T: Task<C>, const C: usize>(
    task: &T,
    factors: &Factors,
    cells: &[Cell],
    ascent: &mut [[f32; C]],
) -> f64 {
    let mut loss = 0.0;
    let (mut x, mut y) = (vec![[0.0; C]; T::CELLS], vec![0.0; T::CELLS]);
    for (cells, ascent) in cells.chunks_exact(T::CELLS).zip(ascent.chunks_exact_mut(T::CELLS)) {
        for (n, cell) in cells.iter().enumerate() {
            let (user, item) = (cell.user.index(), cell.item.index());
            x[n] = std::array::from_fn(|channel| factors.score(channel, user, item));
            y[n] = cell.label;
        }
        let weight = cells[0].weight;
        loss += f64::from(weight * task.sample(&x, &y, ascent));
        ascent.iter_mut().flatten().for_each(|a| *a *= weight);
    }
    loss
}
