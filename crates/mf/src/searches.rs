//! Objectives of triples whose negative is sought: a positive against the first item that comes too
//! close to it.

use crate::cell::{State, Step, Task, User};
use crate::deal::ItemBlock;
use crate::objective::{Pairwise, Ranking};
use crate::streams::Stream;
use crate::triples::Triples;
use foretaste_kernels::dot;

/// Trains each positive against what its searches find.
#[derive(Debug)]
pub(crate) struct Searches<'a, O>(pub(crate) &'a O);

/// An objective at the draw that ended a search.
#[derive(Debug)]
pub(crate) struct Found<'a, O> {
    pub(crate) objective: &'a O,
    pub(crate) draw: u32,
}

impl<O: Ranking> Pairwise for Found<'_, O> {
    #[inline(always)]
    fn descent(&self, x: f32, _y: [f32; 2]) -> f32 {
        self.objective.descent(x, self.draw)
    }

    #[inline(always)]
    fn loss(&self, x: f32, _y: [f32; 2]) -> f32 {
        self.objective.loss(x, self.draw)
    }
}

impl<O: Ranking> Task for Searches<'_, O> {
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
            match self.search(user, items, positive, state.stream) {
                Some((negative, draw)) => {
                    let found = Found { objective: self.0, draw };
                    let triple = (positive, negative);
                    let triples = Triples(&found);
                    triples.train_triple::<ADAPTIVE>(step, user, items, triple, [y, 0.0], state);
                }
                None => {
                    let measured = step.measured.has(state.tally.samples);
                    state.count(measured, items.sampler.weight, || 0.0);
                }
            }
        }
    }
}

impl<O: Ranking> Searches<'_, O> {
    /// The place of the first item drawn that has a descent, and which draw it was.
    #[inline(always)]
    fn search(
        &self,
        user: &User<'_>,
        items: &ItemBlock,
        positive: usize,
        stream: &mut Stream,
    ) -> Option<(usize, u32)> {
        let lanes = user.row.len();
        let score = |item: usize| {
            let row = &items.rows[item * lanes..(item + 1) * lanes];
            dot(user.row, row) + items.biases[0].get(item).copied().unwrap_or(0.0)
        };
        let own = score(positive);
        for draw in 1..=self.0.draws() {
            let other = items.sampler.draw_unmarked(&user.own.marks, stream) as usize;
            if self.0.descent(own - score(other), draw) != 0.0 {
                return Some((other, draw));
            }
        }
        None
    }
}
