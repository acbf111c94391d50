//! The p-values of SciPy, recomputed.

use foretaste_eval::{paired_t, wilcoxon};
use serde_json::Value;

/// Of probabilities; what the incomplete beta function and the normal approximation leave is
/// smaller by three orders of magnitude at these lengths.
const CLOSE: f64 = 1e-9;

const EXPECTED: &str = include_str!("../golden/scipy.json");

#[test]
fn p_values_are_those_of_scipy() {
    let golden: Value = serde_json::from_str(EXPECTED).unwrap();
    let unit = golden["unit"].as_f64().unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() > 90);
    for case in cases {
        let steps = case["steps"].as_array().unwrap();
        let differences: Vec<f64> =
            steps.iter().map(|step| step.as_f64().unwrap() / unit).collect();
        for (name, found) in
            [("p_t", paired_t(&differences)), ("p_wilcoxon", wilcoxon(&differences))]
        {
            let expected = case[name].as_f64().unwrap();
            let what = format!("{name} of {} {}", differences.len(), case["kind"]);
            assert!((found - expected).abs() <= CLOSE, "{what}: {found} {expected}");
            // Tails as well: p-values of 1e-20 are to be right in their first digits.
            assert!((found / expected - 1.0).abs() <= CLOSE, "{what}: {found:e} {expected:e}");
        }
    }
}
