//! Small symmetric matrices in f64: sums of outer products, and equations of them.
//!
//! A matrix of k × k numbers is stored row by row, and of each row only what is right of the diagonal
//! is read or written. All loops run along rows in a fixed order, so that they vectorise and
//! give the same bits on every machine.

use crate::dispatch;

/// Rows and columns of a block of a matrix whose sums stay in registers.
const HEIGHT: usize = 4;
const WIDTH: usize = 8;

/// Adds `weight` · Σ r rᵀ of the rows r of `rows` to a matrix of k × k, summed in their order by fused
/// operations.
///
/// # Panics
/// If the matrix is not of k × k, or the rows are not of k numbers.
pub fn add_products(matrix: &mut [f64], k: usize, rows: &[f64], weight: f64) {
    assert!(matrix.len() == k * k && rows.len().is_multiple_of(k.max(1)), "a matrix and its rows");
    dispatch(
        #[inline(always)]
        || {
            for (first, sums) in (0..).step_by(HEIGHT).zip(matrix.chunks_mut(HEIGHT * k.max(1))) {
                let whole = k / WIDTH * WIDTH;
                for at in (first / WIDTH * WIDTH..whole).step_by(WIDTH) {
                    let block = block(rows, k, first, at);
                    for (n, (sums, block)) in sums.chunks_exact_mut(k).zip(&block).enumerate() {
                        let from = (first + n).saturating_sub(at).min(WIDTH);
                        let (sums, block) = (&mut sums[at + from..at + WIDTH], &block[from..]);
                        for (sum, product) in sums.iter_mut().zip(block) {
                            *sum = weight.mul_add(*product, *sum);
                        }
                    }
                }
                for (n, sums) in sums.chunks_exact_mut(k).enumerate() {
                    let row = first + n;
                    for at in whole.max(row)..k {
                        let mut sum = 0.0;
                        for numbers in rows.chunks_exact(k) {
                            sum = numbers[row].mul_add(numbers[at], sum);
                        }
                        sums[at] = weight.mul_add(sum, sums[at]);
                    }
                }
            }
        },
    );
}

/// The sums of products of [`HEIGHT`] columns from `first` with [`WIDTH`] from `at`; what is missing of the
/// former is computed of the last one again.
#[inline(always)]
fn block(rows: &[f64], k: usize, first: usize, at: usize) -> [[f64; WIDTH]; HEIGHT] {
    let mut sums = [[0.0; WIDTH]; HEIGHT];
    let of: [usize; HEIGHT] = std::array::from_fn(|n| (first + n).min(k - 1));
    for row in rows.chunks_exact(k) {
        let (columns, _) = row[at..at + WIDTH].as_chunks::<WIDTH>();
        for n in 0..HEIGHT {
            sums[n] = fused(row[of[n]], &columns[0], sums[n]);
        }
    }
    sums
}

/// x · a + b.
#[inline(always)]
fn fused(x: f64, a: &[f64; WIDTH], b: [f64; WIDTH]) -> [f64; WIDTH] {
    std::array::from_fn(|n| x.mul_add(a[n], b[n]))
}

/// Turns a matrix A into its Cholesky factor R, RᵀR = A. False if a pivot is not above 0 or not
/// finite; the matrix is then of no use. Rounding may let a singular matrix pass: what makes sure of
/// the solution is a ridge.
///
/// # Panics
/// If the matrix is not of k × k.
#[must_use]
pub fn factor(matrix: &mut [f64], k: usize) -> bool {
    assert_eq!(matrix.len(), k * k, "a matrix of {k} × {k}");
    dispatch(
        #[inline(always)]
        || {
            for n in 0..k {
                let (above, below) = matrix.split_at_mut((n + 1) * k);
                let row = &mut above[n * k + n..];
                // Not a comparison that NaN passes.
                if !(row[0] > 0.0 && row[0].is_finite()) {
                    return false;
                }
                let scale = 1.0 / row[0].sqrt();
                row.iter_mut().for_each(|x| *x *= scale);
                for (m, rest) in (n + 1..).zip(below.chunks_exact_mut(k)) {
                    let row = &row[m - n..];
                    subtract(&mut rest[m..], row[0], row);
                }
            }
            true
        },
    )
}

/// Solves RᵀR x = b in place, of the R of [`factor`].
///
/// # Panics
/// If R is not of k × k, of the k numbers of b.
pub fn solve(factor: &[f64], b: &mut [f64]) {
    let k = b.len();
    assert_eq!(factor.len(), k * k, "a matrix of {k} × {k}");
    dispatch(
        #[inline(always)]
        || {
            for (n, row) in factor.chunks_exact(k.max(1)).enumerate() {
                let (done, rest) = b.split_at_mut(n + 1);
                done[n] /= row[n];
                subtract(rest, done[n], &row[n + 1..]);
            }
            for (n, row) in factor.chunks_exact(k.max(1)).enumerate().rev() {
                let (first, solved) = b.split_at_mut(n + 1);
                first[n] = (first[n] - dot(&row[n + 1..], solved)) / row[n];
            }
        },
    );
}

/// a − x · b.
#[inline(always)]
fn subtract(a: &mut [f64], x: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= x * b;
    }
}

/// The inner product in f64, by eight sums, so that additions do not wait for one another.
#[inline(always)]
pub fn dot<T: Copy + Into<f64>>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let (of_a, of_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = of_a.remainder().iter().zip(of_b.remainder());
    let rest: f64 = rest.map(|(&a, &b)| a.into() * b.into()).sum();
    for (a, b) in of_a.zip(of_b) {
        for n in 0..8 {
            sums[n] += a[n].into() * b[n].into();
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    rest + (((a + e) + (b + f)) + ((c + g) + (d + h)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1usize..40, 0usize..60)
            .prop_flat_map(|(k, rows)| (Just(k), prop::collection::vec(-1.0f64..1.0, k * rows)))
    }

    /// Σ weight · r rᵀ + I, the whole of it.
    fn plain(k: usize, rows: &[f64], weight: f64) -> Vec<f64> {
        let cell = |at: usize| {
            let products = rows.chunks(k).map(|row| weight * row[at / k] * row[at % k]);
            f64::from(u8::from(at / k == at % k)) + products.sum::<f64>()
        };
        (0..k * k).map(cell).collect()
    }

    fn identity(k: usize) -> Vec<f64> {
        plain(k, &[], 1.0)
    }

    proptest! {
        #[test]
        fn products_add_up_right_of_the_diagonal((k, rows) in rows(), weight in 0.1f64..9.0) {
            let mut matrix = identity(k);
            add_products(&mut matrix, k, &rows, weight);
            for (at, expected) in plain(k, &rows, weight).into_iter().enumerate() {
                let expected = if at % k < at / k { 0.0 } else { expected };
                prop_assert!((matrix[at] - expected).abs() < 1e-11);
            }
        }

        #[test]
        fn what_is_solved_is_what_was_asked((k, rows) in rows(), seed in 0.0f64..9.0) {
            let x: Vec<f64> = (0..k).map(|n| (seed + n as f64).sin()).collect();
            let whole = plain(k, &rows, 2.0);
            let mut b: Vec<f64> = whole.chunks(k).map(|row| dot(row, &x)).collect();
            let mut matrix = identity(k);
            add_products(&mut matrix, k, &rows, 2.0);
            prop_assert!(factor(&mut matrix, k));
            solve(&matrix, &mut b);
            for (solved, x) in b.iter().zip(&x) {
                prop_assert!((solved - x).abs() < 1e-9, "{solved} {x}");
            }
        }
    }

    #[test]
    fn what_is_not_positive_is_said_to_be_so() {
        assert!(factor(&mut [1.0, 0.5, 0.0, 1.0], 2));
        assert!(!factor(&mut [1.0, 1.0, 0.0, 1.0], 2));
        assert!(!factor(&mut [-1.0], 1));
        assert!(!factor(&mut [f64::NAN], 1) && !factor(&mut [f64::INFINITY], 1));
        assert!(!factor(&mut [1.0, f64::NAN, 0.0, 1.0], 2));
    }
}
