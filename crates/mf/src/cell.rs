//! The inner loop: all positives of one cell, each with its negatives, in sequence.
//!
//! Two users take turns, one positive each. A sample of a user needs the row that the user's last
//! sample left behind, so that with one user at a time the processor waits through the sum of the
//! score, the exponential and the division of each sample. The other user's sample needs none of
//! that, and fills the wait. Should both draw the same item, the second sees what the first did.
//!
//! What is done with a positive is a [`Task`]: [`Triples`](crate::triples::Triples) for objectives
//! of triples, [`Points`](crate::points::Points) for objectives of single pairs.

use crate::deal::ItemBlock;
use crate::negatives::Marks;
use crate::plan::UserRows;
use crate::streams::Stream;
use crate::turns::{Runs, Turn};
use foretaste_kernels::{Lanes, Move, dispatch};
use std::array::from_fn;

/// What a cell needs to know besides its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) learning_rate: f32,
    pub(crate) reg: f32,
    pub(crate) negatives: u32,
    /// Draws among which the model chooses each negative.
    pub(crate) candidates: u32,
    /// Whether a negative may be an item that the user has.
    pub(crate) any: bool,
    /// How much a positive counts.
    pub(crate) weight: f32,
    /// Lanes in a row.
    pub(crate) lanes: usize,
    /// Numbers in a row, without padding.
    pub(crate) cols: f32,
}

/// What is done with a positive.
pub(crate) trait Task: Sync {
    /// Trains on a positive, by its place in the item block and its label, and on negatives for
    /// it. `ADAPTIVE`: whether rows have sums of squared gradients.
    fn train<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        positive: (usize, f32),
        state: &mut State<'_>,
    );
}

/// The most channels that an objective can have.
pub(crate) const MAX_CHANNELS: usize = 3;

/// The user whose positive is trained on.
#[derive(Debug)]
pub(crate) struct User<'a> {
    pub(crate) row: &'a mut [Lanes],
    pub(crate) own: &'a mut Own,
}

/// What a user has besides a row.
#[derive(Debug)]
pub(crate) struct Own {
    /// Sum of squared gradients.
    pub(crate) sum: f32,
    /// The user's bias in each channel.
    pub(crate) bias: [f32; MAX_CHANNELS],
    /// How much a negative counts.
    pub(crate) weight: f32,
    /// The user's items in the cell.
    pub(crate) marks: Marks,
}

/// What changes with every sample besides rows.
#[derive(Debug)]
pub(crate) struct State<'a> {
    pub(crate) stream: &'a mut Stream,
    pub(crate) tally: Tally,
    pub(crate) global: [Global; MAX_CHANNELS],
}

/// A channel's bias of all pairs, and its sum of squared gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Global {
    pub(crate) bias: f32,
    pub(crate) sum: f32,
}

/// A cell's positives: places in the item block, in the order of their owners.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Positives<'a> {
    /// Each positive's place; [`FIRST`] marks the first of each owner.
    pub(crate) places: &'a [u16],
    /// The positives' labels; empty if all of an item's are the same.
    pub(crate) targets: &'a [f32],
    /// The owners' places in the user block.
    pub(crate) owners: &'a [u32],
}

/// Counts of what a cell, or an epoch, did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) samples: u64,
    pub(crate) skipped: u64,
    /// Weighted sum over every [`LOSS_EVERY`]th sample…
    pub(crate) loss: f64,
    /// …and the sum of their weights.
    pub(crate) measured: f64,
}

/// The loss of one sample in so many is computed.
const LOSS_EVERY: u64 = 32;

impl Tally {
    /// Counts a sample, and every so often its loss.
    #[inline(always)]
    pub(crate) fn count(&mut self, weight: f32, loss: impl FnOnce() -> f32) {
        if self.samples.is_multiple_of(LOSS_EVERY) {
            self.loss += f64::from(weight) * f64::from(loss());
            self.measured += f64::from(weight);
        }
        self.samples += 1;
    }
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

/// Trains on one cell: a function of its arguments alone.
pub(crate) fn train<T: Task>(
    task: &T,
    step: &Step,
    users: &mut UserRows<'_>,
    items: &mut ItemBlock,
    positives: Positives<'_>,
    global: [Global; MAX_CHANNELS],
    stream: &mut Stream,
) -> (Tally, [Global; MAX_CHANNELS]) {
    let mut state = State { stream, tally: Tally::default(), global };
    let state = &mut state;
    // Rows of a known length compile to straight lines of vector instructions.
    dispatch(
        #[inline(always)]
        || match (step.lanes, users.sums.is_empty()) {
            (2, true) => train_rows::<T, 2, false>(task, step, users, items, positives, state),
            (4, true) => train_rows::<T, 4, false>(task, step, users, items, positives, state),
            (8, true) => train_rows::<T, 8, false>(task, step, users, items, positives, state),
            (_, true) => train_rows::<T, 0, false>(task, step, users, items, positives, state),
            (2, false) => train_rows::<T, 2, true>(task, step, users, items, positives, state),
            (4, false) => train_rows::<T, 4, true>(task, step, users, items, positives, state),
            (8, false) => train_rows::<T, 8, true>(task, step, users, items, positives, state),
            (_, false) => train_rows::<T, 0, true>(task, step, users, items, positives, state),
        },
    );
    (state.tally, state.global)
}

/// `L` is the number of lanes in a row, or 0 if it is known only to `step`; `ADAPTIVE`, whether
/// rows have sums of squared gradients.
#[inline(always)]
fn train_rows<T: Task, const L: usize, const ADAPTIVE: bool>(
    task: &T,
    step: &Step,
    users: &mut UserRows<'_>,
    items: &mut ItemBlock,
    positives: Positives<'_>,
    state: &mut State<'_>,
) {
    let lanes = if L == 0 { step.lanes } else { L };
    let len = items.rows.len() / lanes;
    let mut runs = Runs::new(users, positives, lanes);
    let mut turns: [Turn<'_>; TURNS] = from_fn(|_| Turn::new(len));
    loop {
        let mut idle = true;
        for turn in &mut turns {
            while turn.is_over() && runs.next_into(turn) {
                if turn.places.len() == len && (!step.any || len == 1) {
                    state.tally.skipped += len as u64 * u64::from(step.negatives);
                    turn.skip();
                }
            }
            if let Some((place, target)) = turn.next() {
                let y = target.unwrap_or_else(|| items.target(place));
                // Of a length that the compiler knows.
                let row = &mut turn.row[..lanes];
                let mut user = User { row, own: &mut turn.own };
                task.train::<ADAPTIVE>(step, &mut user, items, (place, y), state);
                idle = false;
            }
        }
        if idle {
            break;
        }
    }
}

/// Users who take turns. With three or four it is no faster: the processor does not look so far
/// ahead.
const TURNS: usize = 2;

impl Step {
    /// The move of a row along a direction times `descent`. `sum` is the row's sum of squared
    /// gradients, 1 if steps are not adaptive.
    #[inline(always)]
    pub(crate) fn along<const ADAPTIVE: bool>(&self, descent: f32, sum: f32) -> Move {
        let rate = self.learning_rate * if ADAPTIVE { 1.0 / sum.sqrt() } else { 1.0 };
        // A decay that overshoots zero would grow the row instead.
        Move { keep: (1.0 - rate * self.reg).max(0.0), rate: rate * descent }
    }
}
