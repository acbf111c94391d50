//! Training by workers that have a part of the users each and pass the items round: what a method that can
//! is to whoever carries the parts from one machine to another.
//!
//! ```text
//! each worker: start, or restore
//! for each epoch
//!     all to all: what deal_out has for a worker is given to its deal_in    (not before the first epoch)
//!     begin
//!     for super-round R in 0..=Q
//!         train(R); but for R = Q: what give has goes to worker (number − 1) mod Q, and its take
//!     finish: the numbers are sound, and what the epoch did
//! save, for Apart::whole
//! ```
//!
//! The numbers are those of a training on one machine, bit for bit, for any number of workers: see the crate
//! `foretaste-mf`, whose engine this is for.

use crate::{Scorer, State, TrainingError};
use foretaste_data::Interactions;
use std::fmt::Debug;
use std::ops::Range;

/// What is known of all data by who has but a part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// Users, also those without an item.
    pub n_users: usize,
    /// Pairs.
    pub nnz: usize,
    /// Users who have an item.
    pub active_users: usize,
    /// Whether some user has an item and lacks another.
    pub learnable: bool,
    /// The sum of the squares of how many items each user has.
    pub squares: f64,
    /// How many users each item has.
    pub item_counts: Vec<u32>,
}

impl Whole {
    /// Of data that are at hand.
    pub fn of(data: &Interactions) -> Self {
        let lens = || data.starts().windows(2).map(|row| row[1] - row[0]);
        Self {
            n_users: data.n_users(),
            nnz: data.nnz(),
            active_users: lens().filter(|&len| len > 0).count(),
            learnable: lens().any(|len| len > 0 && len < data.n_items()),
            squares: lens().map(|len| len as f64 * len as f64).sum(),
            item_counts: data.item_counts(),
        }
    }

    /// Items, also those without a user.
    pub fn n_items(&self) -> usize {
        self.item_counts.len()
    }
}

/// Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Memory that a worker takes while its pairs are read…
    pub loading: u64,
    /// …and while it trains and saves.
    pub training: u64,
    /// What it sends in an epoch.
    pub sent: u64,
}

/// Which of the workers one is, and where blocks are cut.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its number, from 0.
    pub number: usize,
    /// The first block of each worker; then how many blocks there are: see [`cuts`].
    pub cuts: &'a [usize],
    /// The first user of each block, of all users; then how many users there are.
    pub bounds: &'a [usize],
}

/// What an epoch of a worker did.
#[derive(Clone, Debug, PartialEq)]
pub struct Turnout {
    /// Whether all its numbers are finite, and none far too large.
    pub sound: bool,
    /// Of each of its blocks of users.
    pub tallies: Vec<Tally>,
}

/// What was done with samples: of a cell, of a block of users, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Samples that were trained on.
    pub samples: u64,
    /// Samples that were left out.
    pub skipped: u64,
    /// The weighted sum of the losses that were measured…
    pub loss: f64,
    /// …and the sum of their weights.
    pub measured: f64,
}

impl std::ops::Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            samples: self.samples + other.samples,
            skipped: self.skipped + other.skipped,
            loss: self.loss + other.loss,
            measured: self.measured + other.measured,
        }
    }
}

/// A training that workers can share.
pub trait Apart: Debug + Send + Sync {
    /// How many blocks users and items are cut into.
    fn blocks(&self) -> usize;

    /// How many epochs there are.
    fn epochs(&self) -> u32;

    /// What a worker of so many takes at most.
    fn footprint(&self, workers: usize) -> Footprint;

    /// One of the workers, with the pairs of its users: a row each, numbered from the first of
    /// [`Place::users`]; items are numbered as in all data.
    ///
    /// # Errors
    /// [`TrainingError::Method`] if pairs, place and [`Whole`] do not fit each other.
    fn worker(
        &self,
        place: Place<'_>,
        pairs: Interactions,
    ) -> Result<Box<dyn Worker>, TrainingError>;

    /// The state that a training on one machine has after its last epoch, from what all workers saved:
    /// a training on all data that goes on from it ends at once, with the model. `tallies` are of each epoch,
    /// its blocks in their order.
    ///
    /// # Errors
    /// [`TrainingError::State`] if something is missing, or does not fit.
    fn whole(
        &self,
        users: &[State],
        items: &[State],
        tallies: &[Vec<Tally>],
    ) -> Result<State, TrainingError>;

    /// The scores of all items for the users that a worker saved after the last epoch, numbered from its first;
    /// `items` are of all workers.
    ///
    /// # Errors
    /// [`TrainingError::State`] if something is missing, or does not fit.
    fn scorer(&self, users: &State, items: &[State]) -> Result<Box<dyn Scorer>, TrainingError>;
}

/// One of the workers of a training.
pub trait Worker: Debug + Send {
    /// Gives rows their first numbers.
    fn start(&mut self);

    /// Begins an epoch, from 1: its items are dealt into it.
    fn begin(&mut self, epoch: u32);

    /// Trains its users with the items that it holds, on the current rayon pool, whose size does not change the result.
    ///
    /// # Panics
    /// If there is no such super-round, or it holds no items.
    fn train(&mut self, super_round: usize);

    /// Hands over the items that it holds.
    fn give(&mut self) -> State;

    /// Takes items over, for the next super-round.
    ///
    /// # Errors
    /// [`TrainingError::State`] if they are not of it.
    fn take(&mut self, items: State) -> Result<(), TrainingError>;

    /// After an epoch: what each worker needs of its items for another one.
    fn deal_out(&mut self, epoch: u32) -> Vec<State>;

    /// Takes what the workers, in their order, dealt out to it.
    ///
    /// # Errors
    /// [`TrainingError::State`] if it is not that.
    fn deal_in(&mut self, epoch: u32, parts: Vec<State>) -> Result<(), TrainingError>;

    /// Ends an epoch.
    fn finish(&mut self) -> Turnout;

    /// Its users and its items after an epoch.
    fn save(&self) -> [State; 2];

    /// Takes users of its own out of what some worker saved; the others are left.
    ///
    /// # Errors
    /// [`TrainingError::State`] if it is not that.
    fn restore_users(&mut self, users: &State) -> Result<(), TrainingError>;

    /// The same of items, for the epoch after `epoch`, in which they were saved.
    ///
    /// # Errors
    /// As there.
    fn restore_items(&mut self, epoch: u32, items: &State) -> Result<(), TrainingError>;

    /// Whether all users and items were restored.
    fn is_restored(&self) -> bool;
}

impl Place<'_> {
    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.cuts.len().saturating_sub(1)
    }

    /// Its users.
    ///
    /// # Panics
    /// If there is no such worker, or there are fewer bounds than blocks.
    pub fn users(&self) -> Range<usize> {
        self.bounds[self.cuts[self.number]]..self.bounds[self.cuts[self.number + 1]]
    }
}

/// Blocks cut into as many even ranges as there are workers: the first of each, then how many there are.
pub fn cuts(workers: usize, blocks: usize) -> Vec<usize> {
    (0..=workers).map(|worker| worker * blocks / workers.max(1)).collect()
}

/// How many pairs the users before a block have at least: the block begins with the first user of whom that
/// is true, block 0 with user 0.
pub fn pairs_before(block: usize, blocks: usize, nnz: usize) -> usize {
    (nnz as u128 * block as u128 / blocks as u128) as usize
}
