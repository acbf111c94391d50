//! Scalar functions whose result does not depend on the machine's mathematics library.

/// `exp(x)`, to within 3 ulp of f32 (measured over its whole domain); `x` is clamped to ±87, so
/// that the result is a normal number.
///
/// 2^(x·log₂e), the whole part through the exponent bits and the rest by a polynomial (Cephes
/// `expf`). Without branches, so that loops around it vectorise; NaN gives NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding and subtracting 1.5·2²³ rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let whole = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    // ln 2 in two parts: the first has few bits, so that whole · first is exact.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * rest + 1.398_199_9e-3;
    let p = p * rest + 8.333_452e-3;
    let p = p * rest + 4.166_579_6e-2;
    let p = p * rest + 1.666_666_5e-1;
    let p = p * rest + 5e-1;
    let fraction = (p * rest) * rest + rest + 1.0;
    let power = f32::from_bits(((whole as i32 + 127) as u32) << 23);
    fraction * power
}

/// The logistic function 1 / (1 + e⁻ˣ), in (0, 1) for every finite `x`… up to rounding: 1 from
/// about 17 on.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// −ln σ(−x) = ln(1 + eˣ), without overflow: the logistic loss of a score of the wrong sign.
pub fn ln_1p_exp(x: f32) -> f32 {
    x.max(0.0) + exp(-x.abs()).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_3_ulp() {
        for step in -870_000..=870_000 {
            let x = step as f32 / 10_000.0;
            let exact = f64::from(x).exp();
            let ulp = f64::from((exact as f32).next_up()) - f64::from(exact as f32);
            let error = (f64::from(exp(x)) - exact).abs() / ulp;
            assert!(error <= 3.0, "exp({x}) is off by {error} ulp");
        }
    }

    #[test]
    fn extremes_stay_finite_and_nan_stays_nan() {
        assert!(exp(f32::MAX).is_finite() && exp(f32::MIN) > 0.0);
        assert!(exp(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
        assert_eq!(sigmoid(0.0), 0.5);
        assert!(sigmoid(-1e30) < 1e-37 && sigmoid(1e30) == 1.0);
        assert_eq!(ln_1p_exp(1e30), 1e30);
        assert!((ln_1p_exp(0.0) - std::f32::consts::LN_2).abs() < f32::EPSILON);
    }
}
