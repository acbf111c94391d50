//! What every objective must do.

use foretaste::mf::{Pairwise, Pointwise, Ranking};

/// Half the distance of a central difference: a power of two, so that x ± H is exact for the
/// moderate multiples of 1/4 that are tested.
const H: f32 = 1.0 / 64.0;

/// How far a central difference of two f32 losses may be off the derivative: h²/6 times the third derivative, of which
/// `third` is a bound, and the rounding of the losses (4 ulp each, for the functions within).
fn tolerance(losses: [f64; 2], third: f64) -> f64 {
    let rounding = 4.0 * f64::from(f32::EPSILON) * (losses[0].abs() + losses[1].abs() + 1e-3);
    f64::from(H * H) / 6.0 * third + rounding / (2.0 * f64::from(H))
}

/// Numbers at which an objective must stay finite, with room for labels up to 100.
fn extremes() -> impl Iterator<Item = f32> {
    [0.0, 1e2, 1e10, 1e30, 1e36].into_iter().flat_map(|x| [x, -x])
}

/// Asserts that `descent` is −d loss / dx, finite everywhere, and that a small step along it does
/// not raise the loss, for each pair of labels in `labels`. `third` bounds the third derivative of
/// the loss.
///
/// # Panics
/// If one of it does not hold.
pub fn assert_pairwise(objective: &impl Pairwise, labels: &[[f32; 2]], third: f64) {
    labels.iter().for_each(|&y| assert_triple(objective, y, third));
}

fn assert_triple(objective: &impl Pairwise, y: [f32; 2], third: f64) {
    for step in -120..=120 {
        let x = step as f32 / 4.0;
        let losses = [x + H, x - H].map(|x| f64::from(objective.loss(x, y)));
        let difference = (losses[1] - losses[0]) / (2.0 * f64::from(H));
        let descent = f64::from(objective.descent(x, y));
        let error = (descent - difference).abs();
        let bound = tolerance(losses, third);
        assert!(error <= bound, "x = {x}: descent {descent}, difference {difference}");
        let stepped = objective.loss(x + 1e-2 * objective.descent(x, y), y);
        assert!(
            stepped <= objective.loss(x, y),
            "x = {x}: a step along the descent raises the loss"
        );
    }
    for x in extremes() {
        assert!(objective.descent(x, y).is_finite(), "descent({x})");
        assert!(objective.loss(x, y).is_finite(), "loss({x})");
    }
}

/// A ranking objective at one of its draws.
struct AtDraw<'a, O>(&'a O, u32);

impl<O: Ranking> Pairwise for AtDraw<'_, O> {
    fn descent(&self, x: f32, _y: [f32; 2]) -> f32 {
        self.0.descent(x, self.1)
    }

    fn loss(&self, x: f32, _y: [f32; 2]) -> f32 {
        self.0.loss(x, self.1)
    }
}

/// Asserts of an objective whose negative is sought what [`assert_pairwise`] does of triples, at each
/// of its draws.
///
/// # Panics
/// If one of it does not hold.
pub fn assert_ranking(objective: &impl Ranking, third: f64) {
    for draw in 1..=objective.draws() {
        assert_triple(&AtDraw(objective, draw), [1.0, 0.0], third);
    }
}

/// Asserts of an objective of single pairs what [`assert_pairwise`] does of triples, in each
/// channel, for each label of `labels`.
///
/// # Panics
/// If one of it does not hold.
pub fn assert_pointwise<const C: usize>(objective: &impl Pointwise<C>, labels: &[f32], third: f64) {
    for (y, step) in labels.iter().flat_map(|&y| (-60..=60).map(move |step| (y, step))) {
        let x: [f32; C] = std::array::from_fn(|c| step as f32 / (4.0 + 4.0 * c as f32));
        let ascent = objective.ascent(x, y);
        for c in 0..C {
            let loss = |h: f32| {
                let mut x = x;
                x[c] += h;
                f64::from(objective.loss(x, y))
            };
            let losses = [loss(H), loss(-H)];
            let difference = (losses[1] - losses[0]) / (2.0 * f64::from(H));
            let error = (f64::from(ascent[c]) - difference).abs();
            let bound = tolerance(losses, third);
            assert!(error <= bound, "y = {y}, {x:?}, channel {c}: {ascent:?}, {difference}");
        }
        let stepped: [f32; C] = std::array::from_fn(|c| x[c] + 1e-2 * ascent[c]);
        let (before, after) = (objective.loss(x, y), objective.loss(stepped, y));
        assert!(after <= before, "y = {y}, {x:?}: a step along the ascent raises the loss");
    }
    for (x, y) in extremes().flat_map(|x| labels.iter().map(move |&y| (x, y))) {
        assert!(objective.ascent([x; C], y).iter().all(|a| a.is_finite()), "ascent({x})");
        assert!(objective.loss([x; C], y).is_finite(), "loss({x})");
    }
}
