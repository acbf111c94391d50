use super::*;
use crate::testing::{clicks, edges, product, propagated, random, wide};

fn assert_close(found: &Matrix, expected: &[Vec<f64>]) {
    for (n, expected) in expected.iter().enumerate() {
        for (x, expected) in found.values(n).iter().zip(expected) {
            // Sums of up to 11 neighbours in four layers.
            assert!((f64::from(*x) - expected).abs() < 5e-6, "{x}, {expected}");
        }
    }
}

fn through(graph: &Adjacency, rows: &Matrix, layers: u32, c: f32) -> Matrix {
    let mut out = Matrix::default();
    graph.propagate(rows, (layers, c), &mut Scratch::default(), &mut out);
    out
}

#[test]
fn rows_go_along_the_edges_as_defined() {
    let data = clicks();
    let (edges, degrees) = edges(&data);
    let graph = Adjacency::new(&data);
    for (columns, layers, c) in [(5, 0, 1.0), (5, 3, 1.0), (40, 2, 1.0 / 3.0), (100, 1, 0.5)] {
        let rows = random(graph.nodes(), columns, 1);
        let expected = propagated(&edges, &degrees, &wide(&rows), (layers, f64::from(c)));
        assert_close(&through(&graph, &rows, layers, c), &expected);
    }
}

#[test]
fn the_map_is_its_own_transpose_also_when_edges_are_left_out() {
    let data = clicks();
    let (all, degrees) = edges(&data);
    let whole = Adjacency::new(&data);
    for key in 0..20 {
        let graph = whole.thinned(0.6, 0.0, key);
        let (x, y) = (random(graph.nodes(), 6, key), random(graph.nodes(), 6, 100 + key));
        let flat = |rows: &Matrix| wide(rows).concat();
        let one = product(&flat(&through(&graph, &x, 3, 1.0)), &flat(&y));
        let other = product(&flat(&x), &flat(&through(&graph, &y, 3, 1.0)));
        // 150 products, each of a rounded sum.
        assert!((one - other).abs() < 1e-4, "{one}, {other}");
        // Which edges are left is seen from the first layer of unit rows.
        let unit = |node: usize| {
            let mut rows = Matrix::zeros(graph.nodes(), 1);
            rows.values_mut(node)[0] = 1.0;
            rows
        };
        let kept =
            |&&(a, b): &&(usize, usize)| through(&graph, &unit(a), 1, 1.0).values(b)[0] != 0.0;
        let kept: Vec<_> = all.iter().filter(kept).copied().collect();
        let expected = propagated(&kept, &degrees, &wide(&x), (3, 1.0));
        assert_close(&through(&graph, &x, 3, 1.0), &expected);
        assert!(kept.len() < all.len() && !kept.is_empty());
    }
    let left =
        |key| whole.thinned(0.6, 0.0, key).chunks.iter().map(|c| c.neighbours.len()).sum::<usize>();
    let share = (0..400).map(left).sum::<usize>() as f64 / (400 * 2 * all.len()) as f64;
    // Five standard deviations of 400 · 30 draws or more.
    assert!((share - 0.6).abs() < 5.0 * (0.24 / (400 * all.len()) as f64).sqrt(), "{share}");
    assert_eq!(whole.thinned(1.0, 0.0, 7).chunks[0].neighbours, whole.chunks[0].neighbours);
}

#[test]
fn items_that_are_taken_for_new_have_no_edge_and_others_all() {
    let data = clicks();
    let whole = Adjacency::new(&data);
    let mut news = 0;
    for key in 0..400 {
        let graph = whole.thinned(1.0, 0.3, key);
        let ones = |graph: &Adjacency| {
            let mut rows = Matrix::zeros(graph.nodes(), 1);
            (0..graph.users()).for_each(|user| rows.values_mut(user)[0] = 1.0);
            through(graph, &rows, 1, 1.0)
        };
        let (found, all) = (ones(&graph), ones(&whole));
        for item in (graph.users()..graph.nodes()).filter(|&item| all.values(item)[0] > 0.0) {
            let (found, all) = (found.values(item)[0], all.values(item)[0]);
            assert!(found == all || found == 0.0, "{found}, {all}");
            news += usize::from(found == 0.0);
        }
    }
    // Ten items have edges; five standard deviations.
    let share = news as f64 / 4000.0;
    assert!((share - 0.3).abs() < 5.0 * (0.21f64 / 4000.0).sqrt(), "{share}");
}
