//! What every objective must do.

use foretaste::mf::Pairwise;

/// Half the distance of a central difference: a power of two, so that x ± H is exact for the
/// moderate multiples of 1/4 that are tested.
const H: f32 = 1.0 / 64.0;

/// Asserts that `descent` is −d loss / dx, finite everywhere, and that a small step along it does
/// not raise the loss. `third` bounds the third derivative of the loss.
///
/// # Panics
/// If one of it does not hold.
pub fn assert_pairwise(objective: &impl Pairwise, third: f64) {
    for step in -120..=120 {
        let x = step as f32 / 4.0;
        let (high, low) = (f64::from(objective.loss(x + H)), f64::from(objective.loss(x - H)));
        let difference = (low - high) / (2.0 * f64::from(H));
        // The central difference errs by h²/6 · |f'''|, and by the rounding of two f32 losses
        // (4 ulp each, for the functions within).
        let rounding = 4.0 * f64::from(f32::EPSILON) * (high.abs() + low.abs() + 1e-3);
        let tolerance = f64::from(H * H) / 6.0 * third + rounding / (2.0 * f64::from(H));
        let descent = f64::from(objective.descent(x));
        let error = (descent - difference).abs();
        assert!(error <= tolerance, "x = {x}: descent {descent}, difference {difference}");
        let stepped = objective.loss(x + 1e-2 * objective.descent(x));
        assert!(stepped <= objective.loss(x), "x = {x}: a step along the descent raises the loss");
    }
    for x in [0.0, 1e2, 1e10, 1e30, f32::MAX] {
        for x in [x, -x] {
            assert!(objective.descent(x).is_finite(), "descent({x})");
            assert!(objective.loss(x).is_finite(), "loss({x})");
        }
    }
}
