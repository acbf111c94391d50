//! The loss, and its minimum in one side.
//!
//! With x = ⟨U_u, V_i⟩, m users, n items, I_u the items of a user and U_i the users of an item
//! (Rendle, Krichene, Zhang, Koren, section 3; there is no ½ anywhere):
//!
//! ```text
//! loss      Σ_observed (1 − x)² + α0 Σ_all x² + Σ_u λ_u ‖U_u‖² + Σ_i λ_i ‖V_i‖²
//!           λ_u = λ (|I_u| + α0 n)^ν        λ_i = λ (|U_i| + α0 m)^ν
//! gradient  2 [Σ_{i in I_u} (x − 1) V_i + α0 VᵀV U_u + λ_u U_u]
//! minimum   (Σ_{i in I_u} V_i V_iᵀ + α0 VᵀV + λ_u I) U_u = Σ_{i in I_u} V_i
//! ```
//!
//! and alike for items. Where an interaction has a weight w, it counts so many times: w (1 − x)². With
//! w = r, or log(1 + r/ε), this is the confidence of Hu, Koren, Volinsky (ICDM 2008): c = 1 + α w with
//! α = 1/α0. λ_u and λ_i still count interactions, not weights, so that plays by the thousand are not
//! regularised away.
//!
//! Of all cells only VᵀV is needed. [`LeastSquares`](foretaste_mf::LeastSquares) lowers the same divided by
//! α0: [`squares`].
//!
//! # Departures from the paper
//!
//! - Rows take steps of conjugate gradients toward their minimum, unless `cg_steps` is 0.
//! - The users of a model are solved for once more, so that each is where folding in puts whoever has the
//!   same history; what is validated is what is kept. The next sweep goes on from before.
//! - A user or item without observations is 0 from the first time that it is solved for; the authors'
//!   program takes such data for an error.
//! - It is the authors' first program, which solves for whole rows, not iALS++ (for blocks of them).

use crate::Params;
use foretaste_mf::{Ridge, Squares};

/// The loss divided by α0: an observed cell weighs c − 1 = 1/α0 beside the 1 of all cells.
/// `n_items` is n.
pub fn squares(params: &Params, n_items: usize) -> Squares {
    // As it is as an f32, so that all parts divide by one number.
    let more = f64::from(params.weight());
    let ridge = Ridge {
        lambda: params.lambda(n_items) * more,
        per_cell: 1.0 / more,
        exponent: f64::from(params.nu),
    };
    Squares { factors: params.factors, ridge, more }
}

#[cfg(test)]
mod tests;
