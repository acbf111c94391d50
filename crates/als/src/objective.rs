//! The loss, and its minimum in one side.
//!
//! With x = ⟨U_u, V_i⟩, m users, n items, I_u the items of a user and U_i the users of an item
//! (Rendle, Krichene, Zhang, Koren, section 3; there is no ½ anywhere), and with the weight a_i of what is
//! not observed of an item (He, Zhang, Kan, Chua, *Fast Matrix Factorization for Online Recommendation with
//! Implicit Feedback*, SIGIR 2016), which is |U_i|^p by its mean and 1 with the exponent p = 0:
//!
//! ```text
//! loss      Σ_observed (1 − x)² + α0 Σ_all a_i x² + Σ_u λ_u ‖U_u‖² + Σ_i λ_i ‖V_i‖²
//!           λ_u = λ (|I_u| + α0 n)^ν        λ_i = λ (|U_i| + α0 a_i m)^ν
//! gradient  2 [Σ_{i in I_u} (x − 1) V_i + α0 Σ_i a_i V_i V_iᵀ U_u + λ_u U_u]
//! minimum   (Σ_{i in I_u} V_i V_iᵀ + α0 Σ_i a_i V_i V_iᵀ + λ_u I) U_u = Σ_{i in I_u} V_i
//! ```
//!
//! and alike for items, of which each has the matrix α0 a_i UᵀU. Where an interaction has a weight w, it counts so many times: w (1 − x)². With
//! w = r, or log(1 + r/ε), this is the confidence of Hu, Koren, Volinsky (ICDM 2008): c = 1 + α w with
//! α = 1/α0. λ_u and λ_i still count interactions, not weights, so that plays by the thousand are not
//! regularised away.
//!
//! Of all cells only one matrix a side is needed. [`LeastSquares`] lowers the same divided by α0.
//!
//! # Departures from the paper
//!
//! - Cells that are not observed weigh by their item's popularity, a little by default, as eALS has it; in
//!   observed cells a_i counts, too, beside the 1.
//! - Rows take steps of conjugate gradients toward their minimum, unless `cg_steps` is 0.
//! - The users of a model are solved for once more, so that each is where folding in puts whoever has the
//!   same history; what is validated is what is kept. The next sweep goes on from before.
//! - A user or item without observations is 0 from the first time that it is solved for; the authors'
//!   program takes such data for an error.
//! - It is the authors' first program, which solves for whole rows, not iALS++ (for blocks of them).

use crate::Params;
use foretaste_data::Interactions;
use foretaste_mf::{ByLeastSquares, LeastSquares, Ridge, Squares, Targets};

/// The loss of given data, divided by α0: an observed cell weighs c − 1 = 1/α0 beside what all cells do.
#[derive(Clone, Debug)]
pub(crate) struct Objective {
    pub(crate) squares: Squares,
    /// 1/α0 of each item.
    labels: Vec<f32>,
    /// a of each item; none if it is 1.
    of_cells: Option<Vec<f64>>,
}

impl Objective {
    pub(crate) fn new(params: &Params, data: &Interactions) -> Self {
        let (users, items) = (data.n_users(), data.n_items());
        let alpha = params.alpha_of(data.nnz(), (users, items));
        let weight = 1.0 / alpha;
        // As it is as an f32, so that all parts divide by one number.
        let more = f64::from(weight);
        let ridge = Ridge {
            lambda: params.lambda(alpha, items) * more,
            per_cell: 1.0 / more,
            exponent: f64::from(params.nu),
        };
        let exponent = f64::from(params.popularity_exponent);
        Self {
            squares: Squares { factors: params.factors, ridge, more },
            labels: vec![weight; items],
            of_cells: (exponent > 0.0).then(|| popularity(data, exponent)),
        }
    }

    pub(crate) fn solver(&self, data: &Interactions) -> LeastSquares {
        let solver = LeastSquares::new(data, Targets::Items(&self.labels), self.squares);
        solver.weighing_items(self.of_cells.clone())
    }

    pub(crate) fn fold_in(self) -> ByLeastSquares {
        ByLeastSquares::new(self.squares, self.labels).weighing_items(self.of_cells)
    }
}

/// The items' numbers of users to this power, by their mean; who has none counts as one.
fn popularity(data: &Interactions, exponent: f64) -> Vec<f64> {
    let counts = data.item_counts().into_iter();
    let mut powers: Vec<f64> =
        counts.map(|count| libm::pow(f64::from(count.max(1)), exponent)).collect();
    let mean = powers.iter().sum::<f64>() / powers.len() as f64;
    powers.iter_mut().for_each(|power| *power /= mean);
    powers
}

#[cfg(test)]
mod tests;
