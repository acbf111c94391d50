//! Objectives of triples: a positive against a negative.

use crate::cell::{Random, Step, Task, User};
use crate::deal::ItemBlock;
use crate::objective::Pairwise;
use crate::streams::Stream;
use foretaste_kernels::{Lanes, dot, step_triple, sub_dot, sub_dot_with_norms};

/// Trains each positive against each of its negatives.
#[derive(Debug)]
pub(crate) struct Triples<'a, O>(pub(crate) &'a O);

impl<O: Pairwise> Task for Triples<'_, O> {
    #[inline(always)]
    fn train<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        positive: usize,
        random: &mut Random<'_>,
    ) {
        for _ in 0..step.negatives {
            let negative = draw_negative(step, user.row, items, random.stream);
            let triple = (positive, negative);
            self.train_triple::<ADAPTIVE>(step, user, items, triple, random);
        }
    }
}

impl<O: Pairwise> Triples<'_, O> {
    #[inline(always)]
    fn train_triple<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (i, j): (usize, usize),
        random: &mut Random<'_>,
    ) {
        let lanes = user.row.len();
        let rows = [i * lanes..i * lanes + lanes, j * lanes..j * lanes + lanes];
        let [row_i, row_j] = items.rows.get_disjoint_mut(rows).expect("a negative is no positive");
        let (mut x, of_user, of_items) = match ADAPTIVE {
            true => sub_dot_with_norms(user.row, row_i, row_j),
            false => (sub_dot(user.row, row_i, row_j), 0.0, 0.0),
        };
        if !items.bias.is_empty() {
            x += items.bias[i] - items.bias[j];
        }
        random.tally.count(|| self.0.loss(x));
        let descent = self.0.descent(x) * items.sampler.weight;
        let mut sums = [1.0; 3];
        if ADAPTIVE {
            // The gradients are d (V_i − V_j), d U_u and −d U_u; a sum is of their mean squares.
            let square = descent * descent / step.cols;
            user.sum += square * of_items;
            items.sums[i] += square * of_user;
            items.sums[j] += square * of_user;
            sums = [user.sum, items.sums[i], items.sums[j]];
        }
        let moves = sums.map(|sum| step.along::<ADAPTIVE>(descent, sum));
        step_triple(user.row, row_i, row_j, moves);
        if !items.bias.is_empty() {
            items.bias[i] = moves[1].keep * items.bias[i] + moves[1].rate;
            items.bias[j] = moves[2].keep * items.bias[j] - moves[2].rate;
        }
    }
}

/// A negative's place: one draw, or the one of several that scores highest.
#[inline(always)]
pub(crate) fn draw_negative(
    step: &Step,
    user: &[Lanes],
    items: &ItemBlock,
    stream: &mut Stream,
) -> usize {
    let mut negative = items.sampler.draw_unmarked(&items.marks, stream) as usize;
    if step.candidates > 1 {
        let score = |item: usize| {
            let row = &items.rows[item * user.len()..(item + 1) * user.len()];
            dot(user, row) + items.bias.get(item).copied().unwrap_or(0.0)
        };
        let mut highest = score(negative);
        for _ in 1..step.candidates {
            let other = items.sampler.draw_unmarked(&items.marks, stream) as usize;
            let found = score(other);
            if found > highest {
                (negative, highest) = (other, found);
            }
        }
    }
    negative
}
