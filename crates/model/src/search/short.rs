//! Rows rounded to 8-bit numbers, which tell the pairs that are far from a threshold.
//!
//! A row has the bias for its last number, if there are biases: ⟨u, v⟩ + b = ⟨(u, s), (v, b / s)⟩.

use super::rounded::{round, unit};
use foretaste_kernels::scan::PANEL;
use foretaste_kernels::screen::{LONGEST, MOST_OF_ITEMS, MOST_OF_USERS, ZERO};
use std::array::from_fn;

/// Rows that are longer say too little.
pub(super) const MAX_LEN: usize = 4096;

/// The unit of a user's row of `len` numbers, the largest of which is `size`.
pub(super) fn unit_of_user(len: usize, size: f64, length: f64) -> f32 {
    short_unit(len, size / f64::from(MOST_OF_USERS), length, LONGEST.0)
}

/// The unit of rows of items.
pub(super) fn unit_of_items(len: usize, size: f64, length: f64) -> f32 {
    short_unit(len, size / f64::from(MOST_OF_ITEMS), length, LONGEST.1)
}

/// At least `least`; and large enough for no rounded row to be longer than `longest`: rounding moves
/// each number by half a unit at most.
fn short_unit(len: usize, least: f64, length: f64, longest: f64) -> f32 {
    let by_length = length / (longest - (len as f64).sqrt() / 2.0);
    unit(least.max(by_length), 1.0)
}

/// The numbers at 2k and 2k + 1 of a user, twice.
pub(super) fn quad(row: &[f32], k: usize, unit: f32) -> [i8; 4] {
    from_fn(|n| row.get(2 * k + n % 2).map_or(0, |&number| round(number, unit) as i8))
}

/// −[`ZERO`] · (the sum of a user's numbers), what is beyond 16 bits cut off.
pub(super) fn offset(row: &[f32], unit: f32) -> i16 {
    let sum: i32 = row.iter().map(|&number| i32::from(round(number, unit))).sum();
    (-i32::from(ZERO) * sum) as i16
}

/// The rows of a panel's items, `pairs` pairs each.
pub(super) fn panel(
    rows: &[Vec<f32>],
    pairs: usize,
    unit: f32,
) -> impl Iterator<Item = [[u8; 2]; PANEL]> {
    let number = move |n: usize, at: usize| {
        let number = rows.get(n).and_then(|row| row.get(at)).map_or(0, |&x| round(x, unit));
        (number + i16::from(ZERO)) as u8
    };
    (0..pairs).map(move |k| from_fn(|n| [number(n, 2 * k), number(n, 2 * k + 1)]))
}
