//! Objectives of triples: a positive against a negative.

use crate::cell::{Own, State, Step, Task, User};
use crate::deal::ItemBlock;
use crate::objective::Pairwise;
use crate::streams::Stream;
use foretaste_kernels::{dot, step_triple, sub_dot, sub_dot_with_norms};
use std::ops::Range;

/// Trains each positive against each of its negatives.
#[derive(Debug)]
pub(crate) struct Triples<'a, O>(pub(crate) &'a O);

impl<O: Pairwise> Task for Triples<'_, O> {
    const ALONE: bool = false;
    const ONE_CHANNEL: bool = true;

    #[inline(always)]
    fn train<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (positive, y): (usize, f32),
        state: &mut State<'_>,
    ) {
        for _ in 0..step.negatives {
            let row = 0..user.row.len();
            let (negative, other) = draw_negative(step, user, items, positive, row, state.stream);
            let triple = (positive, negative);
            self.train_triple::<ADAPTIVE>(step, user, items, triple, [y, other], state);
        }
    }
}

impl<O: Pairwise> Triples<'_, O> {
    #[inline(always)]
    pub(crate) fn train_triple<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (i, j): (usize, usize),
        y: [f32; 2],
        state: &mut State<'_>,
    ) {
        let lanes = user.row.len();
        let rows = [i * lanes..i * lanes + lanes, j * lanes..j * lanes + lanes];
        let [row_i, row_j] = items.rows.get_disjoint_mut(rows).expect("a negative is no positive");
        let (mut x, of_user, of_items) = match ADAPTIVE {
            true => sub_dot_with_norms(user.row, row_i, row_j),
            false => (sub_dot(user.row, row_i, row_j), 0.0, 0.0),
        };
        let bias = &mut items.biases[0];
        if !bias.is_empty() {
            x += bias[i] - bias[j];
        }
        let weight = items.sampler.weight;
        let objective = self.0;
        let measured = step.measured.has(state.tally.samples);
        state.count(measured, weight, move || objective.loss(x, y));
        let descent = self.0.descent(x, y) * weight;
        let mut sums = [1.0; 3];
        if ADAPTIVE {
            // The gradients are d (V_i − V_j), d U_u and −d U_u; a sum is of their mean squares.
            let square = descent * descent / step.cols;
            user.own.sum += square * of_items;
            items.sums[i] += square * of_user;
            items.sums[j] += square * of_user;
            sums = [user.own.sum, items.sums[i], items.sums[j]];
        }
        let moves = sums.map(|sum| step.along::<ADAPTIVE>(descent, sum));
        step_triple(user.row, row_i, row_j, moves);
        if !bias.is_empty() {
            bias[i] = moves[1].keep * bias[i] + moves[1].rate;
            bias[j] = moves[2].keep * bias[j] - moves[2].rate;
        }
    }
}

/// The place and the label of a negative for a positive: one draw, or the one of several that
/// scores highest, in the channel that lists are made of: the first, whose lanes of a row are `first`.
#[inline(always)]
pub(crate) fn draw_negative(
    step: &Step,
    user: &User<'_>,
    items: &ItemBlock,
    positive: usize,
    first: Range<usize>,
    stream: &mut Stream,
) -> (usize, f32) {
    if step.any {
        let other = items.sampler.draw_other(positive as u32, stream);
        return (other as usize, label(user.own, items, other));
    }
    let lanes = user.row.len();
    let own = &user.row[first.clone()];
    let score = |item: usize| {
        let row = &items.rows[item * lanes..(item + 1) * lanes];
        dot(own, &row[first.clone()]) + items.biases[0].get(item).copied().unwrap_or(0.0)
    };
    (draw_unobserved(step, user.own, items, score, stream), 0.0)
}

/// The place of an item that the user has not: one draw, or the one of several that scores highest.
#[inline(always)]
pub(crate) fn draw_unobserved(
    step: &Step,
    own: &Own,
    items: &ItemBlock,
    score: impl Fn(usize) -> f32,
    stream: &mut Stream,
) -> usize {
    let mut negative = items.sampler.draw_unmarked(&own.marks, stream) as usize;
    if step.candidates > 1 {
        let mut highest = score(negative);
        for _ in 1..step.candidates {
            let other = items.sampler.draw_unmarked(&own.marks, stream) as usize;
            let found = score(other);
            if found > highest {
                (negative, highest) = (other, found);
            }
        }
    }
    negative
}

/// The label of an item that may be the user's.
#[inline(always)]
fn label(own: &Own, items: &ItemBlock, item: u32) -> f32 {
    match own.marks.has(item) {
        true => {
            own.labels.get(item as usize).copied().unwrap_or_else(|| items.target(item as usize))
        }
        false => 0.0,
    }
}
