//! One epoch: deal, plan, then the rounds.

use crate::anchor::Anchor;
use crate::apart::Plan;
use crate::cell::{Global, MAX_CHANNELS, Task};
use crate::deal::{self, Deal, ItemBlock};
use crate::plan::{UserBlock, UserRows};
use crate::{Error, Factors, Params, State, Steps, Targets};
use foretaste_data::Interactions;
use foretaste_model::{Tally, Whole};
use rayon::prelude::*;

/// What lives from epoch to epoch besides the factors.
#[derive(Debug)]
pub(crate) struct Engine<'a> {
    data: &'a Interactions,
    plan: Plan,
    targets: Targets<'a>,
    /// How much a positive counts, and a negative of each user: empty if 1.
    population: (f32, Vec<f32>),
    /// What items are held to.
    anchor: Option<Anchor>,
    deal: Deal,
    user_blocks: Vec<UserBlock>,
    item_blocks: Vec<ItemBlock>,
    /// Sums of squared gradients, of users and items; empty if steps are not adaptive.
    sums: (Vec<f32>, Vec<f32>),
    /// Those of the biases of all pairs.
    global_sums: [f32; MAX_CHANNELS],
    /// Of an epoch that was interrupted.
    begun: Option<Begun>,
}

/// How far an epoch is.
#[derive(Debug)]
struct Begun {
    rounds: usize,
    /// Of each block of users, which meets its blocks of items in the same order wherever it is trained.
    tallies: Vec<Tally>,
}

/// What the sums of squared gradients start from: it bounds a row's first steps.
pub(crate) const FIRST_SUM: f32 = 0.1;

impl<'a> Engine<'a> {
    pub(crate) fn new(
        data: &'a Interactions,
        targets: Targets<'a>,
        params: &'a Params,
        lanes: usize,
    ) -> Self {
        Self::with_plan(data, targets, Plan::new(&Whole::of(data), params, lanes))
    }

    /// The same with items that are held.
    pub(crate) fn holding(self, anchor: Option<Anchor>) -> Self {
        Self { anchor, ..self }
    }

    fn with_plan(data: &'a Interactions, targets: Targets<'a>, plan: Plan) -> Self {
        let (steps, blocks) = (plan.params.steps, plan.blocks);
        Self {
            data,
            targets,
            population: plan.population(data),
            global_sums: FIRST_SUMS,
            sums: (first_sums(steps, data.n_users()), first_sums(steps, data.n_items())),
            begun: None,
            anchor: None,
            deal: Deal::new(data.n_items(), blocks),
            user_blocks: UserBlock::cut(data, blocks),
            item_blocks: (0..blocks).map(|_| ItemBlock::new()).collect(),
            plan,
        }
    }

    /// Trains on every positive once, by steps of this rate; `progress` is called after each round with the share of the
    /// epoch that is done. Where it says `false`, there is no tally, and the next call does the rest of
    /// the epoch.
    pub(crate) fn epoch(
        &mut self,
        task: &impl Task,
        (epoch, learning_rate): (u32, f32),
        factors: &mut Factors,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Option<Tally> {
        let Self { data, plan, targets, anchor, deal, .. } = self;
        let Self { user_blocks, item_blocks, sums, .. } = self;
        let blocks = item_blocks.len();
        let fresh = || Begun { rounds: 0, tallies: vec![Tally::default(); blocks] };
        let Begun { mut rounds, mut tallies } = self.begun.take().unwrap_or_else(fresh);
        deal.shuffle(plan.params.seed, epoch);
        deal::gather(deal, factors, &sums.1, &plan.weights, *targets, item_blocks);
        user_blocks.par_iter_mut().for_each(|block| block.plan(data, *targets, deal, blocks));
        let lanes = factors.items.lanes();
        let step = plan.step(learning_rate, self.population.0, (lanes, factors.items.widths()));
        let mut globals = [Global::default(); MAX_CHANNELS];
        let mut biases: [&mut [f32]; MAX_CHANNELS] = Default::default();
        for (n, of_channel) in factors.biases.iter_mut().enumerate() {
            biases[n] = &mut of_channel.users;
            globals[n] = Global { bias: of_channel.global, sum: self.global_sums[n] };
        }
        let (rows, sums_of_users) = (factors.users.data_mut(), &mut sums.0);
        let all = UserRows { rows, sums: sums_of_users, biases, weights: &self.population.1 };
        let mut rows = UserBlock::lend(user_blocks, all, lanes);
        let plan = &*plan;
        let (deal, anchor) = (&*deal, anchor.as_ref());
        // In each round, each block of users meets the next block of items.
        item_blocks.rotate_left(rounds);
        let mut go_on = true;
        while go_on && rounds < blocks {
            let round = rounds;
            let cells = user_blocks.par_iter().zip(&mut rows).zip(&mut *item_blocks);
            let train =
                |((users, rows), items): ((&UserBlock, &mut UserRows<'_>), &mut ItemBlock)| {
                    let how = (task, &step, epoch);
                    let done = plan.train(how, users, rows, (round, &mut *items), globals);
                    if let Some(anchor) = anchor {
                        let dealt = deal.items((users.number() + round) % blocks);
                        anchor.pull(dealt, items, (step.learning_rate, blocks));
                    }
                    done
                };
            let done: Vec<_> = cells.with_max_len(1).map(train).collect();
            globals = mean_of_globals(globals, &done);
            tallies.iter_mut().zip(done).for_each(|(own, (cell, _))| *own = *own + cell);
            item_blocks.rotate_left(1);
            rounds += 1;
            go_on = progress(rounds as f64 / blocks as f64);
        }
        item_blocks.rotate_right(rounds);
        for ((of_channel, sum), global) in
            factors.biases.iter_mut().zip(&mut self.global_sums).zip(globals)
        {
            (of_channel.global, *sum) = (global.bias, global.sum);
        }
        deal::scatter(deal, item_blocks, factors, &mut sums.1);
        if !go_on {
            self.begun = Some(Begun { rounds, tallies });
            return None;
        }
        Some(tallies.into_iter().fold(Tally::default(), |sum, own| sum + own))
    }

    /// Adds what there is besides the factors, data and parameters.
    pub(crate) fn save(&self, state: &mut State) {
        save_sums(state, [self.sums.0.clone(), self.sums.1.clone()], self.global_sums);
        let Some(Begun { rounds, tallies }) = &self.begun else { return };
        state.put("rounds", vec![*rounds as u64]);
        state.put("tallies.samples", tallies.iter().map(|tally| tally.samples).collect());
        state.put("tallies.skipped", tallies.iter().map(|tally| tally.skipped).collect());
        state.put("tallies.loss", tallies.iter().map(|tally| tally.loss).collect());
        state.put("tallies.measured", tallies.iter().map(|tally| tally.measured).collect());
    }

    /// Takes up what was saved.
    pub(crate) fn restore(&mut self, state: &State) -> Result<(), Error> {
        let (users, items) = &mut self.sums;
        let (n_users, n_items) = (users.len(), items.len());
        users.copy_from_slice(state.get_all("sums.users", n_users)?);
        items.copy_from_slice(state.get_all("sums.items", n_items)?);
        self.global_sums.copy_from_slice(state.get_all("sums.global", MAX_CHANNELS)?);
        self.begun = state.has("rounds").then(|| self.begun(state)).transpose()?;
        Ok(())
    }

    fn begun(&self, state: &State) -> Result<Begun, Error> {
        let blocks = self.item_blocks.len();
        let rounds = state.get_one::<u64>("rounds")? as usize;
        if rounds > blocks {
            let (name, reason) = ("rounds".to_owned(), format!("is {rounds}, above {blocks}"));
            return Err(Error::State { name, reason });
        }
        let samples = state.get_all("tallies.samples", blocks)?;
        let skipped = state.get_all("tallies.skipped", blocks)?;
        let losses = state.get_all("tallies.loss", blocks)?;
        let measured = state.get_all("tallies.measured", blocks)?;
        let tally = |at: usize| Tally {
            samples: samples[at],
            skipped: skipped[at],
            loss: losses[at],
            measured: measured[at],
        };
        Ok(Begun { rounds, tallies: (0..blocks).map(tally).collect() })
    }
}

/// Those of the biases of all pairs.
pub(crate) const FIRST_SUMS: [f32; MAX_CHANNELS] = [FIRST_SUM; MAX_CHANNELS];

/// Adds the sums of squared gradients of users, of items, and of the biases of all pairs.
pub(crate) fn save_sums(
    state: &mut State,
    [users, items]: [Vec<f32>; 2],
    global: [f32; MAX_CHANNELS],
) {
    state.put("sums.users", users);
    state.put("sums.items", items);
    state.put("sums.global", global.to_vec());
}

/// What sums of squared gradients start from, if steps are adaptive.
pub(crate) fn first_sums(steps: Steps, rows: usize) -> Vec<f32> {
    match steps {
        Steps::Sgd => Vec::new(),
        Steps::AdaGrad => vec![FIRST_SUM; rows],
    }
}

/// The biases of all pairs after a round. Each cell moved them on its own, from where they were at
/// its start; each counts by its samples.
fn mean_of_globals(
    before: [Global; MAX_CHANNELS],
    cells: &[(Tally, [Global; MAX_CHANNELS])],
) -> [Global; MAX_CHANNELS] {
    let samples: u64 = cells.iter().map(|(tally, _)| tally.samples).sum();
    if samples == 0 {
        return before;
    }
    std::array::from_fn(|channel| {
        let mean = |of: fn(&Global) -> f32| {
            let part = |(tally, globals): &(Tally, [Global; MAX_CHANNELS])| {
                tally.samples as f64 * f64::from(of(&globals[channel]))
            };
            (cells.iter().map(part).sum::<f64>() / samples as f64) as f32
        };
        Global { bias: mean(|global| global.bias), sum: mean(|global| global.sum) }
    })
}

#[cfg(test)]
mod tests;
