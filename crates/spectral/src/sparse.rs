//! Sparse matrices of rows with values.

use crate::Matrix;
use foretaste_kernels::dispatch;
use rayon::prelude::*;

/// Of each of `rows` rows the sum of what its entries stand for: an entry is a column and the value
/// that `width` numbers of `of_columns`, those of the column, are multiplied by. Summed in the order of
/// the entries.
///
/// # Panics
/// If `width` is 0, or an entry is of a column that `of_columns` has no numbers for.
pub fn sum_rows<E: Iterator<Item = (u32, f32)>>(
    rows: usize,
    width: usize,
    entries: impl Fn(usize) -> E + Sync,
    of_columns: &[f32],
) -> Vec<f32> {
    let mut out = vec![0.0; rows * width];
    out.par_chunks_exact_mut(width).enumerate().for_each(|(row, out)| {
        dispatch(
            #[inline(always)]
            || {
                for (column, by) in entries(row) {
                    let from = &of_columns[column as usize * width..][..width];
                    out.iter_mut().zip(from).for_each(|(sum, x)| *sum += by * x);
                }
            },
        );
    });
    out
}

/// A sparse matrix, by its rows and by its columns. Takes 16 B a value, and 8 B a row and a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    rows: Compressed,
    columns: Compressed,
}

/// One side: where each row starts, and of each value its place in the row.
#[derive(Clone, Debug, PartialEq)]
struct Compressed {
    starts: Vec<usize>,
    at: Vec<u32>,
    values: Vec<f32>,
}

impl Sparse {
    /// Rows of columns and values, in any order within a row.
    ///
    /// # Panics
    /// If a column is not below `columns`.
    pub fn new(rows: &[Vec<(u32, f32)>], columns: usize) -> Self {
        let all = || rows.iter().flatten();
        let starts = rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        });
        let by_rows = Compressed {
            starts: std::iter::once(0).chain(starts).collect(),
            at: all().map(|&(column, _)| column).collect(),
            values: all().map(|&(_, value)| value).collect(),
        };
        let mut starts = vec![0; columns + 1];
        all().for_each(|&(column, _)| starts[column as usize + 1] += 1);
        (0..columns).for_each(|column| starts[column + 1] += starts[column]);
        let mut next = starts.clone();
        let (mut at, mut values) = (vec![0; by_rows.at.len()], vec![0.0; by_rows.at.len()]);
        for (row, entries) in (0..).zip(rows) {
            for &(column, value) in entries {
                let place = &mut next[column as usize];
                (at[*place], values[*place]) = (row, value);
                *place += 1;
            }
        }
        Self { rows: by_rows, columns: Compressed { starts, at, values } }
    }
}

impl Compressed {
    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn times(&self, other: &[f32], width: usize) -> Vec<f32> {
        let entries = |row: usize| {
            let places = self.starts[row]..self.starts[row + 1];
            self.at[places.clone()].iter().copied().zip(self.values[places].iter().copied())
        };
        sum_rows(self.len(), width, entries, other)
    }
}

impl Matrix for Sparse {
    fn shape(&self) -> (usize, usize) {
        (self.rows.len(), self.columns.len())
    }

    fn times(&self, y: &[f32], width: usize) -> Vec<f32> {
        self.rows.times(y, width)
    }

    fn transposed_times(&self, z: &[f32], width: usize) -> Vec<f32> {
        self.columns.times(z, width)
    }
}
