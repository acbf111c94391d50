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
//! is known: the K largest singular values of the matrix of the y, each less λ, and those below λ
//! vanish.
//!
//! Where a click's x² counts more than that of other cells, c (1 − x)² say, every user has a matrix of
//! its own, VᵀV + (c − 1) Σ_clicked V_i V_iᵀ + λI, and a sweep takes O(nnz·K² + (m + n) K³): this is
//! implicit alternating least squares (Hu, Koren, Volinsky, ICDM 2008). Then rows may have a λ of
//! their own, too ([`Ridge`]).
//!
//! Where clicks have weights w, each counts so many times: w c (1 − x)², of which the x² of other cells is
//! still 1 ([`LeastSquares::weighted_by`]).
//!
//! Where the other side has fewer rows than there are factors, their products with each other are the
//! smaller matrix: see [`short`].
//!
//! Gram matrices are summed in f64, in parts that the shape alone divides, and the parts in order; so
//! the result does not depend on the number of threads. Besides the factors, a training holds 20 B a
//! click, a copy of the factors, up to 32 MiB of parts, and some matrices of K² numbers, two a thread.

use crate::{Error, Factors, Progress, State, Table, Targets};
use foretaste_data::{Interactions, Side};
use foretaste_kernels::{dispatch, symmetric};
use gram::{inner, kept};
use rayon::prelude::*;

/// Rows that are added to a matrix at once.
const GROUP: usize = 64;
/// Reports of progress for each side, or fewer.
const REPORTS: usize = 16;

/// λ of a row: `lambda` (n + `per_cell` · N)^`exponent`, of a row with n clicks among N cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ridge {
    /// λ of every row where the exponent is 0.
    pub lambda: f64,
    /// How much a cell counts of which nothing was observed.
    pub per_cell: f64,
    /// How λ grows with what is summed in a row: 0, not at all.
    pub exponent: f64,
}

impl Ridge {
    /// The same λ for all rows.
    pub fn same(lambda: f64) -> Self {
        Self { lambda, per_cell: 0.0, exponent: 0.0 }
    }

    /// λ of a row of `columns` cells, `clicks` of them clicked.
    pub fn of(&self, clicks: usize, columns: usize) -> f64 {
        match self.exponent {
            0.0 => self.lambda,
            exponent => {
                let counted = clicks as f64 + self.per_cell * columns as f64;
                self.lambda * libm::pow(counted, exponent)
            }
        }
    }
}

/// What is minimised, besides the y of clicks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Squares {
    /// K.
    pub factors: usize,
    /// λ.
    pub ridge: Ridge,
    /// How much more x² counts of a click than of other cells: c − 1 of weighted clicks, or 0, with
    /// which all rows must have one λ.
    pub more: f64,
}

/// The solver of a training: the clicks from both sides, and what they count.
#[derive(Debug)]
pub struct LeastSquares {
    users: Side,
    items: Side,
    /// The y of all clicks, in the order of [`Interactions::items`].
    labels: Vec<f32>,
    /// How many times each click counts; none if all count once.
    weights: Option<Vec<f32>>,
    squares: Squares,
    /// UᵀU of the users who were solved for last, once it was needed; none if U is short.
    of_users: Option<Vec<f64>>,
    /// VᵀV, alike.
    of_items: Option<Vec<f64>>,
    /// Halves that are done, of a sweep that was interrupted.
    done: usize,
}

/// A half of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Solves for the users.
    Users,
    /// Solves for the items.
    Items,
}

impl LeastSquares {
    /// For clicks with these y.
    ///
    /// # Panics
    /// If there is not a y for each; if clicks count as other cells, and λ is not the same for all
    /// rows.
    pub fn new(data: &Interactions, targets: Targets<'_>, squares: Squares) -> Self {
        assert!(squares.more != 0.0 || squares.ridge.exponent == 0.0, "one matrix has one λ");
        let (users, items) = (Side::of_users(data), Side::of_items(data));
        let labels = labels_of(data, targets);
        let (weights, of_users, of_items) = (None, None, None);
        Self { users, items, labels, weights, squares, of_users, of_items, done: 0 }
    }

    /// With clicks that count so many times, in the order of [`Interactions::items`]: y and what x²
    /// counts more are multiplied by it.
    ///
    /// # Panics
    /// If there is not a weight for each.
    pub fn weighted_by(mut self, weights: &[f32]) -> Self {
        assert_eq!(weights.len(), self.labels.len(), "a weight a click");
        self.weights = Some(weights.to_vec());
        self
    }

    /// Solves for one side after the other. Where `progress` says `false`, this says it, too; the
    /// next call then begins with the half that was interrupted.
    pub fn sweep(
        &mut self,
        halves: &[Half],
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> bool {
        while let Some(half) = halves.get(self.done) {
            let done = self.done as f64;
            let progress = &mut |share| progress((done + share) / halves.len() as f64);
            let solved = match half {
                Half::Users => self.solve_users(factors, progress),
                Half::Items => self.solve_items(factors, progress),
            };
            if !solved {
                return false;
            }
            self.done += 1;
        }
        self.done = 0;
        true
    }

    /// Solves for the users alone, so that they are where [`ByLeastSquares`] puts whoever has the
    /// same history. Numbers too small to matter are 0, as a training leaves them. Where `progress`
    /// says `false`, this says it, too, and the factors are as they were.
    pub fn solve_users(&mut self, factors: &mut Factors, progress: Progress<'_>) -> bool {
        let users = self.new_users(factors, progress);
        put(&mut factors.users, self.squares.factors, users)
    }

    /// Solves for the items alone, as [`LeastSquares::solve_users`] does for users.
    pub fn solve_items(&mut self, factors: &mut Factors, progress: Progress<'_>) -> bool {
        let items = self.new_items(&factors.users.to_rows(0), progress);
        put(&mut factors.items, self.squares.factors, items)
    }

    /// Adds to a state what there is besides the factors: sums follow from these.
    pub fn save(&self, state: &mut State) {
        state.put("halves", vec![self.done as u64]);
    }

    /// Takes up what was saved.
    ///
    /// # Errors
    /// [`Error::State`] if it is missing, or more than any sweep has.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        let done = state.get_one::<u64>("halves")?;
        if done > 2 {
            let reason = format!("is {done}, of three at most");
            return Err(Error::State { name: "halves".into(), reason });
        }
        self.done = done as usize;
        Ok(())
    }

    /// The mean loss of a cell, without λ's part, of factors that were solved for last.
    pub fn loss(&mut self, factors: &Factors) -> f64 {
        self.loss_of(&factors.users.to_rows(0), &factors.items.to_rows(0))
    }

    fn rows<'a>(&'a self, side: &'a Side) -> Rows<'a> {
        let weights = self.weights.as_deref();
        Rows { squares: self.squares, side, labels: &self.labels, weights }
    }

    fn new_users(&mut self, factors: &Factors, progress: Progress<'_>) -> Option<Vec<f32>> {
        let items = factors.items.to_rows(0);
        let of_items = kept(&mut self.of_items, &items, self.squares.factors);
        self.of_users = None;
        let rows = self.rows(&self.users);
        rows.solve(&items, of_items, progress)
    }

    fn new_items(&mut self, users: &[f32], progress: Progress<'_>) -> Option<Vec<f32>> {
        let of_users = kept(&mut self.of_users, users, self.squares.factors);
        self.of_items = None;
        let rows = self.rows(&self.items);
        rows.solve(users, of_users, progress)
    }

    /// λ's part of what a sweep lowers: Σ λ_u ‖U_u‖² + Σ λ_i ‖V_i‖².
    pub fn penalty(&self, factors: &Factors) -> f64 {
        let of = |side: &Side, rows: &[f32], columns: usize| -> f64 {
            let row = |(n, row): (usize, &[f32])| {
                let ridge = self.squares.ridge.of(side.columns(n).len(), columns);
                ridge * symmetric::dot(row, row)
            };
            rows.chunks_exact(self.squares.factors).enumerate().map(row).sum()
        };
        let (users, items) = (factors.users.to_rows(0), factors.items.to_rows(0));
        of(&self.users, &users, self.items.rows()) + of(&self.items, &items, self.users.rows())
    }

    /// [Σ_D x² + Σ_clicks y (1 − 2x) + (c − 1) x²] / |D|.
    fn loss_of(&mut self, users: &[f32], items: &[f32]) -> f64 {
        let Squares { factors: k, more, .. } = self.squares;
        let of_users = kept(&mut self.of_users, users, k);
        let all = match (of_users, kept(&mut self.of_items, items, k)) {
            (Some(of_users), Some(of_items)) => inner(&of_users, &of_items, k),
            _ => short::sum_of_squares(users, items, k),
        };
        let clicks = self.rows(&self.users);
        let rows: Vec<f64> = (users.par_chunks(k).enumerate())
            .map(|(user, row)| {
                dispatch(
                    #[inline(always)]
                    || {
                        let click = |(item, y, weight): (usize, f64, f64)| {
                            let x = symmetric::dot(row, &items[item * k..(item + 1) * k]);
                            y * (1.0 - 2.0 * x) + weight * more * x * x
                        };
                        clicks.of(user).map(click).sum()
                    },
                )
            })
            .collect();
        let cells = (users.len() / k) as f64 * (items.len() / k) as f64;
        (all + rows.iter().sum::<f64>()) / cells
    }
}

/// The y of all clicks.
fn labels_of(data: &Interactions, targets: Targets<'_>) -> Vec<f32> {
    data.items().iter().enumerate().map(|(at, item)| targets.of(item.index(), at)).collect()
}

/// Puts rows into a table's place, if there are some.
fn put(table: &mut Table, k: usize, rows: Option<Vec<f32>>) -> bool {
    let Some(rows) = rows else { return false };
    *table = Table::from_rows(k, &rows).expect("rows are whole");
    table.settle();
    true
}

/// One side, whose rows are solved for.
struct Rows<'a> {
    squares: Squares,
    side: &'a Side,
    /// The y of all clicks.
    labels: &'a [f32],
    /// How many times each click counts, if not once.
    weights: Option<&'a [f32]>,
}

impl Rows<'_> {
    /// The rows of one side at the minimum, given those of the other and, unless these are short, the
    /// sum of their products; `None` where `progress` says `false`.
    fn solve(
        &self,
        other: &[f32],
        shared: Option<Vec<f64>>,
        progress: Progress<'_>,
    ) -> Option<Vec<f32>> {
        let Squares { factors: k, ridge, more } = self.squares;
        let Some(mut shared) = shared else { return self.solve_short(other, progress) };
        let same = ridge.exponent == 0.0;
        if same {
            (0..k).for_each(|n| shared[n * k + n] += ridge.lambda);
        }
        let mut factor = shared.clone();
        let weighted = more != 0.0;
        // Eigenvalues are at least λ: otherwise numbers are not finite, and training will say so.
        let positive = weighted || symmetric::factor(&mut factor, k);
        let columns = other.len() / k;
        let scratch = || Scratch { sum: vec![0.0; k], factor: factor.clone(), clicked: Vec::new() };
        self.each_row(progress, scratch, |row, out, scratch| {
            let solved = match weighted {
                false => {
                    self.collect(row, other, &mut scratch.sum, |_, _| ());
                    positive
                }
                true => {
                    let own = if same { 0.0 } else { self.ridge(row, columns) };
                    self.own_factor(row, other, (&shared, own), scratch)
                }
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
        progress: Progress<'_>,
        scratch: impl Fn() -> S + Sync,
        fill: impl Fn(usize, &mut [f32], &mut S) + Sync,
    ) -> Option<Vec<f32>> {
        let (k, side) = (self.squares.factors, self.side);
        let mut rows = vec![0.0; side.rows() * k];
        let part = side.rows().div_ceil(REPORTS).max(1);
        for (first, rows) in (0..).step_by(part).zip(rows.chunks_mut(part * k)) {
            rows.par_chunks_mut(k).enumerate().for_each_init(&scratch, |scratch, (row, out)| {
                if !side.columns(first + row).is_empty() {
                    fill(first + row, out, scratch);
                }
            });
            if !progress(((first + part) as f64 / side.rows() as f64).min(1.0)) {
                return None;
            }
        }
        Some(rows)
    }

    /// λ of a row.
    fn ridge(&self, row: usize, columns: usize) -> f64 {
        self.squares.ridge.of(self.side.columns(row).len(), columns)
    }

    /// The sum of a row, and the factor of the matrix that weighted clicks and a λ of its own give it;
    /// false if there is none.
    fn own_factor(
        &self,
        row: usize,
        other: &[f32],
        (shared, own): (&[f64], f64),
        scratch: &mut Scratch,
    ) -> bool {
        let Squares { factors: k, more, .. } = self.squares;
        let Scratch { sum, factor, clicked } = scratch;
        factor.copy_from_slice(shared);
        (0..k).for_each(|n| factor[n * k + n] += own);
        clicked.clear();
        self.collect(row, other, sum, |other, weight| {
            let root = weight.sqrt();
            clicked.extend(other.iter().map(|&x| root * f64::from(x)));
            if clicked.len() == GROUP * k {
                symmetric::add_products(factor, k, clicked, more);
                clicked.clear();
            }
        });
        symmetric::add_products(factor, k, clicked, more);
        symmetric::factor(factor, k)
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

    /// The columns of a row, with their weighted y and their weight.
    fn of(&self, row: usize) -> impl Iterator<Item = (usize, f64, f64)> {
        let cells = self.side.columns(row).iter().zip(self.side.places(row));
        cells.map(|(&column, &place)| {
            let weight = self.weights.map_or(1.0, |weights| f64::from(weights[place as usize]));
            (column as usize, weight * f64::from(self.labels[place as usize]), weight)
        })
    }
}

/// What a thread needs for a row.
struct Scratch {
    sum: Vec<f64>,
    /// The factor of the row's matrix: the shared one, unless clicks are weighted.
    factor: Vec<f64>,
    clicked: Vec<f64>,
}

mod fold;
mod gram;
mod short;

pub use fold::ByLeastSquares;
