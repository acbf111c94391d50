//! What trainers of batches have in common that move dense matrices: products, softmax over many, Adam's
//! moments, and random numbers by a key.
//!
//! All of it gives the same bits at any number of threads: sums are over tiles of fixed size, in order.

mod contrast;
mod draws;
mod matrix;
mod moments;

pub use contrast::{Contrast, Directions, Told, contrast, direct, exponentials, scale_all, unit};
pub use draws::{hash, key, some_of, stream};
pub use matrix::{Matrix, add};
pub use moments::Moments;
