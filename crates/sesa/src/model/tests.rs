use super::*;
use crate::testing::{kinds, quick, tags};
use crate::{Params, SesaTechnique};
use foretaste_data::{Dataset, UserId};
use foretaste_mf::{Silent, Start};
use foretaste_model::{Info, Typed, score_pairs};

fn trained(data: &Dataset, params: Params) -> Box<dyn Model> {
    params.check().unwrap().fit(data, Start::default(), &mut Silent).unwrap().model
}

/// As it is written and read again.
fn again(model: &dyn Model, data: &Dataset, parameters: Params) -> Box<dyn Model> {
    let mut file = ModelFile {
        info: Info {
            format: 1,
            version: String::new(),
            method: crate::METHOD.to_owned(),
            parameters: serde_json::to_value(parameters).unwrap(),
            data: String::new(),
            training: serde_json::Value::Null,
            storage: foretaste_model::Storage::default(),
        },
        users: data.users().clone(),
        items: data.items().clone(),
        seen: data.interactions().clone(),
        not_positive: None,
        others: None,
        tensors: model.tensors(),
    };
    let bytes = file.to_bytes().unwrap();
    file = ModelFile::from_bytes(&bytes, "m".as_ref()).unwrap();
    SesaTechnique.load(&mut file).unwrap()
}

fn all(model: &dyn Model) -> Vec<(UserId, ItemId)> {
    let users = 0..model.n_users() as u32;
    let items = model.n_items() as u32;
    users.flat_map(|user| (0..items).map(move |item| (UserId(user), ItemId(item)))).collect()
}

#[test]
fn terms_sum_to_the_score_to_the_bit_and_none_is_below_0_but_popularity() {
    let data = kinds(true);
    let model = trained(&data, quick());
    let pairs = all(&*model);
    for (&(user, item), score) in pairs.iter().zip(score_pairs(&*model, &pairs)) {
        let Explanation { terms, history, rest } =
            model.explain(user, item, data.interactions()).unwrap();
        let sum = terms.iter().fold(0.0f32, |sum, (_, value)| sum + value);
        assert_eq!(sum.to_bits(), score.to_bits(), "{user:?}, {item:?}: {terms:?}");
        assert!(history.is_empty() && rest == 0.0);
        let of_tags = terms.iter().filter(|(name, _)| !name.starts_with("popularity"));
        assert!(of_tags.clone().all(|(_, value)| *value > 0.0) && of_tags.count() > 0);
    }
}

#[test]
fn permuting_names_permutes_the_explanations_and_not_the_scores() {
    let data = kinds(false);
    let turned = data.clone().without_features();
    let turned =
        turned.with_item_features(tags(|kind| format!("kind {}", (kind + 1) % 3))).unwrap();
    let [own, turned] = [&data, &turned].map(|data| trained(data, quick()));
    let pairs = all(&*own);
    let scores = [&own, &turned].map(|model| score_pairs(&**model, &pairs));
    let name = |name: &str| match name {
        "kind 0" => "kind 1".to_owned(),
        "kind 1" => "kind 2".to_owned(),
        "kind 2" => "kind 0".to_owned(),
        other => other.to_owned(),
    };
    for (n, &(user, item)) in pairs.iter().enumerate() {
        let terms = |model: &dyn Model| {
            let mut terms = model.explain(user, item, data.interactions()).unwrap().terms;
            terms.sort_by(|a, b| a.0.cmp(&b.0));
            terms
        };
        // Sums of some tens of terms in another order, through some hundreds of steps.
        let close = |a: f32, b: f32| (a - b).abs() < 2e-2 * (1.0 + a.abs());
        assert!(close(scores[0][n], scores[1][n]), "{} and {}", scores[0][n], scores[1][n]);
        let mut expected = terms(&*own);
        expected.iter_mut().for_each(|term| term.0 = name(&term.0));
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        let found = terms(&*turned);
        assert_eq!(found.len(), expected.len());
        let each = found.iter().zip(&expected);
        each.for_each(|(a, b)| assert!(a.0 == b.0 && close(a.1, b.1), "{a:?} and {b:?}"));
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads_and_the_same_scores_when_loaded() {
    let data = kinds(true);
    let params = Params { epochs: 5, ..quick() };
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trained(&data, params.clone()))
    };
    let one = of(1);
    for threads in [2, 3] {
        assert!(of(threads).tensors() == one.tensors(), "{threads} threads");
    }
    let loaded = again(&*one, &data, params);
    let pairs = all(&*one);
    assert_eq!(score_pairs(&*loaded, &pairs), score_pairs(&*one, &pairs));
    let explained = |model: &dyn Model| model.explain(UserId(3), ItemId(7), data.interactions());
    assert_eq!(explained(&*loaded), explained(&*one));
}

#[test]
fn whoever_has_what_a_trained_user_has_gets_the_same_scores() {
    let data = kinds(true);
    let model = trained(&data, Params { epochs: 5, ..quick() });
    let model = again(&*model, &data, quick());
    let folded = model.fold_in(&Histories::new(data.interactions())).unwrap();
    let pairs = all(&*model);
    assert_eq!(score_pairs(&*folded, &pairs), score_pairs(&*model, &pairs));
}

#[test]
fn it_learns_who_likes_what_also_of_new_items_and_vectors_tell_tags() {
    let data = kinds(true);
    let model = trained(&data, quick());
    let pairs = all(&*model);
    let scores = score_pairs(&*model, &pairs);
    let score = |user: usize, item: usize| scores[user * 30 + item];
    let kinds = |user: usize, items: std::ops::Range<usize>| {
        let mean = |own: bool| {
            let of: Vec<f32> = items
                .clone()
                .filter(|item| (item % 3 == user % 3) == own)
                .map(|item| score(user, item))
                .collect();
            of.iter().sum::<f32>() / of.len().max(1) as f32
        };
        (mean(true), mean(false))
    };
    for user in 0..60 {
        // Popularity alone could not tell apart what users of different kinds have.
        let (own, others) = kinds(user, 0..28);
        assert!(own > others + 1.0, "user {user}: {own}, {others}");
    }
    // Item 29 is of kind 2 by its tags and its vector, item 28 of kind 1 by its vector alone.
    for (item, kind) in [(28, 1), (29, 2)] {
        let mean = |own: bool| {
            let users = (0..60).filter(|user| (user % 3 == kind) == own);
            let of: Vec<f32> = users.map(|user| score(user, item)).collect();
            of.iter().sum::<f32>() / of.len() as f32
        };
        assert!(mean(true) > mean(false) + 0.2, "{item}: {}, {}", mean(true), mean(false));
    }
    let moments = |items: std::ops::Range<usize>| {
        let of = |item| (0..60).map(move |user| f64::from(score(user, item)));
        let all: Vec<f64> = items.flat_map(of).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let squares = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        (mean, (squares / all.len() as f64).sqrt())
    };
    let (new, others) = (moments(28..30), moments(0..28));
    // Rows are scaled, and a number added, in f32, of scores of some units.
    for (new, others) in [(new.0, others.0), (new.1, others.1)] {
        assert!((new - others).abs() < 1e-4 * (1.0 + others.abs()), "{new}, {others}");
    }
    // Item 28 has no tags: what its vector says is most of its kind.
    let of_28 = model.item_vectors().unwrap().row(28).to_vec();
    let explained = model.explain(UserId(1), ItemId(28), data.interactions()).unwrap();
    let most = explained.terms.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!(most.0, "kind 1", "{of_28:?}");
}

#[test]
fn a_file_without_sound_names_is_no_model() {
    assert_eq!(names_of(b"abc", &[1, 3]), Some(vec!["a".to_owned(), "bc".to_owned()]));
    for (text, ends) in [
        (&b"abc"[..], &[2, 1][..]),
        (b"abc", &[1, 4]),
        (b"abc", &[u64::MAX]),
        ("ä".as_bytes(), &[1]),
        (b"\xff", &[1]),
    ] {
        assert_eq!(names_of(text, ends), None, "{ends:?}");
    }
}
