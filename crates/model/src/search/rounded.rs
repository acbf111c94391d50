//! Rows rounded to whole numbers, and how far that moves a product.

use foretaste_kernels::dispatch;
use foretaste_kernels::scan::largest;

/// Numbers that are worked on together.
const LANES: usize = 8;

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

/// How large a row is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    /// The largest size of its numbers.
    pub(super) largest: f64,
    /// ‖v‖
    pub(super) length: f64,
}

impl Extent {
    pub(super) fn of(row: &[f32]) -> Self {
        let (largest, squares) = dispatch(
            #[inline(always)]
            || {
                // Its own, so that they stay in registers.
                let (mut largest, mut squares) = ([0.0f32; LANES], [0.0; LANES]);
                by_lanes(
                    row,
                    #[inline(always)]
                    |_, numbers| {
                        for n in 0..LANES {
                            largest[n] = largest[n].max(numbers[n].abs());
                        }
                        for n in 0..LANES {
                            squares[n] += f64::from(numbers[n]) * f64::from(numbers[n]);
                        }
                    },
                );
                (largest, squares)
            },
        );
        let largest = largest.into_iter().fold(0.0, f32::max);
        let length = squares.iter().sum::<f64>().sqrt();
        // The larger of NaN and a number is the number.
        let length = if length.is_nan() { f64::INFINITY } else { length };
        Self { largest: f64::from(largest), length }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self { largest: self.largest.max(other.largest), length: self.length.max(other.length) }
    }

    /// Whether all numbers are finite: squares of `f32` are, in `f64`.
    pub(super) fn is_finite(&self) -> bool {
        self.length.is_finite()
    }
}

/// Calls `work` with the numbers of a row, [`LANES`] at a time, zeros behind its end.
#[inline(always)]
fn by_lanes(row: &[f32], mut work: impl FnMut(usize, &[f32; LANES])) {
    let (whole, rest) = row.as_chunks::<LANES>();
    for (at, numbers) in whole.iter().enumerate() {
        work(at, numbers);
    }
    if !rest.is_empty() {
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        work(whole.len(), &last);
    }
}

/// The nearest whole numbers of units, whose size is at most a number that the unit was made for; zeros
/// fill up the last lanes.
pub(super) fn round(row: &[f32], unit: f32, rounded: &mut Vec<i16>) -> Lengths {
    rounded.clear();
    rounded.resize(row.len().next_multiple_of(LANES), 0);
    let rounded = rounded.as_chunks_mut::<LANES>().0;
    let squares = dispatch(
        #[inline(always)]
        || {
            let [mut exact, mut whole, mut between] = [[0.0; LANES]; 3];
            by_lanes(
                row,
                #[inline(always)]
                |at, numbers| {
                    let mut nearest = [0; LANES];
                    for n in 0..LANES {
                        let units = if unit > 0.0 { numbers[n] / unit } else { 0.0 };
                        nearest[n] = (units + 0.5f32.copysign(units)) as i16;
                    }
                    for n in 0..LANES {
                        let number = f64::from(numbers[n]);
                        let near = f64::from(unit) * f64::from(nearest[n]);
                        exact[n] += number * number;
                        whole[n] += near * near;
                        between[n] += (number - near) * (number - near);
                    }
                    rounded[at] = nearest;
                },
            );
            [exact, whole, between]
        },
    );
    let [exact, rounded, between] = squares.map(|squares| squares.iter().sum::<f64>().sqrt());
    Lengths { exact, rounded, between }
}

/// The unit in which `largest` has `most` units. 0 where it would be too small for a division with the
/// usual precision: all is rounded to 0, and the error says so.
pub(super) fn unit(largest: f64, most: f64) -> f32 {
    let unit = (largest / most) as f32;
    if unit.is_normal() { unit } else { 0.0 }
}

/// The size of whole numbers of 16 bits that `pairs` pairs may have: one less than the largest, since
/// dividing by a unit rounds.
pub(super) fn most(pairs: usize) -> i16 {
    largest(2 * pairs) - 1
}

/// Pairs of a row of `len` numbers.
pub(super) fn pairs(len: usize) -> usize {
    len.div_ceil(2)
}
