//! The steps of items: Adam (Kingma, Ba, ICLR 2015) on the sphere, with one sum of squares a row.
//!
//! ```text
//! g ← (I − v̂ v̂ᵀ) along            m ← .9 m + .1 g           q ← .99 q + .01 ‖g‖²/K
//! v̂ ← normalised v̂ + η m' / √q'   m', q': divided by 1 − .9^t and 1 − .99^t, t the row's steps
//! ```
//!
//! Rows that a block does not move stay, as do their sums.

use crate::block::NOWHERE;
use crate::rows::{add, normalise, project};
use foretaste_kernels::{LANES, Lanes, dispatch, dot};
use foretaste_mf::{Error, State};
use rayon::prelude::*;

const KEEP: f32 = 0.9;
const KEEP_SQUARES: f32 = 0.99;
/// Added to the root, which is 0 where nothing moves.
const NOTHING: f32 = 1e-8;
/// Rows of a part.
const PART: usize = 512;
/// Steps after which sums need no correction: .99 to this power is below the rounding of 1.
const CORRECTED: usize = 2048;

/// What the steps of items hold.
#[derive(Debug)]
pub(crate) struct ItemSteps {
    lanes: usize,
    /// K.
    cols: f32,
    momentum: Vec<Lanes>,
    squares: Vec<f32>,
    steps: Vec<u32>,
    /// 1/(1 − .9^t) and 1/√(1 − .99^t), from t = 0.
    corrections: Vec<[f32; 2]>,
}

impl ItemSteps {
    pub(crate) fn new(items: usize, lanes: usize, cols: usize) -> Self {
        let mut kept = [1.0f64; 2];
        let corrections = (0..CORRECTED).map(|_| {
            let now = kept.map(|kept| 1.0 / (1.0 - kept).max(f64::MIN_POSITIVE));
            kept = [kept[0] * f64::from(KEEP), kept[1] * f64::from(KEEP_SQUARES)];
            [now[0] as f32, now[1].sqrt() as f32]
        });
        Self {
            lanes,
            cols: cols as f32,
            momentum: vec![[0.0; LANES]; items * lanes],
            squares: vec![0.0; items],
            steps: vec![0; items],
            corrections: corrections.collect(),
        }
    }

    /// Moves every row that has a place in `along`, and takes the place away.
    pub(crate) fn step(
        &mut self,
        rows: &mut [Lanes],
        along: &mut [Lanes],
        places: &mut [u32],
        rate: f32,
    ) {
        let Self { lanes, cols, momentum, squares, steps, corrections } = self;
        let (lanes, cols, along) = (*lanes, *cols, &*along);
        let parts = rows.par_chunks_mut(PART * lanes).zip(momentum.par_chunks_mut(PART * lanes));
        let of_rows = squares.par_chunks_mut(PART).zip(steps.par_chunks_mut(PART));
        let parts = parts.zip(of_rows).zip(places.par_chunks_mut(PART));
        parts.for_each(|(((rows, momentum), (squares, steps)), places)| {
            dispatch(
                #[inline(always)]
                || {
                    let each = rows.chunks_exact_mut(lanes).zip(momentum.chunks_exact_mut(lanes));
                    for (n, (row, momentum)) in each.enumerate() {
                        let place = std::mem::replace(&mut places[n], NOWHERE);
                        if place == NOWHERE {
                            continue;
                        }
                        let start = place as usize * lanes;
                        let along = &along[start..start + lanes];
                        let part = dot(along, row);
                        // ‖g‖² of g as it is rounded: where it is nothing but rounding, steps stay short.
                        let mut sums = [0.0; LANES];
                        let pairs = along.iter().zip(&*row);
                        for (momentum, (along, row)) in momentum.iter_mut().zip(pairs) {
                            for n in 0..LANES {
                                let g = along[n] - part * row[n];
                                sums[n] += g * g;
                                momentum[n] = KEEP * momentum[n] + (1.0 - KEEP) * g;
                            }
                        }
                        let square = sums.iter().sum::<f32>() / cols;
                        squares[n] = KEEP_SQUARES * squares[n] + (1.0 - KEEP_SQUARES) * square;
                        steps[n] = steps[n].saturating_add(1);
                        let [more, root] = *corrections.get(steps[n] as usize).unwrap_or(&[1.0; 2]);
                        let scale = rate * more / (squares[n].sqrt() * root + NOTHING);
                        add(row, scale, momentum);
                        normalise(row);
                    }
                },
            );
        });
    }

    pub(crate) fn save(&self, state: &mut State) {
        state.put("momentum", self.momentum.as_flattened().to_vec());
        state.put("squares", self.squares.clone());
        state.put("steps", self.steps.clone());
    }

    pub(crate) fn restore(&mut self, state: &State) -> Result<(), Error> {
        let Self { momentum, squares, steps, .. } = self;
        let momentum = momentum.as_flattened_mut();
        momentum.copy_from_slice(state.get_all("momentum", momentum.len())?);
        let n = squares.len();
        squares.copy_from_slice(state.get_all("squares", n)?);
        steps.copy_from_slice(state.get_all("steps", n)?);
        Ok(())
    }
}

/// The step of a user, who has all the loss that the row has part in: no sums, and a rate near 1 goes
/// most of the way.
#[inline(always)]
pub(crate) fn step_user(row: &mut [Lanes], along: &mut [Lanes], rate: f32) {
    project(along, row);
    add(row, rate, along);
    normalise(row);
}
