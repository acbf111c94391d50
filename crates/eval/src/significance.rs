//! Is the mean of paired differences different from 0? p-values, all two-sided.
//!
//! Two tests, because each has a weakness. The paired t-test is about the mean, which is what is
//! reported, but with few users it leans on a normal distribution of the differences. Wilcoxon's
//! signed-rank test leans on their symmetry only, and a few users can't decide it; but it is not
//! about the mean. Where they disagree, say so. Both are held to SciPy's figures by a golden test.

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;
use std::f64::consts::SQRT_2;

/// The longest series for which [`wilcoxon`] enumerates all signs, if no ranks are tied…
const EXACT: usize = 50;
/// …and whatever is tied. Both as in SciPy.
const EXACT_WITH_TIES: usize = 13;

/// The p-value of the paired t-test: the probability, were the mean of the differences 0, of a
/// mean at least as far from 0 as the one found.
///
/// With n differences of mean d and standard deviation s (divisor n − 1), t = d / (s / √n) follows
/// Student's distribution with ν = n − 1 degrees of freedom, and p = I(ν/2, ½, ν / (ν + t²)), where
/// I is the regularised incomplete beta function: no cancellation in the tails, however small p.
/// Equal to `scipy.stats.ttest_rel` to 10⁻⁹ up to a million users.
///
/// Of differences that are all 0 it is 1 (SciPy: NaN): they speak for nothing. NaN for fewer than
/// two differences that are not all 0, as there is no variance to judge by.
pub fn paired_t(differences: &[f64]) -> f64 {
    let n = differences.len() as f64;
    if differences.is_empty() {
        return f64::NAN;
    }
    if differences.iter().all(|difference| *difference == 0.0) {
        return 1.0;
    }
    if differences.len() == 1 {
        return f64::NAN;
    }
    let mean = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences.iter().map(|d| (d - mean) * (d - mean)).sum();
    let freedom = n - 1.0;
    // t² = mean² n (n − 1) / squares; written so that no variance gives ν / (ν + t²) = 0.
    let x = squares / (squares + mean * mean * n);
    beta_reg(freedom / 2.0, 0.5, x)
}

/// The p-value of Wilcoxon's signed-rank test on paired differences.
///
/// Differences of 0 are dropped ("wilcox"), the others ranked by size, ties by their mean rank; W is
/// the sum of the ranks of the positive ones. Without ties and zeros and with at most 50
/// differences, and with at most 13 in any case, p comes from all 2ⁿ ways to sign the ranks; else from the
/// normal approximation with the variance corrected for ties, without a continuity correction.
/// That is what `scipy.stats.wilcoxon(…, zero_method="wilcox", correction=False, method="auto")`
/// does (SciPy 1.17); equal to it to 10⁻⁹.
///
/// Of differences that are all 0 it is 1; NaN without any difference.
pub fn wilcoxon(differences: &[f64]) -> f64 {
    if differences.is_empty() {
        return f64::NAN;
    }
    let mut sizes: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    sizes.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    let signed = SignedRanks::of(&sizes);
    let has_zeros = sizes.len() < differences.len();
    let exact = if signed.cubes > 0.0 || has_zeros { EXACT_WITH_TIES } else { EXACT };
    if differences.len() <= exact { signed.exact() } else { signed.approximate() }
}

/// Ranks of differences, doubled so that mean ranks are whole numbers.
struct SignedRanks {
    doubled: Vec<usize>,
    /// Sum of the doubled ranks of positive differences.
    positive: usize,
    /// Σ t³ − t over groups of t tied sizes.
    cubes: f64,
}

impl SignedRanks {
    /// `sizes` ascend by absolute value, without zeros.
    fn of(sizes: &[f64]) -> Self {
        let mut ranks = Self { doubled: Vec::with_capacity(sizes.len()), positive: 0, cubes: 0.0 };
        for group in sizes.chunk_by(|a, b| a.abs() == b.abs()) {
            let before = ranks.doubled.len();
            let doubled = before + 1 + before + group.len();
            let positive = group.iter().filter(|difference| **difference > 0.0).count();
            ranks.positive += positive * doubled;
            ranks.doubled.extend(std::iter::repeat_n(doubled, group.len()));
            let tied = group.len() as f64;
            ranks.cubes += tied * (tied * tied - 1.0);
        }
        ranks
    }

    /// Counts, for each sum, the ways to sign the ranks that reach it.
    fn exact(&self) -> f64 {
        let largest: usize = self.doubled.iter().sum();
        let mut ways = vec![0.0; largest + 1];
        ways[0] = 1.0;
        for &rank in &self.doubled {
            for sum in (rank..=largest).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        let below: f64 = ways[..=self.positive].iter().sum();
        let above: f64 = ways[self.positive..].iter().sum();
        (2.0 * below.min(above) / (self.doubled.len() as f64).exp2()).min(1.0)
    }

    fn approximate(&self) -> f64 {
        let n = self.doubled.len() as f64;
        let sum = self.positive as f64 / 2.0;
        let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - self.cubes / 2.0) / 24.0;
        let z = (sum - n * (n + 1.0) / 4.0) / variance.sqrt();
        erfc(z.abs() / SQRT_2)
    }
}

/// Holm's correction of p-values for their number: of m hypotheses tested together, rejecting
/// those whose corrected p is at most α rejects any true one with probability at most α, however
/// the tests depend on one another (Holm, "A simple sequentially rejective multiple test
/// procedure", 1979).
///
/// The smallest p is multiplied by m, the next by m − 1, and so on; each is at least as large as
/// the one before it, and at most 1. In the order of `p`. NaN stays NaN and does not count in m.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&n| !p[n].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut corrected = vec![f64::NAN; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &n) in order.iter().enumerate() {
        largest = largest.max((order.len() - rank) as f64 * p[n]).min(1.0);
        corrected[n] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_speaks_for_nothing() {
        assert!(paired_t(&[]).is_nan() && wilcoxon(&[]).is_nan());
        assert!(paired_t(&[0.5]).is_nan());
        assert_eq!((paired_t(&[0.0; 3]), wilcoxon(&[0.0; 3])), (1.0, 1.0));
        assert_eq!(wilcoxon(&[0.5]), 1.0);
    }

    #[test]
    fn a_constant_difference_leaves_no_doubt_for_t() {
        assert_eq!(paired_t(&[0.25; 10]), 0.0);
        // All five signs alike: 2 of 2⁵ ways.
        assert_eq!(wilcoxon(&[0.25; 5]), 2.0 / 32.0);
    }

    #[test]
    fn student_of_one_degree_is_cauchy() {
        // t = 3 with ν = 1: p = 1 − 2 atan(3) / π.
        let expected = 1.0 - 2.0 * 3f64.atan() / std::f64::consts::PI;
        assert!((paired_t(&[1.0, 2.0]) - expected).abs() < 1e-14);
    }

    #[test]
    fn holm_worked_by_hand() {
        let close = |found: Vec<f64>, expected: &[f64]| {
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15)
        };
        assert!(close(holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]));
        assert!(close(holm(&[0.6, 0.7]), &[1.0, 1.0]));
        let with_nan = holm(&[f64::NAN, 0.03, 0.01]);
        assert!(with_nan[0].is_nan() && close(with_nan[1..].to_vec(), &[0.03, 0.02]));
        assert!(holm(&[]).is_empty());
    }

    /// Every way to sign the differences, one after the other.
    fn by_enumeration(differences: &[f64]) -> f64 {
        let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).filter(|d| *d > 0.0).collect();
        let rank = |size: f64| {
            let below = sizes.iter().filter(|other| **other < size).count() as f64;
            let tied = sizes.iter().filter(|other| **other == size).count() as f64;
            below + (tied + 1.0) / 2.0
        };
        let ranks: Vec<f64> = sizes.iter().map(|&size| rank(size)).collect();
        let signs = differences.iter().filter(|d| **d != 0.0).map(|d| *d > 0.0);
        let found: f64 = signs.zip(&ranks).filter(|(up, _)| *up).map(|(_, rank)| rank).sum();
        let (mut below, mut above) = (0u32, 0u32);
        for ways in 0..1u32 << ranks.len() {
            let up = (0..ranks.len()).filter(|n| ways >> n & 1 == 1);
            let sum: f64 = up.map(|n| ranks[n]).sum();
            below += u32::from(sum <= found);
            above += u32::from(sum >= found);
        }
        (2.0 * f64::from(below.min(above)) / f64::from(1u32 << ranks.len())).min(1.0)
    }

    proptest! {
        #[test]
        fn small_series_are_enumerated(steps in prop::collection::vec(-4i8..5, 1..10)) {
            let differences: Vec<f64> = steps.iter().map(|&n| f64::from(n) / 8.0).collect();
            let expected = by_enumeration(&differences);
            prop_assert!((wilcoxon(&differences) - expected).abs() < 1e-14);
        }

        #[test]
        fn signs_do_not_matter(steps in prop::collection::vec(-9i8..10, 2..80)) {
            let up: Vec<f64> = steps.iter().map(|&n| f64::from(n)).collect();
            let down: Vec<f64> = up.iter().map(|d| -d).collect();
            prop_assert!((wilcoxon(&up) - wilcoxon(&down)).abs() < 1e-14);
            prop_assert!((paired_t(&up) - paired_t(&down)).abs() < 1e-12 || steps.len() < 2);
        }

        #[test]
        fn holm_lies_between_p_and_bonferroni(p in prop::collection::vec(0.0f64..=1.0, 1..20)) {
            let m = p.len() as f64;
            for (corrected, p) in holm(&p).into_iter().zip(p) {
                prop_assert!(p <= corrected && corrected <= (m * p).min(1.0));
            }
        }
    }
}
