//! Bayesian Personalized Ranking.
//!
//! Rendle, Freudenthaler, Gantner, Schmidt-Thieme. *BPR: Bayesian Personalized Ranking from
//! Implicit Feedback.* UAI 2009. See [`BprLoss`] for the mathematics and how this implementation
//! departs from the paper.

mod objective;
mod params;
mod technique;

pub use objective::BprLoss;
pub use params::{Bpr, METHOD};
pub use technique::BprTechnique;
