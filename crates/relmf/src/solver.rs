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
//! and those below λ vanish. So λ says which of them are taken for chance. Of an m × n matrix of
//! independent numbers with mean 0 and mean square v, the largest is near √v (√m + √n); that is λ at a
//! `shrinkage` of 1. Clicks are no such matrix: where items differ much in popularity, or a few clicks
//! count much more than others, chance reaches higher, and more than 1 may be better.
//!
//! Of the estimator `wmf`, a click costs c (1 − x)² and all else x². Then every user has a matrix of
//! its own, VᵀV + (c − 1) Σ_clicked V_i V_iᵀ + λI, and a sweep takes O(nnz·K² + (m + n) K³): this is
//! implicit alternating least squares (Hu, Koren, Volinsky, ICDM 2008). v is then c^1.5 times the
//! density, between c², the mean square of what pulls x away from 0, and c, what is left of that where a
//! click's own weight holds x; with it, a `shrinkage` of about 1 was the best on validation rows for c of 1,
//! 3, 10 and 30.
//!
//! Where the other side has fewer rows than there are factors, their products with each other are the
//! smaller matrix: see [`short`].
//!
//! Gram matrices are summed in f64, in parts that the shape alone divides, and the parts in order; so
//! the result does not depend on the number of threads. Besides the factors, a training holds 20 B a
//! click, a copy of the factors, up to 32 MiB of parts, and some matrices of K² numbers, two a thread.

use crate::Labels;
use foretaste_data::{Interactions, Side};
use foretaste_kernels::{dispatch, symmetric};
use foretaste_mf::{Factors, Table};
use rayon::prelude::*;

/// Rows that are added to a matrix at once.
const GROUP: usize = 64;
/// Reports of progress for each side, or fewer.
const REPORTS: usize = 16;

/// The clicks from both sides, and what they count.
#[derive(Debug)]
pub(crate) struct LeastSquares {
    users: Side,
    items: Side,
    /// The y of all clicks, in the order of [`Interactions::items`].
    labels: Vec<f32>,
    factors: usize,
    lambda: f64,
    /// c − 1 of weighted clicks, and 0 of all others.
    more: f64,
    /// VᵀV after the last sweep, unless V is short.
    of_items: Option<Vec<f64>>,
}

/// What is told the share of a sweep that is done, and says whether to go on.
type Progress<'a> = &'a mut dyn FnMut(f64) -> bool;

impl LeastSquares {
    /// `shrinkage` is λ in units of the largest singular value that chance alone would give; `more`
    /// is how much more than other cells a click counts.
    pub(crate) fn new(
        data: &Interactions,
        labels: &Labels,
        factors: usize,
        (shrinkage, more): (f32, f32),
    ) -> Self {
        let targets = labels.targets();
        let labels: Vec<f32> = (data.items().iter().enumerate())
            .map(|(at, item)| targets.of(item.index(), at))
            .collect();
        let more = f64::from(more);
        let square = |&y: &f32| f64::from(y) * f64::from(y) / (1.0 + more).sqrt();
        let squares: f64 = labels.iter().map(square).sum();
        let (m, n) = (data.n_users() as f64, data.n_items() as f64);
        let chance = (squares / (m * n)).sqrt() * (m.sqrt() + n.sqrt());
        let lambda = f64::from(shrinkage) * chance;
        let (users, items) = (Side::of_users(data), Side::of_items(data));
        Self { users, items, labels, factors, lambda, more, of_items: None }
    }

    /// Solves for the users, then for the items; returns the mean loss of a cell.
    pub(crate) fn sweep(&mut self, factors: &mut Factors, progress: Progress<'_>) -> f64 {
        let k = self.factors;
        let items = factors.items.to_rows(0);
        let of_items = self.of_items.take().or_else(|| gram_unless_short(&items, k));
        let users = self.solve(&self.users, &items, of_items, &mut |share| progress(share / 2.0));
        let of_users = gram_unless_short(&users, k);
        let half = &mut |share| progress(0.5 + share / 2.0);
        let items = self.solve(&self.items, &users, of_users.clone(), half);
        let of_items = gram_unless_short(&items, k);
        let all = match (&of_users, &of_items) {
            (Some(of_users), Some(of_items)) => inner(of_users, of_items, k),
            _ => short::sum_of_squares(&users, &items, k),
        };
        let loss = self.loss(&users, &items, all);
        self.of_items = of_items;
        let table = |rows: &[f32]| Table::from_rows(k, rows).expect("rows are whole");
        (factors.users, factors.items) = (table(&users), table(&items));
        loss
    }

    /// [Σ_D x² + Σ_clicks y (1 − 2x) + (c − 1) x²] / |D|, of the first sum.
    fn loss(&self, users: &[f32], items: &[f32], all: f64) -> f64 {
        let k = self.factors;
        let rows: Vec<f64> = (users.par_chunks(k).enumerate())
            .map(|(user, row)| {
                dispatch(
                    #[inline(always)]
                    || {
                        let click = |(item, y): (usize, f64)| {
                            let x = symmetric::dot(row, &items[item * k..(item + 1) * k]);
                            y * (1.0 - 2.0 * x) + self.more * x * x
                        };
                        self.clicks(&self.users, user).map(click).sum()
                    },
                )
            })
            .collect();
        let cells = (users.len() / k) as f64 * (items.len() / k) as f64;
        (all + rows.iter().sum::<f64>()) / cells
    }

    /// The rows of one side at the minimum, given those of the other and, unless these are short, the
    /// sum of their products.
    fn solve(
        &self,
        side: &Side,
        other: &[f32],
        shared: Option<Vec<f64>>,
        progress: Progress<'_>,
    ) -> Vec<f32> {
        let k = self.factors;
        let Some(mut shared) = shared else { return self.solve_short(side, other, progress) };
        (0..k).for_each(|n| shared[n * k + n] += self.lambda);
        let mut factor = shared.clone();
        // Eigenvalues are at least λ: otherwise numbers are not finite, and training will say so.
        let positive = symmetric::factor(&mut factor, k);
        let weighted = self.more != 0.0;
        let scratch = || Scratch { sum: vec![0.0; k], factor: factor.clone(), clicked: Vec::new() };
        self.each_row(side, progress, scratch, |row, out, scratch| {
            let solved = match weighted {
                false => {
                    self.collect(side, row, other, &mut scratch.sum, |_| ());
                    positive
                }
                true => self.own_factor(side, row, other, &shared, scratch),
            };
            match solved {
                true => symmetric::solve(&scratch.factor, &mut scratch.sum),
                false => scratch.sum.fill(f64::NAN),
            }
            out.iter_mut().zip(&scratch.sum).for_each(|(out, x)| *out = *x as f32);
        })
    }

    /// Fills the rows of a side that have clicks, in parallel; the others are 0.
    fn each_row<S>(
        &self,
        side: &Side,
        progress: Progress<'_>,
        scratch: impl Fn() -> S + Sync,
        fill: impl Fn(usize, &mut [f32], &mut S) + Sync,
    ) -> Vec<f32> {
        let k = self.factors;
        let mut rows = vec![0.0; side.rows() * k];
        let part = side.rows().div_ceil(REPORTS).max(1);
        for (first, rows) in (0..).step_by(part).zip(rows.chunks_mut(part * k)) {
            rows.par_chunks_mut(k).enumerate().for_each_init(&scratch, |scratch, (row, out)| {
                if !side.columns(first + row).is_empty() {
                    fill(first + row, out, scratch);
                }
            });
            if !progress(((first + part) as f64 / side.rows() as f64).min(1.0)) {
                break;
            }
        }
        rows
    }

    /// The sum of a row, and the factor of the matrix that weighted clicks give it; false if there is
    /// none.
    fn own_factor(
        &self,
        side: &Side,
        row: usize,
        other: &[f32],
        shared: &[f64],
        scratch: &mut Scratch,
    ) -> bool {
        let k = self.factors;
        let Scratch { sum, factor, clicked } = scratch;
        factor.copy_from_slice(shared);
        clicked.clear();
        self.collect(side, row, other, sum, |other| {
            clicked.extend(other.iter().map(|&x| f64::from(x)));
            if clicked.len() == GROUP * k {
                symmetric::add_products(factor, k, clicked, self.more);
                clicked.clear();
            }
        });
        symmetric::add_products(factor, k, clicked, self.more);
        symmetric::factor(factor, k)
    }

    /// Sets `sum` to Σ y V_i of the clicks of a row, and shows each V_i.
    fn collect(
        &self,
        side: &Side,
        row: usize,
        other: &[f32],
        sum: &mut [f64],
        mut see: impl FnMut(&[f32]),
    ) {
        let k = sum.len();
        sum.fill(0.0);
        dispatch(
            #[inline(always)]
            || {
                for (column, y) in self.clicks(side, row) {
                    let other = &other[column * k..(column + 1) * k];
                    sum.iter_mut().zip(other).for_each(|(sum, &x)| *sum += y * f64::from(x));
                    see(other);
                }
            },
        );
    }

    /// The columns of a row, with their y.
    fn clicks(&self, side: &Side, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let labels = side.places(row).iter().map(|&place| f64::from(self.labels[place as usize]));
        side.columns(row).iter().map(|&column| column as usize).zip(labels)
    }
}

/// What a thread needs for a row.
struct Scratch {
    sum: Vec<f64>,
    /// The factor of the row's matrix: the shared one, unless clicks are weighted.
    factor: Vec<f64>,
    clicked: Vec<f64>,
}

/// [`gram`] of k rows or more.
fn gram_unless_short(rows: &[f32], k: usize) -> Option<Vec<f64>> {
    (rows.len() / k >= k).then(|| gram(rows, k))
}

/// The sum of the rows' outer products: a matrix of k × k, right of the diagonal.
fn gram(rows: &[f32], k: usize) -> Vec<f64> {
    // Parts for all threads, but no more than 32 MiB of them.
    let parts = ((32 << 20) / (8 * k * k)).clamp(1, 64);
    let part = (rows.len() / k).div_ceil(parts).max(GROUP) * k;
    let sums: Vec<Vec<f64>> = rows
        .par_chunks(part)
        .map(|rows| {
            let (mut sum, mut group) = (vec![0.0; k * k], Vec::with_capacity(GROUP * k));
            for rows in rows.chunks(GROUP * k) {
                group.clear();
                group.extend(rows.iter().map(|&x| f64::from(x)));
                symmetric::add_products(&mut sum, k, &group, 1.0);
            }
            sum
        })
        .collect();
    let mut gram = vec![0.0; k * k];
    for sum in sums {
        gram.iter_mut().zip(sum).for_each(|(gram, sum)| *gram += sum);
    }
    gram
}

/// The sum of the products of all entries of two symmetric matrices, given right of the diagonal.
fn inner(a: &[f64], b: &[f64], k: usize) -> f64 {
    let row = |n: usize| {
        let (a, b) = (&a[n * k + n..(n + 1) * k], &b[n * k + n..(n + 1) * k]);
        2.0 * a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() - a[0] * b[0]
    };
    (0..k).map(row).sum()
}

mod short;
#[cfg(test)]
mod tests;
