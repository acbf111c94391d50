//! Tasks of single pairs: a positive, then its negatives, each on its own.

use crate::cell::{State, Step, Task, User};
use crate::deal::ItemBlock;
use crate::triples::draw_negative;
use std::ops::Range;

/// What is done with a pair, whether it is a positive or was drawn.
pub(crate) trait Pairs: Sync {
    /// As [`Task::ONE_CHANNEL`].
    const ONE_CHANNEL: bool;

    /// The lanes of a row of so many by which the model chooses a negative.
    fn first(&self, row: usize) -> Range<usize>;

    /// Trains on a pair: an item's place, its label, and how much it counts. Its loss may be `measured`.
    fn pair<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        pair: (usize, f32, f32),
        measured: bool,
        state: &mut State<'_>,
    );
}

impl<P: Pairs> Task for P {
    const ALONE: bool = true;
    const ONE_CHANNEL: bool = P::ONE_CHANNEL;

    #[inline(always)]
    fn train<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (positive, y): (usize, f32),
        state: &mut State<'_>,
    ) {
        state.positives += 1;
        let measured = step.measured.has(state.positives);
        self.pair::<ADAPTIVE>(step, user, items, (positive, y, step.weight), measured, state);
        let negatives = if user.own.full { 0 } else { step.negatives };
        for _ in 0..negatives {
            let first = self.first(user.row.len());
            let (negative, y) = draw_negative(step, user, items, positive, first, state.stream);
            let pair = (negative, y, user.own.weight * items.sampler.weight);
            self.pair::<ADAPTIVE>(step, user, items, pair, measured, state);
        }
    }
}
