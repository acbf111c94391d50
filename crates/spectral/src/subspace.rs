//! The right singular vectors of a matrix A of the largest singular values.
//!
//! By subspace iteration from a random start (Halko, Martinsson, Tropp, *Finding Structure with
//! Randomness*, SIAM Review 2011, algorithm 4.4 and section 5.1): Y ← orthonormal AᵀAY, of more columns
//! than are wanted; then the eigenvectors of (AY)ᵀ(AY) pick the best of what they span. Sums over rows
//! are in f64, by chunks of fixed size. So the result does not depend on threads, if products with A
//! don't.

use crate::rotations::eigenvectors;
use foretaste_kernels::symmetric;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

/// Columns beyond those that are wanted, as a share of these, and at least [`FEW`].
const MORE: f64 = 0.125;
const FEW: usize = 16;
/// Products with AᵀA.
const PRODUCTS: usize = 10;
/// Rows whose products are summed at once.
const CHUNK: usize = 512;
/// A column that is so much shorter once others are taken out of it is one of these, but for rounding.
const NOTHING: f64 = 1e-10;

/// A squared singular value that is so much smaller than the largest is one that there is not: singular
/// values then differ by a factor of 10⁵, and products of f32 tell them no better.
const NO_VALUE: f64 = 1e-10;

/// A matrix that is known by its products.
pub trait Matrix {
    /// Numbers of rows and columns.
    fn shape(&self) -> (usize, usize);

    /// A Y, row by row, where Y has `width` numbers for each column.
    fn times(&self, y: &[f32], width: usize) -> Vec<f32>;

    /// AᵀZ, column by column, where Z has `width` numbers for each row.
    fn transposed_times(&self, z: &[f32], width: usize) -> Vec<f32>;
}

/// Singular values and vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Singular {
    /// The squares of the K largest singular values, the largest first; zeros for those that there are
    /// not.
    pub squares: Vec<f64>,
    /// V, columns × K, row by row; zeros likewise.
    pub vectors: Vec<f32>,
}

impl Singular {
    /// How many of the values are more than rounding.
    pub fn rank(&self) -> usize {
        let least = NO_VALUE * self.squares.first().copied().unwrap_or(0.0);
        self.squares.iter().take_while(|&&square| square > least).count()
    }
}

/// The `k` right singular vectors of the largest singular values; `None` if `go_on`, which is asked
/// between products with the share that is done, says no.
pub fn right_vectors(
    matrix: &impl Matrix,
    k: usize,
    seed: u64,
    mut go_on: impl FnMut(f64) -> bool,
) -> Option<Singular> {
    let (m, n) = matrix.shape();
    let width = (k + ((k as f64 * MORE) as usize).max(FEW)).min(m).min(n).max(1);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let normal = |_| -> f32 { StandardNormal.sample(&mut rng) };
    let mut y: Vec<f32> = (0..n * width).map(normal).collect();
    orthonormalise(&mut y, width);
    for done in 0..PRODUCTS {
        y = matrix.transposed_times(&matrix.times(&y, width), width);
        // Twice: what the first pass leaves by rounding, the second takes out.
        orthonormalise(&mut y, width);
        orthonormalise(&mut y, width);
        if !go_on((done + 1) as f64 / (PRODUCTS + 1) as f64) {
            return None;
        }
    }
    let turned = eigenvectors(gram(&matrix.times(&y, width), width), width);
    let kept = k.min(width);
    let mut vectors = vec![0.0; n * k];
    let rows = vectors.par_chunks_exact_mut(k.max(1)).zip(y.par_chunks_exact(width));
    rows.for_each(|(out, row)| {
        for (out, (_, vector)) in out[..kept].iter_mut().zip(&turned) {
            *out =
                symmetric::dot(row, &vector.iter().map(|&x| x as f32).collect::<Vec<_>>()) as f32;
        }
    });
    let mut squares: Vec<f64> = turned.iter().take(kept).map(|(value, _)| value.max(0.0)).collect();
    squares.resize(k, 0.0);
    Some(Singular { squares, vectors })
}

/// YᵀY, right of the diagonal.
pub(crate) fn gram(y: &[f32], width: usize) -> Vec<f64> {
    let part = |rows: &[f32]| {
        let rows: Vec<f64> = rows.iter().map(|&x| f64::from(x)).collect();
        let mut sums = vec![0.0; width * width];
        symmetric::add_products(&mut sums, width, &rows, 1.0);
        sums
    };
    let mut sums = vec![0.0; width * width];
    // A few chunks at a time: a part is a whole matrix.
    for rows in y.chunks(16 * CHUNK * width) {
        let parts: Vec<Vec<f64>> = rows.par_chunks(CHUNK * width).map(part).collect();
        for part in parts {
            sums.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
        }
    }
    sums
}

/// Columns of length 1 that are at right angles to each other and span the same; zeros in the place of
/// those that the columns before them span.
fn orthonormalise(y: &mut [f32], width: usize) {
    let mut factor = gram(y, width);
    let lengths: Vec<f64> = (0..width).map(|n| factor[n * width + n]).collect();
    for n in 0..width {
        let (above, below) = factor.split_at_mut((n + 1) * width);
        let row = &mut above[n * width..];
        if row[n] > NOTHING * lengths[n] {
            let scale = 1.0 / row[n].sqrt();
            row[n..].iter_mut().for_each(|x| *x *= scale);
            for (m, rest) in (n + 1..).zip(below.chunks_exact_mut(width)) {
                let by = row[m];
                rest[m..].iter_mut().zip(&row[m..]).for_each(|(x, above)| *x -= by * above);
            }
        } else {
            row.fill(0.0);
        }
    }
    y.par_chunks_exact_mut(width).for_each(|row| {
        let mut left: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
        for n in 0..width {
            let above = &factor[n * width..(n + 1) * width];
            left[n] = if above[n] > 0.0 { left[n] / above[n] } else { 0.0 };
            let solved = left[n];
            left[n + 1..].iter_mut().zip(&above[n + 1..]).for_each(|(x, r)| *x -= solved * r);
        }
        row.iter_mut().zip(left).for_each(|(x, solved)| *x = solved as f32);
    });
}

#[cfg(test)]
mod tests;
