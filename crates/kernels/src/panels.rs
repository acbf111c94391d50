//! Products of matrices that are added to rows of any lengths.

use crate::dispatch::run;
use pulp::NullaryFnOnce;

/// Columns that are summed at once…
const WIDTH: usize = 16;
/// …of so many rows: their sums stay in registers.
const HEIGHT: usize = 6;

/// Rows of one length, laid out for [`add_products`]: by groups of 16, number by number.
#[derive(Clone, Debug)]
pub struct Panels {
    len: usize,
    numbers: Vec<[f32; WIDTH]>,
}

impl Panels {
    /// Of the rows of `len` numbers that lie in `rows` one after the other, each number times `by`.
    ///
    /// # Panics
    /// If they are not whole rows.
    pub fn new(rows: &[f32], len: usize, by: f32) -> Self {
        assert!(rows.len().is_multiple_of(len.max(1)), "whole rows of {len} numbers");
        let mut numbers = vec![[0.0; WIDTH]; (rows.len() / len.max(1)).div_ceil(WIDTH) * len];
        for (panel, rows) in numbers.chunks_mut(len.max(1)).zip(rows.chunks(WIDTH * len.max(1))) {
            for (n, row) in rows.chunks_exact(len.max(1)).enumerate() {
                for (column, number) in panel.iter_mut().zip(row) {
                    column[n] = by * number;
                }
            }
        }
        Self { len, numbers }
    }
}

/// Adds `⟨left[m], right[n]⟩` to `out[m][n]`, for all n below the length of `out[m]`.
///
/// Each product is summed from the first number to the last, by fused operations from 0, and then
/// added: the same bits on every machine, however rows are grouped. Machines without fused operations
/// take many times as long.
///
/// # Panics
/// If a row of `left` has another length than those of `right`, there are not as many of them as of
/// `out`, or a row of `out` is longer than there are rows on the right.
pub fn add_products(left: &[&[f32]], right: &Panels, out: &mut [&mut [f32]]) {
    let columns = right.numbers.len() / right.len.max(1) * WIDTH;
    assert_eq!(left.len(), out.len(), "a row of results for each row");
    assert!(left.iter().all(|row| row.len() == right.len), "rows of {} numbers", right.len);
    assert!(out.iter().all(|row| row.len() <= columns), "a row on the right for each result");
    run(AddProducts { left, right, out });
}

/// A struct and not a closure: see [`multiply`](crate::multiply).
struct AddProducts<'a, 'b> {
    left: &'a [&'a [f32]],
    right: &'a Panels,
    out: &'a mut [&'b mut [f32]],
}

impl NullaryFnOnce for AddProducts<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let longest = self.out.iter().map(|row| row.len()).max().unwrap_or(0);
        let panels = self.right.numbers.chunks_exact(self.right.len.max(1));
        for (start, panel) in (0..longest).step_by(WIDTH).zip(panels) {
            let groups = self.left.chunks(HEIGHT).zip(self.out.chunks_mut(HEIGHT));
            for (left, out) in groups {
                // What is missing of a whole group is computed twice.
                let rows = std::array::from_fn(|m| &left[m.min(left.len() - 1)][..self.right.len]);
                let sums = sums(rows, panel);
                for (out, sums) in out.iter_mut().zip(&sums) {
                    let out = out.get_mut(start..).unwrap_or_default();
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out += sum;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn sums(left: [&[f32]; HEIGHT], panel: &[[f32; WIDTH]]) -> [[f32; WIDTH]; HEIGHT] {
    let mut sums = [[0.0f32; WIDTH]; HEIGHT];
    for (k, right) in panel.iter().enumerate() {
        for (sums, left) in sums.iter_mut().zip(left) {
            for n in 0..WIDTH {
                sums[n] = left[k].mul_add(right[n], sums[n]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_the_fused_sum_in_order(
            (left, right) in (1usize..30).prop_flat_map(|len| {
                let row = prop::collection::vec(-2.0f32..2.0, len);
                (prop::collection::vec(row.clone(), 1..20), prop::collection::vec(row, 1..40))
            }),
            cut in 0usize..40,
        ) {
            let panels = Panels::new(&right.concat(), right[0].len(), -0.5);
            let left_rows: Vec<&[f32]> = left.iter().map(Vec::as_slice).collect();
            // Rows of several lengths, as of a triangle.
            let len = |m: usize| (cut + m).min(right.len());
            let mut rows: Vec<Vec<f32>> = (0..left.len()).map(|m| vec![m as f32; len(m)]).collect();
            let mut out: Vec<&mut [f32]> = rows.iter_mut().map(Vec::as_mut_slice).collect();
            add_products(&left_rows, &panels, &mut out);
            for (m, row) in rows.iter().enumerate() {
                for (n, found) in row.iter().enumerate() {
                    let pairs = left[m].iter().zip(&right[n]);
                    let sum = pairs.fold(0.0f32, |sum, (a, b)| a.mul_add(-0.5 * b, sum));
                    prop_assert_eq!(*found, m as f32 + sum);
                }
            }
        }
    }
}
