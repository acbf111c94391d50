//! Epochs of steps on batches of users.
//!
//! ```text
//! for each batch of B users, in an order that each epoch draws
//!     a share of each user's items is held out                       of one item, the item
//!     M items are drawn that stand for all; of all items of the step, a share is taken for new
//!     z of those items                                               encoder.rs
//!     along = −∂ loss / ∂ all weights                                ranking.rs, encoder.rs
//!     the weights move by Adam; M stays at 0 or above                weights.rs
//! ```
//!
//! Random numbers depend on (seed, epoch, batch) alone, so that an interrupted epoch goes on where it was.

use crate::Params;
use crate::concepts::Concepts;
use crate::encoder::{Passed, Taken};
use crate::fold::ByHistory;
use crate::ranking::{Split, rank};
use crate::streams::Purpose;
use crate::weights::{Learnt, Weights};
use foretaste_data::{Interactions, UserId};
use foretaste_mf::batch::{Optimiser, Rule};
use foretaste_mf::dense::{Matrix, hash, key, some_of, stream};
use foretaste_mf::{Begun, Epochs, Error, Factors, Pass, Progress, State, Table};
use rand::Rng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

/// Rows of a model that are made at once.
const ROWS: usize = 4096;

/// The training.
#[derive(Debug)]
pub(crate) struct Trainer<'a> {
    data: &'a Interactions,
    params: Params,
    concepts: &'a Concepts,
    /// Items that somebody has.
    had: Vec<u32>,
    pub(crate) learnt: Learnt,
    steps: u32,
    begun: Begun,
}

/// What a step is of.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) items: Vec<u32>,
    pub(crate) taken: Vec<Taken>,
    pub(crate) splits: Vec<Split>,
    /// Rows of the items that stand for all, ascending.
    pub(crate) drawn: Vec<u32>,
}

impl Step {
    /// Items that are foretold.
    fn samples(&self) -> u64 {
        self.splits.iter().map(|split| split.held.len() as u64).sum()
    }
}

impl<'a> Trainer<'a> {
    pub(crate) fn new(data: &'a Interactions, params: &Params, concepts: &'a Concepts) -> Self {
        let items = (0..).zip(data.item_counts());
        let had = items.filter(|(_, count)| *count > 0).map(|(item, _)| item).collect();
        let learnt = Learnt::new(Weights::initial(concepts, data.n_items(), params));
        let (steps, begun) = (0, Begun::default());
        Self { data, params: params.clone(), concepts, had, learnt, steps, begun }
    }

    /// The users of an epoch, in its order: those who have an item and lack another one.
    fn order(&self, epoch: u32) -> Vec<u32> {
        let counts = |user: &u32| self.data.row(UserId(*user)).len();
        let lacks = |user: &u32| (1..self.data.n_items()).contains(&counts(user));
        let mut order: Vec<u32> = (0..self.data.n_users() as u32).filter(lacks).collect();
        order.shuffle(&mut stream(self.params.seed, Purpose::Order.number(), epoch, 0));
        order
    }

    /// A user's items in two, as items; at least one is held out, and one given if there are two.
    fn split(&self, user: u32, rng: &mut impl Rng) -> Split {
        let mut split = Split::default();
        for item in self.data.row(UserId(user)) {
            let held = rng.random::<f32>() < self.params.hold_out;
            if held { &mut split.held } else { &mut split.given }.push(item.0);
        }
        let Split { given, held } = &mut split;
        let (from, to) = match (given.len(), held.len()) {
            (_, 0) => (given, held),
            (0, 2..) => (held, given),
            _ => return split,
        };
        to.push(from.swap_remove(rng.random_range(0..from.len())));
        from.sort_unstable();
        split
    }

    pub(crate) fn step_of(&self, epoch: u32, number: u64, users: &[u32]) -> Step {
        let Params { seed, shared_negatives, new_items, .. } = self.params;
        let mut rng = stream(seed, Purpose::Split.number(), epoch, number);
        let mut splits: Vec<Split> = users.iter().map(|&user| self.split(user, &mut rng)).collect();
        let mut rng = stream(seed, Purpose::Shared.number(), epoch, number);
        let drawn = some_of(self.had.len(), shared_negatives, &mut rng);
        let drawn: Vec<u32> = drawn.into_iter().map(|at| self.had[at as usize]).collect();
        let own = splits.iter().flat_map(|split| split.given.iter().chain(&split.held));
        let items = sorted(own.chain(&drawn).copied().collect());
        let row = |item: &u32| items.partition_point(|other| other < item) as u32;
        for Split { given, held } in &mut splits {
            given.iter_mut().chain(held).for_each(|item| *item = row(item));
        }
        let drawn = drawn.iter().map(row).collect();
        let key = key(seed, Purpose::New.number(), epoch, number);
        let new = (f64::from(new_items) * u64::MAX as f64) as u64;
        let taken = |&item: &u32| match hash(u64::from(item) ^ key) {
            hash if hash >= new => Taken::Whole,
            hash if hash % 2 == 0 && self.concepts.vector_of(item as usize).is_some() => {
                Taken::Untagged
            }
            _ => Taken::New,
        };
        let taken = items.iter().map(taken).collect();
        Step { items, taken, splits, drawn }
    }

    /// What the weights are to move along, and the loss.
    pub(crate) fn find(&self, step: &Step) -> (Weights, f64) {
        let weights = &self.learnt.weights;
        let Step { items, taken, splits, drawn } = step;
        let passed = Passed::of(self.concepts, weights, items.clone(), taken.clone());
        let mut along = Weights::zeros(self.concepts, self.data.n_items());
        let mut along_z = Matrix::zeros(items.len(), self.concepts.len());
        let power = self.params.history_power;
        let of = (&splits[..], &drawn[..]);
        let loss = rank(&passed, weights, of, power, (&mut along, &mut along_z));
        let told = (&along_z, self.params.tag_weight);
        let loss = loss + passed.back(self.concepts, weights, told, &mut along);
        (along, loss)
    }

    fn step(&mut self, epoch: u32, step: &Step) -> Result<f64, Error> {
        let (along, loss) = self.find(step);
        let Params { lr, reg, .. } = self.params;
        self.steps = self.steps.saturating_add(1);
        let rule = Rule::new(Optimiser::ADAM, lr, self.steps.min(i32::MAX as u32) as i32, 1.0);
        let sound = self.learnt.step(&rule, &along, reg);
        sound.then_some(loss).ok_or(Error::Diverged { epoch, learning_rate: Some(lr) })
    }

    /// Writes what items and users are.
    fn put(&self, factors: &mut Factors) {
        let weights = &self.learnt.weights;
        let items: Vec<u32> = (0..self.data.n_items() as u32).collect();
        for items in items.chunks(ROWS) {
            let had = |item: &u32| match self.had.binary_search(item) {
                Ok(_) => Taken::Whole,
                Err(_) => Taken::New,
            };
            let taken = items.iter().map(had).collect();
            let passed = Passed::of(self.concepts, weights, items.to_vec(), taken);
            let brought = passed.z.times(&weights.mix);
            for (row, &item) in items.iter().enumerate() {
                factors.items.set(item as usize, 0, passed.z.values(row));
                factors.items.set(item as usize, 1, brought.values(row));
            }
        }
        let biases = weights.biases.values(0);
        self.had.iter().for_each(|&item| {
            factors.biases[0].items[item as usize] = biases[item as usize];
        });
        let by = ByHistory::new(&self.params);
        let users: Vec<u32> = (0..self.data.n_users() as u32).collect();
        for users in users.chunks(ROWS) {
            let row = |&user: &u32| by.row(&factors.items, self.data.row(UserId(user)));
            let rows: Vec<Vec<f32>> = users.par_iter().map(row).collect();
            let each = users.iter().zip(rows);
            each.for_each(|(&user, row)| factors.users.set(user as usize, 0, &row));
        }
        self.level(factors);
    }

    /// Takes items that nobody has to be liked as others are: scales their rows and sets their bias, so that their
    /// scores have the mean and the deviation of others', over users and items that stand for all.
    fn level(&self, factors: &mut Factors) {
        let (new, others): (Vec<usize>, Vec<usize>) = (0..self.data.n_items())
            .partition(|&item| self.had.binary_search(&(item as u32)).is_err());
        if new.is_empty() {
            return;
        }
        let users: Vec<usize> = (0..self.data.n_users()).collect();
        let users = some_rows(&factors.users, &users).0;
        let moments = |items: &[usize], with_biases: bool| {
            let (rows, chosen) = some_rows(&factors.items, items);
            let scores = users.times_transposed(&rows);
            let (mut sum, mut squares) = (0.0, 0.0);
            for user in 0..scores.rows() {
                for (&score, &item) in scores.values(user).iter().zip(&chosen) {
                    let bias = if with_biases { factors.biases[0].items[item] } else { 0.0 };
                    let score = f64::from(score) + f64::from(bias);
                    sum += score;
                    squares += score * score;
                }
            }
            let count = (users.rows() * chosen.len()).max(1) as f64;
            let mean = sum / count;
            (mean, (squares / count - mean * mean).max(0.0).sqrt())
        };
        let ((mean, deviation), (own, own_deviation)) =
            (moments(&others, true), moments(&new, false));
        // Scores that are all alike, but for rounding, have no deviation that could be brought to another.
        let has_deviation = own_deviation > 1e-3 * deviation.max(1e-3);
        let scale = if has_deviation { deviation / own_deviation } else { 1.0 };
        let width = self.concepts.len();
        for item in new {
            let row = factors.items.view(0).row(item).to_vec();
            let row: Vec<f32> = row[..width].iter().map(|&z| z * scale as f32).collect();
            factors.items.set(item, 0, &row);
            factors.biases[0].items[item] = (mean - scale * own) as f32;
        }
    }
}

/// Rows of a table that stand for these, in their order: a thousand at most, evenly from first to last; and which.
fn some_rows(table: &Table, of: &[usize]) -> (Matrix, Vec<usize>) {
    let chosen: Vec<usize> = of.iter().step_by(of.len().div_ceil(1000).max(1)).copied().collect();
    let width = table.widths()[0];
    let mut rows = Matrix::zeros(chosen.len(), width);
    for (n, &row) in chosen.iter().enumerate() {
        let from = table.view(0);
        rows.values_mut(n).iter_mut().zip(from.row(row)).for_each(|(to, &from)| *to = from);
    }
    (rows, chosen)
}

fn sorted(mut items: Vec<u32>) -> Vec<u32> {
    items.sort_unstable();
    items.dedup();
    items
}

impl Epochs for Trainer<'_> {
    fn epoch(
        &mut self,
        epoch: u32,
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Result<Option<Pass>, Error> {
        let order = self.order(epoch);
        if order.is_empty() {
            return Err(Error::NoData { reason: "no user with an item lacks another one" });
        }
        let batches = order.len().div_ceil(self.params.batch);
        for users in order.chunks(self.params.batch).skip(self.begun.batches as usize) {
            let step = self.step_of(epoch, self.begun.batches, users);
            let samples = step.samples();
            let loss = self.step(epoch, &step)? * samples as f64;
            self.begun.add(loss, samples);
            if !progress(self.begun.batches as f64 / batches as f64) {
                return Ok(None);
            }
        }
        self.put(factors);
        Ok(Some(self.begun.pass(0, self.params.lr)))
    }

    fn save(&self, state: &mut State) {
        self.learnt.save(state);
        state.put("sesa.steps", vec![self.steps]);
        self.begun.save(state);
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.learnt.restore(state)?;
        self.steps = state.get_one("sesa.steps")?;
        let most = self.data.n_users().div_ceil(self.params.batch) as u64;
        self.begun = Begun::restored(state, most)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
