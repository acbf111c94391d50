//! A table of factor rows, padded to whole lanes.

use foretaste_kernels::{LANES, Lanes, lanes_for};
use ndarray::{Array2, ArrayView2};
use ndarray_rand::{RandomExt, rand_distr::Normal};
use rand::Rng;

/// `rows` × `cols` numbers. In memory a row is [`Table::lanes`] × 16 numbers long; the padding is
/// zero and stays zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    cols: usize,
    lanes: usize,
    data: Vec<Lanes>,
}

impl Table {
    /// A table of zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        let lanes = lanes_for(cols);
        Self { cols, lanes, data: vec![[0.0; LANES]; rows * lanes] }
    }

    /// A table of independent normal numbers with mean 0 and standard deviation `sd`.
    ///
    /// # Panics
    /// If `sd` is negative or not finite.
    pub fn normal(rows: usize, cols: usize, sd: f32, rng: &mut impl Rng) -> Self {
        let normal = Normal::new(0.0, sd).expect("the caller checked the deviation");
        let mut table = Self::zeros(rows, cols);
        // In chunks, so that the unpadded numbers need no second table.
        for start in (0..rows).step_by(1024) {
            let count = (rows - start).min(1024);
            let numbers: Array2<f32> = Array2::random_using((count, cols), normal, rng);
            for (row, numbers) in (start..).zip(numbers.rows()) {
                let numbers = numbers.as_slice().expect("rows are contiguous");
                table.row_mut(row).as_flattened_mut()[..cols].copy_from_slice(numbers);
            }
        }
        table
    }

    /// A table from unpadded rows, one after the other; `None` if `values` does not fill whole
    /// rows.
    pub fn from_rows(cols: usize, values: &[f32]) -> Option<Self> {
        if cols == 0 || !values.len().is_multiple_of(cols) {
            return None;
        }
        let mut table = Self::zeros(values.len() / cols, cols);
        for (row, values) in values.chunks(cols).enumerate() {
            table.row_mut(row).as_flattened_mut()[..cols].copy_from_slice(values);
        }
        Some(table)
    }

    /// The rows without padding, one after the other.
    pub fn to_rows(&self) -> Vec<f32> {
        let rows = self.data.chunks(self.lanes.max(1));
        rows.flat_map(|row| &row.as_flattened()[..self.cols]).copied().collect()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.data.len() / self.lanes.max(1)
    }

    /// Numbers in a row, without padding.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Lanes in a row.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// One row, padding included.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[Lanes] {
        &self.data[row * self.lanes..(row + 1) * self.lanes]
    }

    /// One row, to write into; the padding must stay zero.
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [Lanes] {
        &mut self.data[row * self.lanes..(row + 1) * self.lanes]
    }

    /// All lanes of all rows.
    pub(crate) fn data_mut(&mut self) -> &mut [Lanes] {
        &mut self.data
    }

    /// The table as a matrix of `rows` × (lanes × 16), padding included.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        let shape = (self.rows(), self.lanes * LANES);
        ArrayView2::from_shape(shape, self.data.as_flattened())
            .expect("the table holds whole rows of this width")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn rows_survive_padding() {
        for cols in [1, 15, 16, 17, 64] {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            let table = Table::normal(5, cols, 0.1, &mut rng);
            assert_eq!(Table::from_rows(cols, &table.to_rows()), Some(table.clone()));
            assert_eq!((table.rows(), table.cols()), (5, cols));
            let padding = table.row(4).as_flattened()[cols..].iter();
            assert!(padding.copied().all(|x| x == 0.0));
        }
        assert_eq!(Table::from_rows(3, &[0.0; 4]), None);
    }
}
