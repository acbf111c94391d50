//! The inner loop: all positives of one cell, each with its negatives, in sequence.

use crate::deal::ItemBlock;
use crate::objective::Pairwise;
use crate::plan::FIRST;
use crate::streams::Stream;
use foretaste_kernels::{Lanes, dispatch, step_triple, sub_dot};

/// What a cell needs to know besides its rows.
#[derive(Debug)]
pub(crate) struct Step<'a, O> {
    pub(crate) objective: &'a O,
    pub(crate) learning_rate: f32,
    pub(crate) reg: f32,
    pub(crate) negatives: u32,
    /// Lanes in a row.
    pub(crate) lanes: usize,
}

/// A cell's positives: places in the item block, in the order of their owners.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Positives<'a> {
    /// Each positive's place; [`FIRST`] marks the first of each owner.
    pub(crate) places: &'a [u16],
    /// The owners' places in the user block.
    pub(crate) owners: &'a [u32],
}

/// Counts of what a cell, or an epoch, did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) samples: u64,
    pub(crate) skipped: u64,
    /// Sum over every [`LOSS_EVERY`]th sample…
    pub(crate) loss: f64,
    /// …and their number.
    pub(crate) measured: u64,
}

/// The loss of one sample in so many is computed.
const LOSS_EVERY: u64 = 8;

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
pub(crate) fn train<O: Pairwise>(
    step: &Step<'_, O>,
    users: &mut [Lanes],
    items: &mut ItemBlock,
    positives: Positives<'_>,
    rng: &mut Stream,
) -> Tally {
    // Rows of a known length compile to straight lines of vector instructions.
    dispatch(
        #[inline(always)]
        || match step.lanes {
            1 => train_rows::<O, 1>(step, users, items, positives, rng),
            2 => train_rows::<O, 2>(step, users, items, positives, rng),
            4 => train_rows::<O, 4>(step, users, items, positives, rng),
            8 => train_rows::<O, 8>(step, users, items, positives, rng),
            _ => train_rows::<O, 0>(step, users, items, positives, rng),
        },
    )
}

/// `L` is the number of lanes in a row, or 0 if it is known only to `step`.
#[inline(always)]
fn train_rows<O: Pairwise, const L: usize>(
    step: &Step<'_, O>,
    users: &mut [Lanes],
    items: &mut ItemBlock,
    positives: Positives<'_>,
    rng: &mut Stream,
) -> Tally {
    let lanes = if L == 0 { step.lanes } else { L };
    let len = items.rows.len() / lanes;
    let mut tally = Tally::default();
    let mut rest = positives.places;
    for &owner in positives.owners {
        let more = rest.iter().skip(1).position(|place| place & FIRST != 0);
        let (own, later) = rest.split_at(more.map_or(rest.len(), |n| n + 1));
        rest = later;
        if own.len() == len {
            tally.skipped += own.len() as u64 * u64::from(step.negatives);
            continue;
        }
        let at = owner as usize * lanes;
        let user = &mut users[at..at + lanes];
        own.iter().for_each(|place| items.marks.add(u32::from(place & !FIRST)));
        for place in own {
            let positive = usize::from(place & !FIRST);
            for _ in 0..step.negatives {
                let negative = items.sampler.draw_unmarked(&items.marks, rng) as usize;
                train_triple(step, user, items, (positive, negative), &mut tally);
            }
        }
        own.iter().for_each(|place| items.marks.remove(u32::from(place & !FIRST)));
    }
    tally
}

#[inline(always)]
fn train_triple<O: Pairwise>(
    step: &Step<'_, O>,
    user: &mut [Lanes],
    items: &mut ItemBlock,
    (i, j): (usize, usize),
    tally: &mut Tally,
) {
    let lanes = user.len();
    let rows = [i * lanes..i * lanes + lanes, j * lanes..j * lanes + lanes];
    let [row_i, row_j] = items.rows.get_disjoint_mut(rows).expect("a negative is no positive");
    let mut x = sub_dot(user, row_i, row_j);
    if !items.bias.is_empty() {
        x += items.bias[i] - items.bias[j];
    }
    if tally.samples.is_multiple_of(LOSS_EVERY) {
        tally.loss += f64::from(step.objective.loss(x));
        tally.measured += 1;
    }
    tally.samples += 1;
    let keep = 1.0 - step.learning_rate * step.reg;
    let rate = step.learning_rate * step.objective.descent(x) * items.sampler.weight;
    step_triple(user, row_i, row_j, rate, keep, keep);
    if !items.bias.is_empty() {
        items.bias[i] = keep * items.bias[i] + rate;
        items.bias[j] = keep * items.bias[j] - rate;
    }
}
