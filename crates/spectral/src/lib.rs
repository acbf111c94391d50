#![doc = include_str!("../README.md")]

mod principal;
mod rotations;
mod sparse;
mod subspace;

pub use principal::{Principal, principal_components};
pub use sparse::{Sparse, sum_rows};
pub use subspace::{Matrix, Singular, right_vectors};
