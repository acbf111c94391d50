//! Rows as sums of the other side's, of which there are fewer than factors.
//!
//! With n rows V of the other side, weights w (c of clicks, 1 or an item's weight of others) and r = y of clicks, 0 of
//! others, the minimum (VᵀWV + λI) U_u = Vᵀr lies in the span of V. U_u = Vᵀ W^½ b turns it into
//!
//! ```text
//! (W^½ VVᵀ W^½ + λI) b = W^-½ r
//! ```
//!
//! of n × n numbers instead of K × K: 4,096 factors of 30 items take a matrix of 30, not of 4,096.

use super::Squares;
use super::values::Rows;
use crate::Progress;
use foretaste_kernels::{dispatch, symmetric};
use rayon::prelude::*;

/// What a thread needs for a row.
struct Scratch {
    /// b, then U_u's shares of the rows.
    shares: Vec<f64>,
    /// The factor of the row's matrix: the shared one, unless clicks are weighted.
    factor: Vec<f64>,
    /// √w.
    roots: Vec<f64>,
    sum: Vec<f64>,
}

impl Rows<'_> {
    /// [`Rows::solve`] by the products of the other side's rows with each other.
    pub(super) fn solve_short(
        &self,
        other: &[f32],
        progress: Progress<'_>,
    ) -> Option<(Vec<f32>, f64)> {
        let Squares { factors: k, more, .. } = self.squares;
        let n = other.len() / k;
        let products = products(other, k);
        let ridged = |roots: &[f64], ridge: f64, matrix: &mut [f64]| {
            for (a, row) in matrix.chunks_exact_mut(n).enumerate() {
                for b in a..n {
                    row[b] = roots[a] * roots[b] * products[a * n + b];
                }
                row[a] += ridge;
            }
            symmetric::factor(matrix, n)
        };
        let weighted = more != 0.0;
        let mut factor = vec![0.0; n * n];
        let same = self.squares.ridge.lambda;
        let positive = weighted || ridged(&vec![1.0; n], same, &mut factor);
        let scratch = || Scratch {
            shares: vec![0.0; n],
            factor: factor.clone(),
            roots: vec![1.0; n],
            sum: vec![0.0; k],
        };
        self.each_row(progress, scratch, |row, out, scratch| {
            let Scratch { shares, factor, roots, sum } = scratch;
            shares.fill(0.0);
            let cells = roots.iter_mut().enumerate();
            cells.for_each(|(column, root)| *root = self.of_cell(row, column).sqrt());
            for (column, y, weight) in self.of(row) {
                roots[column] = (self.of_cell(row, column) + weight * more).sqrt();
                shares[column] = y / roots[column];
            }
            match if weighted { ridged(roots, self.ridge(row, n), factor) } else { positive } {
                true => symmetric::solve(factor, shares),
                false => shares.fill(f64::NAN),
            }
            shares.iter_mut().zip(roots).for_each(|(share, root)| *share *= *root);
            add_up(shares, other, sum);
            out.iter_mut().zip(sum).for_each(|(out, x)| *out = *x as f32);
            let score = |column: usize| symmetric::dot(out, &other[column * k..(column + 1) * k]);
            -self.of(row).map(|(column, y, _)| y * score(column)).sum::<f64>()
        })
    }
}

/// The inner products of all rows, right of the diagonal.
fn products(rows: &[f32], k: usize) -> Vec<f64> {
    let n = rows.len() / k;
    let row = |at: usize| &rows[at * k..(at + 1) * k];
    let mut products = vec![0.0; n * n];
    products.par_chunks_mut(n.max(1)).enumerate().for_each(|(a, products)| {
        dispatch(
            #[inline(always)]
            || (a..n).for_each(|b| products[b] = symmetric::dot(row(a), row(b))),
        );
    });
    products
}

/// Sets `sum` to the sum of the rows by their shares.
fn add_up(shares: &[f64], rows: &[f32], sum: &mut [f64]) {
    sum.fill(0.0);
    dispatch(
        #[inline(always)]
        || {
            for (share, row) in shares.iter().zip(rows.chunks_exact(sum.len())) {
                sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += share * f64::from(x));
            }
        },
    );
}
