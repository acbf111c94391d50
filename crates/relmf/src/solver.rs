//! [`Solver::Als`](crate::Solver::Als): λ from the data, and what is given to the solver.
//!
//! The singular values of the matrix of the y that are below λ vanish: see [`LeastSquares`]. So λ says
//! which of them are taken for chance. Of an m × n matrix of independent numbers with mean 0 and mean
//! square v, the largest is near √v (√m + √n); that is λ at a `shrinkage` of 1. Clicks are no such
//! matrix: where items differ much in popularity, or a few clicks count much more than others, chance
//! reaches higher, and more than 1 may be better.
//!
//! Of the estimator `wmf`, a click costs c (1 − x)² and all else x². v is then c^1.5 times the density,
//! between c², the mean square of what pulls x away from 0, and c, what is left of that where a click's
//! own weight holds x; with it, a `shrinkage` of about 1 was the best on validation rows for c of 1, 3,
//! 10 and 30.

use foretaste_data::Interactions;
#[cfg(doc)]
use foretaste_mf::LeastSquares;
use foretaste_mf::{Ridge, Squares, Targets};

/// What is minimised. `shrinkage` is λ in units of the largest singular value that chance alone would
/// give; `more` is how much more than other cells a click counts.
pub(crate) fn squares(
    data: &Interactions,
    targets: Targets<'_>,
    factors: usize,
    (shrinkage, more): (f32, f32),
) -> Squares {
    let more = f64::from(more);
    let label = |(at, item): (usize, &foretaste_data::ItemId)| targets.of(item.index(), at);
    let square = |y: f32| f64::from(y) * f64::from(y) / (1.0 + more).sqrt();
    let squares: f64 = data.items().iter().enumerate().map(label).map(square).sum();
    let (m, n) = (data.n_users() as f64, data.n_items() as f64);
    let chance = (squares / (m * n)).sqrt() * (m.sqrt() + n.sqrt());
    Squares { factors, ridge: Ridge::same(f64::from(shrinkage) * chance), more }
}

#[cfg(test)]
mod tests;
