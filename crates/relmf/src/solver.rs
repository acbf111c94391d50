//! The squared loss of a linear score over **all** cells, minimised without sampling or step size.
//!
//! With the score x itself instead of s(x), the loss of all cells D is, up to a constant,
//!
//! ```text
//! Σ_D [y (1 − x)² + (1 − y) x²] = Σ_D x² − 2 Σ_clicks y x + const
//! ```
//!
//! of which the first sum needs no cell one by one: it is ⟨UᵀU, VᵀV⟩. With λ (‖U‖² + ‖V‖²) added it
//! is convex in each side, and its minimum in U has one matrix for all users,
//!
//! ```text
//! U_u = (VᵀV + λI)⁻¹ Σ_{i clicked by u} y_ui V_i
//! ```
//!
//! A sweep solves for all users, then for all items: O(nnz·K + (m + n) K² + K³). What it converges to
//! is known: the K largest singular values of the matrix of the y, each less λ.
//!
//! So λ says which singular values are taken for chance. Of an m × n matrix of independent numbers
//! with mean square v none is larger than √v (√m + √n), nearly surely; that is λ at a `shrinkage` of 1,
//! and why one default suits naive and weighted clicks, small and large data alike.
//!
//! Gram matrices are summed in f64, each entry by one thread in the order of the rows; so the
//! result does not depend on the number of threads.

use crate::Labels;
use foretaste_data::{Interactions, ItemId};
use foretaste_mf::{Factors, Table};
use rayon::prelude::*;

/// The y of all clicks by row, and where they are.
#[derive(Debug)]
struct Side {
    starts: Vec<usize>,
    columns: Vec<u32>,
    labels: Vec<f32>,
}

/// What a sweep needs.
#[derive(Debug)]
pub(crate) struct LeastSquares {
    users: Side,
    items: Side,
    factors: usize,
    lambda: f64,
}

impl LeastSquares {
    /// `shrinkage` is λ in units of the largest singular value that chance alone would give.
    pub(crate) fn new(
        data: &Interactions,
        labels: &Labels,
        factors: usize,
        shrinkage: f32,
    ) -> Self {
        let users = Side::users(data, labels);
        let items = users.transposed(data.n_items());
        let squares: f64 = users.labels.iter().map(|&y| f64::from(y) * f64::from(y)).sum();
        let (m, n) = (data.n_users() as f64, data.n_items() as f64);
        let chance = (squares / (m * n)).sqrt() * (m.sqrt() + n.sqrt());
        Self { users, items, factors, lambda: f64::from(shrinkage) * chance }
    }

    /// Solves for the users, then for the items; returns the mean loss of a cell.
    pub(crate) fn sweep(&self, factors: &mut Factors) -> f64 {
        let k = self.factors;
        let items = factors.items.to_rows(0);
        let users = self.users.solve(&items, k, self.lambda);
        let items = self.items.solve(&users, k, self.lambda);
        let loss = self.loss(&users, &items);
        let table = |rows: &[f32]| Table::from_rows(k, rows).expect("rows are whole");
        (factors.users, factors.items) = (table(&users), table(&items));
        loss
    }

    /// [Σ_D x² + Σ_clicks y (1 − 2x)] / |D|.
    fn loss(&self, users: &[f32], items: &[f32]) -> f64 {
        let k = self.factors;
        let (of_users, of_items) = (gram(users, k), gram(items, k));
        let all: f64 = of_users.iter().zip(&of_items).map(|(a, b)| a * b).sum();
        let rows: Vec<f64> = (users.par_chunks(k).enumerate())
            .map(|(user, row)| {
                let click = |(item, y): (usize, f64)| y * (1.0 - 2.0 * dot(row, items, item));
                self.users.row(user).map(click).sum()
            })
            .collect();
        let cells = (users.len() / k) as f64 * (items.len() / k) as f64;
        (all + rows.iter().sum::<f64>()) / cells
    }
}

impl Side {
    fn users(data: &Interactions, labels: &Labels) -> Self {
        let labels = (data.items().iter().enumerate())
            .map(|(at, item)| labels.targets().of(item.index(), at))
            .collect();
        let columns = data.items().iter().map(|ItemId(item)| *item).collect();
        Self { starts: data.starts().to_vec(), columns, labels }
    }

    fn transposed(&self, columns: usize) -> Self {
        let mut starts = vec![0; columns + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; self.columns.len()];
        let mut labels = vec![0.0; self.columns.len()];
        for row in 0..self.starts.len() - 1 {
            for at in self.starts[row]..self.starts[row + 1] {
                let place = &mut next[self.columns[at] as usize];
                (rows[*place], labels[*place]) = (row as u32, self.labels[at]);
                *place += 1;
            }
        }
        Self { starts, columns: rows, labels }
    }

    /// The columns of a row, with their y.
    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.starts[row]..self.starts[row + 1];
        range.map(|at| (self.columns[at] as usize, f64::from(self.labels[at])))
    }

    /// The rows of this side at the minimum, given those of the other.
    fn solve(&self, other: &[f32], k: usize, lambda: f64) -> Vec<f32> {
        let mut matrix = gram(other, k);
        for n in 0..k {
            matrix[n * k + n] += lambda;
        }
        let inverse = inverse(matrix, k);
        let mut rows = vec![0.0; (self.starts.len() - 1) * k];
        rows.par_chunks_mut(k).enumerate().for_each_init(
            || (vec![0.0; k], vec![0.0; k]),
            |(sum, solved), (row, out)| {
                if self.starts[row] == self.starts[row + 1] {
                    return;
                }
                sum.fill(0.0);
                for (column, y) in self.row(row) {
                    let other = &other[column * k..(column + 1) * k];
                    sum.iter_mut().zip(other).for_each(|(sum, &x)| *sum += y * f64::from(x));
                }
                // The matrix is symmetric: its rows are its columns.
                solved.fill(0.0);
                for (column, sum) in inverse.chunks(k).zip(&*sum) {
                    solved.iter_mut().zip(column).for_each(|(solved, &x)| *solved += sum * x);
                }
                out.iter_mut().zip(&*solved).for_each(|(out, &solved)| *out = solved as f32);
            },
        );
        rows
    }
}

fn dot(row: &[f32], others: &[f32], other: usize) -> f64 {
    let other = &others[other * row.len()..(other + 1) * row.len()];
    row.iter().zip(other).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// The sum of the rows' outer products, k × k. Each strip of the result is summed by one thread.
fn gram(rows: &[f32], k: usize) -> Vec<f64> {
    const STRIP: usize = 8;
    let mut gram = vec![0.0; k * k];
    gram.par_chunks_mut(STRIP * k).enumerate().for_each(|(strip, out)| {
        for row in rows.chunks(k) {
            for (out, &left) in out.chunks_mut(k).zip(&row[strip * STRIP..]) {
                let left = f64::from(left);
                out.iter_mut().zip(row).for_each(|(out, &right)| *out += left * f64::from(right));
            }
        }
    });
    gram
}

/// The inverse of a symmetric matrix whose eigenvalues are at least some λ > 0, by Cholesky's
/// decomposition. Twenty lines instead of a library of linear algebra, of which no more is needed.
fn inverse(mut matrix: Vec<f64>, k: usize) -> Vec<f64> {
    // The lower triangle becomes L, with L Lᵀ the matrix.
    for i in 0..k {
        for j in 0..=i {
            let (above, below) = matrix.split_at(i * k);
            let row = if j < i { &above[j * k..j * k + j] } else { &below[..j] };
            let sum: f64 = row.iter().zip(&below[..j]).map(|(a, b)| a * b).sum();
            let rest = matrix[i * k + j] - sum;
            matrix[i * k + j] = if i == j { rest.sqrt() } else { rest / matrix[j * k + j] };
        }
    }
    let mut inverse = vec![0.0; k * k];
    inverse.par_chunks_mut(k).enumerate().for_each(|(n, column)| {
        column[n] = 1.0;
        for i in n..k {
            let sum: f64 = (n..i).map(|j| matrix[i * k + j] * column[j]).sum();
            column[i] = (column[i] - sum) / matrix[i * k + i];
        }
        for i in (0..k).rev() {
            let sum: f64 = (i + 1..k).map(|j| matrix[j * k + i] * column[j]).sum();
            column[i] = (column[i] - sum) / matrix[i * k + i];
        }
    });
    inverse
}

#[cfg(test)]
mod tests;
