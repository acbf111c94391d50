//! Bias and variance of Rel-MF's estimators over draws of what was seen and liked, against their
//! closed forms (Saito et al., WSDM 2020, section 3).
//!
//! The scores are fixed. Each draw makes clicks Y = O·R of every cell, O ~ Bernoulli(θ) and
//! R ~ Bernoulli(γ), and estimates the mean loss over all cells with the loss that is trained on.

use foretaste::mf::Pointwise;
use foretaste::relmf::{Estimator, Labels, Loss, Propensities, RelMfLoss};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const CELLS: usize = 400;
const DRAWS: usize = 4_000;

/// θ, γ and score of every cell.
struct Truth {
    theta: Vec<f32>,
    gamma: Vec<f64>,
    x: Vec<f32>,
}

/// The mean of an estimator over the draws, its standard error, and its variance with that
/// variance's standard error.
struct Estimated {
    mean: f64,
    error: f64,
    variance: f64,
    variance_error: f64,
}

impl Truth {
    fn new() -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let theta = (0..CELLS).map(|_| rng.random_range(0.05..0.9_f32)).collect();
        // What is liked is not what is shown: small and large γ at any θ.
        let gamma = (0..CELLS).map(|_| rng.random_range(0.05..0.8)).collect();
        let x = (0..CELLS).map(|_| rng.random_range(-2.0..2.0)).collect();
        Self { theta, gamma, x }
    }

    /// d1 and d0 of a cell.
    fn parts(&self, loss: RelMfLoss, cell: usize) -> [f64; 2] {
        [1.0, 0.0].map(|y| f64::from(loss.loss([self.x[cell]], y)))
    }

    /// The mean of a function of θ, γ and d1 − d0 over the cells.
    fn mean(&self, loss: RelMfLoss, of: impl Fn(f64, f64, f64) -> f64) -> f64 {
        let cell = |cell| {
            let [d1, d0] = self.parts(loss, cell);
            of(f64::from(self.theta[cell]), self.gamma[cell], d1 - d0)
        };
        (0..CELLS).map(cell).sum::<f64>() / CELLS as f64
    }

    /// γ d1 + (1 − γ) d0, the mean over the cells.
    fn ideal(&self, loss: RelMfLoss) -> f64 {
        let d0 = (0..CELLS).map(|cell| self.parts(loss, cell)[1]).sum::<f64>() / CELLS as f64;
        d0 + self.mean(loss, |_, gamma, difference| gamma * difference)
    }

    /// Estimates the loss again and again; `clip` as [`Propensities::inverse`] takes it.
    fn estimate(&self, loss: RelMfLoss, clip: f32, seed: u64) -> Estimated {
        let propensities = Propensities::items(self.theta.clone()).unwrap();
        let Labels::Items(y) = propensities.inverse(clip) else { panic!("one an item") };
        let value = |cell: usize, y: f32| f64::from(loss.loss([self.x[cell]], y));
        let values: Vec<[f64; 2]> =
            (0..CELLS).map(|cell| [value(cell, 0.0), value(cell, y[cell])]).collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let draws: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let mut draw = |cell: usize| {
                    let exposed = rng.random_bool(self.theta[cell].into());
                    let relevant = rng.random_bool(self.gamma[cell]);
                    values[cell][usize::from(exposed && relevant)]
                };
                (0..CELLS).map(&mut draw).sum::<f64>() / CELLS as f64
            })
            .collect();
        moments(&draws)
    }
}

fn moments(draws: &[f64]) -> Estimated {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let power = |k| draws.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
    let (variance, fourth) = (power(2), power(4));
    let variance_error = ((fourth - variance * variance) / n).sqrt();
    Estimated { mean, error: (variance / n).sqrt(), variance, variance_error }
}

/// How many standard errors an estimate may be off.
const ERRORS: f64 = 3.0;

#[test]
fn the_unbiased_estimator_is_and_the_naive_one_is_not() {
    let truth = Truth::new();
    for (seed, kind) in [(1, Loss::CrossEntropy), (2, Loss::Squared)] {
        let loss = RelMfLoss::new(kind, Estimator::Unbiased);
        let ideal = truth.ideal(loss);
        let unbiased = truth.estimate(loss, 0.0, seed);
        assert!((unbiased.mean - ideal).abs() < ERRORS * unbiased.error, "{kind}");
        let naive = truth.estimate(RelMfLoss::new(kind, Estimator::Naive), 1.0, seed);
        assert!((naive.mean - ideal).abs() > 10.0 * ERRORS * naive.error, "{kind}");
        // |D|⁻² Σ γ (1/θ − γ) (d1 − d0)².
        let sum = truth.mean(loss, |theta, gamma, d| gamma * (1.0 / theta - gamma) * d * d);
        let expected = sum / CELLS as f64;
        assert!((unbiased.variance - expected).abs() < ERRORS * unbiased.variance_error, "{kind}");
    }
}

#[test]
fn clipping_trades_variance_for_bias_as_its_closed_forms_say() {
    let truth = Truth::new();
    for (seed, kind) in [(3, Loss::CrossEntropy), (4, Loss::Squared)] {
        let loss = RelMfLoss::new(kind, Estimator::Clipped);
        let ideal = truth.ideal(loss);
        let mut last = f64::INFINITY;
        for clip in [0.0_f32, 0.1, 0.3, 1.0] {
            let m = f64::from(clip);
            let found = truth.estimate(loss, clip, seed);
            let bias = truth.mean(loss, |theta, gamma, d| gamma * (theta / theta.max(m) - 1.0) * d);
            assert!((found.mean - ideal - bias).abs() < ERRORS * found.error, "{kind} {clip}");
            let variance = |theta: f64, gamma: f64, d: f64| {
                gamma * theta * (1.0 - theta * gamma) * (d / theta.max(m)).powi(2)
            };
            let expected = truth.mean(loss, variance) / CELLS as f64;
            let off = (found.variance - expected).abs();
            assert!(off < ERRORS * found.variance_error, "{kind} {clip}");
            assert!(
                found.variance < last,
                "{kind}: clipping at {clip} does not lower the variance"
            );
            last = found.variance;
        }
    }
}

/// An estimator of the wrong sign convention, with the weight of d0 held at 0, fails the same test.
#[test]
fn clamping_the_weight_of_d0_would_be_noticed() {
    let truth = Truth::new();
    let clamped =
        RelMfLoss { complement: false, ..RelMfLoss::new(Loss::CrossEntropy, Estimator::Unbiased) };
    let found = truth.estimate(clamped, 0.0, 5);
    let ideal = truth.ideal(RelMfLoss::new(Loss::CrossEntropy, Estimator::Unbiased));
    assert!((found.mean - ideal).abs() > 10.0 * ERRORS * found.error);
}
