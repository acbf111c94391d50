//! Methods on the graph of users and items, and texts beside it.

use foretaste::data::{
    Dataset, FeatureTable, IdTable, ItemId, Preference, Split, SplitMethod, UserId, align, split,
};
use foretaste::eval::{TestSet, evaluate};
use foretaste::mf::{Error, Silent};
use foretaste::model::Task;
use foretaste::{Method, Query, Recommender, Seen};
use foretaste_tests::support::{clicks, quick, set, train, with_vectors};
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

fn with(name: &str, settings: &[(&str, Value)]) -> Method {
    let settings = settings.iter().cloned();
    settings.fold(quick(name), |method, (name, value)| set(method, name, value))
}

/// Rows of users and items.
fn rows(model: &Recommender) -> [Vec<f32>; 2] {
    let scorer = model.model();
    let users = scorer.user_vectors().unwrap().iter().copied().collect();
    [users, scorer.item_vectors().unwrap().iter().copied().collect()]
}

#[test]
fn the_same_seed_gives_the_same_bytes_at_any_thread_count() {
    let data = with_vectors(clicks());
    for method in [
        with("lightgcn", &[("keep_edges", json!(0.7)), ("batch", json!(500))]),
        with("lightgcn", &[("loss", json!("softmax")), ("shared_negatives", json!(50))]),
        with("rlmrec", &[("batch", json!(900)), ("text_negatives", json!(40))]),
        with("rlmrec", &[("alignment", json!("gen"))]),
        quick("alpharec"),
    ] {
        let one = train(&method, &data, 1).to_bytes().unwrap();
        for threads in [2, 3, 8] {
            assert!(train(&method, &data, threads).to_bytes().unwrap() == one, "{method:?}");
        }
        let reseeded = set(method, "seed", json!(43));
        assert!(train(&reseeded, &data, 1).to_bytes().unwrap() != one, "the seed must matter");
    }
}

#[test]
fn texts_that_count_for_nothing_leave_lightgcn_bit_for_bit() {
    let (plain, data) = (clicks(), with_vectors(clicks()));
    let backbone = train(&with("lightgcn", &[("keep_edges", json!(0.8))]), &plain, 2);
    for alignment in ["con", "gen"] {
        let method = |weight: f32| {
            let settings = [
                ("alignment", json!(alignment)),
                ("text_weight", json!(weight)),
                ("keep_edges", json!(0.8)),
            ];
            train(&with("rlmrec", &settings), &data, 2)
        };
        assert!(rows(&method(0.0)) == rows(&backbone), "{alignment}");
        assert!(rows(&method(0.1)) != rows(&backbone), "{alignment}");
    }
}

/// The data with vectors of these items and users alone.
fn vectors(items: &[(&str, [f32; 2])], users: &[(&str, Vec<f32>)]) -> Dataset {
    let ids: Vec<&str> = items.iter().map(|item| item.0).collect();
    let values: Vec<f32> = items.iter().flat_map(|item| item.1).collect();
    let data = clicks();
    let data = match ids.is_empty() {
        true => data,
        false => {
            let table = FeatureTable::of_vectors(&ids, 2, &values).unwrap();
            data.with_item_features(table).unwrap()
        }
    };
    let Some(width) = users.first().map(|user| user.1.len()) else { return data };
    let ids: Vec<&str> = users.iter().map(|user| user.0).collect();
    let values: Vec<f32> = users.iter().flat_map(|user| user.1.clone()).collect();
    data.with_user_features(FeatureTable::of_vectors(&ids, width, &values).unwrap()).unwrap()
}

#[test]
fn vectors_of_few_or_of_none_do_no_harm_and_none_at_all_are_asked_for() {
    let few = [("1", [3.0, 4.0]), ("2", [0.0, 0.0]), ("9", [-1e30, 1e30]), ("17", [1e-30, 0.0])];
    let sound = |data: &Dataset, name: &str| {
        let model = train(&quick(name), data, 2);
        assert!(rows(&model).iter().flatten().all(|x| x.is_finite()), "{name}");
    };
    for name in ["rlmrec", "alpharec"] {
        sound(&vectors(&few, &[]), name);
        sound(&vectors(&few[..1], &[("3", vec![1.0, 1.0])]), name);
        let said = |data: Dataset| match Recommender::fit(&quick(name), data, &mut Silent) {
            Err(foretaste::Error::Training(error @ Error::Method { .. })) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(said(clicks()), "there are no vectors of items");
        assert_eq!(
            said(vectors(&few, &[("3", vec![1.0; 3])])),
            "vectors of users have 3 numbers, those of items 2"
        );
        assert_eq!(said(vectors(&few[1..2], &[])), "no vector of an item has a direction");
    }
}

/// Users who like what is of their kind; two items that nobody has are told by their vectors alone.
#[test]
fn an_item_that_nobody_has_is_scored_by_its_text() {
    let rows: String = (0..90)
        .flat_map(|user| (0..30).map(move |item| (user, item)))
        .filter(|(user, item)| item % 3 == user % 3 && (item * 7 + user * 5) % 11 < 7)
        .map(|(user, item)| format!("{user},{item}\n"))
        .collect();
    let options = Default::default();
    let read = foretaste::io::read_interactions_from(
        format!("user,item\n{rows}").as_bytes(),
        "rows",
        &options,
    );
    let data = read.unwrap().0;
    let ids: Vec<String> = (0..33).map(|item| item.to_string()).collect();
    let kind = |item: usize, n: usize| if item % 3 == n { 1.0 } else { 0.02 * (item % 5) as f32 };
    let values: Vec<f32> = (0..33).flat_map(|item| [0, 1, 2].map(|n| kind(item, n))).collect();
    let data =
        data.with_item_features(FeatureTable::of_vectors(&ids, 3, &values).unwrap()).unwrap();
    let model = train(&with("alpharec", &[("epochs", json!(60)), ("lr", json!(0.01))]), &data, 2);
    assert_eq!(model.items(), &IdTable::from_integers((0..33).collect()));
    let cold = ["30", "31", "32"];
    let (cold, _) = model.item_set(cold);
    for user in 0..90 {
        let own = model.user(&user.to_string()).unwrap();
        let lists = model.recommend_where(&[own], &Query::new(1).allow(&cold), Seen::All);
        assert_eq!(lists[0][0].0.index() % 3, user % 3, "user {user}");
    }
}

/// LLMRec's augmentation without a language model: whom to ask is a base model's ten best, and who answers
/// knows rows that were kept back, or nothing.
#[test]
fn extra_preferences_help_if_they_are_true_and_not_if_they_are_drawn() {
    let by = SplitMethod::Random { valid: 0.3, test: 0.25 };
    let Split { train: rows, valid, test, .. } = split(&clicks(), by, 5).unwrap();
    let base = train(&quick("bpr"), &rows, 2);
    let candidates: Vec<Vec<ItemId>> = (0..base.users().len() as u32)
        .map(|user| base.recommend(&[UserId(user)], 20, Seen::All).remove(0))
        .map(|list| list.into_iter().map(|(item, _)| item).collect())
        .collect();
    let known = |part: &Dataset| align(part, base.users(), base.items()).unwrap().interactions;
    let kept_back = known(&valid.unwrap());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let (mut told, mut drawn) = (Vec::new(), Vec::new());
    for (user, list) in (0..).map(UserId).zip(&candidates) {
        let liked = list.iter().find(|item| kept_back.contains(user, **item));
        let disliked = list.iter().rev().find(|item| !kept_back.contains(user, **item));
        if let (Some(&liked), Some(&disliked)) = (liked, disliked) {
            told.push(Preference { user, liked, disliked });
            let two: Vec<&ItemId> = list.choose_multiple(&mut rng, 2).collect();
            drawn.push(Preference { user, liked: *two[0], disliked: *two[1] });
        }
    }
    assert!(told.len() > 100, "{} of 300 users are told of", told.len());
    let settings = [("epochs", json!(150)), ("lr", json!(0.01)), ("extra_share", json!(1.0))];
    let method = with("lightgcn", &settings);
    let test = TestSet::binary(&known(&test), &[], &[]).unwrap();
    let recall = |extra: &[Preference]| {
        let task = Task::new(&rows).preferring(extra);
        let fitted = method.fit(&task, &mut Silent).unwrap();
        let metric = "recall@20".parse().unwrap();
        evaluate(&*fitted.model, &[rows.interactions()], &test, &[metric]).unwrap().means()[0]
    };
    let [without, with, noise] = [&[][..], &told, &drawn].map(recall);
    assert!(with > without && noise < without, "{without} {with} {noise}");
}
