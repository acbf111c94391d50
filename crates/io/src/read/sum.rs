//! A sum of floating-point numbers that does not depend on their order.
//!
//! Threads add the ratings of a file up in pieces; the mean must not tell where the pieces ended.
//! So mantissas are added as integers, which is associative, in bins of [`SPAN`] exponents each:
//! a mantissa of 53 bits shifted by 31 leaves 42 bits of an `i128` for the number of terms.
//! Compensated sums were no way out: they are more exact, but still depend on the order.
//!
//! Most ratings are multiples of a half. Multiples of 2^-[`POINT`] are added as such to one
//! integer, which takes a third of the time.

/// Exponents that share a bin.
const SPAN: u32 = 32;
const BINS: usize = 2048 / SPAN as usize;

const POINT: u32 = 8;

/// The exact sum of finite numbers, of below 2^42 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExactSum {
    /// In units of 2^-[`POINT`].
    fixed: i128,
    bins: [i128; BINS],
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { fixed: 0, bins: [0; BINS] }
    }
}

impl ExactSum {
    /// Adds a finite number.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        // Saturates where the value is too large, and is then another.
        let fixed = (value * f64::from(1 << POINT)) as i32;
        if f64::from(fixed) == value * f64::from(1 << POINT) {
            self.fixed += i128::from(fixed);
        } else {
            self.add_binned(value);
        }
    }

    fn add_binned(&mut self, value: f64) {
        let bits = value.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as u32;
        let hidden = u64::from(exponent > 0) << 52;
        let mantissa = i128::from(bits & ((1 << 52) - 1) | hidden);
        // Subnormal numbers have the exponent of the smallest normal ones.
        let exponent = exponent.max(1);
        let term = mantissa << (exponent % SPAN);
        self.bins[(exponent / SPAN) as usize] += if value < 0.0 { -term } else { term };
    }

    /// Adds all that another sum holds.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.fixed += other.fixed;
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            *bin += more;
        }
    }

    /// The sum, rounded once a bin.
    pub(crate) fn value(&self) -> f64 {
        let used = (0i32..).zip(&self.bins).filter(|(_, bin)| **bin != 0);
        // 2^-1075 is no f64: half of the exponent at a time.
        let scale = |n: i32| 2f64.powi(SPAN as i32 * n - 537);
        used.map(|(n, &bin)| bin as f64 * scale(n) * 2f64.powi(-538)).sum::<f64>()
            + self.fixed as f64 / f64::from(1 << POINT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        values.iter().for_each(|&value| sum.add(value));
        sum
    }

    proptest! {
        #[test]
        fn order_and_pieces_leave_no_trace(
            (values, shuffled) in prop::collection::vec(-1e38..1e38f64, 0..40)
                .prop_flat_map(|values| (Just(values.clone()), Just(values).prop_shuffle())),
            cut in 0..40usize,
        ) {
            let (head, tail) = shuffled.split_at(cut.min(shuffled.len()));
            let mut pieces = sum(tail);
            pieces.merge(&sum(head));
            prop_assert_eq!(&pieces, &sum(&values));
        }

        #[test]
        fn integers_are_summed_exactly(
            values in prop::collection::vec(-1_000_000..1_000_000i64, 0..40),
        ) {
            let floats: Vec<f64> = values.iter().map(|&value| value as f64).collect();
            prop_assert_eq!(sum(&floats).value(), values.iter().sum::<i64>() as f64);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_summed() {
        let large = f64::from(f32::MAX);
        for value in [0.0, f64::MIN_POSITIVE, 5e-324, 1e-310, 0.1, large, -large, -5e-324] {
            assert_eq!(sum(&[value]).value(), value);
            assert_eq!(sum(&[value, value]).value(), 2.0 * value);
            assert_eq!(sum(&[value, -value]).value(), 0.0);
        }
        assert_eq!(sum(&[-0.0]).value().to_bits(), 0);
        assert_eq!(sum(&[1e30, 1.0, -1e30]).value(), 1.0);
    }
}
