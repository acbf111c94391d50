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
//! and why one default suits all weights of clicks, small and large data alike.
//!
//! Of the estimator `wmf`, a click costs c (1 − x)² and all else x². Then every user has a matrix of
//! its own, VᵀV + (c − 1) Σ_clicked V_i V_iᵀ + λI, and a sweep takes O(nnz·K² + (m + n) K³): this is
//! implicit alternating least squares (Hu, Koren, Volinsky, ICDM 2008). v is c times the density.
//!
//! Gram matrices are summed in f64, each entry by one thread in the order of the rows; so the
//! result does not depend on the number of threads.

use crate::Labels;
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_kernels::symmetric;
use foretaste_mf::{Factors, Table};
use rayon::prelude::*;

/// Rows that are added to a matrix at once.
const GROUP: usize = 64;

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
    /// c − 1 of weighted clicks, and 0 of all others.
    more: f64,
}

impl LeastSquares {
    /// `shrinkage` is λ in units of the largest singular value that chance alone would give; `more`
    /// is how much more than other cells a click counts.
    pub(crate) fn new(
        data: &Interactions,
        labels: &Labels,
        factors: usize,
        (shrinkage, more): (f32, f32),
    ) -> Self {
        let users = Side::users(data, labels);
        let items = users.by_item(data);
        // A click of weight c and y 1 is as far from 0 as one of weight 1 and y √c.
        let square = |&y: &f32| f64::from(y) * f64::from(y) / (1.0 + f64::from(more));
        let squares: f64 = users.labels.iter().map(square).sum();
        let (m, n) = (data.n_users() as f64, data.n_items() as f64);
        let chance = (squares / (m * n)).sqrt() * (m.sqrt() + n.sqrt());
        let lambda = f64::from(shrinkage) * chance;
        Self { users, items, factors, lambda, more: f64::from(more) }
    }

    /// Solves for the users, then for the items; returns the mean loss of a cell.
    pub(crate) fn sweep(&self, factors: &mut Factors) -> f64 {
        let k = self.factors;
        let items = factors.items.to_rows(0);
        let users = self.solve(&self.users, &items);
        let items = self.solve(&self.items, &users);
        let loss = self.loss(&users, &items);
        let table = |rows: &[f32]| Table::from_rows(k, rows).expect("rows are whole");
        (factors.users, factors.items) = (table(&users), table(&items));
        loss
    }

    /// [Σ_D x² + Σ_clicks y (1 − 2x) + (c − 1) x²] / |D|.
    fn loss(&self, users: &[f32], items: &[f32]) -> f64 {
        let k = self.factors;
        let (of_users, of_items) = (gram(users, k), gram(items, k));
        let all: f64 = of_users.iter().zip(&of_items).map(|(a, b)| a * b).sum();
        let rows: Vec<f64> = (users.par_chunks(k).enumerate())
            .map(|(user, row)| {
                let click = |(item, y): (usize, f64)| {
                    let x = dot(row, items, item);
                    y * (1.0 - 2.0 * x) + self.more * x * x
                };
                self.users.row(user).map(click).sum()
            })
            .collect();
        let cells = (users.len() / k) as f64 * (items.len() / k) as f64;
        (all + rows.iter().sum::<f64>()) / cells
    }

    /// The rows of one side at the minimum, given those of the other.
    fn solve(&self, side: &Side, other: &[f32]) -> Vec<f32> {
        let k = self.factors;
        let mut shared = gram(other, k);
        (0..k).for_each(|n| shared[n * k + n] += self.lambda);
        let mut factor = shared.clone();
        // Eigenvalues are at least λ: otherwise numbers are not finite, and training will say so.
        let positive = symmetric::factor(&mut factor, k);
        let mut rows = vec![0.0; (side.starts.len() - 1) * k];
        let weighted = self.more != 0.0;
        rows.par_chunks_mut(k).enumerate().for_each_init(
            || (vec![0.0; k], factor.clone(), Vec::with_capacity(GROUP * k)),
            |(sum, factor, clicked), (row, out)| {
                sum.fill(0.0);
                if weighted {
                    factor.copy_from_slice(&shared);
                }
                for (column, y) in side.row(row) {
                    let other = &other[column * k..(column + 1) * k];
                    sum.iter_mut().zip(other).for_each(|(sum, &x)| *sum += y * f64::from(x));
                    if weighted {
                        clicked.extend(other.iter().map(|&x| f64::from(x)));
                    }
                    if clicked.len() == GROUP * k {
                        symmetric::add_products(factor, k, clicked, self.more);
                        clicked.clear();
                    }
                }
                symmetric::add_products(factor, k, clicked, self.more);
                clicked.clear();
                match if weighted { symmetric::factor(factor, k) } else { positive } {
                    true => symmetric::solve(factor, sum),
                    false => sum.fill(f64::NAN),
                }
                out.iter_mut().zip(&*sum).for_each(|(out, &solved)| *out = solved as f32);
            },
        );
        rows
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

    fn by_item(&self, data: &Interactions) -> Self {
        let by_item = data.by_item();
        let columns = by_item.users().iter().map(|UserId(user)| *user).collect();
        let labels = by_item.places().iter().map(|&place| self.labels[place as usize]).collect();
        Self { starts: by_item.starts().to_vec(), columns, labels }
    }

    /// The columns of a row, with their y.
    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.starts[row]..self.starts[row + 1];
        range.map(|at| (self.columns[at] as usize, f64::from(self.labels[at])))
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

#[cfg(test)]
mod tests;
