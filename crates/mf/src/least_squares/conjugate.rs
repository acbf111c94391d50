//! Rows some steps nearer to their minimum, by conjugate gradients in f32.
//!
//! With A = a VᵀV + (c − 1) Σ w V_i V_iᵀ + λI and b = Σ y V_i, a row x goes down xᵀAx − 2 bᵀx. A is not made:
//! a product with it is the clicked V_i's inner products with a vector, then their sum by these. So a step
//! of a row with n clicks takes 2 n K + K² fused operations, and the minimum n K² + K³/6 (Takács,
//! Pilászy, Tikk, *Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative
//! Filtering*, RecSys 2011). The V_i are copied side by side first, to be read from near in each step.
//!
//! Each step says what it takes off: a step of length α along p takes α ‖r‖², with r the residual. So the loss
//! is known without another look at the clicks. It never rises, but by rounding.

use super::values::Rows;
use super::{REPORTS, Squares, TURN};
use crate::{Progress, Table};
use foretaste_kernels::{LANES, apply, dispatch};
use rayon::prelude::*;

/// Numbers of clicked rows that are copied side by side, to stay in the cache of a core.
const NEAR: usize = 1 << 16;

/// What all rows of a side share.
struct Shared<'a> {
    /// The other side.
    other: &'a Table,
    /// VᵀV, whole, as wide as a row.
    gram: Vec<f32>,
    steps: u32,
}

/// What a thread needs for a row.
struct Scratch {
    /// Copies of clicked rows.
    near: Vec<f32>,
    /// y and the weight of x² of each click.
    labels: Vec<f32>,
    weights: Vec<f32>,
    /// A number for each of the copies.
    shares: Vec<f32>,
    residual: Vec<f32>,
    direction: Vec<f32>,
    /// A times the direction.
    image: Vec<f32>,
}

impl Rows<'_> {
    /// Takes each row of `table` nearer to its minimum, given the other side and VᵀV of it; those
    /// without clicks are 0. Gives what is left of the loss with this side, or `None`, and leaves the
    /// table, where `progress` says `false`.
    pub(super) fn descend(
        &self,
        table: &mut Table,
        other: &Table,
        gram: &[f64],
        steps: u32,
        progress: Progress<'_>,
    ) -> Option<f64> {
        let width = other.lanes() * LANES;
        let shared = Shared { other, gram: whole(gram, self.squares.factors, width), steps };
        let (mut rows, mut losses) = (table.clone(), vec![0.0; table.rows()]);
        let part = losses.len().div_ceil(REPORTS).max(1);
        let numbers = rows.data_mut().as_flattened_mut().chunks_mut(part * width);
        for (first, (rows, losses)) in (0..).step_by(part).zip(numbers.zip(losses.chunks_mut(part)))
        {
            let each = rows.par_chunks_mut(width).zip(losses).enumerate().with_max_len(TURN);
            each.for_each_init(
                || Scratch::new(width),
                |scratch, (row, (out, loss))| {
                    *loss = dispatch(
                        #[inline(always)]
                        || self.descend_row(first + row, out, &shared, scratch),
                    );
                },
            );
            if !progress(((first + part) as f64 / table.rows() as f64).min(1.0)) {
                return None;
            }
        }
        rows.settle();
        *table = rows;
        Some(losses.iter().sum())
    }

    #[inline(always)]
    fn descend_row(
        &self,
        row: usize,
        x: &mut [f32],
        shared: &Shared<'_>,
        scratch: &mut Scratch,
    ) -> f64 {
        let columns = self.side.columns(row);
        if self.is_empty(row) {
            x.fill(0.0);
            return 0.0;
        }
        let held = self.held(row);
        let fixed = held.is_some_and(|(weight, _)| (weight as f32).is_infinite());
        if let Some((_, old)) = held.filter(|_| fixed) {
            x[..old.len()].copy_from_slice(old);
        }
        let Squares { more, .. } = self.squares;
        let mut ridge = self.ridge(row, shared.other.rows()) as f32;
        let of_row = self.of_row(row) as f32;
        scratch.count(self.counted(row), more as f32);
        // r = b − Ax. What a click adds to it is V_i (y − (c − 1) w ⟨V_i, x⟩).
        let mut asked = 0.0;
        scratch.residual.fill(0.0);
        scratch.by_parts(
            columns,
            shared.other,
            #[inline(always)]
            |near, at, scratch| {
                apply::products(near, x, &mut scratch.shares);
                let values = scratch.labels[at..].iter().zip(&scratch.weights[at..]);
                for (share, (label, weight)) in scratch.shares.iter_mut().zip(values) {
                    asked += f64::from(*label) * f64::from(*share);
                    *share = label - weight * *share;
                }
                apply::add_rows(near, &scratch.shares, &mut scratch.residual);
            },
        );
        let Scratch { residual, image, .. } = scratch;
        image.fill(0.0);
        apply::add_rows(&shared.gram, x, image);
        for n in 0..x.len() {
            residual[n] -= ridge.mul_add(x[n], of_row * image[n]);
        }
        let mut loss = -asked - f64::from(apply::product(x, &scratch.residual));
        if fixed {
            return loss;
        }
        if let Some((weight, old)) = held {
            // One more part of b − Ax, and of what a step takes off.
            loss += self.strain(row, x.iter());
            for (n, old) in old.iter().enumerate() {
                scratch.residual[n] += weight as f32 * (old - x[n]);
            }
            ridge += weight as f32;
        }
        scratch.direction.copy_from_slice(&scratch.residual);
        let mut square = apply::product(&scratch.residual, &scratch.residual);
        for _ in 0..shared.steps {
            scratch.image.fill(0.0);
            apply::add_rows(&shared.gram, &scratch.direction, &mut scratch.image);
            scratch.image.iter_mut().for_each(|x| *x *= of_row);
            scratch.by_parts(
                columns,
                shared.other,
                #[inline(always)]
                |near, at, scratch| {
                    apply::products(near, &scratch.direction, &mut scratch.shares);
                    for (share, weight) in scratch.shares.iter_mut().zip(&scratch.weights[at..]) {
                        *share *= weight;
                    }
                    apply::add_rows(near, &scratch.shares, &mut scratch.image);
                },
            );
            let Scratch { residual, direction, image, .. } = &mut *scratch;
            for n in 0..x.len() {
                image[n] = ridge.mul_add(direction[n], image[n]);
            }
            let bent = apply::product(direction, image);
            let length = square / bent;
            // The minimum, or as near as f32 knows: 0/0, or a number that no longer counts.
            if !(bent > 0.0 && length.is_finite()) {
                break;
            }
            loss -= f64::from(length) * f64::from(square);
            for n in 0..x.len() {
                x[n] = length.mul_add(direction[n], x[n]);
                residual[n] = (-length).mul_add(image[n], residual[n]);
            }
            let now = apply::product(residual, residual);
            let share = now / square;
            square = now;
            for n in 0..x.len() {
                direction[n] = share.mul_add(direction[n], residual[n]);
            }
        }
        loss
    }
}

impl Scratch {
    fn new(width: usize) -> Self {
        let row = || vec![0.0; width];
        Self {
            near: Vec::new(),
            labels: Vec::new(),
            weights: Vec::new(),
            shares: Vec::new(),
            residual: row(),
            direction: row(),
            image: row(),
        }
    }

    /// Takes up what the clicks of a row count, and that no copies are of it.
    #[inline(always)]
    fn count(&mut self, counted: impl Iterator<Item = (f32, f32)>, more: f32) {
        let Self { near, labels, weights, .. } = self;
        near.clear();
        labels.clear();
        weights.clear();
        for (label, weight) in counted {
            labels.push(label);
            weights.push(more * weight);
        }
    }

    /// Calls with copies of some clicked rows and the number of clicks before them, until there are no
    /// more; `shares` has a number for each. Where one part has them all, it is copied once.
    #[inline(always)]
    fn by_parts(
        &mut self,
        columns: &[u32],
        other: &Table,
        mut each: impl FnMut(&[f32], usize, &mut Self),
    ) {
        let width = self.residual.len();
        let most = (NEAR / width).next_multiple_of(8).max(8);
        let mut near = std::mem::take(&mut self.near);
        let mut at = 0;
        for part in columns.chunks(most) {
            if columns.len() > most || near.is_empty() {
                near.clear();
                for &column in part {
                    near.extend_from_slice(other.row(column as usize).as_flattened());
                }
            }
            self.shares.resize(part.len(), 0.0);
            each(&near, at, self);
            at += part.len();
        }
        self.near = near;
    }
}

/// A matrix that is given right of its diagonal, whole, with rows and columns of 0 to the width.
fn whole(matrix: &[f64], k: usize, width: usize) -> Vec<f32> {
    let mut whole = vec![0.0; width * width];
    for a in 0..k {
        for b in a..k {
            let number = matrix[a * k + b] as f32;
            (whole[a * width + b], whole[b * width + a]) = (number, number);
        }
    }
    whole
}
