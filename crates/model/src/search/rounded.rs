//! Rows rounded to whole numbers, and how far that moves a product.

use foretaste_kernels::scan::{Pair, largest};
use std::array::from_fn;

/// What rounding makes of a row: v̂ = unit · numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    /// ‖v‖
    pub(super) exact: f64,
    /// ‖v̂‖
    pub(super) rounded: f64,
    /// ‖v − v̂‖
    pub(super) between: f64,
}

impl Lengths {
    pub(super) fn of(row: impl IntoIterator<Item = f32>, unit: f32) -> Self {
        let mut squares = Self::default();
        for number in row {
            let (exact, rounded) =
                (f64::from(number), f64::from(unit) * round(number, unit) as f64);
            squares.exact += exact * exact;
            squares.rounded += rounded * rounded;
            squares.between += (exact - rounded) * (exact - rounded);
        }
        let Self { exact, rounded, between } = squares;
        Self { exact: exact.sqrt(), rounded: rounded.sqrt(), between: between.sqrt() }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            exact: self.exact.max(other.exact),
            rounded: self.rounded.max(other.rounded),
            between: self.between.max(other.between),
        }
    }

    /// A bound of |u·v − û·v̂|: ‖u − û‖ ‖v‖ + ‖û‖ ‖v − v̂‖, by Cauchy and Schwarz.
    pub(super) fn error(&self, other: &Self) -> f64 {
        self.between * other.exact + self.rounded * other.between
    }
}

/// ‖v‖
pub(super) fn length(row: impl IntoIterator<Item = f32>) -> f64 {
    row.into_iter().map(|number| f64::from(number).powi(2)).sum::<f64>().sqrt()
}

/// The nearest whole number of units. Its size is at most a number that the unit was made for.
pub(super) fn round(number: f32, unit: f32) -> i16 {
    let units = if unit > 0.0 { number / unit } else { 0.0 };
    (units + 0.5f32.copysign(units)) as i16
}

/// The unit in which `largest` has `most` units. 0 where it would be too small for a division with the
/// usual precision: all is rounded to 0, and the error says so.
pub(super) fn unit(largest: f64, most: f64) -> f32 {
    let unit = (largest / most) as f32;
    if unit.is_normal() { unit } else { 0.0 }
}

/// The largest size of some numbers; `None` if one is not finite.
pub(super) fn size(numbers: impl IntoIterator<Item = f32>) -> Option<f64> {
    let mut largest = 0.0f32;
    let mut finite = true;
    for number in numbers {
        finite &= number.is_finite();
        largest = largest.max(number.abs());
    }
    finite.then_some(f64::from(largest))
}

/// The numbers at 2k and 2k + 1, rounded; 0 behind the end.
pub(super) fn pair(row: &[f32], k: usize, unit: f32) -> Pair {
    from_fn(|n| row.get(2 * k + n).map_or(0, |&number| round(number, unit)))
}

/// The size of whole numbers that `pairs` pairs may have: one less than the largest, since
/// dividing by a unit rounds.
pub(super) fn most(pairs: usize) -> i16 {
    largest(2 * pairs) - 1
}
