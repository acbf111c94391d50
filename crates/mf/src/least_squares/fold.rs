//! Folding in by the minimum that training finds: exact, in one step.

#[cfg(doc)]
use super::LeastSquares;
use super::{Rows, Squares, gram_unless_short, labels_of};
use crate::table::settle_numbers;
use crate::{Factors, FoldIn, Targets, Users};
use foretaste_data::{Interactions, Side};
use foretaste_model::Scorer;
use std::sync::OnceLock;

/// Folding in by the same minimum: exact, in one step. Where histories have weights, clicks count so
/// many times, as [`LeastSquares::weighted_by`] has it.
#[derive(Debug)]
pub struct ByLeastSquares {
    squares: Squares,
    /// The y of items in a history; empty if all are 1.
    labels: Vec<f32>,
    /// VᵀV, once somebody asked.
    of_items: OnceLock<Option<Vec<f64>>>,
}

impl ByLeastSquares {
    /// For factors that [`LeastSquares`] found, with the y of each item, or none if all are 1.
    pub fn new(squares: Squares, labels: Vec<f32>) -> Self {
        Self { squares, labels, of_items: OnceLock::new() }
    }
}

impl FoldIn for ByLeastSquares {
    fn fits(&self, factors: &Factors) -> bool {
        let plain = factors.biases.iter().all(|biases| biases.users.is_empty());
        factors.users.widths() == [self.squares.factors]
            && plain
            && (self.labels.is_empty() || self.labels.len() == factors.n_items())
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        let k = self.squares.factors;
        let items = factors.items.to_rows(0);
        let targets = match &self.labels[..] {
            [] => Targets::Ones,
            labels => Targets::Items(labels),
        };
        let (side, labels) = (Side::of_users(histories), labels_of(histories, targets));
        let weights = histories.weights();
        let rows = Rows { squares: self.squares, side: &side, labels: &labels, weights };
        let of_items = self.of_items.get_or_init(|| gram_unless_short(&items, k));
        let mut solved = rows.solve(&items, of_items.clone(), &mut |_| true);
        // As training does; what is not finite is told by whoever asked.
        settle_numbers(&mut solved);
        for (user, row) in solved.chunks_exact(k).enumerate() {
            if !side.columns(user).is_empty() {
                users.rows.set(user, 0, row);
            }
        }
    }
}
