//! Every method, held to the conformance suites.

use foretaste::bpr::BprLoss;
use foretaste::data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste::files::Overwrite;
use foretaste::mf::Silent;
use foretaste::warp::WarpLoss;
use foretaste::{Query, Recommender, Seen};
use foretaste_tests::objective::{assert_pairwise, assert_ranking};
use foretaste_tests::scorer::assert_scorer;
use foretaste_tests::support::{clicks, quick, set, train, with_vectors};
use serde_json::json;
use std::path::Path;

#[test]
fn bpr_is_a_sound_objective() {
    // |d³/dx³ ln(1 + e⁻ˣ)| = |σ (1−σ) (1−2σ)| ≤ 1 / (6 √3).
    assert_pairwise(&BprLoss, &[[1.0, 0.0]], 1.0 / (6.0 * 3f64.sqrt()));
}

#[test]
fn warp_is_a_sound_objective() {
    // The hinge is straight but at the margin, which is at none of the x that are tested, nor as near as
    // their differences reach.
    assert_ranking(&WarpLoss::new(1.1, 300, 200), 0.0);
}

#[test]
fn all_methods_are_sound_scorers_and_survive_their_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in foretaste::registry().names() {
        let model = train(&quick(name), &with_vectors(clicks()), 2);
        assert_scorer(&model);
        assert_survives_its_file(&model, &folder.path().join(name));
    }
}

/// Smaller than factors, neighbours and shared negatives, without some rows, with equal columns, with
/// nothing that is left to draw: defaults rank them with finite scores, or say that there is nothing to
/// learn from.
#[test]
fn data_of_any_shape_give_sound_scorers_or_a_word() {
    for name in foretaste::registry().names() {
        let method = set(foretaste::method(name).unwrap(), "epochs", json!(6));
        let method = set(method, "min_items", json!(1));
        for (shape, data, must_learn) in [
            ("wide", pairs((3, 300), |user, item| (user + item) % 29 == 0), true),
            ("tall", pairs((300, 3), |user, item| (user + item) % 3 != 0), true),
            (
                "gaps",
                pairs((30, 20), |user, item| user % 4 != 3 && item % 5 != 2 && item < user),
                true,
            ),
            ("equal columns", pairs((40, 20), |user, item| item < 15 && user % 3 == 0), true),
            ("everything", pairs((9, 7), |_, _| true), false),
            ("one user", pairs((1, 6), |_, item| item != 2), false),
            ("one item", pairs((6, 1), |user, _| user != 2), false),
            ("one cell", pairs((1, 1), |_, _| true), false),
            ("nothing", pairs((5, 4), |_, _| false), false),
        ] {
            match Recommender::fit(&method, with_vectors(data), &mut Silent) {
                Ok(model) => assert_scorer(&model),
                Err(error) if !must_learn && error.to_string().contains("nothing to learn") => {}
                Err(error) => panic!("{name}, {shape}: {error}"),
            }
        }
    }
}

fn pairs((users, items): (u32, u32), has: impl Fn(u32, u32) -> bool) -> Dataset {
    let all = (0..users).flat_map(|user| (0..items).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = all.filter(|&(user, item)| has(user, item)).map(pair).collect();
    let shape = (users as usize, items as usize);
    let (matrix, _) = Interactions::from_pairs(pairs, shape.0, shape.1, Keep::default()).unwrap();
    let ids = |n: u32| IdTable::from_integers((0..i64::from(n)).collect());
    Dataset::new(ids(users), ids(items), matrix).unwrap()
}

fn assert_survives_its_file(model: &Recommender, path: &Path) {
    model.save(path, Overwrite::Refuse).unwrap();
    let loaded = Recommender::load(path).unwrap();
    let users: Vec<_> = ["1", "77", "300"].map(|id| loaded.user(id).unwrap()).to_vec();
    assert_eq!(loaded.recommend(&users, 9, Seen::All), model.recommend(&users, 9, Seen::All));
    assert_eq!(loaded.info(), model.info());
    assert!(model.save(path, Overwrite::Refuse).is_err(), "an existing file stays");
}

#[test]
fn item_biases_are_sound_scorers() {
    let method = set(quick("bpr"), "bias", json!({ "item": true }));
    assert_scorer(&train(&method, &clicks(), 2));
}

#[test]
fn a_set_of_items_is_made_of_their_ids() {
    let model = train(&quick("popularity"), &clicks(), 1);
    let (set, unknown) = model.item_set(["7", "nothing", "3", "7", "03"]);
    assert_eq!(unknown, ["nothing", "03"]);
    let mut items = vec![model.item("3").unwrap(), model.item("7").unwrap()];
    items.sort_unstable();
    assert_eq!((set.iter().collect::<Vec<_>>(), set.n_items()), (items, model.items().len()));
    let (nothing, _) = model.item_set::<&str>([]);
    let user = model.user("1").unwrap();
    let query = Query::new(9).allow(&nothing);
    assert_eq!(model.recommend_where(&[user, user], &query, Seen::None), [vec![], vec![]]);
    // More pairs that are left out, beside those of the training.
    let pair = Pair { user, item: model.item("7").unwrap(), weight: 1.0, time: 0 };
    let shape = (model.users().len(), model.items().len());
    let (pairs, _) =
        Interactions::from_pairs(vec![pair], shape.0, shape.1, Keep::default()).unwrap();
    let lists =
        model.recommend_where(&[user], &Query::new(9).allow(&set).exclude(&[&pairs]), Seen::None);
    let listed: Vec<_> = lists[0].iter().map(|(item, _)| model.item_name(*item)).collect();
    assert_eq!(listed, ["3"]);
}

#[test]
fn a_method_that_does_not_exist_is_named() {
    let error = foretaste::method("bprr").unwrap_err().to_string();
    assert!(error.starts_with("there is no method `bprr`; there are popularity, bpr, "), "{error}");
}
