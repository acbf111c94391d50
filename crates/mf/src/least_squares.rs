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
//! still 1. Where items have weights a, x² counts a_i times in each cell of an item, clicked or not:
//! Σ_D a x², of which ⟨UᵀU, VᵀAV⟩ is the sum ([`LeastSquares::weighing_items`]).
//!
//! Where the other side has fewer rows than there are factors, their products with each other are the
//! smaller matrix: see [`short`].
//!
//! Rows may be taken toward their minimum by some steps of conjugate gradients instead, from where they
//! are, in f32 and O(nnz·K + (m + n) K²) a step: see [`conjugate`]. Then the users of a model are not at
//! the minimum for its items until [`LeastSquares::solve_users`].
//!
//! Items may be held to those of an earlier model: with λ_a ‖V_i − old‖² added, λ_a is one more λ, and λ_a old one
//! more click of what is solved. What is solved for is how far the row is from the old one, V_i = old + d,
//!
//! ```text
//! (UᵀU + … + (λ + λ_a) I) d = b − (UᵀU + … + λI) old
//! ```
//!
//! so that d goes to 0 as λ_a grows, and nothing large is subtracted from its like.
//!
//! Gram matrices are summed in f64, in parts that the shape alone divides, and the parts in order; so
//! the result does not depend on the number of threads. Besides the factors, a training holds 8 B a
//! click, 8 B more of each y and weight that are not the same for all, a copy of the factors, up to 32 MiB
//! of parts, and some matrices of K² numbers, two a thread.

use crate::{Error, Factors, Progress, State, Table, Targets};
use foretaste_data::{Interactions, Side};
use foretaste_model::WarmStart;
use gram::kept;
use values::{Anchor, Cells, Rows, Values};

/// Rows that are added to a matrix at once.
const GROUP: usize = 64;
/// Rows that a thread takes at a time, or fewer: a few long ones among more would keep others waiting.
const TURN: usize = 32;
/// Reports of progress for each side, or fewer.
const REPORTS: usize = 16;

/// λ of a row: `lambda` (n + `per_cell` · N)^`exponent`, of a row with n clicks among N cells, or cells
/// that count so much.
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

    /// λ of a row whose cells count `cells`, `clicks` of them clicked.
    pub fn of(&self, clicks: usize, cells: f64) -> f64 {
        let counted = clicks as f64 + self.per_cell * cells;
        match self.exponent {
            0.0 => self.lambda,
            1.0 => self.lambda * counted,
            exponent => self.lambda * libm::pow(counted, exponent),
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
    users: (Side, Values),
    items: (Side, Values),
    squares: Squares,
    /// a of each item; none if it is 1.
    of_cells: Option<Vec<f64>>,
    /// Σ y of all clicks.
    labels: f64,
    /// What items are held to.
    anchor: Option<Anchor>,
    /// Steps of conjugate gradients of a half; none if it ends at the minimum.
    steps: Option<u32>,
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
    /// For clicks with these y. Where the clicks have weights, each counts so many times: y and what x²
    /// counts more are multiplied by it.
    ///
    /// # Panics
    /// If there is not a y for each; if clicks count as other cells, and λ is not the same for all
    /// rows.
    pub fn new(data: &Interactions, targets: Targets<'_>, squares: Squares) -> Self {
        assert!(squares.more != 0.0 || squares.ridge.exponent == 0.0, "one matrix has one λ");
        let of_users = Values::of_users(data, targets);
        let of_items = of_users.by_items(data);
        let (users, items) = (Side::of_users(data), Side::of_items(data));
        let (values, cells, anchor) = (&of_users, Cells::Same, None);
        let labels = Rows { squares, side: &users, values, cells, anchor }.sum_of_labels();
        Self {
            users: (users, of_users),
            items: (items, of_items),
            squares,
            of_cells: None,
            labels,
            anchor: None,
            steps: None,
            of_users: None,
            of_items: None,
            done: 0,
        }
    }

    /// With so many steps of conjugate gradients in place of the minimum, but where the other side has
    /// fewer rows than there are factors.
    #[must_use]
    pub fn by_steps(self, steps: Option<u32>) -> Self {
        Self { steps, ..self }
    }

    /// With a weight of x² for the cells of each item, of mean 1: λ of users counts all cells alike.
    ///
    /// # Panics
    /// If there is not one for each item; if clicks count as other cells, so that all users have one matrix.
    #[must_use]
    pub fn weighing_items(self, weights: Option<Vec<f64>>) -> Self {
        if let Some(weights) = &weights {
            assert_eq!(weights.len(), self.items.0.rows());
            assert!(self.squares.more != 0.0, "one matrix has one weight");
        }
        Self { of_cells: weights, ..self }
    }

    /// With items that an earlier model holds, if it holds any: λ ‖q − q_old‖² is added to what is minimised,
    /// where λ counts as `unit` of it. `carried` has the earlier rows.
    #[must_use]
    pub fn holding(self, warm: &WarmStart, carried: &Factors, unit: f64) -> Self {
        let anchor = warm.anchor().map(|weight| Anchor {
            weight: f64::from(weight) * unit,
            known: warm.items().iter().map(Option::is_some).collect(),
            rows: carried.items.to_rows(0),
        });
        Self { anchor, ..self }
    }

    /// Solves for one side after the other, or takes steps, and gives the loss of all cells, λ's part
    /// included. Where `progress` says `false`, this gives nothing; the next call then begins with the half
    /// that was interrupted.
    pub fn sweep(
        &mut self,
        halves: &[Half],
        factors: &mut Factors,
        progress: Progress<'_>,
    ) -> Option<f64> {
        let mut least = 0.0;
        while let Some(half) = halves.get(self.done) {
            let done = self.done as f64;
            let progress = &mut |share| progress((done + share) / halves.len() as f64);
            least = self.half(*half, factors, progress)? + self.penalty(half.other(), factors);
            self.done += 1;
        }
        self.done = 0;
        Some(least + self.labels)
    }

    /// Solves for the users alone, so that they are where [`ByLeastSquares`] puts whoever has the
    /// same history. Numbers too small to matter are 0, as a training leaves them.
    pub fn solve_users(&self, factors: &mut Factors) {
        let items = factors.items.to_rows(0);
        let of_items = self.of_items.clone();
        let of_cells = self.of_cells.as_deref();
        let of_items =
            of_items.or_else(|| gram::gram_unless_short(&items, self.squares.factors, of_cells));
        let solved = self.rows(Half::Users).solve(&items, of_items, &mut |_| true);
        let (users, _) = solved.expect("nobody stops it");
        put(&mut factors.users, self.squares.factors, &users);
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
            let reason = format!("is {done}, of two at most");
            return Err(Error::State { name: "halves".into(), reason });
        }
        self.done = done as usize;
        Ok(())
    }

    fn rows(&self, half: Half) -> Rows<'_> {
        let (side, values) = match half {
            Half::Users => &self.users,
            Half::Items => &self.items,
        };
        let cells = match (half, &self.of_cells) {
            (_, None) => Cells::Same,
            (Half::Users, Some(weights)) => Cells::OfColumns(weights),
            (Half::Items, Some(weights)) => Cells::OfRows(weights),
        };
        let anchor = self.anchor.as_ref().filter(|_| half == Half::Items);
        Rows { squares: self.squares, side, values, cells, anchor }
    }

    /// A half; gives what its side has of the loss. Where `progress` says `false`, the factors are as they
    /// were.
    fn half(&mut self, half: Half, factors: &mut Factors, progress: Progress<'_>) -> Option<f64> {
        let k = self.squares.factors;
        let (this, other) = match half {
            Half::Users => (&mut factors.users, &factors.items),
            Half::Items => (&mut factors.items, &factors.users),
        };
        let rows = other.to_rows(0);
        let gram = match half {
            Half::Users => kept(&mut self.of_items, &rows, k, self.of_cells.as_deref()),
            // Rows that are held are no sums of the other side's alone.
            Half::Items if self.anchor.is_some() => Some(gram::gram(&rows, k, None)),
            Half::Items => kept(&mut self.of_users, &rows, k, None),
        };
        let of = self.rows(half);
        let least = match (self.steps, gram) {
            (Some(steps), Some(gram)) => of.descend(this, other, &gram, steps, progress)?,
            (_, gram) => {
                let (solved, least) = of.solve(&rows, gram, progress)?;
                put(this, k, &solved);
                least
            }
        };
        match half {
            Half::Users => self.of_users = None,
            Half::Items => self.of_items = None,
        }
        Some(least)
    }

    /// λ's part of the loss, of one side: Σ λ_u ‖U_u‖² of users; of items, the anchor's, too.
    pub fn penalty(&self, half: Half, factors: &Factors) -> f64 {
        let (table, columns) = match half {
            Half::Users => (&factors.users, factors.items.rows()),
            Half::Items => (&factors.items, factors.users.rows()),
        };
        let of = self.rows(half);
        let rows = table.view(0);
        let row = |(n, row): (usize, ndarray::ArrayView1<'_, f32>)| {
            let square = |&x: &f32| f64::from(x) * f64::from(x);
            of.ridge(n, columns) * row.iter().map(square).sum::<f64>() + of.strain(n, row.iter())
        };
        rows.outer_iter().enumerate().map(row).sum()
    }
}

impl Half {
    /// The other one.
    fn other(self) -> Self {
        match self {
            Self::Users => Self::Items,
            Self::Items => Self::Users,
        }
    }
}

/// Puts rows into a table's place.
fn put(table: &mut Table, k: usize, rows: &[f32]) {
    *table = Table::from_rows(k, rows).expect("rows are whole");
    table.settle();
}

mod confident;
mod conjugate;
mod exact;
mod fold;
mod gram;
mod short;
mod sweeps;
mod values;

pub use confident::{Confident, solve_confident, sum_of_products};
pub use fold::ByLeastSquares;
pub use sweeps::{Reported, train_by_least_squares};
