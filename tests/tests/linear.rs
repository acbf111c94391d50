//! Methods that score histories: the same bytes at any thread count, through files, for strangers.

use foretaste::data::{Dataset, ItemId, UserId};
use foretaste::files::Overwrite;
use foretaste::model::{Histories, Scorer};
use foretaste::{Method, Recommender, Seen, sim};
use foretaste_tests::scorer::assert_scorer;
use foretaste_tests::support::{clicks, set, train};
use ndarray::Array2;
use serde_json::json;

/// Fewer users than items: the dual form of EASE.
fn few_users() -> Dataset {
    let params = sim::Params { users: 120, items: 200, interactions: 2_400, ..Default::default() };
    params.check().unwrap().generate().unwrap().clicks
}

fn methods() -> Vec<Method> {
    let knn = || foretaste::method("item-knn").unwrap();
    let cosine = set(set(knn(), "similarity", json!("cosine")), "popularity", json!(1));
    let others = ["ease", "gf-cf"].map(|name| foretaste::method(name).unwrap());
    [knn(), cosine].into_iter().chain(others).collect()
}

fn scores(scorer: &dyn Scorer) -> Array2<f32> {
    let users: Vec<UserId> = (0..scorer.n_users() as u32).map(UserId).collect();
    let mut out = Array2::zeros((users.len(), scorer.n_items()));
    scorer.score_block(&users, out.view_mut());
    out
}

#[test]
fn the_bytes_are_the_same_at_any_thread_count() {
    for (method, data) in methods().iter().flat_map(|m| [(m, clicks()), (m, few_users())]) {
        let one = train(method, &data, 1).to_bytes().unwrap();
        for threads in [2, 3, 8] {
            let bytes = train(method, &data, threads).to_bytes().unwrap();
            assert!(bytes == one, "{}: {threads} threads", method.name());
        }
    }
}

#[test]
fn both_forms_are_sound_scorers_and_survive_their_files() {
    let folder = tempfile::tempdir().unwrap();
    for (n, method) in methods().iter().enumerate() {
        let model = train(method, &few_users(), 2);
        assert_scorer(&model);
        let path = folder.path().join(n.to_string());
        model.save(&path, Overwrite::Refuse).unwrap();
        let loaded = Recommender::load(&path).unwrap();
        assert_eq!(scores(loaded.scorer()), scores(model.scorer()));
        assert_eq!(loaded.to_bytes().unwrap(), model.to_bytes().unwrap());
    }
}

#[test]
fn whoever_has_the_history_of_a_user_gets_their_list() {
    for (method, data) in methods().iter().flat_map(|m| [(m, clicks()), (m, few_users())]) {
        let model = train(method, &data, 2);
        let folded = model.fold_in(&data).unwrap();
        let users: Vec<UserId> = (0..model.users().len() as u32).map(UserId).collect();
        let stored = model.recommend(&users, 10, Seen::All);
        let found = folded.recommend(&users, &foretaste::Query::new(10), Seen::All);
        let (mut same, mut all) = (0, 0);
        for (stored, found) in stored.iter().zip(&found) {
            same += stored.iter().filter(|(item, _)| found.iter().any(|(i, _)| i == item)).count();
            all += stored.len();
        }
        // Rounding may change the order of two that are next to each other.
        assert!(same * 1000 >= all * 995, "{}: {same} of {all}", method.name());
    }
}

#[test]
fn nobody_in_particular_gets_what_most_have() {
    let data = clicks();
    let popular = train(&foretaste::method("popularity").unwrap(), &data, 1);
    let expected = scores(popular.scorer()).row(0).to_vec();
    let n_items = data.interactions().n_items();
    let nothing =
        foretaste::data::Interactions::from_rows(vec![0, 0], Vec::<ItemId>::new(), n_items);
    for method in methods() {
        let model = train(&method, &data, 1);
        let nothing = nothing.as_ref().unwrap();
        let folded = model.model().fold_in(&Histories::new(nothing)).unwrap();
        assert_eq!(scores(&*folded).row(0).to_vec(), expected, "{}", method.name());
    }
}
