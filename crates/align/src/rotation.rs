//! Rotations, and the one between two sets of rows.

use crate::polar::orthogonal;
use foretaste_kernels::dispatch;
use rayon::prelude::*;

/// A matrix R of orthonormal rows, which turns rows q of `from` numbers into rows qR of `to` numbers: as
/// many, or more. Inner products of rows that are turned stay what they were; so do reflections, which are
/// among the rotations here.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    from: usize,
    to: usize,
    /// R, row by row.
    matrix: Vec<f64>,
}

/// How well two sets of rows agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// ‖Q − Q_old‖ / ‖Q_old‖ of the rows as they are.
    pub before: f64,
    /// ‖QR − Q_old‖ / ‖Q_old‖.
    pub after: f64,
}

/// Rows whose products are summed to a part of a matrix.
const PART: usize = 4096;

impl Rotation {
    /// The one that minimises ‖QR − Q_old‖, of rows Q of `from` numbers each and as many rows Q_old of `to`
    /// numbers: R = UWᵀ of the singular value decomposition QᵀQ_old = USWᵀ (Schönemann, *A generalized
    /// solution of the orthogonal Procrustes problem*, Psychometrika 1966). Where one has fewer numbers, zeros
    /// follow: rows that are wider than the old ones keep their width, and the first numbers are those that
    /// old rows have. In directions of which the rows say nothing, R is as near to leaving them as they are
    /// as it can be. `None` if there are no rows, or they have nothing in common but zeros.
    ///
    /// # Panics
    /// If a width is 0, or there are not as many whole rows of either.
    pub fn between(new: (&[f32], usize), old: (&[f32], usize)) -> Option<(Self, Fit)> {
        let ((new, from), (old, of_old)) = (new, old);
        let rows = new.len() / from;
        assert_eq!((rows * from, rows * of_old), (new.len(), old.len()), "whole rows of both");
        let to = from.max(of_old);
        let products = products((new, from), (old, of_old), to);
        if products.iter().all(|&x| x == 0.0) {
            return None;
        }
        // Rows of zeros, of the numbers that new rows do not have, are turned to no matter what.
        let mut matrix = orthogonal(products, to);
        matrix.truncate(from * to);
        let rotation = Self { from, to, matrix };
        let turned = rotation.turn(new);
        let size = distance((&[], 0), (old, of_old));
        let fit = Fit {
            before: distance((new, from), (old, of_old)) / size,
            after: distance((&turned, to), (old, of_old)) / size,
        };
        Some((rotation, fit))
    }

    /// Numbers of a row before it is turned.
    pub fn from(&self) -> usize {
        self.from
    }

    /// Numbers of a row that was turned.
    pub fn to(&self) -> usize {
        self.to
    }

    /// R, row by row.
    pub fn matrix(&self) -> &[f64] {
        &self.matrix
    }

    /// Turns rows, one after the other: sums in f64, rounded once. In parallel on the current rayon pool, whose
    /// size does not change the result.
    ///
    /// # Panics
    /// If they are not whole rows.
    pub fn turn(&self, rows: &[f32]) -> Vec<f32> {
        assert!(rows.len().is_multiple_of(self.from), "whole rows");
        let mut turned = vec![0.0; rows.len() / self.from * self.to];
        let each = turned.par_chunks_mut(self.to).zip(rows.par_chunks(self.from));
        let scratch = || vec![0.0f64; self.to];
        each.for_each_init(scratch, |sum, (out, row)| {
            dispatch(
                #[inline(always)]
                || {
                    sum.fill(0.0);
                    for (&x, of_row) in row.iter().zip(self.matrix.chunks_exact(self.to)) {
                        let x = f64::from(x);
                        sum.iter_mut().zip(of_row).for_each(|(sum, r)| *sum += x * r);
                    }
                    out.iter_mut().zip(&*sum).for_each(|(out, &sum)| *out = sum as f32);
                },
            );
        });
        turned
    }
}

/// QᵀQ_old, with zeros to `width` rows and columns; in parts that the number of rows alone divides.
fn products(
    (new, from): (&[f32], usize),
    (old, of_old): (&[f32], usize),
    width: usize,
) -> Vec<f64> {
    let mut sum = vec![0.0; width * width];
    for (new, old) in new.chunks(PART * from).zip(old.chunks(PART * of_old)) {
        // A row of the matrix is a number of new rows times all of the old ones.
        sum.par_chunks_mut(width).take(from).enumerate().for_each(|(at, sum)| {
            dispatch(
                #[inline(always)]
                || {
                    for (new, old) in new.chunks_exact(from).zip(old.chunks_exact(of_old)) {
                        let x = f64::from(new[at]);
                        sum.iter_mut().zip(old).for_each(|(sum, &y)| *sum += x * f64::from(y));
                    }
                },
            );
        });
    }
    sum
}

/// ‖A − B‖ of rows, of which the shorter go on with zeros; of no rows A, ‖B‖.
fn distance((a, of_a): (&[f32], usize), (b, of_b): (&[f32], usize)) -> f64 {
    let row = |at: usize| {
        let number = |rows: &[f32], width: usize, n: usize| {
            if n < width { f64::from(rows[at * width + n]) } else { 0.0 }
        };
        (0..of_a.max(of_b)).map(|n| (number(a, of_a, n) - number(b, of_b, n)).powi(2)).sum::<f64>()
    };
    (0..b.len() / of_b).map(row).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests;
