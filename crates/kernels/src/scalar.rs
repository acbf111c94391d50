//! Scalar functions whose result does not depend on the machine's mathematics library.

/// `exp(x)`, to within 3 ulp of f32 (measured over its whole domain); `x` is clamped to ±87, so
/// that the result is a normal number.
///
/// 2^(x·log₂e), the whole part through the exponent bits and the rest by a polynomial (Cephes
/// `expf`). Without branches, so that loops around it vectorise; NaN gives NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding 1.5·2²³ rounds to the nearest whole number and leaves it in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    // ln 2 in two parts: the first has few bits, so that whole · first is exact.
    let r = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let r2 = r * r;
    // Pairs of terms, which do not wait for one another as those of Horner's rule do.
    let high = (1.987_569_1e-4 * r + 1.398_199_9e-3) * r2 + (8.333_452e-3 * r + 4.166_579_6e-2);
    let low = 1.666_666_5e-1 * r + 5e-1;
    let fraction = (high * r2 + low) * r2 + (r + 1.0);
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    fraction * power
}

/// The logistic function 1 / (1 + e⁻ˣ), in (0, 1) for every finite `x`… up to rounding: 1 from
/// about 17 on.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// −ln σ(−x) = ln(1 + eˣ), without overflow: the logistic loss of a score of the wrong sign. To
/// within 2⁻²² of the result (measured on ±90).
///
/// ln(1 + e) = 2 artanh(s) with s = e / (2 + e) ≤ 1/3, of whose series s + s³/3 + s⁵/5 + … the
/// first term left out is below 10⁻⁸ of the first.
#[inline(always)]
pub fn ln_1p_exp(x: f32) -> f32 {
    let e = exp(-x.abs());
    let s = e / (2.0 + e);
    let s2 = s * s;
    let p = s2 * (1.0 / 13.0) + 1.0 / 11.0;
    let p = p * s2 + 1.0 / 9.0;
    let p = p * s2 + 1.0 / 7.0;
    let p = p * s2 + 1.0 / 5.0;
    let p = p * s2 + 1.0 / 3.0;
    x.max(0.0) + 2.0 * (s + s * (p * s2))
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
    fn ln_1p_exp_is_exact_to_rounding() {
        for step in -90_000..=90_000 {
            let x = step as f32 / 1_000.0;
            let exact = f64::from(x).exp().ln_1p();
            let error = (f64::from(ln_1p_exp(x)) - exact).abs();
            assert!(error <= exact * 2f64.powi(-22) + 1e-37, "ln(1 + exp({x})) is off by {error}");
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
