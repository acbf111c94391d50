//! Roots of ascending functions.

/// Where an ascending function crosses 0 between `low` and `high`: Newton's method, with a
/// bisection whenever a step would leave the bracket.
///
/// `f` gives value and derivative. It is called about eight times for smooth functions and at most
/// 80 times. If `f` does not change its sign the nearer end is approached.
pub(crate) fn ascending_root(mut low: f64, mut high: f64, f: impl Fn(f64) -> (f64, f64)) -> f64 {
    const ENOUGH: f64 = 1e-10;
    let mut at = 0.5 * (low + high);
    for _ in 0..80 {
        let (value, slope) = f(at);
        if value < 0.0 {
            low = at
        } else {
            high = at
        }
        let newton = at - value / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let step = (next - at).abs();
        at = next;
        if step < ENOUGH {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_roots_of_smooth_and_of_flat_functions() {
        let cube = ascending_root(-10.0, 30.0, |x| (x * x * x - 8.0, 3.0 * x * x));
        assert!((cube - 2.0).abs() < 1e-9, "{cube}");
        let step = |x: f64| (if x < 5.0 { -1.0 } else { 1.0 }, 0.0);
        assert!((ascending_root(-10.0, 30.0, step) - 5.0).abs() < 1e-9);
    }
}
