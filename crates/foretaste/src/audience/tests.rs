use crate::{Error, Recommender, Seen, method, registry};
use foretaste_data::{Dataset, FeatureTable, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste_model::{FoldInError, Method, Monitor, Query, Silent};
use serde_json::{Map, Value};

/// A third of the items suits a user; an item's vector and its tag say which.
fn data(users: std::ops::Range<i64>) -> Dataset {
    let (mut pairs, n) = (Vec::new(), users.clone().count());
    for (row, user) in (0..).zip(users.clone()) {
        for item in (0..30).filter(|item| item % 3 == user % 3 && (item * 7 + user * 5) % 11 < 7) {
            let (user, item) = (UserId(row), ItemId(item as u32));
            pairs.push(Pair { user, item, weight: 1.0, time: 0 });
        }
    }
    let (matrix, _) = Interactions::from_pairs(pairs, n, 30, Keep::default()).unwrap();
    let items = IdTable::from_integers((0..30).collect());
    let ids: Vec<String> = (0..30).map(|item| item.to_string()).collect();
    let vectors = (0..30).flat_map(|item| [0, 1, 2].map(|n| f32::from(u8::from(item % 3 == n))));
    let vectors = FeatureTable::of_vectors(&ids, 3, &vectors.collect::<Vec<_>>()).unwrap();
    let whole = Dataset::new(IdTable::from_integers(users.collect()), items, matrix).unwrap();
    let tags: Vec<_> =
        (0..30).map(|item| (item.to_string(), format!("kind {}", item % 3))).collect();
    let (tags, _) = FeatureTable::of_tags(&tags).unwrap();
    whole.with_item_features(vectors).unwrap().with_item_features(tags).unwrap()
}

/// A small model of each method.
fn models() -> Vec<Recommender> {
    let small = |name: &str| {
        let method = method(name).unwrap();
        let mut given = Map::new();
        for (parameter, value) in [("factors", 8), ("epochs", 30)] {
            if method.parameters().contains_key(parameter) {
                given.insert(parameter.to_owned(), Value::from(value));
            }
        }
        if name == "nbpo-calibrated" {
            given.insert("noise".to_owned(), serde_json::json!({ "rate": 0.3, "by_user": 0.5 }));
        }
        method.with(given).unwrap()
    };
    let fit = |method: &Method| {
        let monitor: &mut dyn Monitor = &mut Silent;
        Recommender::fit(method, data(0..60), monitor).unwrap()
    };
    let mut methods: Vec<Method> = registry().names().into_iter().map(small).collect();
    let als = [("solver", "als"), ("loss", "squared")];
    let als = als.map(|(name, value)| (name.to_owned(), Value::from(value)));
    methods.push(small("relmf").with(Map::from_iter(als)).unwrap());
    methods.iter().map(fit).collect()
}

#[test]
fn every_method_folds_in_alike_before_and_after_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m");
    for model in models() {
        let name = &model.info().method;
        model.save(&path, foretaste_files::Overwrite::Replace).unwrap();
        let loaded = Recommender::load(&path).unwrap();
        let histories = data(100..106);
        let [made, read] = [&model, &loaded].map(|model| model.fold_in(&histories).unwrap());
        assert_eq!((made.folded_in(), made.unknown_rows()), (6, 0));
        let all: Vec<UserId> = (0..6).map(UserId).collect();
        let lists = made.recommend(&all, &Query::new(5), Seen::All);
        assert_eq!(lists, read.recommend(&all, &Query::new(5), Seen::All), "{name}");
        // What suits the user comes first, where a method learns from whom it was trained on.
        if name != "popularity" {
            let best = lists.iter().zip(100..).filter(|(list, user)| list[0].0.0 % 3 == user % 3);
            assert!(best.count() >= 5, "{name}: {lists:?}");
        }
    }
}

#[test]
fn newcomers_stand_among_the_stored_who_keep_their_scores() {
    for model in models() {
        // 58 and 59 are stored, and their rows here are not asked for.
        let histories = data(58..63);
        let audience = model.with_newcomers(&histories).unwrap();
        assert_eq!((audience.users().len(), audience.folded_in()), (63, 3));
        let of = |id: &str| UserId(audience.users().index_of(id).unwrap());
        let lists = |users: &[UserId]| audience.recommend(users, &Query::new(4), Seen::All);
        let stored = ["58", "3", "59"].map(|id| model.user(id).unwrap());
        let mixed = ["58", "61", "3", "62", "59"].map(of);
        let found = lists(&mixed);
        let alone = model.recommend(&stored, 4, Seen::All);
        assert_eq!([&found[0], &found[2], &found[4]], [&alone[0], &alone[1], &alone[2]]);
        let folded = model.fold_in(&histories).unwrap();
        let own = ["61", "62"].map(|id| UserId(folded.users().index_of(id).unwrap()));
        let own = folded.recommend(&own, &Query::new(4), Seen::All);
        assert_eq!([&found[1], &found[3]], [&own[0], &own[1]], "{}", model.info().method);
        assert_eq!(audience.seen().row(of("61")), histories.interactions().row(UserId(3)));
    }
}

#[test]
fn what_somebody_has_is_counted_over_all_feedbacks() {
    let data = |users: std::ops::Range<i64>| {
        let whole = data(users);
        let (ids, items) = (whole.users().clone(), whole.items().clone());
        let pairs = whole.interactions().pairs().filter(|pair| pair.item.0 < 12).collect();
        let keep = Keep::default();
        let (some, _) = Interactions::from_pairs(pairs, ids.len(), items.len(), keep).unwrap();
        let buys = Dataset::new(ids, items, some).unwrap();
        Dataset::of_feedbacks(vec![("view".into(), whole), ("buy".into(), buys)]).unwrap()
    };
    let gnolr = method("gnolr").unwrap();
    let given = [("factors", 32), ("epochs", 2)].map(|(name, n)| (name.to_owned(), Value::from(n)));
    let gnolr = gnolr.with(Map::from_iter(given)).unwrap();
    let model = Recommender::fit(&gnolr, data(0..60), &mut Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    model.save(&folder.path().join("m"), foretaste_files::Overwrite::Refuse).unwrap();
    let model = Recommender::load(&folder.path().join("m")).unwrap();
    let views = |users, row| {
        let data: Dataset = data(users);
        data.others()[0].interactions().row(UserId(row)).len() as u32
    };
    let levels = model.model().levels().unwrap();
    assert_eq!(
        [3, 7].map(|row| levels.history_length(UserId(row))),
        [3, 7].map(|row| views(0..60, row))
    );
    assert_eq!(levels.history_length(UserId(60)), 0);
    let histories = data(58..63);
    let audience = model.with_newcomers(&histories).unwrap();
    let of = |id: &str| audience.history_lengths()[audience.users().index_of(id).unwrap() as usize];
    assert_eq!([of("3"), of("61")], [views(0..60, 3), views(58..63, 3)]);
    assert!(of("61") > audience.seen().row(UserId(61)).len() as u32);
}

#[test]
fn what_a_model_does_not_know_of_a_history_is_counted_and_the_rest_is_used() {
    let pair = |user, item| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    // ann has 3, 6 and something else; bob nothing that is known; cat nothing at all; dan everything.
    let mut pairs = vec![pair(0, 3), pair(0, 6), pair(0, 30), pair(1, 30)];
    pairs.extend((0..30).map(|item| pair(3, item)));
    let (matrix, _) = Interactions::from_pairs(pairs, 4, 31, Keep::default()).unwrap();
    let users = IdTable::from_text(["ann", "bob", "cat", "dan"]);
    let items = IdTable::from_integers((0..31).collect());
    let histories = Dataset::new(users, items, matrix).unwrap();
    for model in models() {
        let audience = model.fold_in(&histories).unwrap();
        assert_eq!((audience.folded_in(), audience.unknown_rows()), (4, 2));
        let lists = audience.recommend(&[0, 1, 2, 3].map(UserId), &Query::new(30), Seen::All);
        assert_eq!([28, 30, 30, 0], [0, 1, 2, 3].map(|n| lists[n].len()));
        assert_eq!(lists[1], lists[2], "{}: of neither is anything known", model.info().method);
        assert!(lists.iter().flatten().all(|(_, score)| score.is_finite()));
    }
}

#[test]
fn histories_by_other_items_are_refused_by_the_model_itself() {
    for model in models() {
        let (_, _, matrix) = data(0..3).into_parts();
        let starts = matrix.starts().to_vec();
        let wider = Interactions::from_rows(starts, matrix.items().to_vec(), 31).unwrap();
        let refused = model.model().fold_in(&foretaste_model::Histories::new(&wider));
        let error = Error::from(refused.map(drop).unwrap_err());
        let expected = FoldInError::Items { expected: 30, found: 31 };
        assert!(matches!(error, Error::FoldIn(found) if found == expected));
    }
}

/// Weights decide where a user stands, so that explanations and folding in need them, also of a file.
#[test]
fn weighted_models_are_explained_and_folded_into_by_their_weights() {
    let plain = data(0..40);
    let weights = (0..plain.interactions().nnz()).map(|at| 1.0 + (at % 7) as f32);
    let matrix = plain.interactions().clone().with_weights(weights.collect()).unwrap();
    let weighted = plain.clone().with_interactions(matrix).unwrap();
    let ials = method("ials").unwrap();
    let given = Map::from_iter([("factors", 8), ("epochs", 3)].map(|(k, v)| (k.into(), v.into())));
    let fit = |data: &Dataset| {
        let model = Recommender::fit(&ials.with(given.clone()).unwrap(), data.clone(), &mut Silent);
        let bytes = model.unwrap().to_bytes().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("m"), bytes).unwrap();
        Recommender::load(&folder.path().join("m")).unwrap()
    };
    let [of_plain, of_weighted] = [fit(&plain), fit(&weighted)];
    for model in [&of_plain, &of_weighted] {
        for user in (0..40).map(UserId) {
            let found = model.explain(user, ItemId(5)).unwrap();
            let size: f32 = found.history.iter().map(|(_, share)| share.abs()).sum();
            assert!(found.rest.abs() <= 1e-4 * size.max(1e-3), "{user:?}: {found:?}");
        }
    }
    // Who has a user's history, weights included, is that user.
    let history = of_weighted.fold_in(&weighted).unwrap();
    let all: Vec<UserId> = (0..40).map(UserId).collect();
    let query = Query::new(10);
    let stored = of_weighted.recommend_where(&all, &query, Seen::All);
    assert_eq!(history.recommend(&all, &query, Seen::All), stored);
    let unweighted = of_weighted.fold_in(&plain).unwrap();
    assert_ne!(unweighted.recommend(&all, &query, Seen::All), stored);
    // A method that does not weigh has no use for weights.
    let popular = method("popularity").unwrap();
    let bytes = |data: &Dataset| {
        let model = Recommender::fit(&popular, data.clone(), &mut Silent).unwrap();
        (model.seen().weights().is_some(), model.to_bytes().unwrap().len())
    };
    assert_eq!(bytes(&weighted), bytes(&plain));
}
