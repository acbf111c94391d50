use super::*;
use crate::Sparse;

/// Three groups of rows and columns that hardly meet, and row 0 without anything.
fn rows() -> Vec<Vec<(u32, f32)>> {
    let of = |row: u32| -> Vec<(u32, f32)> {
        let noise = |column: u32| (row * 1000 + column).wrapping_mul(2_654_435_761) >> 20;
        let has = |column: &u32| noise(*column) % 10 < if row % 3 == column % 3 { 7 } else { 1 };
        let value = |column: u32| (column, 0.1 + (noise(column) % 7) as f32 / 40.0);
        (0..60).filter(has).filter(|_| row > 0).map(value).collect()
    };
    (0..90).map(of).collect()
}

const COLUMNS: usize = 60;

/// AᵀA.
fn dense(rows: &[Vec<(u32, f32)>]) -> Vec<f64> {
    let mut all = vec![0.0; COLUMNS * COLUMNS];
    for row in rows {
        for &(a, x) in row {
            for &(b, y) in row {
                all[a as usize * COLUMNS + b as usize] += f64::from(x) * f64::from(y);
            }
        }
    }
    all
}

#[test]
fn rotations_find_the_eigenvectors() {
    let (a, n) = (dense(&rows()), COLUMNS);
    let found = eigenvectors(a.clone(), n);
    let mut last = f64::INFINITY;
    for (value, vector) in &found {
        let image: Vec<f64> = a.chunks(n).map(|row| symmetric::dot(row, vector)).collect();
        assert!((symmetric::dot(&image, vector) - value).abs() < 1e-9);
        assert!(*value <= last + 1e-9);
        last = *value;
        for (x, v) in image.iter().zip(vector) {
            assert!((x - value * v).abs() < 1e-9, "{x} {v} {value}");
        }
    }
}

#[test]
fn the_subspace_is_that_of_the_largest_values() {
    let (rows, n) = (rows(), COLUMNS);
    let exact = eigenvectors(dense(&rows), n);
    let matrix = Sparse::new(&rows, n);
    for k in [1, 3] {
        let Singular { squares, vectors } = right_vectors(&matrix, k, 7, |_| true).unwrap();
        for (found, (expected, _)) in squares.iter().zip(&exact) {
            assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
        }
        // Projections, since a vector may have either sign. After ten products what is left of others is
        // (σ'/σ)²⁰, less than f32 tells.
        for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
            let found: f64 = (0..k)
                .map(|at| f64::from(vectors[a * k + at]) * f64::from(vectors[b * k + at]))
                .sum();
            let expected: f64 = (0..k).map(|at| exact[at].1[a] * exact[at].1[b]).sum();
            assert!((found - expected).abs() < 1e-5, "{k}: {found} {expected}");
        }
    }
}

#[test]
fn values_that_there_are_not_are_zeros() {
    // Of rank 2: the third row is the sum of the others.
    let rows = [vec![(0, 1.0), (2, 2.0)], vec![(1, 1.0)], vec![(2, 2.0), (1, 1.0), (0, 1.0)]];
    let found = right_vectors(&Sparse::new(&rows, 4), 5, 1, |_| true).unwrap();
    assert_eq!((found.rank(), found.squares.len(), found.vectors.len()), (2, 5, 20));
    assert!(found.vectors.chunks(5).all(|row| row[3..] == [0.0; 2]));
    for (rows, columns) in [(&[][..], 0), (&[], 3), (&[vec![]], 0), (&[vec![], vec![]], 3)] {
        let found = right_vectors(&Sparse::new(rows, columns), 2, 1, |_| true).unwrap();
        assert_eq!((found.rank(), found.vectors), (0, vec![0.0; 2 * columns]));
    }
}

#[test]
fn whoever_watches_can_end_it() {
    let matrix = Sparse::new(&rows(), COLUMNS);
    let mut shares = Vec::new();
    let found = right_vectors(&matrix, 2, 1, |share| {
        shares.push(share);
        shares.len() < 3
    });
    assert_eq!((found, shares.len()), (None, 3));
    assert!(shares.is_sorted() && shares[0] > 0.0);
}

#[test]
fn columns_that_others_span_are_zeros() {
    // The third is the sum of the others.
    let mut y: Vec<f32> =
        [[1.0, 2.0, 3.0], [0.0, 1.0, 1.0], [2.0, 0.0, 2.0], [1.0, 1.0, 2.0]].concat();
    orthonormalise(&mut y, 3);
    let gram = gram(&y, 3);
    for (at, expected) in [(0, 1.0), (1, 0.0), (2, 0.0), (4, 1.0), (5, 0.0), (8, 0.0)] {
        assert!((gram[at] - expected).abs() < 1e-6, "{gram:?}");
    }
}
