//! The axes of a product of two tall matrices, by their Gram matrices alone.

use crate::rotations::eigenvectors;
use crate::subspace::gram;
use rayon::prelude::*;

/// Of U (m × k) and V (n × k), given by rows: matrices A and B, k × k by rows, so that (U A)(V B)ᵀ = U Vᵀ, and the
/// columns of U A, and those of V B, are at right angles, both as long as the root of a singular value of U Vᵀ, the
/// largest first. Where there is no value but rounding, columns are 0.
///
/// Takes some k³ steps ten times, and 16 k² numbers of 8 B: for k up to a few thousand.
///
/// # Panics
/// If rows are not whole.
pub fn balanced_axes(u: &[f32], v: &[f32], k: usize) -> [Vec<f64>; 2] {
    /// Squares of less than this share of the largest are rounding.
    const NOTHING: f64 = 1e-12;
    assert!(k > 0 && u.len().is_multiple_of(k) && v.len().is_multiple_of(k), "whole rows");
    let of_u = eigenvectors(gram(u, k), k);
    let least = NOTHING * of_u[0].0;
    let root = |n: usize| if of_u[n].0 > least { of_u[n].0.sqrt() } else { 0.0 };
    // Q D^½, by rows.
    let scaled: Vec<f64> = (0..k * k).map(|at| of_u[at % k].1[at / k] * root(at % k)).collect();
    let mut of_v = gram(v, k);
    for row in 0..k {
        for column in 0..row {
            of_v[row * k + column] = of_v[column * k + row];
        }
    }
    let inner = product(&transposed(&scaled, k), &product(&of_v, &scaled, k), k);
    let turned = eigenvectors(inner, k);
    let least = NOTHING * turned[0].0;
    // The fourth root of a squared singular value.
    let value = |n: usize| if turned[n].0 > least { turned[n].0.sqrt().sqrt() } else { 0.0 };
    let inverse = |x: f64| if x > 0.0 { 1.0 / x } else { 0.0 };
    let rotation: Vec<f64> = (0..k * k).map(|at| turned[at % k].1[at / k]).collect();
    let columns = |matrix: Vec<f64>, by: &dyn Fn(usize) -> f64| -> Vec<f64> {
        matrix.iter().enumerate().map(|(at, x)| x * by(at % k)).collect()
    };
    let unscaled: Vec<f64> =
        (0..k * k).map(|at| of_u[at % k].1[at / k] * inverse(root(at % k))).collect();
    let of_users = columns(product(&unscaled, &rotation, k), &value);
    let of_items = columns(product(&scaled, &rotation, k), &|n| inverse(value(n)));
    [of_users, of_items]
}

/// Rows times a k × k matrix.
///
/// # Panics
/// If rows are not whole.
pub fn times(rows: &[f32], matrix: &[f64], k: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows.len()];
    out.par_chunks_exact_mut(k).zip(rows.par_chunks_exact(k)).for_each(|(out, row)| {
        let mut sums = vec![0.0; k];
        for (x, matrix) in row.iter().zip(matrix.chunks_exact(k)) {
            sums.iter_mut().zip(matrix).for_each(|(sum, m)| *sum += f64::from(*x) * m);
        }
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum as f32);
    });
    out
}

fn transposed(a: &[f64], k: usize) -> Vec<f64> {
    (0..k * k).map(|at| a[at % k * k + at / k]).collect()
}

fn product(a: &[f64], b: &[f64], k: usize) -> Vec<f64> {
    let mut out = vec![0.0; k * k];
    out.par_chunks_exact_mut(k).zip(a.par_chunks_exact(k)).for_each(|(out, a)| {
        for (a, b) in a.iter().zip(b.chunks_exact(k)) {
            out.iter_mut().zip(b).for_each(|(out, b)| *out += a * b);
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize, k: usize, first: usize) -> Vec<f32> {
        let number = |n: usize| ((n * 7919 + 31) % 1009) as f32 / 504.0 - 1.0;
        // Columns of lengths that differ.
        (0..count * k).map(|at| number(first + at) * (1.0 + (at % k) as f32)).collect()
    }

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    #[test]
    fn products_stay_and_columns_are_at_right_angles_and_of_one_length() {
        let (k, m, n) = (6, 50, 30);
        let (u, v) = (rows(m, k, 0), rows(n, k, 1000));
        let [a, b] = balanced_axes(&u, &v, k);
        let (turned_u, turned_v) = (times(&u, &a, k), times(&v, &b, k));
        for (x, y) in u.chunks(k).zip(turned_u.chunks(k)) {
            for (p, q) in v.chunks(k).zip(turned_v.chunks(k)) {
                // Six products of numbers up to 36, rounded to 2⁻²⁴ each.
                assert!((dot(x, p) - dot(y, q)).abs() < 6.0 * 36.0 * 1e-6, "{}", dot(x, p));
            }
        }
        let column =
            |rows: &[f32], n: usize| rows.iter().skip(n).step_by(k).copied().collect::<Vec<_>>();
        let mut before = f64::INFINITY;
        for p in 0..k {
            let (x, y) = (column(&turned_u, p), column(&turned_v, p));
            let (square_u, square_v) = (dot(&x, &x), dot(&y, &y));
            assert!((square_u / square_v - 1.0).abs() < 1e-5 && square_u <= before);
            before = square_u;
            for q in 0..p {
                for (rows, x) in [(&turned_u, &x), (&turned_v, &y)] {
                    let other = column(rows, q);
                    assert!(dot(x, &other).abs() < 1e-5 * dot(&other, &other), "{p} {q}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_value_is_zero() {
        // The last of three columns is the first again, and one of V is nothing.
        let u: Vec<f32> =
            rows(20, 2, 3).chunks(2).flat_map(|row| [row[0], row[1], row[0]]).collect();
        let v: Vec<f32> = rows(15, 2, 9).chunks(2).flat_map(|row| [row[0], 0.0, row[1]]).collect();
        let [a, b] = balanced_axes(&u, &v, 3);
        let (x, y) = (times(&u, &a, 3), times(&v, &b, 3));
        assert!(x.chunks(3).chain(y.chunks(3)).all(|row| row[1..] == [0.0, 0.0]));
        for (p, q) in u.chunks(3).zip(x.chunks(3)) {
            assert!(
                v.chunks(3).zip(y.chunks(3)).all(|(r, s)| (dot(p, r) - dot(q, s)).abs() < 1e-4)
            );
        }
        let [a, b] = balanced_axes(&[0.0; 6], &[1.0; 3], 3);
        assert!(a.iter().chain(&b).all(|x| *x == 0.0));
    }
}
