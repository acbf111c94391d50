use super::*;
use foretaste_data::{ItemId, Keep, Pair, UserId};
use foretaste_linear::{HistoryModel, Weights};
use foretaste_model::{Model, Scorer, Silent};
use ndarray::Array2;

/// 40 users of 30 items; item 9 has no user, user 8 nothing, user 7 all but item 9, item 11 the users of 10.
fn data() -> Interactions {
    let has = |user: u32, item: u32| {
        let item = if item == 11 { 10 } else { item };
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        let likely = noise % 10 < if user % 3 == item % 3 { 6 } else { 1 };
        item != 9 && user != 8 && (user == 7 || likely)
    };
    let cells = (0..40).flat_map(|user| (0..30).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = cells.filter(|&(user, item)| has(user, item)).map(pair).collect();
    Interactions::from_pairs(pairs, 40, 30, Keep::default()).unwrap().0
}

/// BARS' ItemCF, of so many neighbours.
fn bars(neighbours: usize) -> Params {
    let similarity = Similarity::Cosine;
    Params {
        neighbours,
        similarity,
        shrinkage: 0.0,
        asymmetry: 0.5,
        normalise: true,
        popularity: 1.0,
    }
}

fn all() -> Vec<Params> {
    let base = Params { neighbours: 5, ..Params::default() };
    let mut all = Vec::new();
    for similarity in Similarity::ALL {
        for (asymmetry, shrinkage) in [(0.5, 0.0), (0.2, 3.0), (1.0, 0.0), (2.0, 10.0)] {
            for (normalise, popularity) in [(true, 1.0), (false, 0.0), (false, 0.3)] {
                let params =
                    Params { similarity, asymmetry, shrinkage, normalise, popularity, ..base };
                all.push(params);
            }
        }
    }
    all
}

/// Scores by the definition: dense matrices in f64, columns by columns.
fn dense(data: &Interactions, params: &Params) -> Array2<f64> {
    let (m, n) = (data.n_users(), data.n_items());
    let mut x = Array2::<f64>::zeros((m, n));
    data.pairs().for_each(|pair| x[[pair.user.index(), pair.item.index()]] = 1.0);
    let g = x.t().dot(&x);
    let size: Vec<f64> = (0..n)
        .map(|i| match params.similarity {
            Similarity::Cosine => g[[i, i]],
            Similarity::Gram => g.row(i).dot(&g.row(i)).sqrt(),
        })
        .collect();
    let (a, h) = (f64::from(params.asymmetry), f64::from(params.shrinkage));
    let mut b = Array2::<f64>::zeros((n, n));
    for j in 0..n {
        let of = |i: usize| g[[i, j]] / (size[j].powf(a) * size[i].powf(1.0 - a) + h);
        let mut found: Vec<(usize, f64)> =
            (0..n).filter(|&i| i != j && g[[i, j]] > 0.0).map(|i| (i, of(i))).collect();
        // Stable: equal ones stay by id. Rounding must not part them here either.
        found.sort_by(|x, y| ((y.1 * 1e12).round()).total_cmp(&(x.1 * 1e12).round()));
        found.truncate(params.neighbours);
        let sum: f64 = found.iter().map(|(_, s)| s).sum();
        for (i, s) in found {
            b[[i, j]] = if params.normalise { s / sum } else { s };
        }
    }
    let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
    let beta = f64::from(params.popularity);
    // S(R − βμ) + βμ.
    (&x - &(beta * &mean)).dot(&b) + &(beta * &mean)
}

#[test]
fn scores_are_those_of_dense_matrices() {
    let data = data();
    for params in all() {
        let weights = params.clone().check().unwrap().fit(&data, &mut Silent).unwrap();
        let model = HistoryModel::new(weights, &data);
        let users: Vec<UserId> = (0..40).map(UserId).collect();
        let mut scores = Array2::zeros((40, 30));
        model.score_block(&users, scores.view_mut());
        let expected = dense(&data, &params);
        for user in users.iter().filter(|user| user.0 != 8) {
            for item in 0..30 {
                let (found, expected) =
                    (f64::from(scores[[user.index(), item]]), expected[[user.index(), item]]);
                // At most 30 weights are rounded, each to half an ulp, and summed.
                let bound = 60.0 * f64::from(f32::EPSILON) * expected.abs().max(1.0);
                assert!(
                    (found - expected).abs() < bound,
                    "{params:?}: {user:?}, {item}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn ties_are_by_id_and_no_item_is_its_own_neighbour() {
    // Items 0 to 3 have the same users.
    let items = [0, 1, 2, 3, 0, 1, 2, 3, 4].map(ItemId).to_vec();
    let data = Interactions::from_rows(vec![0, 4, 8, 9], items, 5).unwrap();
    let params = bars(2);
    let weights = params.check().unwrap().fit(&data, &mut Silent).unwrap();
    let model = HistoryModel::new(weights, &data);
    for (item, expected) in [(0, [1, 2]), (1, [0, 2]), (3, [0, 1])] {
        let like = model.similar(ItemId(item), 9, foretaste_model::Similarity::Cosine).unwrap();
        assert_eq!(like.iter().map(|(item, _)| item.0).collect::<Vec<_>>(), expected);
    }
    assert!(model.similar(ItemId(4), 9, Default::default()).unwrap().is_empty());
    assert_eq!(model.weights().weight(ItemId(0), ItemId(0)), 0.0);
}

#[test]
fn more_neighbours_than_items_are_all_of_them() {
    let data = data();
    let fit = |neighbours| {
        let params = Params { neighbours, normalise: false, ..Params::default() };
        params.check().unwrap().fit(&data, &mut Silent).unwrap()
    };
    // One item has no users.
    assert_eq!(fit(28), fit(usize::MAX));
    assert!(fit(27).len() < fit(28).len() && !fit(1).is_empty());
}

#[test]
fn threads_change_nothing() {
    let data = data();
    for params in all() {
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| params.clone().check().unwrap().fit(&data, &mut Silent)).unwrap()
        };
        let one = fit(1);
        for threads in [2, 3, 8] {
            assert_eq!(fit(threads), one, "{threads} threads, {params:?}");
        }
    }
}

#[test]
fn each_value_out_of_its_range_is_named() {
    let good = Params::default();
    for (name, said, params) in [
        ("neighbours", "at least 1, not 0", Params { neighbours: 0, ..good.clone() }),
        ("shrinkage", "not -1", Params { shrinkage: -1.0, ..good.clone() }),
        ("shrinkage", "not inf", Params { shrinkage: f32::INFINITY, ..good.clone() }),
        ("asymmetry", "from 0 to 2, not 2.5", Params { asymmetry: 2.5, ..good.clone() }),
        ("popularity", "from 0 to 1, not NaN", Params { popularity: f32::NAN, ..good.clone() }),
    ] {
        let error = params.check().unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be ")) && error.ends_with(said), "{error}");
    }
}

#[test]
fn nothing_is_not_learned_from_and_an_interrupt_ends_it() {
    struct Interrupt;
    impl Monitor for Interrupt {
        fn interrupted(&mut self) -> bool {
            true
        }
    }
    let knn = Params::default().check().unwrap();
    let nothing = Interactions::from_rows(vec![0, 0], Vec::new(), 3).unwrap();
    let none = knn.fit(&nothing, &mut Silent).unwrap_err();
    assert_eq!(none, TrainingError::NoData { reason: "no interactions" });
    let ended = knn.fit(&data(), &mut Interrupt).unwrap_err();
    assert_eq!(ended, TrainingError::Interrupted { epoch: 1 });
}

#[test]
fn one_item_a_user_gives_finite_scores() {
    let data = Interactions::from_rows(vec![0, 1, 2], [0, 0].map(ItemId).to_vec(), 2).unwrap();
    for params in all() {
        let weights = params.check().unwrap().fit(&data, &mut Silent).unwrap();
        let model = HistoryModel::new(weights, &data);
        assert!(model.is_flat());
        let mut scores = Array2::zeros((1, 2));
        model.score_block(&[UserId(1)], scores.view_mut());
        assert!(scores.iter().all(|score: &f32| score.is_finite()));
    }
}
