use super::*;
use foretaste_data::{ItemId, Keep, Pair, UserId};
use foretaste_linear::{HistoryModel, Weights};
use foretaste_model::{Histories, Model, Scorer, Silent, Similarity};
use ndarray::Array2;

/// So many users and items; user 8 has nothing, user 7 all but item 9, which nobody has.
fn data(users: u32, items: u32) -> Interactions {
    let has = |user: u32, item: u32| {
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        let likely = noise % 10 < if user % 3 == item % 3 { 6 } else { 1 };
        item != 9 && user != 8 && (user == 7 || likely)
    };
    let cells = (0..users).flat_map(|user| (0..items).map(move |item| (user, item)));
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = cells.filter(|&(user, item)| has(user, item)).map(pair).collect();
    let shape = (users as usize, items as usize);
    Interactions::from_pairs(pairs, shape.0, shape.1, Keep::default()).unwrap().0
}

fn ease(reg: f32) -> Ease {
    Params { reg, ..Params::default() }.check().unwrap()
}

/// B in f64 by its definition: each column minimises the loss over all but its own row.
fn dense(data: &Interactions, lambda: f64) -> Array2<f64> {
    let (m, n) = (data.n_users(), data.n_items());
    let mut x = Array2::<f64>::zeros((m, n));
    data.pairs().for_each(|pair| x[[pair.user.index(), pair.item.index()]] = 1.0);
    let g = x.t().dot(&x);
    let mut b = Array2::zeros((n, n));
    for to in 0..n {
        let others: Vec<usize> = (0..n).filter(|&item| item != to).collect();
        let k = others.len();
        let mut matrix: Vec<f64> = vec![0.0; k * k];
        for (r, &i) in others.iter().enumerate() {
            for (c, &j) in others.iter().enumerate() {
                matrix[r * k + c] = g[[i, j]] + if i == j { lambda } else { 0.0 };
            }
        }
        let mut column: Vec<f64> = others.iter().map(|&item| g[[item, to]]).collect();
        assert!(foretaste_kernels::symmetric::factor(&mut matrix, k));
        foretaste_kernels::symmetric::solve(&matrix, &mut column);
        others.iter().zip(column).for_each(|(&item, weight)| b[[item, to]] = weight);
    }
    b
}

fn scores(scorer: &dyn Scorer) -> Array2<f32> {
    let users: Vec<UserId> = (0..scorer.n_users() as u32).map(UserId).collect();
    let mut out = Array2::from_elem((users.len(), scorer.n_items()), f32::NAN);
    scorer.score_block(&users, out.view_mut());
    out
}

/// What rounding may cost: a score is a sum of some 30 weights, of which each is off by the
/// condition, at most 100, times some ulp.
const BOUND: f64 = 30.0 * 100.0 * f32::EPSILON as f64;

#[test]
fn both_forms_minimise_the_loss() {
    for (users, items) in [(60, 30), (40, 55)] {
        let data = data(users, items);
        for reg in [2.0, 20.0, 500.0] {
            let b = dense(&data, f64::from(reg));
            for form in [Form::Primal, Form::Dual] {
                let weights = ease(reg).fit_in(form, &data, &mut Silent).unwrap();
                for (from, to) in (0..items).flat_map(|i| (0..items).map(move |j| (i, j))) {
                    let found = f64::from(weights.weight(ItemId(from), ItemId(to)));
                    let expected = b[[from as usize, to as usize]];
                    assert!(
                        (found - expected).abs() < BOUND,
                        "{form:?}, {from} to {to}: {found} {expected}"
                    );
                }
                let model = HistoryModel::new(weights, &data);
                let (stored, folded) =
                    (scores(&model), scores(&*model.fold_in(&Histories::new(&data)).unwrap()));
                for user in (0..users).map(UserId).filter(|user| user.0 != 8) {
                    for to in 0..items as usize {
                        let history = data.row(user).iter();
                        let expected: f64 = history.map(|from| b[[from.index(), to]]).sum();
                        for found in
                            [&stored, &folded].map(|all| f64::from(all[[user.index(), to]]))
                        {
                            let near = (found - expected).abs() < BOUND;
                            assert!(near, "{form:?}, {user:?} and {to}: {found} {expected}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_smaller_matrix_is_inverted() {
    let is_of_users = |data: &Interactions| {
        let weights = ease(5.0).fit(data, &mut Silent).unwrap();
        weights.tensors().contains_key("user_inverse")
    };
    assert!(
        !is_of_users(&data(60, 30)) && is_of_users(&data(40, 55)) && !is_of_users(&data(30, 30))
    );
}

#[test]
fn threads_change_no_bit() {
    for data in [data(300, 270), data(270, 300)] {
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ease(0.0).fit(&data, &mut Silent)).unwrap()
        };
        let one = fit(1);
        for threads in [2, 3, 8] {
            assert!(fit(threads) == one, "{threads} threads");
        }
    }
}

#[test]
fn similar_and_explained_are_the_rows_of_b() {
    for data in [data(60, 30), data(40, 55)] {
        let model = HistoryModel::new(ease(10.0).fit(&data, &mut Silent).unwrap(), &data);
        let (item, n) = (ItemId(4), data.n_items() as u32);
        let like = model.similar(item, 3, Similarity::Cosine).unwrap();
        let others = (0..n).map(ItemId).filter(|other| *other != item);
        let mut row: Vec<f32> = others.map(|other| model.weights().weight(item, other)).collect();
        row.sort_by(|a, b| b.total_cmp(a));
        for ((_, found), expected) in like.iter().zip(&row) {
            assert!((found - expected).abs() < BOUND as f32, "{like:?} {row:?}");
        }
        let explained = model.explain(UserId(3), item, &data).unwrap();
        assert_eq!(explained.history.len(), data.row(UserId(3)).len());
        assert!(explained.rest.abs() < BOUND as f32, "{explained:?}");
    }
}

#[test]
fn equal_columns_take_a_ridge() {
    // Items 0 and 1, and users 0 and 1, are the same.
    let items = [0, 1, 2, 0, 1, 2, 2, 3, 0, 1].map(ItemId).to_vec();
    let data = Interactions::from_rows(vec![0, 3, 6, 8, 10], items, 4).unwrap();
    for form in [Form::Primal, Form::Dual] {
        for reg in [1e-30, 1e-6] {
            let error = ease(reg).fit_in(form, &data, &mut Silent).unwrap_err();
            let TrainingError::Method { concern, message, help } = error else { panic!("{error}") };
            assert_eq!(concern, Concern::Parameters);
            assert!(message.starts_with("reg = ") && help.is_some(), "{message}");
        }
        for reg in [0.0, 0.01, 1e9] {
            let model =
                HistoryModel::new(ease(reg).fit_in(form, &data, &mut Silent).unwrap(), &data);
            assert!(scores(&model).iter().all(|score| score.is_finite()), "{form:?}, {reg}");
        }
    }
}

#[test]
fn too_much_memory_is_refused_before_it_is_taken() {
    // 3,000 items are 103 MiB: six copies of half a matrix, or three of a whole one.
    let starts = (0..=4000).collect();
    let data = Interactions::from_rows(starts, (0..4000).map(|n| ItemId(n % 3000)).collect(), 3000);
    let small = Params { memory: 0.1, ..Params::default() }.check().unwrap();
    let error = small.fit(&data.unwrap(), &mut Silent).unwrap_err();
    let TrainingError::Method { message, help: Some(help), .. } = error else { panic!("{error}") };
    assert_eq!(message, "ease takes 0.11 GiB of memory for 3000 items, and memory is 0.1 GiB");
    assert!(help.contains("--set memory=1;") && help.contains("item-knn"), "{help}");
    // And such as no machine has: at once.
    let wide = Interactions::from_rows(vec![0; 200_001], Vec::new(), 200_000).unwrap();
    let one =
        Interactions::from_rows([&[0][..], &vec![1; 200_000]].concat(), vec![ItemId(0)], 200_000);
    let error = ease(0.0).fit(&one.unwrap(), &mut Silent).unwrap_err().to_string();
    assert!(error.starts_with("ease takes 447.04 GiB of memory for 200000 items"), "{error}");
    let none = ease(0.0).fit(&wide, &mut Silent).unwrap_err();
    assert_eq!(none, TrainingError::NoData { reason: "no interactions" });
}

#[test]
fn without_a_ridge_it_is_five_times_the_mean_of_those_who_have_something() {
    let items = [0, 1, 2, 0].map(ItemId).to_vec();
    let data = Interactions::from_rows(vec![0, 3, 3, 4], items, 3).unwrap();
    assert_eq!(Params::default().lambda(&data), 10.0);
    assert_eq!(Params { reg: 0.5, ..Params::default() }.lambda(&data), 0.5);
    let fit = |reg| ease(reg).fit(&data, &mut Silent).unwrap();
    assert_eq!(fit(0.0), fit(10.0));
}

#[test]
fn an_interrupt_ends_it_and_memory_is_told_before() {
    struct Interrupt(u64);
    impl Monitor for Interrupt {
        fn memory(&mut self, bytes: u64) {
            self.0 += bytes;
        }

        fn interrupted(&mut self) -> bool {
            true
        }
    }
    let mut monitor = Interrupt(0);
    let error = ease(1.0).fit(&data(60, 30), &mut monitor).unwrap_err();
    assert_eq!((error, monitor.0), (TrainingError::Interrupted { epoch: 1 }, 12 * 30 * 30));
}

#[test]
fn each_value_out_of_its_range_is_named() {
    let good = Params::default();
    for (name, said, params) in [
        ("reg", "from 0 to 1000000000, not -1", Params { reg: -1.0, ..good.clone() }),
        ("reg", "not NaN", Params { reg: f32::NAN, ..good.clone() }),
        ("memory", "above 0 and at most 1000000, not 0", Params { memory: 0.0, ..good.clone() }),
        ("memory", "not inf", Params { memory: f32::INFINITY, ..good.clone() }),
    ] {
        let error = params.check().unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be ")) && error.ends_with(said), "{error}");
    }
}
