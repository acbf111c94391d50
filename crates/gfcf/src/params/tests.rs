use super::*;
use foretaste_data::{ItemId, UserId};
use foretaste_linear::{HistoryModel, Weights};
use foretaste_model::{Model, Scorer, Silent};
use ndarray::Array2;

/// 40 users of 30 items in three groups; user 8 has nothing, item 9 has nobody.
fn data() -> Interactions {
    let (mut starts, mut items) = (vec![0], Vec::new());
    for user in 0u32..40 {
        let noise = |item: u32| (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        let likely = |item: u32| noise(item) % 10 < if user % 3 == item % 3 { 6 } else { 1 };
        items.extend((0..30).filter(|&item| item != 9 && user != 8 && likely(item)).map(ItemId));
        starts.push(items.len());
    }
    Interactions::from_rows(starts, items, 30).unwrap()
}

fn fit(params: Params, data: &Interactions) -> HistoryModel<Filter> {
    HistoryModel::new(params.check().unwrap().fit(data, &mut Silent).unwrap(), data)
}

fn scores(model: &dyn Scorer) -> Array2<f32> {
    let users: Vec<UserId> = (0..model.n_users() as u32).map(UserId).collect();
    let mut out = Array2::zeros((users.len(), model.n_items()));
    model.score_block(&users, out.view_mut());
    out
}

#[test]
fn scores_are_those_of_dense_matrices() {
    let data = data();
    let (m, n) = (data.n_users(), data.n_items());
    let mut x = Array2::<f64>::zeros((m, n));
    data.pairs().for_each(|pair| x[[pair.user.index(), pair.item.index()]] = 1.0);
    let scale = |sum: f64| if sum > 0.0 { 1.0 / sum.sqrt() } else { 0.0 };
    let (rows, columns) = (x.sum_axis(ndarray::Axis(1)), x.sum_axis(ndarray::Axis(0)));
    let mut scaled = x.clone();
    for ((u, i), value) in scaled.indexed_iter_mut() {
        *value *= scale(rows[u]) * scale(columns[i]);
    }
    // With all vectors, V Vᵀ is the projection on what rows of X̃ span: here all items but 9.
    for (ideal, factors) in [(0.0, 5), (0.7, 30)] {
        let model = fit(Params { ideal, factors, seed: 3 }, &data);
        let linear = x.dot(&scaled.t()).dot(&scaled);
        let found = scores(&model);
        for user in (0..m).filter(|&user| user != 8) {
            for item in 0..n {
                let expected = linear[[user, item]] + f64::from(ideal) * x[[user, item]];
                let near = (f64::from(found[[user, item]]) - expected).abs() < 1e-4;
                assert!(near, "{ideal}: {user}, {item}: {} {expected}", found[[user, item]]);
            }
        }
    }
}

#[test]
fn a_score_is_the_sum_of_its_weights() {
    let data = data();
    let model = fit(Params { factors: 4, ..Params::default() }, &data);
    let found = scores(&model);
    for user in (0..40).map(UserId).filter(|user| user.0 != 8) {
        for item in (0..30).map(ItemId) {
            let history = data.row(user).iter();
            let sum: f32 = history.map(|from| model.weights().weight(*from, item)).sum();
            assert!((sum - found[[user.index(), item.index()]]).abs() < 1e-4);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let data = data();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Params::default().check().unwrap().fit(&data, &mut Silent)).unwrap()
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert!(on(threads) == one, "{threads} threads");
    }
}

#[test]
fn more_vectors_than_there_are_and_a_single_user_are_finite() {
    let one = Interactions::from_rows(vec![0, 3], [0, 1, 4].map(ItemId).to_vec(), 6).unwrap();
    for data in [data(), one] {
        let model = fit(Params { factors: 4096, ideal: 1000.0, seed: 0 }, &data);
        assert!(scores(&model).iter().all(|score| score.is_finite()));
        let like = model.similar(ItemId(0), 3, foretaste_model::Similarity::Cosine).unwrap();
        assert!(like.iter().all(|(item, score)| item.0 != 0 && score.is_finite()));
    }
}

#[test]
fn each_value_out_of_its_range_is_named() {
    let good = Params::default();
    for (name, said, params) in [
        ("factors", "from 1 to 4096, not 0", Params { factors: 0, ..good.clone() }),
        ("ideal", "from 0 to 1000, not -1", Params { ideal: -1.0, ..good.clone() }),
        ("ideal", "not NaN", Params { ideal: f32::NAN, ..good.clone() }),
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
    let nothing = Interactions::from_rows(vec![0, 0], Vec::new(), 3).unwrap();
    let gfcf = Params::default().check().unwrap();
    let none = gfcf.fit(&nothing, &mut Silent).unwrap_err();
    assert_eq!(none, TrainingError::NoData { reason: "no interactions" });
    let ended = gfcf.fit(&data(), &mut Interrupt).unwrap_err();
    assert_eq!(ended, TrainingError::Interrupted { epoch: 1 });
}
