use super::*;
use foretaste_data::{Interactions, ItemId};

/// Three groups of users and items that hardly meet, and user 0 without anything.
fn graph() -> Graph {
    let (mut starts, mut items) = (vec![0, 0], Vec::new());
    for user in 1u32..90 {
        let noise = |item: u32| (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        let has = |item: &u32| noise(*item) % 10 < if user % 3 == item % 3 { 7 } else { 1 };
        items.extend((0..60).filter(has).map(ItemId));
        starts.push(items.len());
    }
    Graph::new(&Interactions::from_rows(starts, items, 60).unwrap())
}

/// X̃ᵀX̃.
fn dense(graph: &Graph) -> Vec<f64> {
    let n = graph.of_item.len();
    let mut all = vec![0.0; n * n];
    for user in 0..graph.of_user.len() {
        let scale =
            |item: u32| f64::from(graph.of_user[user]) * f64::from(graph.of_item[item as usize]);
        for &a in graph.users.columns(user) {
            for &b in graph.users.columns(user) {
                all[a as usize * n + b as usize] += scale(a) * scale(b);
            }
        }
    }
    all
}

#[test]
fn rotations_find_the_eigenvectors() {
    let a = dense(&graph());
    let n = 60;
    let vectors = eigenvectors(a.clone(), n);
    let mut last = f64::INFINITY;
    for vector in &vectors {
        let image: Vec<f64> = a.chunks(n).map(|row| symmetric::dot(row, vector)).collect();
        let value = symmetric::dot(&image, vector);
        assert!(value <= last + 1e-9);
        last = value;
        for (x, v) in image.iter().zip(vector) {
            assert!((x - value * v).abs() < 1e-9, "{x} {v} {value}");
        }
    }
}

#[test]
fn the_subspace_is_that_of_the_largest_values() {
    let graph = graph();
    let n = 60;
    let exact = eigenvectors(dense(&graph), n);
    for k in [1, 3] {
        let vectors = right_vectors(&graph, k, 7, |_| true).unwrap();
        // Projections, since a vector may have either sign. After ten products what is left of others is
        // (σ'/σ)²⁰, less than f32 tells.
        for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
            let found: f64 = (0..k)
                .map(|at| f64::from(vectors[a * k + at]) * f64::from(vectors[b * k + at]))
                .sum();
            let expected: f64 = (0..k).map(|at| exact[at][a] * exact[at][b]).sum();
            assert!((found - expected).abs() < 1e-5, "{k}: {found} {expected}");
        }
    }
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
