//! Every method, held to the conformance suites.

use foretaste::Method;
use foretaste::bpr::BprLoss;
use foretaste_tests::objective::assert_pairwise;
use foretaste_tests::scorer::assert_scorer;
use foretaste_tests::support::{clicks, quick, train};

#[test]
fn bpr_is_a_sound_objective() {
    // |d³/dx³ ln(1 + e⁻ˣ)| = |σ (1−σ) (1−2σ)| ≤ 1 / (6 √3).
    assert_pairwise(&BprLoss, &[[1.0, 0.0]], 1.0 / (6.0 * 3f64.sqrt()));
}

#[test]
fn all_methods_are_sound_scorers() {
    for name in Method::NAMES {
        assert_scorer(&train(&quick(name), &clicks(), 2));
    }
}

#[test]
fn item_biases_are_sound_scorers() {
    let mut method = quick("bpr");
    method.params_mut().unwrap().bias.item = true;
    assert_scorer(&train(&method, &clicks(), 2));
}

#[test]
fn a_method_that_does_not_exist_is_named() {
    let error = Method::named("bprr").unwrap_err().to_string();
    assert!(error.starts_with("there is no method `bprr`; there are popularity, bpr, "), "{error}");
}
