//! The orthogonal matrix nearest to a square one, by one-sided Jacobi rotations.
//!
//! Rotations of pairs of columns make those of MV orthogonal to each other, V being what they amount to
//! (Hestenes 1958; Golub, Van Loan, *Matrix Computations*, section 8.6.3). Then column n of MV is σ_n u_n, and
//!
//! ```text
//! M = USVᵀ        R = UVᵀ
//! ```
//!
//! In each of n − 1 rounds of a sweep every column is in one pair, so that the pairs are worked on in parallel, and
//! the result does not depend on who does. A sweep takes some 8 n³ operations; ten to thirty are enough, the more the
//! further apart the singular values are, since convergence is quadratic in the end.
//!
//! Where σ is nothing but rounding, U is not known. R then has to be some orthogonal matrix between what is left
//! on both sides, and is the nearest to the identity: with N_U and N_V bases of what is left, it is the
//! orthogonal matrix nearest to N_Uᵀ N_V, by this same routine.

use foretaste_kernels::dispatch;
use rayon::prelude::*;

/// Two columns are orthogonal where their cosine is no more.
const ORTHOGONAL: f64 = 1e-14;
/// A singular value below so much of the largest is rounding: that of sums of products of 32-bit numbers.
const NOTHING: f64 = 1e-12;
/// More than are ever needed.
const SWEEPS: u32 = 60;

/// A column of MV and that of V.
#[derive(Clone, Debug)]
struct Column {
    image: Vec<f64>,
    vector: Vec<f64>,
}

/// The orthogonal matrix nearest to one of n rows and columns, both row by row.
pub(crate) fn orthogonal(matrix: Vec<f64>, n: usize) -> Vec<f64> {
    factor(matrix, n, true)
}

/// The same; where `matrix` says nothing, what is left is taken in some order unless it is to be `nearest` to
/// the identity.
fn factor(matrix: Vec<f64>, n: usize, nearest: bool) -> Vec<f64> {
    let (columns, _) = orthogonalised(&matrix, n);
    drop(matrix);
    let length = |column: &Column| dot(&column.image, &column.image).sqrt();
    let lengths: Vec<f64> = columns.iter().map(length).collect();
    let largest = lengths.iter().fold(0.0f64, |most, &x| most.max(x));
    let (mut left, mut right, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for (column, length) in columns.into_iter().zip(lengths) {
        let Column { mut image, vector } = column;
        if length > NOTHING * largest {
            image.iter_mut().for_each(|x| *x /= length);
            left.push(image);
            right.push(vector);
        } else {
            rest.push(vector);
        }
    }
    if !rest.is_empty() {
        let of_left = complement(&left, n);
        let paired = if nearest { paired(&of_left, &rest) } else { rest };
        left.extend(of_left);
        right.extend(paired);
    }
    let mut out = vec![0.0; n * n];
    out.par_chunks_mut(n.max(1)).enumerate().for_each(|(at, out)| {
        dispatch(
            #[inline(always)]
            || {
                for (left, right) in left.iter().zip(&right) {
                    let by = left[at];
                    out.iter_mut().zip(right).for_each(|(sum, x)| *sum += by * x);
                }
            },
        );
    });
    out
}

/// The columns of a matrix, turned until each is orthogonal to all others, and how many sweeps that took.
fn orthogonalised(matrix: &[f64], n: usize) -> (Vec<Column>, u32) {
    let column = |at: usize| Column {
        image: matrix.iter().skip(at).step_by(n).copied().collect(),
        vector: (0..n).map(|row| f64::from(u8::from(row == at))).collect(),
    };
    let mut columns: Vec<Column> = (0..n).map(column).collect();
    let size = dot(matrix, matrix);
    // An even number of players; one without numbers is nobody's pair.
    if !n.is_multiple_of(2) {
        columns.push(Column { image: Vec::new(), vector: Vec::new() });
    }
    let half = columns.len() / 2;
    let (mut sweeps, mut turned) = (0, true);
    while turned && sweeps < SWEEPS {
        (sweeps, turned) = (sweeps + 1, false);
        for _ in 1..columns.len() {
            let (first, second) = columns.split_at_mut(half);
            let pairs = first.par_iter_mut().zip(second.par_iter_mut().rev());
            turned |= pairs.map(|(a, b)| turn(a, b, size)).reduce(|| false, |a, b| a | b);
            // The first stays; the others go round.
            columns[1..].rotate_right(1);
        }
    }
    columns.retain(|column| !column.image.is_empty());
    (columns, sweeps)
}

/// Makes two columns orthogonal; whether they were not. `size` is the sum of squares of all.
fn turn(a: &mut Column, b: &mut Column, size: f64) -> bool {
    dispatch(
        #[inline(always)]
        || {
            let [of_a, of_b, of_both] =
                [dot(&a.image, &a.image), dot(&b.image, &b.image), dot(&a.image, &b.image)];
            let known = of_a.min(of_b) > 1e-26 * size;
            if !known || of_both.abs() <= ORTHOGONAL * (of_a * of_b).sqrt() {
                return false;
            }
            // The smaller of the two angles.
            let theta = (of_b - of_a) / (2.0 * of_both);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = c * t;
            rotate(&mut a.image, &mut b.image, (c, s));
            rotate(&mut a.vector, &mut b.vector, (c, s));
            true
        },
    )
}

#[inline(always)]
fn rotate(a: &mut [f64], b: &mut [f64], (c, s): (f64, f64)) {
    for (x, y) in a.iter_mut().zip(b) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

/// Vectors that make some orthonormal ones of n numbers a basis: of the axes those that are furthest from
/// what there is, less what they have of it.
fn complement(vectors: &[Vec<f64>], n: usize) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    // Of each axis, the square of what is left.
    let mut left = vec![1.0f64; n];
    let take = |left: &mut [f64], vector: &[f64]| {
        left.iter_mut().zip(vector).for_each(|(left, x)| *left -= x * x);
    };
    vectors.iter().for_each(|vector| take(&mut left, vector));
    while vectors.len() + found.len() < n {
        let furthest = |best: usize, at: usize| if left[at] > left[best] { at } else { best };
        let axis = (0..n).fold(0, furthest);
        let mut vector: Vec<f64> = (0..n).map(|at| f64::from(u8::from(at == axis))).collect();
        // Twice is enough (Kahan, Parlett): what rounding leaves the first time is taken the second.
        for _ in 0..2 {
            for other in vectors.iter().chain(&found) {
                let part = dot(&vector, other);
                vector.iter_mut().zip(other).for_each(|(x, other)| *x -= part * other);
            }
        }
        let length = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        take(&mut left, &vector);
        found.push(vector);
    }
    found
}

/// A basis of the span of `right`, a vector for each of `left`, to which it is nearest.
fn paired(left: &[Vec<f64>], right: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let r = left.len();
    let products = left.iter().flat_map(|l| right.iter().map(|x| dot(l, x))).collect();
    let turned = factor(products, r, false);
    let sum = |by: &[f64]| {
        let mut sum = vec![0.0; right[0].len()];
        for (by, vector) in by.iter().zip(right) {
            sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += by * x);
        }
        sum
    };
    turned.chunks_exact(r).map(sum).collect()
}

/// Lanes of a sum, which is that of these at last.
const LANES: usize = 8;

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (of_a, of_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = of_a.remainder().iter().zip(of_b.remainder()).map(|(x, y)| x * y);
    let rest: f64 = rest.sum();
    for (a, b) in of_a.zip(of_b) {
        for n in 0..LANES {
            sums[n] += a[n] * b[n];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests;
