//! The laws of the row operations, against plain sums in f64.

use super::*;
use proptest::prelude::*;

fn rows(count: usize) -> impl Strategy<Value = Vec<Vec<Lanes>>> {
    (1usize..6).prop_flat_map(move |lanes| {
        let lane = prop::array::uniform16(-2.0f32..2.0);
        prop::collection::vec(prop::collection::vec(lane, lanes), count)
    })
}

fn flat(row: &[Lanes]) -> Vec<f64> {
    row.iter().flatten().map(|&x| f64::from(x)).collect()
}

fn naive_dot(a: &[Lanes], b: &[Lanes]) -> f64 {
    flat(a).iter().zip(flat(b)).map(|(a, b)| a * b).sum()
}

/// Rounding of a sum of products: at most (terms + 1) · ε · Σ|aᵢbᵢ|.
fn bound(a: &[Lanes], b: &[Lanes]) -> f64 {
    let magnitude: f64 = flat(a).iter().zip(flat(b)).map(|(a, b)| (a * b).abs()).sum();
    (flat(a).len() + 2) as f64 * f64::from(f32::EPSILON) * magnitude
}

const MOVES: [Move; 3] = [
    Move { keep: 0.75, rate: 0.5 },
    Move { keep: 0.25, rate: 0.125 },
    Move { keep: 0.5, rate: 0.0625 },
];

proptest! {
    #[test]
    fn dot_is_the_sum_of_products(rows in rows(2)) {
        let [a, b] = &rows[..] else { unreachable!() };
        let error = (f64::from(dot(a, b)) - naive_dot(a, b)).abs();
        prop_assert!(error <= bound(a, b));
    }

    #[test]
    fn sub_dot_is_a_difference_of_dots(rows in rows(3)) {
        let [a, b, c] = &rows[..] else { unreachable!() };
        let error = (f64::from(sub_dot(a, b, c)) - (naive_dot(a, b) - naive_dot(a, c))).abs();
        prop_assert!(error <= bound(a, b) + bound(a, c));
    }

    #[test]
    fn norms_are_dots(rows in rows(3)) {
        let [a, b, c] = &rows[..] else { unreachable!() };
        let (x, user, _) = sub_dot_with_norms(a, b, c);
        prop_assert_eq!(x, sub_dot(a, b, c));
        prop_assert_eq!(user, dot(a, a));
        let zeros = vec![[0.0; LANES]; a.len()];
        prop_assert_eq!(sub_dot_with_norms(a, b, &zeros).2, dot(b, b));
        prop_assert_eq!(dot_with_norms(a, b), (dot(a, b), dot(a, a), dot(b, b)));
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits(rows in rows(3)) {
        let [a, b, c] = &rows[..] else { unreachable!() };
        let work = || {
            let (mut u, mut i, mut j) = (a.clone(), b.clone(), c.clone());
            let x = sub_dot(&u, &i, &j) + dot(&u, &j);
            step_triple(&mut u, &mut i, &mut j, MOVES);
            step_pair(&mut u, &mut i, MOVES[0], Move { rate: x, ..MOVES[1] });
            (sub_dot_with_norms(&u, &i, &j), u, i, j)
        };
        prop_assert_eq!(work(), crate::dispatch(work));
        prop_assert_eq!(work(), pulp::Arch::new().dispatch(work));
    }

    #[test]
    fn steps_use_the_values_before_the_step(rows in rows(3)) {
        let [a, b, c] = &rows[..] else { unreachable!() };
        let (mut u, mut i, mut j) = (a.clone(), b.clone(), c.clone());
        step_triple(&mut u, &mut i, &mut j, MOVES);
        for (lane, n) in (0..a.len()).flat_map(|lane| (0..LANES).map(move |n| (lane, n))) {
            let (a, b, c) = (a[lane][n], b[lane][n], c[lane][n]);
            prop_assert_eq!(u[lane][n], 0.75 * a + 0.5 * (b - c));
            prop_assert_eq!(i[lane][n], 0.25 * b + 0.125 * a);
            prop_assert_eq!(j[lane][n], 0.5 * c - 0.0625 * a);
        }
    }
}

#[test]
fn padding_stays_zero() {
    let mut u = [[1.0; LANES]];
    u[0][10..].fill(0.0);
    let (mut i, mut j) = (u, u);
    step_triple(&mut u, &mut i, &mut j, MOVES);
    for row in [u, i, j] {
        assert!(row[0][10..].iter().all(|&x| x == 0.0));
    }
    assert_eq!([lanes_for(0), lanes_for(1), lanes_for(16), lanes_for(17)], [0, 1, 1, 2]);
}
