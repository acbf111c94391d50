//! Roots of ascending functions, and the intercepts that give means.

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

/// The c at which the mean of s(x + c) over the cells is `mean`. A cell counts what its weight is; all
/// the same, if there are no weights.
pub(crate) fn intercept(cells: &[f32], weights: &[f32], mean: f64) -> f64 {
    let weight = |n: usize| weights.get(n).map_or(1.0, |&weight| f64::from(weight));
    let total: f64 = (0..cells.len()).map(weight).sum();
    let logit = libm::log(mean / (1.0 - mean));
    // The mean of s(x + c) is at most the one asked for at c = logit − max x, and at least for − min x.
    let least = cells.iter().fold(f64::INFINITY, |min, &x| min.min(x.into()));
    let most = cells.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(x.into()));
    ascending_root(logit - most, logit - least, |c| {
        let (mut sum, mut slope) = (0.0, 0.0);
        for (n, &x) in cells.iter().enumerate() {
            let p = sigmoid(f64::from(x) + c);
            sum += weight(n) * p;
            slope += weight(n) * p * (1.0 - p);
        }
        (sum / total - mean, slope / total)
    })
}

/// s(x) = 1 / (1 + e^−x).
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
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
