//! Sums of the rows' products: the matrices that all rows of the other side share.

use super::GROUP;
use foretaste_kernels::symmetric;
use rayon::prelude::*;

/// [`gram`] of k rows or more.
pub(super) fn gram_unless_short(
    rows: &[f32],
    k: usize,
    weights: Option<&[f64]>,
) -> Option<Vec<f64>> {
    (rows.len() / k >= k).then(|| gram(rows, k, weights))
}

/// [`gram`] of k rows or more, which is made once.
pub(super) fn kept(
    gram: &mut Option<Vec<f64>>,
    rows: &[f32],
    k: usize,
    weights: Option<&[f64]>,
) -> Option<Vec<f64>> {
    *gram = gram.take().or_else(|| gram_unless_short(rows, k, weights));
    gram.clone()
}

/// The sum of the rows' outer products, by their weights if they have such: a matrix of k × k, right of
/// the diagonal.
pub(super) fn gram(rows: &[f32], k: usize, weights: Option<&[f64]>) -> Vec<f64> {
    // Parts for all threads, but no more than 32 MiB of them.
    let parts = ((32 << 20) / (8 * k * k)).clamp(1, 64);
    let part = (rows.len() / k).div_ceil(parts).max(GROUP) * k;
    let sums: Vec<Vec<f64>> = rows
        .par_chunks(part)
        .enumerate()
        .map(|(n, rows)| {
            let (mut sum, mut group) = (vec![0.0; k * k], Vec::with_capacity(GROUP * k));
            for (at, rows) in (n * part / k..).step_by(GROUP).zip(rows.chunks(GROUP * k)) {
                group.clear();
                group.extend(rows.iter().map(|&x| f64::from(x)));
                if let Some(weights) = weights {
                    let each = group.chunks_exact_mut(k).zip(&weights[at..]);
                    each.for_each(|(row, weight)| row.iter_mut().for_each(|x| *x *= weight.sqrt()));
                }
                symmetric::add_products(&mut sum, k, &group, 1.0);
            }
            sum
        })
        .collect();
    let mut gram = vec![0.0; k * k];
    for sum in sums {
        gram.iter_mut().zip(sum).for_each(|(gram, sum)| *gram += sum);
    }
    gram
}
