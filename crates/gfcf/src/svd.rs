//! The right singular vectors of X̃ of the largest singular values.
//!
//! By subspace iteration from a random start (Halko, Martinsson, Tropp, *Finding Structure with
//! Randomness*, SIAM Review 2011, algorithm 4.4 and section 5.1): Y ← orthonormal X̃ᵀX̃Y, of more columns
//! than are wanted; then the eigenvectors of (X̃Y)ᵀ(X̃Y) pick the best of what they span. Products with X̃
//! are of rows of numbers, row by row in the order of the pairs; sums over rows are in f64, by chunks of
//! fixed size. So the result does not depend on threads.

use crate::Graph;
use foretaste_data::Side;
use foretaste_kernels::{dispatch, symmetric};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

/// Columns beyond those that are wanted, as a share of these, and at least [`FEW`].
const MORE: f64 = 0.125;
const FEW: usize = 16;
/// Products with X̃ᵀX̃.
const PRODUCTS: usize = 10;
/// Rows whose products are summed at once.
const CHUNK: usize = 512;
/// A column that is so much shorter once others are taken out of it is one of these, but for rounding.
const NOTHING: f64 = 1e-10;

/// V, items × K, row by row, with zeros for columns that X̃ has not; `None` if `go_on`, which is asked
/// between products with the share that is done, says no.
pub(crate) fn right_vectors(
    graph: &Graph,
    k: usize,
    seed: u64,
    mut go_on: impl FnMut(f64) -> bool,
) -> Option<Vec<f32>> {
    let (m, n) = (graph.of_user.len(), graph.of_item.len());
    let width = (k + ((k as f64 * MORE) as usize).max(FEW)).min(m).min(n).max(1);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let normal = |_| -> f32 { StandardNormal.sample(&mut rng) };
    let mut y: Vec<f32> = (0..n * width).map(normal).collect();
    orthonormalise(&mut y, width);
    for done in 0..PRODUCTS {
        y = graph.to_items(&graph.to_users(&y, width), width);
        // Twice: what the first pass leaves by rounding, the second takes out.
        orthonormalise(&mut y, width);
        orthonormalise(&mut y, width);
        if !go_on((done + 1) as f64 / (PRODUCTS + 1) as f64) {
            return None;
        }
    }
    let turned = eigenvectors(gram(&graph.to_users(&y, width), width), width);
    let kept = k.min(width);
    let mut vectors = vec![0.0; n * k];
    let rows = vectors.par_chunks_exact_mut(k.max(1)).zip(y.par_chunks_exact(width));
    rows.for_each(|(out, row)| {
        for (out, vector) in out[..kept].iter_mut().zip(&turned) {
            *out =
                symmetric::dot(row, &vector.iter().map(|&x| x as f32).collect::<Vec<_>>()) as f32;
        }
    });
    Some(vectors)
}

impl Graph {
    /// X̃ Y.
    fn to_users(&self, y: &[f32], width: usize) -> Vec<f32> {
        product((&self.users, &self.of_user), (y, &self.of_item), width)
    }

    /// X̃ᵀ Z.
    fn to_items(&self, z: &[f32], width: usize) -> Vec<f32> {
        product((&self.items, &self.of_item), (z, &self.of_user), width)
    }
}

/// Of each row of a side, the rows that its columns stand for, summed, both scaled.
fn product(
    (side, of_row): (&Side, &[f32]),
    (rows, of_column): (&[f32], &[f32]),
    width: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; side.rows() * width];
    out.par_chunks_exact_mut(width).enumerate().for_each(|(row, out)| {
        dispatch(
            #[inline(always)]
            || {
                for &column in side.columns(row) {
                    let by = of_row[row] * of_column[column as usize];
                    let from = &rows[column as usize * width..][..width];
                    out.iter_mut().zip(from).for_each(|(sum, x)| *sum += by * x);
                }
            },
        );
    });
    out
}

/// YᵀY, right of the diagonal.
fn gram(y: &[f32], width: usize) -> Vec<f64> {
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

/// The eigenvectors of a symmetric matrix, given right of its diagonal, of the largest value first: by
/// Jacobi's rotations in a fixed order.
fn eigenvectors(mut a: Vec<f64>, n: usize) -> Vec<Vec<f64>> {
    for row in 0..n {
        for column in 0..row {
            a[row * n + column] = a[column * n + row];
        }
    }
    let mut vectors: Vec<Vec<f64>> =
        (0..n).map(|row| (0..n).map(|at| f64::from(u8::from(at == row))).collect()).collect();
    let size: f64 = (0..n).map(|at| a[at * n + at].abs()).sum();
    for _ in 0..40 {
        let mut largest = 0.0f64;
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            let off = a[p * n + q];
            largest = largest.max(off.abs());
            if off.abs() <= 1e-14 * size {
                continue;
            }
            // Golub, Van Loan, section 8.5: the smaller of the two angles.
            let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            rotate(&mut a, n, (p, q), (c, t * c));
            let (before, after) = vectors.split_at_mut(q);
            for (x, y) in before[p].iter_mut().zip(&mut after[0]) {
                (*x, *y) = (c * *x - t * c * *y, t * c * *x + c * *y);
            }
        }
        if largest <= 1e-12 * size {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&x, &y| a[y * n + y].total_cmp(&a[x * n + x]).then(x.cmp(&y)));
    order.into_iter().map(|at| std::mem::take(&mut vectors[at])).collect()
}

/// A ← JᵀAJ, J the rotation of p and q.
fn rotate(a: &mut [f64], n: usize, (p, q): (usize, usize), (c, s): (f64, f64)) {
    let (before, after) = a.split_at_mut(q * n);
    for (x, y) in before[p * n..(p + 1) * n].iter_mut().zip(&mut after[..n]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
    for row in a.chunks_exact_mut(n) {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}

#[cfg(test)]
mod tests;
