//! The inverse of a large symmetric matrix, in the memory of one of its triangles.
//!
//! By symmetric sweeps (Beaton 1964; Goodnight, *A Tutorial on the
//! SWEEP Operator*, 1979) of blocks K of rows and columns, D = A_KK:
//!
//! ```text
//! A_ij ← A_ij − A_iK D⁻¹ A_Kj        A_iK ← A_iK D⁻¹        A_KK ← −D⁻¹
//! ```
//!
//! for all i, j outside K. When all blocks are swept, A has become −A⁻¹. It takes n³/2 multiplications, as
//! Cholesky's decomposition and the inverse from it do, but nearly all of them are one kind of product,
//! and the matrix stays symmetric all the way, so that half of it is enough. Of a positive matrix no
//! pivot has to be sought.
//!
//! The blocks are f32 and D is inverted in f64. Each number is a sum in a fixed order, whichever thread
//! computes it and whatever the machine: see [`add_products`].

use foretaste_kernels::{Panels, add_products, symmetric};
use rayon::prelude::*;

/// Rows and columns that are swept at once: a row of as many numbers, times 16, fills half of a small
/// first-level cache.
const BLOCK: usize = 256;
/// Rows that a thread updates at once: their factors fill a part of the second-level cache.
const ROWS: usize = 96;
/// A pivot below this share of what stood in its place is rounding: it comes from a difference of numbers of
/// which each is off by some ulp, so that no more than one digit of it would be right.
const LEAST: f64 = 128.0 * f32::EPSILON as f64;

/// A symmetric matrix: of each row, what is left of the diagonal, and the diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangle {
    n: usize,
    numbers: Vec<f32>,
}

/// Where a row starts.
fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

impl Triangle {
    /// A matrix of zeros.
    pub fn zeros(n: usize) -> Self {
        Self { n, numbers: vec![0.0; start(n)] }
    }

    /// A matrix of these numbers, row by row; `None` if they are not as many as there are places.
    pub fn from_numbers(n: usize, numbers: Vec<f32>) -> Option<Self> {
        (numbers.len() == start(n)).then_some(Self { n, numbers })
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.n
    }

    /// All numbers, row by row.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// A row up to its diagonal.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> &[f32] {
        &self.numbers[start(row)..start(row + 1)]
    }

    /// The number of a row and a column, in whichever order.
    ///
    /// # Panics
    /// If there is no such number.
    #[inline]
    pub fn get(&self, a: usize, b: usize) -> f32 {
        self.numbers[start(a.max(b)) + a.min(b)]
    }

    /// Calls `write` with each row up to its diagonal, in parallel.
    pub fn write_rows(&mut self, write: impl Fn(usize, &mut [f32]) + Sync) {
        self.par_chunks().for_each(|(first, rows)| {
            for (row, numbers) in (first..).zip(rows) {
                write(row, numbers);
            }
        });
    }

    /// Rows by [`ROWS`], with the number of the first.
    fn par_chunks(&mut self) -> impl ParallelIterator<Item = (usize, Vec<&mut [f32]>)> {
        let mut rest = self.numbers.as_mut_slice();
        let mut rows = Vec::with_capacity(self.n);
        for row in 0..self.n {
            let (numbers, more) = std::mem::take(&mut rest).split_at_mut(row + 1);
            rows.push(numbers);
            rest = more;
        }
        let mut chunks = Vec::new();
        // The last rows are the longest: they come first, so that no thread is left with one.
        while !rows.is_empty() {
            let first = (rows.len() - 1) / ROWS * ROWS;
            chunks.push((first, rows.split_off(first)));
        }
        chunks.into_par_iter()
    }
}

/// Why there is no inverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A row that is, but for rounding, a sum of multiples of those before.
    Singular(usize),
    /// `go_on` said no.
    Interrupted,
}

/// Replaces a positive matrix by its inverse, in parallel on the current rayon pool, whose size does not
/// change the result. Besides the matrix it takes 3 KiB a row. `go_on` is asked between blocks, with the
/// share that is done.
///
/// # Errors
/// [`Stopped`]; the matrix is then of no use.
pub fn invert(matrix: &mut Triangle, mut go_on: impl FnMut(f64) -> bool) -> Result<(), Stopped> {
    let n = matrix.n;
    let diagonal: Vec<f32> = (0..n).map(|row| matrix.get(row, row)).collect();
    for first in (0..n).step_by(BLOCK) {
        let block = first..(first + BLOCK).min(n);
        let inverse = invert_block(matrix, block.clone(), &diagonal)?;
        sweep(matrix, block.clone(), &inverse);
        if !go_on(block.end as f64 / n as f64) {
            return Err(Stopped::Interrupted);
        }
    }
    matrix.numbers.par_iter_mut().for_each(|number| *number = -*number);
    Ok(())
}

/// D⁻¹, row by row.
fn invert_block(
    matrix: &Triangle,
    block: std::ops::Range<usize>,
    diagonal: &[f32],
) -> Result<Vec<f32>, Stopped> {
    let (first, b) = (block.start, block.len());
    let cell = |at: usize| f64::from(matrix.get(first + at / b, first + at % b));
    let mut factor: Vec<f64> = (0..b * b).map(cell).collect();
    // Where a pivot is not positive, those from it on are what they were.
    let _ = symmetric::factor(&mut factor, b);
    for n in 0..b {
        let pivot = factor[n * b + n] * factor[n * b + n];
        let least = LEAST * f64::from(diagonal[first + n]);
        // Not a comparison that NaN passes.
        if !(pivot > least && factor[n * b + n] > 0.0) {
            return Err(Stopped::Singular(first + n));
        }
    }
    let column = |n: usize| {
        let mut unit = vec![0.0; b];
        unit[n] = 1.0;
        symmetric::solve(&factor, &mut unit);
        unit.into_iter().map(|x| x as f32).collect::<Vec<f32>>()
    };
    Ok((0..b).into_par_iter().flat_map_iter(column).collect())
}

fn sweep(matrix: &mut Triangle, block: std::ops::Range<usize>, inverse: &[f32]) {
    let (n, b) = (matrix.n, block.len());
    // A_iK, and nothing for the rows of the block itself: they are replaced.
    let mut of_block = vec![0.0; n * b];
    of_block.par_chunks_exact_mut(b).enumerate().for_each(|(row, out)| {
        if row >= block.end {
            out.copy_from_slice(&matrix.row(row)[block.clone()]);
        } else if row < block.start {
            out.iter_mut().zip(block.clone()).for_each(|(out, k)| *out = matrix.get(k, row));
        }
    });
    let mut solved = vec![0.0; n * b];
    let symmetric_inverse = Panels::new(inverse, b, 1.0);
    let rows = solved.par_chunks_mut(ROWS * b).zip(of_block.par_chunks(ROWS * b));
    rows.for_each(|(solved, of_block)| {
        let left: Vec<&[f32]> = of_block.chunks_exact(b).collect();
        let mut out: Vec<&mut [f32]> = solved.chunks_exact_mut(b).collect();
        add_products(&left, &symmetric_inverse, &mut out);
    });
    let right = Panels::new(&of_block, b, -1.0);
    drop(of_block);
    let row_of = |row: usize| &solved[row * b..(row + 1) * b];
    matrix.par_chunks().for_each(|(first, mut rows)| {
        let left: Vec<&[f32]> = (first..first + rows.len()).map(row_of).collect();
        add_products(&left, &right, &mut rows);
        for (row, numbers) in (first..).zip(rows) {
            if row >= block.end {
                numbers[block.clone()].copy_from_slice(row_of(row));
            } else if row >= block.start {
                let k = row - block.start;
                let (before, own) = numbers.split_at_mut(block.start);
                before.iter_mut().enumerate().for_each(|(n, x)| *x = row_of(n)[k]);
                own.iter_mut().zip(&inverse[k * b..]).for_each(|(x, inverse)| *x = -inverse);
            }
        }
    });
}

#[cfg(test)]
mod tests;
