use super::*;
use crate::testing::{clicks, pairs, random};
use foretaste_kernels::dot;

#[test]
fn items_with_alike_users_start_alike() {
    let data = clicks();
    let mut factors = random(&data, 8, 1);
    spectral(&data, &mut factors);
    let items = rows_of(&factors.items);
    let cosine = |a: usize, b: usize| dot(&items[a..a + 1], &items[b..b + 1]);
    let mean = |of: &dyn Fn(usize, usize) -> bool| {
        let all = (0..90).flat_map(|a| (0..a).map(move |b| (a, b)));
        let found: Vec<f32> = all.filter(|&(a, b)| of(a, b)).map(|(a, b)| cosine(a, b)).collect();
        found.iter().sum::<f32>() / found.len() as f32
    };
    let (same, other) = (mean(&|a, b| a % 3 == b % 3), mean(&|a, b| a % 3 != b % 3));
    assert!(same > other + 0.2, "{same} {other}");
    for row in items.chunks_exact(1).chain(rows_of(&factors.users).chunks_exact(1)) {
        let square = dot(row, row);
        assert!((square - 1.0).abs() < 1e-5, "{square}");
    }
}

#[test]
fn columns_are_orthonormal_and_those_that_depend_on_others_are_finite() {
    let data = pairs((40, 300), |user, item| (user * 7 + item) % 5 == 0);
    let mut rows = rows_of(&random(&data, 20, 2).items);
    orthonormalise(&mut rows, 2, 20);
    for a in 0..20 {
        for b in 0..=a {
            let at = |row: &[Lanes], n: usize| f64::from(row[n / LANES][n % LANES]);
            let sum: f64 = rows.chunks_exact(2).map(|row| at(row, a) * at(row, b)).sum();
            // The ridge, and the rounding of 300 f32.
            assert!((sum - f64::from(u8::from(a == b))).abs() < 1e-5, "{a} {b} {sum}");
        }
    }
    // Five directions for twenty columns.
    let mut factors = random(&data, 20, 2);
    spectral(&data, &mut factors);
    assert!(rows_of(&factors.items).iter().flatten().all(|x| x.is_finite()));
    let mut zeros = vec![[0.0; LANES]; 6];
    orthonormalise(&mut zeros, 2, 20);
    assert_eq!(zeros, vec![[0.0; LANES]; 6]);
}
