//! The inner loop: all positives of one cell, each with its negatives, in sequence.
//!
//! Two users take turns, one positive each. A sample of a user needs the row that the user's last
//! sample left behind, so that with one user at a time the processor waits through the sum of the
//! score, the exponential and the division of each sample. The other user's sample needs none of
//! that, and fills the wait. Should both draw the same item, the second sees what the first did.
//!
//! What is done with a positive is a [`Task`]: [`Triples`](crate::triples::Triples) for objectives
//! of triples, and what is [`Pairs`](crate::pairs::Pairs) for objectives of single pairs.

use crate::Pass;
use crate::deal::ItemBlock;
use crate::negatives::Marks;
use crate::plan::UserRows;
use crate::streams::Stream;
use crate::turns::{Runs, Turn};
use foretaste_kernels::{Lanes, Move, Work, dispatch_work};
use foretaste_model::Tally;
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
    /// Which losses are measured: of triples, or of positives and all their negatives.
    pub(crate) measured: Measured,
    /// How much a positive counts.
    pub(crate) weight: f32,
    /// Lanes in a row.
    pub(crate) lanes: usize,
    /// Numbers in a row, without padding.
    pub(crate) cols: f32,
}

/// What is done with a positive.
pub(crate) trait Task: Sync {
    /// Whether a positive without negatives can be trained on.
    const ALONE: bool;
    /// Whether rows have one channel, whose length is worth compiling for.
    const ONE_CHANNEL: bool;

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
    /// Whether these are all of the cell's, so that there is no negative.
    pub(crate) full: bool,
    /// The labels of the user's items by place, where a pair has its own and a negative may be one of
    /// them; else empty. Of other places, anything.
    pub(crate) labels: Vec<f32>,
}

/// What changes with every sample besides rows.
#[derive(Debug)]
pub(crate) struct State<'a> {
    pub(crate) stream: &'a mut Stream,
    pub(crate) tally: Tally,
    /// Positives of an objective of single pairs, counted from a number that is drawn by chance.
    pub(crate) positives: u64,
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

/// Which of the things that are counted are measured: one in so many, from one that is drawn by chance
/// for each cell. So each is measured with the same probability, in cells of any size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// What of a count is 0 when its thing is measured.
    pub(crate) mask: u64,
}

impl Measured {
    /// One in `every`, a power of two.
    pub(crate) fn one_in(every: u64) -> Self {
        Self { mask: every - 1 }
    }

    #[inline(always)]
    pub(crate) fn has(self, count: u64) -> bool {
        count & self.mask == 0
    }
}

/// Keeps what is seldom done out of the loop. It is not given the [`State`], which would have to lie in
/// memory for it.
#[cold]
#[inline(never)]
fn seldom<T>(what: impl FnOnce() -> T) -> T {
    what()
}

impl State<'_> {
    /// Counts a sample, and its loss if it is measured.
    #[inline(always)]
    pub(crate) fn count(&mut self, measured: bool, weight: f32, loss: impl FnOnce() -> f32) {
        if measured {
            self.tally.loss += f64::from(weight) * f64::from(seldom(loss));
            self.tally.measured += f64::from(weight);
        }
        self.tally.samples += 1;
    }
}

/// What an epoch of steps of this rate did.
pub(crate) fn pass(tally: Tally, learning_rate: f32) -> Pass {
    let Tally { samples, skipped, loss, measured } = tally;
    Pass { loss: loss / measured, samples, skipped, learning_rate: Some(learning_rate) }
}

/// Trains on one cell: a function of its arguments alone.
pub(crate) fn train<T: Task>(
    task: &T,
    step: &Step,
    users: &mut UserRows<'_>,
    items: &mut ItemBlock,
    positives: Positives<'_>,
    global: [Global; MAX_CHANNELS],
    (stream, chance): (&mut Stream, u64),
) -> (Tally, [Global; MAX_CHANNELS]) {
    // Samples are counted from a number that is drawn by chance, too.
    let first = chance & step.measured.mask;
    let tally = Tally { samples: first, ..Tally::default() };
    let mut state = State { stream, tally, positives: first, global };
    dispatch_work(Cell { task, step, users, items, positives, state: &mut state });
    (Tally { samples: state.tally.samples - first, ..state.tally }, state.global)
}

/// A cell that is to be trained.
struct Cell<'a, 'u, 's, T> {
    task: &'a T,
    step: &'a Step,
    users: &'a mut UserRows<'u>,
    items: &'a mut ItemBlock,
    positives: Positives<'a>,
    state: &'a mut State<'s>,
}

impl<T: Task> Work for Cell<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const VECTORS: bool>(self) {
        let adaptive = !self.users.sums.is_empty();
        // Constants decide alone, so that what is not wanted is not compiled.
        if const { VECTORS && T::ONE_CHANNEL } {
            if adaptive { self.known::<true>() } else { self.known::<false>() }
        } else if adaptive {
            self.rows::<0, true>()
        } else {
            self.rows::<0, false>()
        }
    }
}

impl<T: Task> Cell<'_, '_, '_, T> {
    /// Rows of a known length compile to straight lines of vector instructions; rows of several
    /// channels, which are worked on in parts, would gain nothing by it.
    #[inline(always)]
    fn known<const ADAPTIVE: bool>(self) {
        // Of the known lengths, one is enough for tests.
        let all = !cfg!(debug_assertions);
        match self.step.lanes {
            2 if all => self.rows::<2, ADAPTIVE>(),
            4 => self.rows::<4, ADAPTIVE>(),
            8 if all => self.rows::<8, ADAPTIVE>(),
            _ => self.rows::<0, ADAPTIVE>(),
        }
    }

    #[inline(always)]
    fn rows<const L: usize, const ADAPTIVE: bool>(self) {
        let Self { task, step, users, items, positives, state } = self;
        train_rows::<T, L, ADAPTIVE>(task, step, users, items, positives, state);
    }
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
    let labelled = step.any && !positives.targets.is_empty();
    let mut runs = Runs::new(users, positives, lanes);
    let mut turns: [Turn<'_>; TURNS] = from_fn(|_| Turn::new(len, labelled));
    loop {
        let mut idle = true;
        for turn in &mut turns {
            while turn.is_over() && runs.next_into(turn) {
                turn.own.full = turn.places.len() == len && (!step.any || len == 1);
                if turn.own.full {
                    state.tally.skipped += len as u64 * u64::from(step.negatives);
                    if !T::ALONE {
                        turn.skip();
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_cells_of_any_size_everything_is_measured_as_often() {
        for every in [1, 2, 8, 32] {
            let measured = Measured::one_in(every);
            for size in [1, 3, 40] {
                let times = |at| (0..every).filter(|first| measured.has(first + at)).count();
                assert!((0..size).all(|at| times(at) == 1), "one in {every}");
            }
        }
    }
}
