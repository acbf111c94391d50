//! Models in the space of earlier ones.

use crate::resuming::{first, on};
use foretaste::align::Rotation;
use foretaste::data::{Dataset, Interactions, UserId};
use foretaste::model::{Histories, ModelFile, ScoreVectors, Scorer};
use foretaste::{ALIGNED, AlignError, Alignment, Crossed, Error, Method, Recommender, registry};
use foretaste_tests::support::{clicks, quick, set, train, with_vectors};
use ndarray::Array2;
use serde_json::json;

fn aligned(new: &Recommender, old: &Recommender) -> Result<(Recommender, Alignment), Error> {
    new.aligned_with(old, &registry())
}

/// A model of most of the data, and one of all, from another seed.
fn two(method: &Method) -> [Recommender; 2] {
    let (old, new) = (with_vectors(first(250, 180)), with_vectors(clicks()));
    [train(method, &old, 2), train(&set(method.clone(), "seed", json!(7)), &new, 2)]
}

fn scores(scorer: &dyn Scorer) -> Array2<f32> {
    let users: Vec<UserId> = (0..scorer.n_users() as u32).map(UserId).collect();
    let mut scores = Array2::zeros((users.len(), scorer.n_items()));
    scorer.score_block(&users, scores.view_mut());
    scores
}

/// The largest difference as a share of the largest number.
fn apart(a: &Array2<f32>, b: &Array2<f32>) -> f32 {
    let largest =
        |numbers: &mut dyn Iterator<Item = f32>| numbers.fold(0.0f32, |most, x| most.max(x.abs()));
    largest(&mut a.iter().zip(b).map(|(a, b)| a - b)) / largest(&mut a.iter().copied())
}

/// Some of the users' rows, for people who come later.
fn histories(data: &Dataset) -> Interactions {
    data.of_users(|user| user.0.is_multiple_of(9)).unwrap().interactions().clone()
}

/// A model with other tensors.
fn with_tensors(model: &Recommender, of: impl FnOnce(&mut ModelFile)) -> Recommender {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let mut file = ModelFile::from_bytes(&model.to_bytes().unwrap(), &path).unwrap();
    of(&mut file);
    std::fs::write(&path, file.to_bytes().unwrap()).unwrap();
    Recommender::load(&path).unwrap()
}

#[test]
fn an_aligned_model_scores_and_folds_in_as_before_and_is_nearer() {
    let biased = |name| {
        let bias = json!({ "user": name == "relmf", "item": true, "global": name == "relmf" });
        set(quick(name), "bias", bias)
    };
    let names = registry().names().into_iter().filter(|name| *name != "nbpo-calibrated");
    let methods = names.map(quick).chain([biased("bpr"), biased("relmf")]);
    let mut not = Vec::new();
    for method in methods {
        let [old, new] = two(&method);
        let (model, found) = match aligned(&new, &old) {
            Ok(found) => found,
            Err(Error::Align(
                AlignError::NoVectors { method } | AlignError::NotTurned { method },
            )) => {
                not.push(method);
                continue;
            }
            Err(error) => panic!("{}: {error}", method.name()),
        };
        let said = format!("{}: {found:?}", method.to_json());
        assert!(
            found.shared_items == old.items().len() && found.fit.after < found.fit.before,
            "{said}"
        );
        assert!(found.largest_change < 1e-5, "{said}");
        assert!(apart(&scores(new.scorer()), &scores(model.scorer())) < 1e-5, "{said}");
        assert!(model.to_bytes().unwrap() != new.to_bytes().unwrap(), "{said}");
        let note = &model.info().training[ALIGNED];
        assert_eq!(note["model"], old.fingerprint().unwrap(), "{said}");
        assert_eq!(note["items"], found.shared_items);
        // People who come later get the scores that they would have had.
        let histories = histories(&clicks());
        let folded = |model: &Recommender| {
            let scorer = model.model().fold_in(&Histories::new(&histories)).unwrap();
            scores(&*scorer)
        };
        // Steps round differently in another space; of these, some hundreds follow one another.
        let slack = if ["ials", "lightgcn"].contains(&method.name()) { 1e-5 } else { 1e-3 };
        let far = apart(&folded(&new), &folded(&model));
        assert!(far < slack, "{far}, {said}");
    }
    assert_eq!(not, ["popularity", "item-knn", "ease", "gf-cf", "sesa", "gnolr"]);
}

#[test]
fn what_is_in_the_space_already_stays() {
    let [old, _] = two(&quick("bpr"));
    let (same, found) = aligned(&old, &old).unwrap();
    assert!(found.fit.before == 0.0 && found.fit.after < 1e-6, "{found:?}");
    let [rows, of_same] = [&old, &same].map(items);
    assert!(apart(&rows, &of_same) < 1e-6);
}

fn items(model: &Recommender) -> Array2<f32> {
    let vectors = ScoreVectors::new(model.scorer().products().unwrap());
    let rows = (0..vectors.n_items()).flat_map(|n| vectors.item(n)).collect();
    Array2::from_shape_vec((vectors.n_items(), vectors.width()), rows).unwrap()
}

#[test]
fn a_turned_and_mirrored_copy_is_turned_back() {
    let [old, other] = two(&quick("ials"));
    // As many rows of either, of other items: any rotation will do.
    let n = old.items().len().min(other.items().len());
    let of = |model: &Recommender| items(model).iter().copied().take(n * 20).collect::<Vec<f32>>();
    let (rotation, _) = Rotation::between((&of(&old), 20), (&of(&other), 20)).unwrap();
    let tensors = old.model().turned(&rotation).unwrap();
    let copy = with_tensors(&old, |file| file.tensors = tensors);
    let mirrored = with_tensors(&copy, |file| {
        for name in ["user_factors", "item_factors"] {
            let (shape, mut values) = file.take::<f32>(name, &[None, None]).unwrap();
            values.iter_mut().step_by(20).for_each(|x| *x = -*x);
            file.tensors.insert(name.into(), foretaste::model::Tensor::new(&shape, values));
        }
    });
    for copy in [copy, mirrored] {
        assert!(apart(&scores(old.scorer()), &scores(copy.scorer())) < 1e-5);
        assert!(apart(&items(&old), &items(&copy)) > 0.1);
        let (back, found) = aligned(&copy, &old).unwrap();
        assert!(found.fit.after < 1e-5, "{found:?}");
        assert!(apart(&items(&old), &items(&back)) < 1e-5);
        // So its users work with the old one's items.
        let crossed = Crossed::new((&back, old.users()), &old).unwrap();
        assert!(apart(&scores(old.scorer()), &scores(&crossed)) < 1e-5);
    }
}

#[test]
fn of_other_widths_rows_end_in_zeros_and_the_model_works() {
    let of = |factors: usize| set(quick("ials"), "factors", json!(factors));
    let [narrow, _] = two(&of(11));
    let [wide, _] = two(&of(20));
    for (new, old, width) in [(&narrow, &wide, 20), (&wide, &narrow, 20)] {
        let (model, found) = aligned(new, old).unwrap();
        assert!(found.fit.after < found.fit.before && found.largest_change < 1e-5, "{found:?}");
        assert_eq!(items(&model).ncols(), width);
        assert_eq!(model.info().parameters["factors"], width);
        let histories = histories(&first(250, 180));
        let folded = |model: &Recommender| {
            scores(&*model.model().fold_in(&Histories::new(&histories)).unwrap())
        };
        assert!(apart(&folded(new), &folded(&model)) < 1e-4);
        assert!(Crossed::new((&model, old.users()), old).unwrap().n_items() == old.items().len());
    }
}

#[test]
fn the_same_bytes_come_of_any_threads_and_nothing_shared_is_an_error() {
    let [old, new] = two(&quick("bpr"));
    let of = |threads| on(threads, || aligned(&new, &old).unwrap().0.to_bytes().unwrap());
    let one = of(1);
    assert!([2, 3].into_iter().all(|threads| of(threads) == one));
    let strange = "user,item\np,x\nq,x\nq,y\np,z\n";
    let read =
        foretaste::io::read_interactions_from(strange.as_bytes(), "rows", &Default::default());
    let strange = train(&quick("bpr"), &read.unwrap().0, 1);
    let error = aligned(&new, &strange).unwrap_err();
    assert!(matches!(error, Error::Align(AlignError::NoSharedItems)), "{error}");
}
