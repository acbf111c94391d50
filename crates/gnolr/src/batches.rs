//! The batch trainer: rows whose directions alone count, moved by Adam on batches of pairs.
//!
//! The paper's program has batches of logged pairs. Here an epoch has each pair of a feedback once, in an
//! order of its own, and after each so many pairs that the user has not.

use crate::{Levels, Nested, Params};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::batch::{Batch, Batches, Cell, Cells, Optimiser, Settings, Trainer};
use foretaste_mf::{
    Begun, Biases, Epochs, Error, Factors, Layout, Monitor, PARTS, Parted, Pass, Pointwise,
    Progress, Start, State, Table, Trained, Training, train_epochs,
};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::array::from_fn;

/// Trains with the parameters of the batch trainer.
pub(crate) fn train_by_batches(
    params: &Params,
    loss: &Nested,
    layout: &Layout,
    levels: &Levels,
    start: Start<'_>,
    monitor: &mut dyn Monitor,
) -> Result<Trained, Error> {
    let pairs = levels.pairs();
    let mut factors = layout.start(pairs, &params.engine()?);
    if let Some(warm) = start.warm {
        factors.carry(warm, 1)?;
        layout.settle(&mut factors);
    }
    let settings = Settings {
        optimiser: Optimiser::ADAM,
        lr: params.adam_lr,
        decay: 1.0,
        reg: [0.0; PARTS],
        global: [false; PARTS],
        lengths: Some(layout.squares()),
    };
    let trainer = Trainer::new(split(&factors, layout), settings)?;
    let mut method = ByBatches { trainer, params, loss, levels, begun: Begun::default() };
    let Params { factors: width, epochs, patience, seed, .. } = *params;
    let training = Training { factors: width, epochs, patience, seed, init_sd: 1.0 };
    train_epochs(factors, &training, start.state, monitor, &mut method)
}

struct ByBatches<'a> {
    trainer: Trainer<PARTS>,
    params: &'a Params,
    loss: &'a Nested,
    levels: &'a Levels,
    begun: Begun,
}

impl Pointwise<PARTS> for Nested {
    #[inline(always)]
    fn ascent(&self, x: [f32; PARTS], y: f32) -> [f32; PARTS] {
        Parted::ascent(self, &x, y)
    }

    #[inline(always)]
    fn loss(&self, x: [f32; PARTS], y: f32) -> f32 {
        Parted::loss(self, &x, y)
    }
}

impl Epochs for ByBatches<'_> {
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        let mut batches = InOrder::new(self.levels, self.params, epoch);
        let (all, mut batch) = (batches.left.len() as f64, Batch::default());
        // What an interrupted epoch has done is drawn again, and left out.
        for _ in 0..self.begun.batches {
            if !batches.next(&mut batch) {
                break;
            }
            batch.clear();
        }
        let mut go_on = true;
        while go_on && batches.next(&mut batch) {
            let loss = self.step(epoch, &batch)? * batch.divisor;
            self.begun.add(loss, batch.cells.len() as u64);
            batch.clear();
            go_on = progress(1.0 - batches.left.len() as f64 / all);
        }
        join(self.trainer.factors(), factors);
        if !go_on {
            return Ok(None);
        }
        Ok(Some(self.begun.pass(0, self.params.adam_lr)))
    }

    fn save(&self, state: &mut State) {
        self.trainer.save(state);
        self.begun.save(state);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.begun = Begun::restored(state, u64::MAX)?;
        self.trainer.restore(state)
    }
}

impl ByBatches<'_> {
    /// Steps on a batch; its mean loss.
    fn step(&mut self, epoch: u32, batch: &Batch) -> Result<f64, Error> {
        let stepped = self.trainer.step(&Cells(self.loss), batch);
        stepped.map_err(|error| match error {
            // The trainer does not know of epochs that are made of steps.
            Error::Diverged { learning_rate, .. } => Error::Diverged { epoch, learning_rate },
            error => error,
        })
    }
}

/// The same rows, a channel a part.
fn split(factors: &Factors, layout: &Layout) -> Factors {
    let widths: [usize; PARTS] = from_fn(|n| layout.widths().get(n).copied().unwrap_or(0));
    let table = |table: &Table| {
        let (rows, width) = (table.to_rows(0), table.widths()[0]);
        let mut parts = Table::zeros(table.rows(), &widths);
        for (n, row) in rows.chunks_exact(width).enumerate() {
            let mut rest = row;
            for (channel, &width) in layout.widths().iter().enumerate() {
                let (own, others) = rest.split_at(width);
                parts.set(n, channel, own);
                rest = others;
            }
        }
        parts
    };
    let (users, items) = (table(&factors.users), table(&factors.items));
    Factors { users, items, biases: vec![Biases::default(); PARTS] }
}

/// The other way round.
fn join(parts: &Factors, factors: &mut Factors) {
    let rows = |parts: &Table, table: &mut Table| {
        let widths = parts.widths().to_vec();
        let used = widths.iter().filter(|&&width| width > 0).count();
        let channels: Vec<Vec<f32>> = (0..used).map(|channel| parts.to_rows(channel)).collect();
        for n in 0..parts.rows() {
            let part = |channel: usize| {
                let width = widths[channel];
                channels[channel][n * width..(n + 1) * width].iter().copied()
            };
            let row: Vec<f32> = (0..used).flat_map(part).collect();
            table.set(n, 0, &row);
        }
    };
    rows(&parts.users, &mut factors.users);
    rows(&parts.items, &mut factors.items);
}

/// The pairs of an epoch.
struct InOrder<'a> {
    pairs: &'a Interactions,
    negatives: u32,
    size: usize,
    /// Those that are left, the next at the end.
    left: Vec<(UserId, ItemId, f32)>,
    stream: Xoshiro256PlusPlus,
}

impl<'a> InOrder<'a> {
    fn new(levels: &'a Levels, params: &Params, epoch: u32) -> Self {
        let pairs = levels.pairs();
        let labelled = pairs.pairs().zip(levels.labels());
        let mut left: Vec<_> = labelled.map(|(pair, &y)| (pair.user, pair.item, y)).collect();
        // A stream of each epoch, so that a training goes on without a state of it.
        let mut stream = Xoshiro256PlusPlus::seed_from_u64(
            params.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(epoch),
        );
        left.shuffle(&mut stream);
        Self { pairs, negatives: params.negatives, size: params.batch, left, stream }
    }
}

impl Batches for InOrder<'_> {
    fn next(&mut self, batch: &mut Batch) -> bool {
        let n = self.pairs.n_items();
        while batch.cells.len() < self.size {
            let Some((user, item, label)) = self.left.pop() else { break };
            batch.cells.push(Cell { user, item, label, weight: 1.0 });
            let negatives = if self.pairs.row(user).len() < n { self.negatives } else { 0 };
            for _ in 0..negatives {
                let item = loop {
                    let item = ItemId(self.stream.random_range(0..n as u32));
                    if !self.pairs.contains(user, item) {
                        break item;
                    }
                };
                batch.cells.push(Cell { user, item, label: 0.0, weight: 1.0 });
            }
        }
        batch.average();
        !batch.cells.is_empty()
    }
}
