//! Whether two sets of runs have the same mean: Welch's interval.
//!
//! Welch, *The generalization of "Student's" problem when several different population variances
//! are involved*, Biometrika 34, 1947.

/// Two samples of a figure, one value a run: of what is tested, and of its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Welch {
    /// Mean and standard deviation (with n − 1) of what is tested.
    pub tested: (f64, f64),
    /// The same of the reference.
    pub reference: (f64, f64),
    /// The standard error of the difference of the two means.
    pub standard_error: f64,
    /// Welch's and Satterthwaite's degrees of freedom.
    pub freedom: f64,
}

impl Welch {
    /// # Panics
    /// If a sample has fewer than two values.
    pub fn new(tested: &[f64], reference: &[f64]) -> Self {
        let part = |sample: &[f64]| {
            let sd = moments(sample).1;
            (sd * sd / sample.len() as f64, sample.len() as f64 - 1.0)
        };
        let ((a, of_a), (b, of_b)) = (part(tested), part(reference));
        let variance = a + b;
        // Two samples without any variance leave 0/0; all that matters is that it is a number.
        let freedom = variance * variance / (a * a / of_a + b * b / of_b);
        Self {
            tested: moments(tested),
            reference: moments(reference),
            standard_error: variance.sqrt(),
            freedom: if freedom.is_finite() { freedom } else { of_a + of_b },
        }
    }

    /// The difference of the means, tested less reference, as a share of the reference's.
    pub fn relative(&self) -> f64 {
        (self.tested.0 - self.reference.0) / self.reference.0
    }

    /// Half the width of the 95% interval around [`Welch::relative`].
    pub fn relative_margin(&self) -> f64 {
        student_975(self.freedom) * self.standard_error / self.reference.0
    }
}

/// Mean and standard deviation, the latter with n − 1.
fn moments(sample: &[f64]) -> (f64, f64) {
    assert!(sample.len() > 1, "one value has no deviation");
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let squares: f64 = sample.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// The 97.5% quantile of Student's t; for broken degrees of freedom that of the next lower whole
/// number, for more than 30 that of 30: both make intervals wider.
fn student_975(freedom: f64) -> f64 {
    const QUANTILES: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    QUANTILES[(freedom as usize).clamp(1, QUANTILES.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_worked_by_hand() {
        // Means 4 and 2; variances 4 and 1; errors 4/3 + 1/3; freedom (5/3)² / (16/18 + 1/18).
        let welch = Welch::new(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0]);
        assert_eq!((welch.tested, welch.reference), ((4.0, 2.0), (2.0, 1.0)));
        assert!((welch.standard_error - (5f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((welch.freedom - 50.0 / 17.0).abs() < 1e-12);
        assert_eq!(welch.relative(), 1.0);
        assert!((welch.relative_margin() - 4.303 * (5f64 / 3.0).sqrt() / 2.0).abs() < 1e-12);
    }

    #[test]
    fn equal_runs_have_no_width() {
        let welch = Welch::new(&[3.0; 4], &[3.0; 4]);
        assert_eq!((welch.relative(), welch.relative_margin()), (0.0, 0.0));
    }
}
