//! Rows at the minimum, by Cholesky factors in f64.

use super::values::Rows;
use super::{GROUP, REPORTS, Squares, TURN};
use crate::Progress;
use foretaste_kernels::{dispatch, symmetric};
use rayon::prelude::*;

/// What a thread needs for a row.
struct Scratch {
    /// Σ y V_i, then the row.
    sum: Vec<f64>,
    /// Σ y V_i.
    asked: Vec<f64>,
    /// The factor of the row's matrix: the shared one, unless clicks are weighted.
    factor: Vec<f64>,
    /// Clicked rows, times the root of their weight: of weights above 0, and below.
    clicked: [Vec<f64>; 2],
}

impl Rows<'_> {
    /// The rows of one side at the minimum, and what is left of the loss with it, given those of the
    /// other and, unless these are short, the sum of their products; `None` where `progress` says
    /// `false`.
    pub(super) fn solve(
        &self,
        other: &[f32],
        shared: Option<Vec<f64>>,
        progress: Progress<'_>,
    ) -> Option<(Vec<f32>, f64)> {
        let Squares { factors: k, ridge, more } = self.squares;
        let Some(mut shared) = shared else { return self.solve_short(other, progress) };
        let weighted = more != 0.0 || self.anchor.is_some();
        if !weighted {
            (0..k).for_each(|n| shared[n * k + n] += ridge.lambda);
        }
        let mut factor = shared.clone();
        // Eigenvalues are at least λ: otherwise numbers are not finite, and training will say so.
        let positive = weighted || symmetric::factor(&mut factor, k);
        let columns = other.len() / k;
        let scratch = || Scratch {
            sum: vec![0.0; k],
            asked: vec![0.0; k],
            factor: factor.clone(),
            clicked: Default::default(),
        };
        self.each_row(progress, scratch, |row, out, scratch| {
            if let Some(held) = self.held(row) {
                return self.solve_held(row, (other, &shared), held, (out, scratch));
            }
            let solved = match weighted {
                false => {
                    self.collect(row, other, &mut scratch.sum, |_, _| ());
                    positive
                }
                true => {
                    let own = self.ridge(row, columns);
                    self.own_matrix(row, other, (&shared, own), scratch);
                    symmetric::factor(&mut scratch.factor, k)
                }
            };
            scratch.asked.copy_from_slice(&scratch.sum);
            match solved {
                true => symmetric::solve(&scratch.factor, &mut scratch.sum),
                false => scratch.sum.fill(f64::NAN),
            }
            out.iter_mut().zip(&scratch.sum).for_each(|(out, x)| *out = *x as f32);
            // At the minimum xᵀAx is bᵀx, of which the loss has xᵀAx − 2 bᵀx.
            -symmetric::dot(&scratch.asked, &scratch.sum)
        })
    }

    /// Fills the rows of a side that have clicks, in parallel; the others are 0. Sums what `fill` says
    /// of each, in order.
    pub(super) fn each_row<S>(
        &self,
        progress: Progress<'_>,
        scratch: impl Fn() -> S + Sync,
        fill: impl Fn(usize, &mut [f32], &mut S) -> f64 + Sync,
    ) -> Option<(Vec<f32>, f64)> {
        let (k, side) = (self.squares.factors, self.side);
        let (mut rows, mut losses) = (vec![0.0; side.rows() * k], vec![0.0; side.rows()]);
        let part = side.rows().div_ceil(REPORTS).max(1);
        let parts = rows.chunks_mut(part * k).zip(losses.chunks_mut(part));
        for (first, (rows, losses)) in (0..).step_by(part).zip(parts) {
            let rows = rows.par_chunks_mut(k).zip(losses).enumerate().with_max_len(TURN);
            rows.for_each_init(&scratch, |scratch, (row, (out, loss))| {
                if !self.is_empty(first + row) {
                    *loss = fill(first + row, out, scratch);
                }
            });
            if !progress(((first + part) as f64 / side.rows() as f64).min(1.0)) {
                return None;
            }
        }
        Some((rows, losses.iter().sum()))
    }

    /// A row that is held to an earlier one: solves for how far it is from there.
    fn solve_held(
        &self,
        row: usize,
        (other, shared): (&[f32], &[f64]),
        (weight, old): (f64, &[f32]),
        (out, scratch): (&mut [f32], &mut Scratch),
    ) -> f64 {
        let k = self.squares.factors;
        let own = self.ridge(row, other.len() / k);
        self.own_matrix(row, other, (shared, own), scratch);
        let Scratch { sum, asked, factor, .. } = scratch;
        let old_number = |n: usize| f64::from(old[n]);
        // b − A old, of a matrix that is given right of its diagonal; and xᵀAx − 2 bᵀx there.
        asked.copy_from_slice(sum);
        for a in 0..k {
            sum[a] -= factor[a * k + a] * old_number(a);
            for b in a + 1..k {
                let of_both = factor[a * k + b];
                sum[a] -= of_both * old_number(b);
                sum[b] -= of_both * old_number(a);
            }
        }
        let parts = (0..k).map(|n| old_number(n) * (asked[n] + sum[n]));
        let before = -parts.sum::<f64>();
        if weight.is_infinite() {
            out.copy_from_slice(old);
            return before;
        }
        (0..k).for_each(|n| factor[n * k + n] += weight);
        asked.copy_from_slice(sum);
        match symmetric::factor(factor, k) {
            true => symmetric::solve(factor, sum),
            false => sum.fill(f64::NAN),
        }
        out.iter_mut().enumerate().for_each(|(n, out)| *out = (old_number(n) + sum[n]) as f32);
        before - symmetric::dot(asked, sum)
    }

    /// The sum of a row, and the matrix that weighted clicks and a λ of its own give it.
    fn own_matrix(
        &self,
        row: usize,
        other: &[f32],
        (shared, own): (&[f64], f64),
        scratch: &mut Scratch,
    ) {
        let Squares { factors: k, more, .. } = self.squares;
        let Scratch { sum, factor, clicked, .. } = scratch;
        let of_row = self.of_row(row);
        factor.iter_mut().zip(shared).for_each(|(all, shared)| *all = of_row * shared);
        (0..k).for_each(|n| factor[n * k + n] += own);
        clicked.iter_mut().for_each(Vec::clear);
        self.collect(row, other, sum, |other, weight| {
            let below = weight < 0.0;
            let (clicked, more) =
                (&mut clicked[usize::from(below)], if below { -more } else { more });
            let root = weight.abs().sqrt();
            clicked.extend(other.iter().map(|&x| root * f64::from(x)));
            if clicked.len() == GROUP * k {
                symmetric::add_products(factor, k, clicked, more);
                clicked.clear();
            }
        });
        symmetric::add_products(factor, k, &clicked[0], more);
        if !clicked[1].is_empty() {
            symmetric::add_products(factor, k, &clicked[1], -more);
        }
    }

    /// Sets `sum` to Σ y V_i of the clicks of a row, and shows each V_i with its weight.
    fn collect(
        &self,
        row: usize,
        other: &[f32],
        sum: &mut [f64],
        mut see: impl FnMut(&[f32], f64),
    ) {
        let k = sum.len();
        sum.fill(0.0);
        dispatch(
            #[inline(always)]
            || {
                for (column, y, weight) in self.of(row) {
                    let other = &other[column * k..(column + 1) * k];
                    sum.iter_mut().zip(other).for_each(|(sum, &x)| *sum += y * f64::from(x));
                    see(other, weight);
                }
            },
        );
    }
}
