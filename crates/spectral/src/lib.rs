#![doc = include_str!("../README.md")]

mod axes;
mod principal;
mod rotations;
mod sparse;
mod subspace;

pub use axes::{balanced_axes, times};
pub use principal::{Principal, principal_components};
pub use sparse::{Sparse, sum_rows};
pub use subspace::{Matrix, Singular, right_vectors};
