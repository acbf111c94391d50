//! The loss, and its minimum in two forms.
//!
//! With X the matrix of m users × n items, 1 where a user has an item (Steck, section 3):
//!
//! ```text
//! loss       ‖X − XB‖² + λ‖B‖²,  diag B = 0
//! gradient   2 (XᵀX + λI) B − 2 XᵀX,  but for the diagonal
//! minimum    P = (XᵀX + λI)⁻¹,  B_ij = −P_ij / P_jj
//! ```
//!
//! Where users are fewer than items, the inverse of the smaller XXᵀ + λI = Q has all of it, too (Woodbury):
//!
//! ```text
//! λP = I − Xᵀ Q⁻¹ X        P_jj = (1 − x_jᵀ Q⁻¹ x_j) / λ
//!
//! x_h B = h − (hP)_j / P_jj                       whoever has the items h
//! hP = (h − (hXᵀ) Q⁻¹ X) / λ                      any h
//!    = Q⁻¹_u X                                    those of user u, whose hXᵀ is row u of Q − λI
//! ```
//!
//! So m² numbers are kept instead of n², and a row of scores costs a pass over the pairs, and for a user
//! who was not in the training some rows of Q⁻¹.
//!
//! # Departures from the paper
//!
//! - The inverse is of f32, from counts that are exact below 2²⁴: [`invert`](crate::invert).
//! - The dual form is not in it; its scores are the same but for rounding.

use foretaste_data::Interactions;

/// Which of the two matrices is inverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// XᵀX + λI, of items by items.
    Primal,
    /// XXᵀ + λI, of users by users.
    Dual,
}

impl Form {
    /// The smaller one.
    pub fn of(data: &Interactions) -> Self {
        if data.n_users() < data.n_items() { Self::Dual } else { Self::Primal }
    }
}
