//! Dense matrices, and their products in parallel.
//!
//! Each number of a product is one fused sum in the order of the shared dimension, by chunks of fixed
//! size: it depends neither on the machine nor on how the work is dealt.

use foretaste_kernels::{LANES, Lanes, Left, add_product};
use rayon::prelude::*;

/// Rows of a result that one task computes.
const TILE: usize = 96;
/// Numbers of the shared dimension that are multiplied before the next are: they stay in the first cache.
const DEPTH: usize = 256;

/// Rows of numbers, each padded with zeros to whole [`Lanes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    columns: usize,
    lanes: usize,
    numbers: Vec<Lanes>,
}

impl Matrix {
    /// Of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let lanes = columns.div_ceil(LANES).max(1);
        Self { columns, lanes, numbers: vec![[0.0; LANES]; rows * lanes] }
    }

    /// The rows of another, in this order.
    ///
    /// # Panics
    /// If there is none of such a number.
    pub fn gathered(from: &Self, rows: &[u32]) -> Self {
        let mut numbers = Vec::with_capacity(rows.len() * from.lanes);
        rows.iter().for_each(|&row| numbers.extend_from_slice(from.row(row as usize)));
        Self { columns: from.columns, lanes: from.lanes, numbers }
    }

    /// As many rows and columns as another has, of any numbers.
    pub fn take_shape(&mut self, other: &Self) {
        (self.columns, self.lanes) = (other.columns, other.lanes);
        self.numbers.resize(other.numbers.len(), [0.0; LANES]);
    }

    /// Zeros, as many as another has numbers.
    pub fn clear_like(&mut self, other: &Self) {
        self.take_shape(other);
        self.numbers.par_chunks_mut(1 << 12).for_each(|part| part.fill([0.0; LANES]));
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.numbers.len() / self.lanes.max(1)
    }

    /// Numbers in a row, without padding.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Lanes in a row.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// A row with its padding.
    ///
    /// # Panics
    /// If there is none, as all that are given the number of a row.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[Lanes] {
        &self.numbers[row * self.lanes..(row + 1) * self.lanes]
    }

    /// The same, to be written; padding stays zero.
    #[inline(always)]
    pub fn row_mut(&mut self, row: usize) -> &mut [Lanes] {
        &mut self.numbers[row * self.lanes..(row + 1) * self.lanes]
    }

    /// The numbers of a row, without padding.
    pub fn values(&self, row: usize) -> &[f32] {
        &self.row(row).as_flattened()[..self.columns]
    }

    /// The same, to be written.
    pub fn values_mut(&mut self, row: usize) -> &mut [f32] {
        let columns = self.columns;
        &mut self.row_mut(row).as_flattened_mut()[..columns]
    }

    /// All lanes, row after row.
    pub fn all(&self) -> &[Lanes] {
        &self.numbers
    }

    /// The same, to be written; padding stays zero.
    pub fn all_mut(&mut self) -> &mut [Lanes] {
        &mut self.numbers
    }

    /// All numbers without padding, row after row.
    pub fn to_vec(&self) -> Vec<f32> {
        (0..self.rows()).flat_map(|row| self.values(row)).copied().collect()
    }

    /// The other way round.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn fill(&mut self, values: &[f32]) {
        assert_eq!(values.len(), self.rows() * self.columns, "a value for each number");
        for (row, values) in values.chunks_exact(self.columns.max(1)).enumerate() {
            self.values_mut(row).copy_from_slice(values);
        }
    }

    /// A B.
    ///
    /// # Panics
    /// If shapes do not fit, as all products.
    pub fn times(&self, right: &Self) -> Self {
        assert_eq!(self.columns, right.rows(), "as many columns as rows");
        self.with_panels(right.columns, &right.panels(0..right.rows()))
    }

    /// A Bᵀ.
    pub fn times_transposed(&self, right: &Self) -> Self {
        assert_eq!(self.columns, right.columns, "rows of one length");
        self.with_panels(right.rows(), &right.turned())
    }

    fn with_panels(&self, columns: usize, panels: &[Lanes]) -> Self {
        let mut out = Self::zeros(self.rows(), columns);
        let (stride, lanes) = (self.lanes * LANES, out.lanes);
        out.numbers.par_chunks_mut(TILE * lanes).enumerate().for_each(|(tile, out)| {
            let numbers = &self.numbers[tile * TILE * self.lanes..];
            let left = Left::Rows { numbers: numbers.as_flattened(), stride };
            add_product(left, self.columns, panels, out);
        });
        out
    }

    /// Aᵀ B.
    pub fn transposed_times(&self, right: &Self) -> Self {
        assert_eq!(self.rows(), right.rows(), "as many rows");
        let mut out = Self::zeros(self.columns, right.columns);
        let (stride, lanes) = (self.lanes * LANES, right.lanes);
        let parts: Vec<_> = (0..self.rows()).step_by(DEPTH).collect();
        let panels: Vec<Vec<Lanes>> = (parts.par_iter())
            .map(|&start| right.panels(start..right.rows().min(start + DEPTH)))
            .collect();
        out.numbers.par_chunks_mut(TILE * lanes).enumerate().for_each(|(tile, out)| {
            for (&start, panels) in parts.iter().zip(&panels) {
                let numbers = &self.numbers[start * self.lanes..].as_flattened()[tile * TILE..];
                let left = Left::Columns { numbers, stride };
                add_product(left, panels.len() / lanes, panels, out);
            }
        });
        out
    }

    /// Rows as the right side of a product: panels of [`LANES`] columns, row by row.
    fn panels(&self, rows: std::ops::Range<usize>) -> Vec<Lanes> {
        let of = |lane: usize| rows.clone().map(move |row| self.numbers[row * self.lanes + lane]);
        (0..self.lanes).flat_map(of).collect()
    }

    /// The transposed rows likewise: panels of [`LANES`] rows, column by column.
    pub fn turned(&self) -> Vec<Lanes> {
        let panels = self.rows().div_ceil(LANES).max(1);
        let mut turned = vec![[0.0; LANES]; panels * self.columns];
        let each = turned.par_chunks_mut(self.columns.max(1)).enumerate();
        each.for_each(|(panel, out)| {
            for (n, row) in (panel * LANES..self.rows()).take(LANES).enumerate() {
                for (out, number) in out.iter_mut().zip(self.values(row)) {
                    out[n] = *number;
                }
            }
        });
        turned
    }

    /// Rows as the right side of a product, all of them.
    pub fn packed(&self) -> Vec<Lanes> {
        self.panels(0..self.rows())
    }

    /// Σ of the rows, in f64.
    pub fn column_sums(&self) -> Vec<f32> {
        let mut sums = vec![0.0; self.columns];
        for row in 0..self.rows() {
            sums.iter_mut().zip(self.values(row)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        sums.into_iter().map(|sum| sum as f32).collect()
    }
}

/// Adds `weight` · `other`.
#[inline(always)]
pub fn add(row: &mut [Lanes], weight: f32, other: &[Lanes]) {
    for (row, other) in row.iter_mut().zip(other) {
        for n in 0..LANES {
            row[n] += weight * other[n];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize) -> impl Strategy<Value = Matrix> {
        prop::collection::vec(-2.0f32..2.0, rows * columns).prop_map(move |values| {
            let mut matrix = Matrix::zeros(rows, columns);
            matrix.fill(&values);
            matrix
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_product_is_what_it_is_called(
            (a, b, c) in (1usize..400, 1usize..40, 1usize..120).prop_flat_map(|(n, k, m)| {
                (matrix(n, k), matrix(k, m), matrix(n, m))
            }),
        ) {
            let (n, k, m) = (a.rows(), b.rows(), b.columns());
            let close = |found: &Matrix, expected: &dyn Fn(usize, usize) -> f64| {
                for row in 0..found.rows() {
                    for (column, &x) in found.values(row).iter().enumerate() {
                        // The rounding of 400 sums of numbers up to 4, and of their sums.
                        assert!((f64::from(x) - expected(row, column)).abs() < 4e-2);
                    }
                    let padding = &found.row(row).as_flattened()[found.columns()..];
                    assert!(padding.iter().all(|&x| x == 0.0));
                }
            };
            let of = |x: &Matrix, row: usize, at: usize| f64::from(x.values(row)[at]);
            close(&a.times(&b), &|row, at| (0..k).map(|n| of(&a, row, n) * of(&b, n, at)).sum());
            let turned = |row, at| (0..n).map(|n| of(&a, n, row) * of(&c, n, at)).sum();
            close(&a.transposed_times(&c), &turned);
            let across = |row, at| (0..m).map(|n| of(&c, row, n) * of(&b, at, n)).sum();
            close(&c.times_transposed(&b), &across);
            let one = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| (a.times(&b), a.transposed_times(&c), c.times_transposed(&b)))
            };
            prop_assert_eq!(one(1), one(3));
        }
    }
}
