//! Eigenvectors of small symmetric matrices, by Jacobi's rotations in a fixed order.

/// The eigenvalues and eigenvectors of a symmetric matrix, given right of its diagonal, the largest value
/// first.
pub(crate) fn eigenvectors(mut a: Vec<f64>, n: usize) -> Vec<(f64, Vec<f64>)> {
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
    order.into_iter().map(|at| (a[at * n + at], std::mem::take(&mut vectors[at]))).collect()
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
