//! Users by what they have: p_u = (Σ_j z_j) M / n^α = Σ_j q_j / n^α, with q_j = z_j M in the items' second channel.
//!
//! It is how trained users come by their rows, so that the same history gives the same row, bit for bit.

use crate::Params;
use crate::ranking::scale_of;
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::{Factors, FoldIn, Table, Users};

/// Folding in by histories.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByHistory {
    power: f32,
}

impl ByHistory {
    pub(crate) fn new(params: &Params) -> Self {
        Self { power: params.history_power }
    }

    /// The row of whoever has these items.
    pub(crate) fn row(self, items: &Table, history: &[ItemId]) -> Vec<f32> {
        let (brought, width) = (items.view(1), items.widths()[1]);
        let mut row = vec![0.0; width];
        for item in history {
            let from = brought.row(item.index());
            row.iter_mut().zip(from).for_each(|(x, from)| *x += from);
        }
        let scale = scale_of(history.len(), self.power);
        row.iter_mut().for_each(|x| *x *= scale);
        row
    }
}

impl FoldIn for ByHistory {
    fn fits(&self, factors: &Factors) -> bool {
        let [first, second] = factors.items.widths() else { return false };
        first == second && factors.biases.iter().all(|biases| biases.users.is_empty())
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        for user in 0..histories.n_users() {
            let history = histories.row(UserId(user as u32));
            if !history.is_empty() {
                users.rows.set(user, 0, &self.row(&factors.items, history));
            }
        }
    }
}
