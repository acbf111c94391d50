//! Products of a matrix in f32 with vectors, by fused operations.
//!
//! A fused multiply-add rounds once, by definition, so it has the same bits on every machine; where a
//! processor has none it is computed, slowly. What is here is summed in an order that the shape alone
//! decides.
//!
//! A matrix is given by its rows, one after the other, each of whole [`LANES`].

use crate::LANES;

/// Numbers that are summed side by side.
const WIDE: usize = 8;
/// Rows that are multiplied at once.
const ROWS: usize = 8;
/// Numbers of a sum of rows that stay in registers.
const BLOCK: usize = 64;

/// Sets `out` to ⟨row, `vector`⟩ of each row of `matrix`.
///
/// # Panics
/// If the rows are not as long as the vector, of whole lanes, and as many as `out` has numbers.
#[inline(always)]
pub fn products(matrix: &[f32], vector: &[f32], out: &mut [f32]) {
    let k = vector.len();
    assert!(k.is_multiple_of(LANES) && matrix.len() == out.len() * k, "rows of whole lanes");
    let mut groups = out.chunks_exact_mut(ROWS);
    let mut rows = matrix.chunks_exact((ROWS * k).max(1));
    let (vector, _) = vector.as_chunks::<WIDE>();
    for (out, rows) in groups.by_ref().zip(rows.by_ref()) {
        let rows: [&[[f32; WIDE]]; ROWS] =
            std::array::from_fn(|n| &rows[n * k..(n + 1) * k].as_chunks().0[..vector.len()]);
        let mut sums = [[0.0; WIDE]; ROWS];
        for (at, vector) in vector.iter().enumerate() {
            for n in 0..ROWS {
                sums[n] = fused(&rows[n][at], vector, sums[n]);
            }
        }
        out.copy_from_slice(&sums.map(total));
    }
    let rows = rows.remainder().chunks_exact(k.max(1));
    for (out, row) in groups.into_remainder().iter_mut().zip(rows) {
        *out = product(row, vector.as_flattened());
    }
}

/// a · b + c.
#[inline(always)]
fn fused(a: &[f32; WIDE], b: &[f32; WIDE], c: [f32; WIDE]) -> [f32; WIDE] {
    std::array::from_fn(|n| a[n].mul_add(b[n], c[n]))
}

/// ⟨a, b⟩ as [`products`] has it.
#[inline(always)]
pub fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; WIDE];
    for (a, b) in a.chunks_exact(WIDE).zip(b.chunks_exact(WIDE)) {
        for n in 0..WIDE {
            sums[n] = a[n].mul_add(b[n], sums[n]);
        }
    }
    total(sums)
}

#[inline(always)]
fn total([a, b, c, d, e, f, g, h]: [f32; WIDE]) -> f32 {
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Adds `share` · row to `out` of each row of `matrix`, by its share, row after row.
///
/// # Panics
/// As for [`products`].
#[inline(always)]
pub fn add_rows(matrix: &[f32], shares: &[f32], out: &mut [f32]) {
    let k = out.len();
    assert!(k.is_multiple_of(LANES) && matrix.len() == shares.len() * k, "rows of whole lanes");
    let mut blocks = out.chunks_exact_mut(BLOCK);
    let mut at = 0;
    for out in blocks.by_ref() {
        add_columns::<BLOCK>(matrix, k, at, shares, out);
        at += BLOCK;
    }
    for out in blocks.into_remainder().chunks_exact_mut(LANES) {
        add_columns::<LANES>(matrix, k, at, shares, out);
        at += LANES;
    }
}

#[inline(always)]
fn add_columns<const N: usize>(
    matrix: &[f32],
    k: usize,
    at: usize,
    shares: &[f32],
    out: &mut [f32],
) {
    let mut sums = [0.0; N];
    sums.copy_from_slice(out);
    for (row, share) in matrix.chunks_exact(k).zip(shares) {
        let row = &row[at..at + N];
        for n in 0..N {
            sums[n] = share.mul_add(row[n], sums[n]);
        }
    }
    out.copy_from_slice(&sums);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch;
    use proptest::prelude::*;

    /// A matrix of rows of whole lanes, and a vector as long as a row.
    fn matrix() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        (0usize..20, 1usize..12).prop_flat_map(|(rows, lanes)| {
            let numbers = |len| prop::collection::vec(-2.0f32..2.0, len);
            (numbers(rows * lanes * LANES), numbers(lanes * LANES))
        })
    }

    proptest! {
        #[test]
        fn products_are_inner_products((matrix, vector) in matrix()) {
            let mut out = vec![f32::NAN; matrix.len() / vector.len()];
            let plain = out.clone();
            dispatch(#[inline(always)] || products(&matrix, &vector, &mut out));
            for (row, &out) in matrix.chunks(vector.len()).zip(&out) {
                let (mut sum, mut size) = (0.0, 0.0);
                for (a, b) in row.iter().zip(&vector) {
                    sum += f64::from(*a) * f64::from(*b);
                    size += f64::from(a * b).abs();
                }
                prop_assert!((f64::from(out) - sum).abs() <= 1e-6 * size);
                // Eight rows at once or alone: the same bits.
                prop_assert_eq!(out.to_bits(), product(row, &vector).to_bits());
            }
            // And without the long vectors.
            let mut scalar = plain;
            products(&matrix, &vector, &mut scalar);
            prop_assert_eq!(out, scalar);
        }

        #[test]
        fn rows_add_up_in_order((matrix, start) in matrix()) {
            let k = start.len();
            let shares: Vec<f32> = (0..matrix.len() / k).map(|n| (n as f32).sin()).collect();
            let (mut out, mut expected) = (start.clone(), start);
            dispatch(#[inline(always)] || add_rows(&matrix, &shares, &mut out));
            for (row, share) in matrix.chunks(k).zip(shares) {
                for (sum, x) in expected.iter_mut().zip(row) {
                    *sum = share.mul_add(*x, *sum);
                }
            }
            prop_assert_eq!(out, expected);
        }
    }
}
