//! Principal components: the directions in which vectors differ most.
//!
//! With X the vectors less their mean, row by row, and V the right singular vectors of X of the largest
//! singular values σ, a vector is told by its row of XV; column n has the variance σ_n² / rows.

use crate::{Matrix, right_vectors};
use foretaste_kernels::dispatch;
use rayon::prelude::*;

/// Vectors by their principal components.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// How many numbers a vector has: as many as were asked for, or as there are components.
    pub width: usize,
    /// The vectors, row by row, in the order that they were given in.
    pub values: Vec<f32>,
    /// Which share of the variance of the vectors they have; from 0 to 1.
    pub share: f64,
}

/// The `n` first principal components of vectors of `width` finite numbers, given row by row: fewer where
/// there are fewer, none where all vectors are the same. Takes as much memory as the vectors again for
/// them less their mean, and 9/8 `n` numbers of 4 B, twice for each number of a vector and once for each
/// vector.
///
/// # Panics
/// If `values` are not whole vectors.
pub fn principal_components(values: &[f32], width: usize, n: usize, seed: u64) -> Principal {
    assert!(width > 0 && values.len().is_multiple_of(width), "whole vectors");
    let (centred, largest) = centred(values, width);
    let none = Principal { width: 0, values: Vec::new(), share: 0.0 };
    if largest == 0.0 {
        return none;
    }
    let rows = values.len() / width;
    let n = n.min(width).min(rows);
    let all = centred.par_chunks(width).map(|row| row.iter().map(square).sum::<f64>());
    let all: f64 = all.collect::<Vec<f64>>().iter().sum();
    let matrix = Dense { values: centred, width };
    let Some(found) = right_vectors(&matrix, n, seed, |_| true) else { return none };
    let rank = found.rank();
    let turned = matrix.times(&found.vectors, n);
    // What is larger than numbers of 32 bits is told by the largest of them.
    let back = |&x: &f32| ((f64::from(x) * largest) as f32).clamp(f32::MIN, f32::MAX);
    let values = turned.chunks_exact(n).flat_map(|row| row[..rank].iter().map(back)).collect();
    let share = found.squares[..rank].iter().sum::<f64>() / all;
    Principal { width: rank, values, share: share.min(1.0) }
}

fn square(x: &f32) -> f64 {
    f64::from(*x).powi(2)
}

/// The vectors less their mean, as parts of the largest number of these, so that no product of them is too
/// large or too small; and that number.
fn centred(values: &[f32], width: usize) -> (Vec<f32>, f64) {
    let rows = (values.len() / width).max(1) as f64;
    let mut mean = vec![0.0; width];
    for row in values.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    mean.iter_mut().for_each(|sum| *sum /= rows);
    let less = |(&x, mean): (&f32, &f64)| f64::from(x) - mean;
    let mut largest = 0.0f64;
    for row in values.chunks_exact(width) {
        largest = row.iter().zip(&mean).map(less).fold(largest, |most, x| most.max(x.abs()));
    }
    // All the same but for the rounding of their mean.
    let size = values.iter().fold(0.0f64, |most, &x| most.max(f64::from(x).abs()));
    if largest <= f64::EPSILON * rows * size {
        return (Vec::new(), 0.0);
    }
    let mut centred = Vec::with_capacity(values.len());
    for row in values.chunks_exact(width) {
        centred.extend(row.iter().zip(&mean).map(less).map(|x| (x / largest) as f32));
    }
    (centred, largest)
}

/// A matrix of all its values, row by row.
#[derive(Debug)]
struct Dense {
    values: Vec<f32>,
    width: usize,
}

/// Columns whose sums are made at once, so that a row is read from the memory once for so many.
const AT_ONCE: usize = 16;

impl Matrix for Dense {
    fn shape(&self) -> (usize, usize) {
        (self.values.len() / self.width, self.width)
    }

    fn times(&self, y: &[f32], width: usize) -> Vec<f32> {
        let mut out = vec![0.0; self.shape().0 * width];
        let rows = self.values.par_chunks_exact(self.width);
        out.par_chunks_exact_mut(width).zip(rows).for_each(|(out, row)| {
            dispatch(
                #[inline(always)]
                || {
                    for (by, from) in row.iter().zip(y.chunks_exact(width)) {
                        out.iter_mut().zip(from).for_each(|(sum, x)| *sum += by * x);
                    }
                },
            );
        });
        out
    }

    fn transposed_times(&self, z: &[f32], width: usize) -> Vec<f32> {
        let mut out = vec![0.0; self.width * width];
        out.par_chunks_mut(AT_ONCE * width).enumerate().for_each(|(block, out)| {
            let first = block * AT_ONCE;
            dispatch(
                #[inline(always)]
                || {
                    for (row, from) in
                        self.values.chunks_exact(self.width).zip(z.chunks_exact(width))
                    {
                        for (by, out) in row[first..].iter().zip(out.chunks_exact_mut(width)) {
                            out.iter_mut().zip(from).for_each(|(sum, x)| *sum += by * x);
                        }
                    }
                },
            );
        });
        out
    }
}

#[cfg(test)]
mod tests;
