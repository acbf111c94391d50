//! Rows rounded to 8-bit numbers, which tell the pairs that are far from a threshold.
//!
//! A row has the bias for its last number, if there are biases: ⟨u, v⟩ + b = ⟨(u, s), (v, b / s)⟩.

use super::rounded::{Extent, unit};
use foretaste_kernels::screen::{LONGEST, MOST_OF_ITEMS, MOST_OF_USERS};

/// Rows that are longer say too little.
pub(super) const MAX_LEN: usize = 4096;

/// The unit of a user's row of `len` numbers.
pub(super) fn unit_of_user(len: usize, extent: Extent) -> f32 {
    short_unit(len, extent, MOST_OF_USERS, LONGEST.0)
}

/// The unit of rows of items.
pub(super) fn unit_of_items(len: usize, extent: Extent) -> f32 {
    short_unit(len, extent, MOST_OF_ITEMS, LONGEST.1)
}

/// Large enough for no number to be more than `most`, and for no rounded row to be longer than
/// `longest`: rounding moves each number by half a unit at most.
fn short_unit(len: usize, extent: Extent, most: i8, longest: f64) -> f32 {
    let by_length = extent.length / (longest - (len as f64).sqrt() / 2.0);
    unit(by_length.max(extent.largest / f64::from(most)), 1.0)
}
