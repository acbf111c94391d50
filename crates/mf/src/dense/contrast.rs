//! Softmax over many: rows of length 1 against others, and what moves both.
//!
//! ```text
//! S = A Cᵀ           by tiles of anchors: cosines with the candidates
//! B = weights of S   row by row: −∂ loss / ∂ S
//! B C                by tiles of anchors
//! Bᵀ A               by tiles of candidates
//! ```

use super::{Matrix, add};
use foretaste_kernels::{LANES, Lanes, Left, add_product, dispatch, dot, exp};
use rayon::prelude::*;

/// Anchors of a block: their weights are held at once.
const BLOCK: usize = 256;
/// Anchors of a tile.
const ANCHORS: usize = 24;
/// Candidates of a tile.
const CANDIDATES: usize = 96;

/// What was found of all anchors.
#[derive(Debug)]
pub struct Contrast {
    /// −∂ loss / ∂ the anchors' rows.
    pub of_anchors: Matrix,
    /// The same of the candidates.
    pub of_candidates: Matrix,
    /// What `weigh` said of each anchor.
    pub told: Vec<Told>,
}

/// The loss of an anchor, and what else is to be remembered of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// The loss.
    pub loss: f64,
    /// Σ exp((cosine − top) / τ) over the candidates.
    pub sum: f32,
    /// The largest cosine.
    pub top: f32,
}

/// `weigh` is given an anchor's number and its cosines, and turns these into weights.
pub fn contrast(
    anchors: &Matrix,
    candidates: &Matrix,
    weigh: impl Fn(usize, &mut [f32]) -> Told + Sync,
) -> Contrast {
    let (count, lanes) = (candidates.rows(), candidates.lanes());
    let (turned, packed) = (candidates.turned(), candidates.packed());
    // Lanes in a row of weights.
    let width = count.div_ceil(LANES).max(1);
    let mut of_anchors = Matrix::zeros(anchors.rows(), anchors.columns());
    let mut of_candidates = Matrix::zeros(count, candidates.columns());
    let mut told = vec![Told::default(); anchors.rows()];
    let mut weights = vec![[0.0; LANES]; anchors.rows().min(BLOCK) * width];
    let blocks = of_anchors.all_mut().chunks_mut(BLOCK * lanes).zip(told.chunks_mut(BLOCK));
    for (block, (along, told)) in blocks.enumerate() {
        let first = block * BLOCK;
        let weights = &mut weights[..told.len() * width];
        let tiles = (weights.par_chunks_mut(ANCHORS * width))
            .zip(along.par_chunks_mut(ANCHORS * lanes).zip(told.par_chunks_mut(ANCHORS)));
        tiles.enumerate().for_each(|(tile, (weights, (along, told)))| {
            let first = first + tile * ANCHORS;
            let rows = |numbers, lanes: usize| Left::Rows { numbers, stride: lanes * LANES };
            let own = anchors.all()[first * lanes..].as_flattened();
            weights.fill([0.0; LANES]);
            add_product(rows(own, lanes), anchors.columns(), &turned, weights);
            let each = weights.chunks_exact_mut(width).enumerate();
            for (told, (n, weights)) in told.iter_mut().zip(each) {
                *told = weigh(first + n, &mut weights.as_flattened_mut()[..count]);
            }
            add_product(rows(weights.as_flattened(), width), count, &packed, along);
        });
        let rows: Vec<u32> = (first as u32..(first + told.len()) as u32).collect();
        let block = Matrix::gathered(anchors, &rows).packed();
        let weights = &*weights;
        let tiles = of_candidates.all_mut().par_chunks_mut(CANDIDATES * lanes).enumerate();
        tiles.for_each(|(tile, out)| {
            let numbers = &weights.as_flattened()[tile * CANDIDATES..];
            add_product(Left::Columns { numbers, stride: width * LANES }, rows.len(), &block, out);
        });
    }
    Contrast { of_anchors, of_candidates, told }
}

/// Numbers that are summed side by side.
const WIDE: usize = 16;

/// Replaces cosines by exp((cosine − top) / τ), with top the largest of them and of `least`; the sum, and
/// the top.
pub fn exponentials(cosines: &mut [f32], temperature: f32, least: f32) -> (f32, f32) {
    let scale = 1.0 / temperature;
    dispatch(
        #[inline(always)]
        || {
            let (whole, rest) = cosines.as_chunks_mut::<WIDE>();
            let mut tops = [least; WIDE];
            for chunk in whole.iter() {
                for n in 0..WIDE {
                    tops[n] = if chunk[n] > tops[n] { chunk[n] } else { tops[n] };
                }
            }
            let top = tops.iter().chain(rest.iter()).fold(least, |top, &x| top.max(x));
            let mut sums = [0.0; WIDE];
            for chunk in whole {
                for n in 0..WIDE {
                    chunk[n] = exp((chunk[n] - top) * scale);
                    sums[n] += chunk[n];
                }
            }
            let mut sum = sums.iter().sum::<f32>();
            for x in rest {
                *x = exp((*x - top) * scale);
                sum += *x;
            }
            (sum, top)
        },
    )
}

/// Multiplies all numbers.
pub fn scale_all(numbers: &mut [f32], by: f32) {
    dispatch(
        #[inline(always)]
        || numbers.iter_mut().for_each(|x| *x *= by),
    );
}

/// Rows scaled to length 1, and what they were divided by. Rows too short for a direction become 0.
#[derive(Clone, Debug)]
pub struct Directions {
    /// The rows, scaled.
    pub rows: Matrix,
    lengths: Vec<f32>,
}

impl Directions {
    /// Of these rows.
    pub fn of(mut rows: Matrix) -> Self {
        let mut lengths = vec![0.0; rows.rows()];
        let lanes = rows.lanes();
        let each = rows.all_mut().par_chunks_mut(lanes).zip(&mut lengths);
        each.for_each(|(row, length)| *length = direct(row));
        Self { rows, lengths }
    }

    /// Turns what is along directions into what is along the rows that they are of.
    pub fn back(&self, along: &mut Matrix) {
        let lanes = along.lanes();
        let each = along.all_mut().par_chunks_mut(lanes).enumerate();
        each.for_each(|(n, along)| back(self.rows.row(n), self.lengths[n], along));
    }
}

/// Scales a row to length 1, or to 0 if it has no direction; its length before.
pub fn direct(row: &mut [Lanes]) -> f32 {
    let length = dot(row, row).sqrt();
    let scale = if length > SHORT { 1.0 / length } else { 0.0 };
    row.iter_mut().flatten().for_each(|x| *x *= scale);
    length
}

/// Shorter rows have no direction.
const SHORT: f32 = 1e-12;

fn back(direction: &[Lanes], length: f32, along: &mut [Lanes]) {
    if length <= SHORT {
        return along.fill([0.0; LANES]);
    }
    add(along, -dot(along, direction), direction);
    along.iter_mut().flatten().for_each(|x| *x /= length);
}

/// A vector scaled to length 1; `None` if it has no direction.
pub fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    let square: f64 = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    let scale = 1.0 / square.sqrt();
    let scaled = || vector.iter().map(|&x| (f64::from(x) * scale) as f32).collect();
    (square > 0.0 && scale.is_finite()).then(scaled)
}
