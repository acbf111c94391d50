//! Rel-MF: its losses, and what its estimators promise.

use foretaste::relmf::{Estimator, Loss, RelMfLoss, UbprLoss};
use foretaste_tests::objective::{assert_pairwise, assert_pointwise};

/// |d³/dx³ ln(1 + eˣ)| = |s (1−s) (1−2s)| ≤ 1 / (6 √3).
fn third_of_softplus() -> f64 {
    1.0 / (6.0 * 3f64.sqrt())
}

#[test]
fn every_estimator_of_cross_entropy_is_sound() {
    for estimator in [Estimator::Naive, Estimator::Unbiased, Estimator::Clipped] {
        // y d1 + (1 − y) d0 = d0 − y x: the third derivative is d0's, whatever y.
        let loss = RelMfLoss::new(Loss::CrossEntropy, estimator);
        assert_pointwise(&loss, &[0.0, 0.3, 1.0, 1.5, 10.0, 1000.0], third_of_softplus());
    }
    let wmf = RelMfLoss::new(Loss::CrossEntropy, Estimator::Wmf);
    assert_pointwise(&wmf, &[0.0, 0.5, 1.0, 10.0], 10.0 * third_of_softplus());
}

#[test]
fn every_estimator_of_the_squared_loss_is_sound() {
    // With s' = s (1−s) ≤ 1/4, |s''| ≤ 1/(6√3) and |s'''| ≤ 1/8, the third derivative of (s − y)²
    // is 6 s' s'' + 2 (s − y) s''', that of y (1 − s)² at most y times as large for y = 1.
    let bound = |y: f64| 6.0 / 4.0 * third_of_softplus() + 2.0 * y.max(1.0) / 8.0;
    for y in [0.0, 0.3, 1.0, 1.5, 10.0, 100.0] {
        let ips = RelMfLoss::new(Loss::Squared, Estimator::Unbiased);
        assert_pointwise(&ips, &[y], bound(y.into()));
        let wmf = RelMfLoss::new(Loss::Squared, Estimator::Wmf);
        assert_pointwise(&wmf, &[y], bound(1.0) * f64::from(y.max(1.0)));
    }
}

#[test]
fn unbiased_pairs_are_sound_with_weights_of_both_signs() {
    // 1/θ_i = 4; j not clicked, clicked with θ = 1, and clicked with θ = ½: weights 4, 0 and −4.
    // At β = 7.3 the loss is cut between two of the tested x.
    for beta in [0.0, 7.3, 1e3] {
        let labels: &[[f32; 2]] = match beta {
            // Where the loss is cut at 0 by definition, there is nothing to differentiate.
            0.0 => &[[4.0, 0.0], [4.0, 1.0], [4.0, 2.0]],
            _ => &[[4.0, 0.0], [1.0, 0.0], [4.0, 1.0], [4.0, 2.0]],
        };
        assert_pairwise(&UbprLoss { beta }, labels, 4.0 * third_of_softplus());
    }
}

#[test]
fn the_formulae_of_the_paper_worked_by_hand() {
    let x = 0.4_f32;
    let s = 1.0 / (1.0 + (-x).exp());
    let near = |a: f32, b: f32| assert!((a - b).abs() < 4.0 * f32::EPSILON * b.abs(), "{a} {b}");
    // θ = ¼: 4 d1 − 3 d0, and the weight of d0 is not clamped.
    use foretaste::mf::Pointwise;
    let ce = RelMfLoss::new(Loss::CrossEntropy, Estimator::Unbiased);
    near(ce.loss([x], 4.0), -4.0 * s.ln() + 3.0 * (1.0 - s).ln());
    near(ce.ascent([x], 4.0)[0], 4.0 - s);
    let squared = RelMfLoss::new(Loss::Squared, Estimator::Unbiased);
    near(squared.loss([x], 4.0), 4.0 * (1.0 - s) * (1.0 - s) - 3.0 * s * s);
    let wmf = RelMfLoss::new(Loss::Squared, Estimator::Wmf);
    near(wmf.loss([x], 4.0), 4.0 * (1.0 - s) * (1.0 - s));
    near(wmf.loss([x], 0.0), s * s);
}
