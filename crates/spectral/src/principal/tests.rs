use super::*;

/// Vectors in a plane of five dimensions, far from the origin: 2 components, of different lengths.
fn plane() -> Vec<f32> {
    let (a, b) = ([0.6, 0.8, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]);
    let of = |n: usize| {
        let (x, y) = ((n as f32 * 1.7).sin() * 3.0, (n as f32 * 0.9).cos());
        (0..5).map(move |at| 100.0 + x * a[at] + y * b[at])
    };
    (0..40).flat_map(of).collect()
}

fn distance(values: &[f32], width: usize, a: usize, b: usize) -> f64 {
    let row = |n: usize| &values[n * width..(n + 1) * width];
    let squares = row(a).iter().zip(row(b)).map(|(x, y)| f64::from(x - y).powi(2));
    squares.sum::<f64>().sqrt()
}

#[test]
fn as_many_components_as_there_are_keep_all_distances() {
    let plane = plane();
    let found = principal_components(&plane, 5, 5, 1);
    assert_eq!((found.width, found.values.len()), (2, 80));
    assert!((found.share - 1.0).abs() < 1e-6, "{}", found.share);
    for (a, b) in (0..40).flat_map(|a| (0..a).map(move |b| (a, b))) {
        let (before, after) = (distance(&plane, 5, a, b), distance(&found.values, 2, a, b));
        // Numbers near 100 are told to 4e-6.
        assert!((before - after).abs() < 5e-5, "{before} {after}");
    }
    // They are centred, and the first has the larger share.
    let mean = |at: usize| (0..40).map(|n| f64::from(found.values[2 * n + at])).sum::<f64>() / 40.0;
    let size =
        |at: usize| (0..40).map(|n| f64::from(found.values[2 * n + at]).powi(2)).sum::<f64>();
    assert!(mean(0).abs() < 1e-5 && mean(1).abs() < 1e-5);
    assert!(size(0) > size(1));
}

#[test]
fn one_component_has_its_share_of_the_variance() {
    let plane = plane();
    let two = principal_components(&plane, 5, 2, 1);
    let one = principal_components(&plane, 5, 1, 1);
    let size = |at: usize| (0..40).map(|n| f64::from(two.values[2 * n + at]).powi(2)).sum::<f64>();
    assert_eq!(one.width, 1);
    assert!((one.share - size(0) / (size(0) + size(1))).abs() < 1e-6, "{}", one.share);
}

#[test]
fn odd_vectors_are_no_reason_to_panic() {
    let of = |values: &[f32], width, n| principal_components(values, width, n, 3);
    for same in [&[][..], &[2.0, 3.0], &[0.1, 0.2, 0.1, 0.2, 0.1, 0.2], &[0.0; 8], &[1e38; 6]] {
        let found = of(same, 2, 4);
        assert_eq!((found.width, found.values.len()), (0, 0), "{same:?}");
    }
    for (large, width) in [
        (vec![f32::MAX, f32::MIN, f32::MIN, f32::MAX, 0.0, 1.0], 2),
        (vec![1e-42, 0.0, 0.0, 2e-42], 2),
        (vec![1.0, 2.0, 3.0], 1),
    ] {
        let found = of(&large, width, 5);
        assert!(found.width >= 1 && found.width <= width);
        assert!(found.values.iter().all(|x| x.is_finite()));
        assert!(found.values.iter().any(|x| *x != 0.0), "{found:?}");
    }
}

#[test]
fn threads_do_not_matter() {
    let values: Vec<f32> = (0..600 * 40).map(|n| ((n * n) as f32 * 0.37).sin()).collect();
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| principal_components(&values, 40, 8, 5))
    };
    assert_eq!(of(1), of(3));
}
