#![doc = include_str!("../README.md")]

mod error;
mod exposure;
#[cfg(feature = "io")]
mod file;
mod fit;
mod objective;
mod params;
mod propensity;
mod solver;
mod technique;
#[cfg(test)]
mod testing;

pub use error::{Error, FileProblem, RowProblem};
pub use exposure::{Exposure, FOLDS, Logged, shown_shares};
pub use fit::{Labels, RelMf, Ubpr};
pub use objective::{RelMfLoss, UbprLoss};
pub use params::{Estimator, Loss, Params, Solver, UbprParams};
pub use propensity::{Propensities, Propensity};
pub use technique::{
    ALL_SHOWN, NEVER_SHOWN, RelMfTechnique, UNKNOWN_PROPENSITIES, UNLOGGED_CLICKS, UbprTechnique,
};

/// What a model file calls Rel-MF.
pub const METHOD: &str = "relmf";

/// What a model file calls unbiased pairwise ranking.
pub const UBPR: &str = "ubpr";
