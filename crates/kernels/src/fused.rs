//! Matrix products by fused operations: what solvers and blocks of a softmax are made of.
//!
//! Every number is one sum, from the first product to the last, each added by a fused operation, which
//! rounds once on every machine (in software where there is no instruction for it, which is slow). So
//! the bits depend neither on the machine nor on how a product is cut into parts.

use crate::dispatch::run;
use crate::rows::{LANES, Lanes};
use pulp::NullaryFnOnce;
use std::array::from_fn;

/// Rows that are multiplied at once: their sums stay in registers.
const HEIGHT: usize = 6;
/// Numbers of a row that are multiplied before the next rows are: their panel stays in the first cache.
const DEPTH: usize = 256;

/// The left matrix of a product.
#[derive(Clone, Copy, Debug)]
pub enum Left<'a> {
    /// Row after row: number k of row m is at m · stride + k.
    Rows {
        /// All numbers.
        numbers: &'a [f32],
        /// From a row to the next.
        stride: usize,
    },
    /// Column after column: number k of row m is at k · stride + m.
    Columns {
        /// All numbers.
        numbers: &'a [f32],
        /// From a column to the next.
        stride: usize,
    },
}

/// Adds the product of two matrices to `out`: to its row m, Σ_k left(m, k) · right(k), in the order of k.
///
/// `right` is cut into panels of [`LANES`] columns, one after the other, each of `depth` rows; `out` has
/// rows of as many lanes as there are panels.
///
/// # Panics
/// If the shapes do not fit.
pub fn add_product(left: Left<'_>, depth: usize, right: &[Lanes], out: &mut [Lanes]) {
    if depth == 0 || right.is_empty() || out.is_empty() {
        return;
    }
    assert!(right.len().is_multiple_of(depth), "panels of {depth} rows");
    let panels = right.len() / depth;
    assert!(out.len().is_multiple_of(panels), "rows of {panels} lanes");
    match left {
        Left::Rows { numbers, stride } => run(ByRows { numbers, stride, depth, right, out }),
        Left::Columns { numbers, stride } => run(ByColumns { numbers, stride, depth, right, out }),
    }
}

struct ByRows<'a> {
    numbers: &'a [f32],
    stride: usize,
    depth: usize,
    right: &'a [Lanes],
    out: &'a mut [Lanes],
}

impl NullaryFnOnce for ByRows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { numbers, stride, depth, right, out } = self;
        let panels = right.len() / depth;
        let height = out.len() / panels;
        for (panel, right) in right.chunks_exact(depth).enumerate() {
            for (first, right) in (0..).step_by(DEPTH).zip(right.chunks(DEPTH)) {
                for start in (0..height).step_by(HEIGHT) {
                    // What is missing of a whole group is computed twice.
                    let row = |m: usize| (start + m).min(height - 1);
                    let rows: [&[f32]; HEIGHT] =
                        from_fn(|m| &numbers[row(m) * stride + first..][..right.len()]);
                    let mut sums: [Lanes; HEIGHT] = from_fn(|m| out[row(m) * panels + panel]);
                    for (k, right) in right.iter().enumerate() {
                        for (sums, row) in sums.iter_mut().zip(rows) {
                            fuse(sums, row[k], right);
                        }
                    }
                    for (m, sums) in sums.iter().enumerate().take(height - start) {
                        out[row(m) * panels + panel] = *sums;
                    }
                }
            }
        }
    }
}

struct ByColumns<'a> {
    numbers: &'a [f32],
    stride: usize,
    depth: usize,
    right: &'a [Lanes],
    out: &'a mut [Lanes],
}

impl NullaryFnOnce for ByColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { numbers, stride, depth, right, out } = self;
        let panels = right.len() / depth;
        let height = out.len() / panels;
        for start in (0..height).step_by(HEIGHT) {
            let here = HEIGHT.min(height - start);
            for (panel, right) in right.chunks_exact(depth).enumerate() {
                let mut sums: [Lanes; HEIGHT] =
                    from_fn(|m| out[(start + m.min(here - 1)) * panels + panel]);
                for (k, right) in right.iter().enumerate() {
                    let column = &numbers[k * stride + start..][..here];
                    let column: [f32; HEIGHT] = match column.first_chunk() {
                        Some(whole) => *whole,
                        None => from_fn(|m| column[m.min(here - 1)]),
                    };
                    for (sums, number) in sums.iter_mut().zip(column) {
                        fuse(sums, number, right);
                    }
                }
                for (m, sums) in sums.iter().enumerate().take(here) {
                    out[(start + m) * panels + panel] = *sums;
                }
            }
        }
    }
}

#[inline(always)]
fn fuse(sums: &mut Lanes, number: f32, right: &Lanes) {
    for n in 0..LANES {
        sums[n] = number.mul_add(right[n], sums[n]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(len: usize) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-2.0f32..2.0, len)
    }

    fn matrices() -> impl Strategy<Value = (usize, usize, Vec<f32>, Vec<f32>, Vec<f32>)> {
        (1usize..20, 1usize..600, 1usize..4).prop_flat_map(|(height, depth, panels)| {
            let right = numbers(depth * panels * LANES);
            let out = numbers(height * panels * LANES);
            (Just(height), Just(depth), numbers(height * depth), right, out)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_number_is_the_fused_sum_in_order(
            (height, depth, left, right, before) in matrices(),
        ) {
            let (right, _) = right.as_chunks::<LANES>();
            let (before, _) = before.as_chunks::<LANES>();
            let panels = right.len() / depth;
            let sum = |m: usize, n: usize| {
                let right = |k: usize| right[n / LANES * depth + k][n % LANES];
                let first = before[m * panels + n / LANES][n % LANES];
                (0..depth).fold(first, |sum, k| left[m * depth + k].mul_add(right(k), sum))
            };
            let all = |m: usize| (0..panels * LANES).map(move |n| sum(m, n));
            let expected: Vec<f32> = (0..height).flat_map(all).collect();
            let turned: Vec<f32> =
                (0..depth * height).map(|at| left[at % height * depth + at / height]).collect();
            for left in [
                Left::Rows { numbers: &left, stride: depth },
                Left::Columns { numbers: &turned, stride: height },
            ] {
                let mut out = before.to_vec();
                add_product(left, depth, right, &mut out);
                prop_assert_eq!(out.as_flattened(), &expected[..]);
            }
        }
    }
}
