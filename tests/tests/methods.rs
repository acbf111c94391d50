//! Every method, held to the conformance suites.

use foretaste::Recommender;
use foretaste::bpr::BprLoss;
use foretaste::files::Overwrite;
use foretaste_tests::objective::assert_pairwise;
use foretaste_tests::scorer::assert_scorer;
use foretaste_tests::support::{clicks, quick, set, train};
use serde_json::json;
use std::path::Path;

#[test]
fn bpr_is_a_sound_objective() {
    // |d³/dx³ ln(1 + e⁻ˣ)| = |σ (1−σ) (1−2σ)| ≤ 1 / (6 √3).
    assert_pairwise(&BprLoss, &[[1.0, 0.0]], 1.0 / (6.0 * 3f64.sqrt()));
}

#[test]
fn all_methods_are_sound_scorers_and_survive_their_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in foretaste::registry().names() {
        let model = train(&quick(name), &clicks(), 2);
        assert_scorer(&model);
        assert_survives_its_file(&model, &folder.path().join(name));
    }
}

fn assert_survives_its_file(model: &Recommender, path: &Path) {
    model.save(path, Overwrite::Refuse).unwrap();
    let loaded = Recommender::load(path).unwrap();
    let users: Vec<_> = ["1", "77", "300"].map(|id| loaded.user(id).unwrap()).to_vec();
    assert_eq!(loaded.recommend(&users, 9, false), model.recommend(&users, 9, false));
    assert_eq!(loaded.info(), model.info());
    assert!(model.save(path, Overwrite::Refuse).is_err(), "an existing file stays");
}

#[test]
fn item_biases_are_sound_scorers() {
    let method = set(quick("bpr"), "bias", json!({ "item": true }));
    assert_scorer(&train(&method, &clicks(), 2));
}

#[test]
fn a_method_that_does_not_exist_is_named() {
    let error = foretaste::method("bprr").unwrap_err().to_string();
    assert!(error.starts_with("there is no method `bprr`; there are popularity, bpr, "), "{error}");
}
