//! Folding in by the minimum that training finds: exact, in one step.

#[cfg(doc)]
use super::LeastSquares;
use super::Squares;
use super::gram::{gram, gram_unless_short};
use super::values::{Cells, Rows, Values};
use crate::table::settle_numbers;
use crate::{Factors, FoldIn, Targets, Users};
use foretaste_data::{Interactions, ItemId, Side, UserId};
use foretaste_kernels::symmetric;
use foretaste_model::{Scorer, made_once};
use std::sync::OnceLock;

/// Folding in by the same minimum: exact, in one step. Where histories have weights, clicks count so
/// many times, as [`LeastSquares`] has it.
#[derive(Debug)]
pub struct ByLeastSquares {
    squares: Squares,
    /// The y of items in a history; empty if all are 1.
    labels: Vec<f32>,
    /// How much x² counts in the cells of each item; none if 1.
    of_cells: Option<Vec<f64>>,
    /// VᵀV, once somebody asked.
    of_items: OnceLock<Option<Vec<f64>>>,
}

impl ByLeastSquares {
    /// For factors that [`LeastSquares`] found, with the y of each item, or none if all are 1.
    pub fn new(squares: Squares, labels: Vec<f32>) -> Self {
        Self { squares, labels, of_cells: None, of_items: OnceLock::new() }
    }

    /// As [`LeastSquares::weighing_items`] has it.
    #[must_use]
    pub fn weighing_items(self, weights: Option<Vec<f64>>) -> Self {
        Self { of_cells: weights, ..self }
    }
}

impl FoldIn for ByLeastSquares {
    fn fits(&self, factors: &Factors) -> bool {
        let plain = factors.biases.iter().all(|biases| biases.users.is_empty());
        factors.users.widths() == [self.squares.factors]
            && plain
            && (self.labels.is_empty() || self.labels.len() == factors.n_items())
            && self.of_cells.as_ref().is_none_or(|weights| weights.len() == factors.n_items())
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        let k = self.squares.factors;
        let items = factors.items.to_rows(0);
        let targets = match &self.labels[..] {
            [] => Targets::Ones,
            labels => Targets::Items(labels),
        };
        let (side, values) = (Side::of_users(histories), Values::of_users(histories, targets));
        let of_cells = self.of_cells.as_deref();
        let cells = of_cells.map_or(Cells::Same, Cells::OfColumns);
        let squares = self.squares;
        let rows = Rows { squares, side: &side, values: &values, cells, anchor: None };
        let of_items = made_once(&self.of_items, || gram_unless_short(&items, k, of_cells));
        let solved = rows.solve(&items, of_items.clone(), &mut |_| true);
        let (mut solved, _) = solved.expect("nobody stops it");
        // As training does; what is not finite is told by whoever asked.
        settle_numbers(&mut solved);
        for (user, row) in solved.chunks_exact(k).enumerate() {
            if !side.columns(user).is_empty() {
                users.rows.set(user, 0, row);
            }
        }
    }

    /// By section 5 of Hu, Koren, Volinsky: with A the matrix of the user's equations, a score is
    /// V_iᵀ A⁻¹ Σ_j y_j V_j, a sum over the history of y_j and the likeness V_jᵀ A⁻¹ V_i, which is the
    /// user's own.
    fn shares(
        &self,
        factors: &Factors,
        (histories, user): (&Interactions, UserId),
        item: ItemId,
    ) -> Option<Vec<f32>> {
        let Squares { factors: k, ridge, more } = self.squares;
        let items = factors.items.to_rows(0);
        let row = |item: ItemId| &items[item.index() * k..(item.index() + 1) * k];
        let wide = |item: ItemId| row(item).iter().map(|&x| f64::from(x));
        let of_cells = self.of_cells.as_deref();
        let of_items = made_once(&self.of_items, || gram_unless_short(&items, k, of_cells));
        let mut matrix = of_items.clone().unwrap_or_else(|| gram(&items, k, of_cells));
        let (history, weights) = (histories.row(user), histories.row_weights(user));
        let weight = |at: usize| weights.map_or(1.0, |weights| f64::from(weights[at]));
        let own = ridge.of(history.len(), factors.n_items() as f64);
        (0..k).for_each(|n| matrix[n * k + n] += own);
        for (at, &item) in history.iter().enumerate() {
            let more = more * weight(at);
            symmetric::add_products(&mut matrix, k, &wide(item).collect::<Vec<f64>>(), more);
        }
        let mut like: Vec<f64> = wide(item).collect();
        if !symmetric::factor(&mut matrix, k) {
            return None;
        }
        symmetric::solve(&matrix, &mut like);
        let share = |(at, &item): (usize, &ItemId)| {
            let y = self.labels.get(item.index()).map_or(1.0, |&y| f64::from(y)) * weight(at);
            let alike: f64 = wide(item).zip(&like).map(|(a, b)| a * b).sum();
            (y * alike) as f32
        };
        Some(history.iter().enumerate().map(share).collect())
    }
}
