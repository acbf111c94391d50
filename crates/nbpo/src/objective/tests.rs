//! Every ascent against central differences of its loss in f64, the paper's formulae written out.

use super::*;

/// Half the distance of a central difference. In f64 its error, h²/6 times a third derivative of
/// at most 2, and the rounding of losses below 100, ulp(100) / 2h, are both below 1e-8.
const H: f64 = 1e-4;
/// What f32 may be off: some ten operations, on numbers up to 2, half an ulp(1) each at the most;
/// `exp` is within 3 ulp of numbers that are then added to 1 or larger than it.
const ROUNDING: f64 = 20.0 * f32::EPSILON as f64;

fn s(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// ln s(x), without cancellation.
fn ln_s(x: f64) -> f64 {
    -((-x).max(0.0) + (-x.abs()).exp().ln_1p())
}

/// Logits, beyond ±10, too, where the authors' program stops; all exact in f32.
fn logits() -> impl Iterator<Item = f32> {
    (-60..=60).map(|step| step as f32 / 2.0)
}

/// Asserts that `ascent` is the derivative of `value`, whose second argument is what the
/// stop-gradients see.
fn check(objective: &impl Pointwise<2>, value: impl Fn([f64; 2], [f64; 2], bool) -> f64) {
    let pairs = logits().flat_map(|x| logits().map(move |noise| [x, noise]));
    for (x, y) in pairs.flat_map(|x| [(x, 1.0), (x, 0.0)]) {
        let ascent = objective.ascent(x, y);
        let at = x.map(f64::from);
        for c in 0..2 {
            let moved = |h| {
                let mut to = at;
                to[c] += h;
                value(to, at, y > 0.0)
            };
            let difference = (moved(H) - moved(-H)) / (2.0 * H);
            let error = (f64::from(ascent[c]) - difference).abs();
            assert!(
                error <= 1e-8 + ROUNDING,
                "{x:?} y {y} channel {c}: {ascent:?}, not {difference}"
            );
        }
    }
}

/// log p(y), by log-sums.
fn ln_likelihood([x, noise]: [f64; 2], positive: bool) -> f64 {
    if positive {
        return ln_s(-noise) + ln_s(x);
    }
    let (not, lost) = (ln_s(-x), ln_s(noise) + ln_s(x));
    not.max(lost) + (-(not - lost).abs()).exp().ln_1p()
}

#[test]
fn nbpo_is_the_derivative_of_its_stop_gradient_form() {
    check(&Nbpo, |[x, noise], [r, g], positive| match positive {
        true => s(-g) * ln_s(x) + s(r) * ln_s(-noise),
        false => ln_s(-x) + s(g) * ln_s(x) + s(r) * ln_s(noise),
    });
}

#[test]
fn nbpo_is_not_the_gradient_of_a_loss() {
    // ∂dR/∂γ = −φ(1−φ)s(−R), ∂dγ/∂R = −φ s(R)s(−R): equal in a gradient; here −1/8 · (½, 1)…
    let h = 1.0 / 64.0;
    let ascent = |x, noise| Nbpo.ascent([x, noise], 1.0);
    let across = (ascent(1.0, h)[0] - ascent(1.0, -h)[0]) / (2.0 * h);
    let along = (ascent(1.0 + h, 0.0)[1] - ascent(1.0 - h, 0.0)[1]) / (2.0 * h);
    assert!((across - along).abs() > 0.02, "{across} {along}");
}

#[test]
fn marginal_is_the_derivative_of_the_log_likelihood() {
    let value = |to, _, positive| ln_likelihood(to, positive);
    check(&Marginal, value);
}

#[test]
fn conditional_is_the_derivative_of_the_likelihood_of_a_sample() {
    for (x, noise) in logits().flat_map(|x| logits().map(move |noise| (x, noise))) {
        for (rare, y) in [0.0, 3.0, 12.0].into_iter().flat_map(|rare| [(rare, 1.0), (rare, 0.0)]) {
            let value = |x| {
                let [lost, kept] = [false, true].map(|y| ln_likelihood([x, f64::from(noise)], y));
                let log_odds = kept - lost + f64::from(rare);
                ln_s(if y > 0.0 { log_odds } else { -log_odds })
            };
            let at = f64::from(x);
            let difference = (value(at + H) - value(at - H)) / (2.0 * H);
            let ascent = Conditional.ascent([x, noise, rare], y);
            let error = (f64::from(ascent[0]) - difference).abs();
            assert!(error <= 1e-8 + ROUNDING, "{x} {noise} {rare} {y}: {ascent:?} {difference}");
            assert_eq!(ascent[1..], [0.0; 2]);
            let (loss, exact) = (f64::from(Conditional.loss([x, noise, rare], y)), -value(at));
            // The log-odds are a sum of numbers up to 60, each rounded.
            let bound = 64.0 * ROUNDING;
            assert!((loss - exact).abs() <= bound, "{x} {noise} {rare} {y}: {loss} {exact}");
        }
    }
}

#[test]
fn plain_is_the_derivative_of_the_likelihood() {
    check(&Plain, |[x, noise], _, positive| {
        let observed = s(-noise) * s(x);
        if positive { observed } else { -observed }
    });
}

#[test]
fn losses_are_what_they_say() {
    for (x, noise) in logits().flat_map(|x| logits().map(move |noise| (x, noise))) {
        let at = [f64::from(x), f64::from(noise)];
        for y in [1.0, 0.0] {
            let exact = -ln_likelihood(at, y > 0.0);
            let loss = f64::from(Marginal.loss([x, noise], y));
            let bound = ROUNDING * exact.max(1e-9);
            assert!((loss - exact).abs() <= bound, "{at:?} {y}: {loss}, not {exact}");
            let exact = -ln_likelihood(at, y > 0.0).exp_m1();
            let loss = f64::from(Plain.loss([x, noise], y));
            assert!((loss - exact).abs() <= ROUNDING * exact.max(1e-9), "{at:?} {y}: {loss}");
        }
    }
}

#[test]
fn bpo_without_flips_is_logistic_regression_and_with_them_nbpo_of_a_constant() {
    for x in logits() {
        assert_eq!(Bpo::default().ascent([x], 1.0), [sigmoid(-x)]);
        assert_eq!(Bpo::default().ascent([x], 0.0), [-sigmoid(x)]);
        for y in [1.0, 0.0] {
            let nbpo = Nbpo.ascent([x, 0.0], y);
            assert_eq!(Bpo { flip: 0.5 }.ascent([x], y), [nbpo[0]]);
        }
    }
}

#[test]
fn a_pair_at_the_end_of_the_range_is_finite() {
    let extremes = [0.0, 11.0, 88.0, 1e4, 1e30, f32::MAX].into_iter().flat_map(|x| [x, -x]);
    let extremes: Vec<f32> = extremes.collect();
    for (&x, &noise) in extremes.iter().flat_map(|x| extremes.iter().map(move |noise| (x, noise))) {
        for y in [1.0, 0.0] {
            let finite = |ascent: [f32; 2], loss: f32| {
                assert!(ascent.iter().all(|a| a.is_finite()), "{x} {noise} {y}: {ascent:?}");
                assert!(!loss.is_nan() && loss >= 0.0, "{x} {noise} {y}: {loss}");
            };
            let at = [x, noise];
            finite(Nbpo.ascent(at, y), Nbpo.loss(at, y));
            finite(Marginal.ascent(at, y), Marginal.loss(at, y));
            finite(Plain.ascent(at, y), Plain.loss(at, y));
            for rare in [x, noise, -x, -noise] {
                let at = [x, noise, rare];
                assert!(Conditional.ascent(at, y)[0].is_finite(), "{at:?} {y}");
                assert!(!Conditional.loss(at, y).is_nan(), "{at:?} {y}");
            }
        }
    }
}
