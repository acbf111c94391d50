use super::*;
use crate::testing::{defined, filled, objective, per};

/// Cosines that are spread over their range.
fn cosines(count: usize, phase: f32) -> Vec<f32> {
    (0..count).map(|n| 0.9 * (phase + 1.7 * n as f32).sin()).collect()
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&x| f64::from(x)).collect()
}

#[test]
fn weights_are_the_derivatives_of_the_loss_and_the_loss_is_its_definition() {
    for loss in LOSSES {
        for (count, own) in [(40, 3), (16, 1), (1, 2), (33, 17)] {
            let objective = objective(loss, 90);
            let (negatives, positives) = (cosines(count, 0.3), cosines(own, 1.1));
            let (mut b, mut a) = (filled(&negatives), positives.clone());
            let told = objective.weigh(&mut b, count, &mut a);
            let (negatives, positives) = (wide(&negatives), wide(&positives));
            let expected = defined(&objective, &negatives, &positives);
            // The rounding of 40 f32 exponentials.
            let said = format!("{loss}, {count}: {told} {expected}");
            assert!((told - expected).abs() < 1e-5 * expected.abs().max(1.0), "{said}");
            // A third derivative of at most t/τ³ = 45 times (1e-4)²/6, and the rounding of weights.
            let (h, tolerance) = (1e-4, 2e-5);
            let slope = |of: &dyn Fn(f64) -> f64| (of(h) - of(-h)) / (2.0 * h) / per(&objective);
            let moved = |all: &[f64], n: usize, by: f64| {
                let mut all = all.to_vec();
                all[n] += by;
                all
            };
            for n in 0..count {
                let loss = |by| defined(&objective, &moved(&negatives, n, by), &positives);
                let weight = f64::from(b.as_flattened()[n]);
                let slope = slope(&loss);
                assert!((weight - slope).abs() < tolerance, "{said}, {n}: {weight} {slope}");
            }
            for (n, &weight) in a.iter().enumerate() {
                let loss = |by| defined(&objective, &negatives, &moved(&positives, n, by));
                let (weight, slope) = (f64::from(weight), -slope(&loss));
                assert!((weight - slope).abs() < tolerance, "{said}, {n}: {weight} {slope}");
            }
            assert!(b.as_flattened()[count..].iter().all(|&weight| weight == 0.0), "{said}");
        }
    }
}

#[test]
fn extremes_give_finite_weights() {
    for loss in LOSSES {
        for temperature in [f32::MIN_POSITIVE, 1e-6, 10.0] {
            for weight in [0.0, 1.2, 100.0] {
                let objective = Objective { temperature, weight, ..objective(loss, 1 << 30) };
                for (negatives, positives) in [
                    (vec![-1.0; 20], vec![1.0, 1.0]),
                    (vec![1.0; 3], vec![-1.0]),
                    (vec![1.0, -1.0, 0.0], vec![0.0, 1.0, -1.0]),
                    (vec![0.0], vec![0.0]),
                ] {
                    let (mut b, mut a) = (filled(&negatives), positives);
                    let told = objective.weigh(&mut b, negatives.len(), &mut a);
                    let all = b.as_flattened().iter().chain(&a);
                    let said = format!("{objective:?} {negatives:?}: {told} {a:?} {b:?}");
                    assert!(told.is_finite() && all.copied().all(f32::is_finite), "{said}");
                }
            }
        }
    }
}
