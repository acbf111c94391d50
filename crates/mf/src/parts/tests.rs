use super::*;
use crate::{BySteps, FoldIn, Negatives, Params, Problem, Silent, Targets, Users, train_parted};
use foretaste_data::{Interactions, ItemId, UserId};
use rayon::ThreadPoolBuilder;

/// Two parts: −y x₁ and, of labels of 2, −x₂; others are pushed away in the first.
#[derive(Debug)]
struct Pull;

impl Parted for Pull {
    fn depth(&self, y: f32) -> usize {
        if y == 2.0 { 2 } else { 1 }
    }

    fn ascent(&self, _x: &[f32; PARTS], y: f32) -> [f32; PARTS] {
        let mut ascent = [0.0; PARTS];
        ascent[0] = if y == 0.0 { -1.0 } else { y };
        ascent[1] = if y == 2.0 { 1.0 } else { 0.0 };
        ascent
    }

    fn loss(&self, x: &[f32; PARTS], y: f32) -> f32 {
        let ascent = self.ascent(x, y);
        -ascent[0] * x[0] - ascent[1] * x[1]
    }
}

const SQUARES: [f32; 2] = [4.0, 0.25];

fn layout() -> Layout {
    Layout::new(&[(16, SQUARES[0]), (5, SQUARES[1])]).unwrap()
}

fn params(lr: f32) -> Params {
    let sampler = Negatives::Uniform;
    Params { factors: 21, epochs: 3, lr, reg: 0.0, negatives: 2, sampler, ..Params::default() }
}

/// 40 users of three of 30 items each, with labels of 1 and 2.
fn labelled() -> (Interactions, Vec<f32>) {
    let starts = (0..=40).map(|user| 3 * user).collect();
    let items = (0..40).flat_map(|user: u32| {
        let mut row = [user % 30, (7 * user + 3) % 30, (11 * user + 8) % 30];
        row.sort_unstable();
        row.map(ItemId)
    });
    let data = Interactions::from_rows(starts, items.collect(), 30).unwrap();
    let labels = (0..data.nnz()).map(|n| if n % 3 == 0 { 2.0 } else { 1.0 }).collect();
    (data, labels)
}

fn squares(row: &[f32]) -> [f64; 2] {
    [0..16, 16..21].map(|part| row[part].iter().map(|&x| f64::from(x).powi(2)).sum())
}

#[test]
fn parts_that_no_row_can_have_are_named() {
    let bad = [
        vec![],
        vec![(16, 1.0); PARTS + 1],
        vec![(5, 1.0), (16, 1.0)],
        vec![(16, 1.0), (0, 1.0)],
        vec![(16, 0.0)],
        vec![(16, f32::INFINITY)],
        vec![(16, f32::NAN)],
    ];
    for parts in bad {
        let error = Layout::new(&parts).unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{parts:?}: {error}");
    }
}

#[test]
fn a_move_keeps_the_length() {
    let layout = layout();
    for (x, rate) in [(3.9f32, 0.3), (-3.9, 0.3), (0.0, -2.0), (-4.0, 1.0), (2.0, 1e4), (2.0, 0.0)]
    {
        // Rows of length 2 whose product is x.
        let (u, v) = ([2.0, 0.0], [x / 2.0, (4.0 - x * x / 4.0).sqrt()]);
        let along = layout.along(0, rate, (x, 4.0, 4.0));
        let moved = [0, 1].map(|n| f64::from(along.keep * u[n] + along.rate * v[n]));
        let square: f64 = moved.iter().map(|x| x * x).sum();
        // But where nothing is left of it.
        let expected = if x == -4.0 && rate == 1.0 { 0.0 } else { 4.0 };
        assert!((square - expected).abs() <= 1e-4, "{x}, {rate}: {square}");
    }
}

#[test]
fn rows_keep_their_lengths_at_any_thread_count() {
    let (data, labels) = labelled();
    let fit = |threads, lr| {
        let problem = Problem { targets: Targets::Pairs(&labels), ..Problem::default() };
        let params = params(lr).check().unwrap();
        let train = || train_parted(&Pull, &layout(), &problem, &data, &params, &mut Silent);
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(train).unwrap()
    };
    for lr in [0.05, 10.0] {
        let one = fit(1, lr);
        for row in
            one.factors.users.to_rows(0).chunks(21).chain(one.factors.items.to_rows(0).chunks(21))
        {
            for (found, square) in squares(row).into_iter().zip(SQUARES) {
                assert!((found / f64::from(square) - 1.0).abs() <= 1e-5, "η = {lr}: {found}");
            }
        }
        for threads in [2, 3, 8] {
            assert_eq!(one, fit(threads, lr), "{threads} threads");
        }
    }
    let loss = |epoch: usize| fit(1, 0.05).history[epoch].loss;
    assert!(loss(2) < loss(0) - 0.1, "{} and {}", loss(0), loss(2));
}

#[test]
fn what_parts_have_not_is_named() {
    let (data, _) = labelled();
    let bad = [
        ("factors", Params { factors: 22, ..params(0.1) }),
        ("reg", Params { reg: 0.1, ..params(0.1) }),
        ("bias", Params { bias: crate::Bias { item: true, ..Default::default() }, ..params(0.1) }),
        ("weighting", Params { weighting: crate::Weighting::Population, ..params(0.1) }),
    ];
    for (expected, params) in bad {
        let (problem, params) = (Problem::default(), params.check().unwrap());
        match train_parted(&Pull, &layout(), &problem, &data, &params, &mut Silent) {
            Err(Error::Parameter { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn who_is_folded_in_has_rows_of_the_same_lengths() {
    let (data, _) = labelled();
    let params = params(0.1).check().unwrap();
    let layout = layout();
    let factors = layout.start(&data, &params);
    let fold_in = BySteps::on_parts(Pull, &layout, &params, &data).with_labels(vec![2.0; 30]);
    assert!(fold_in.fits(&factors));
    let mut users = Users::mean(&factors).repeated(data.n_users());
    fold_in.fold_in(&factors, &data, &mut users);
    for row in users.rows.to_rows(0).chunks(21) {
        for (found, square) in squares(row).into_iter().zip(SQUARES) {
            assert!((found / f64::from(square) - 1.0).abs() <= 1e-5, "{found}");
        }
    }
    // Each is nearer to what it has than to what it has not.
    let dot = |user: usize, item: usize| {
        foretaste_kernels::dot(users.rows.row(user), factors.items.row(item))
    };
    for user in 0..data.n_users() {
        let own = data.row(UserId(user as u32));
        let mean = |own_ones: bool| {
            let those = (0..30).filter(|&item| own.contains(&ItemId(item)) == own_ones);
            let scores: Vec<f32> = those.map(|item| dot(user, item as usize)).collect();
            scores.iter().sum::<f32>() / scores.len() as f32
        };
        assert!(mean(true) > mean(false), "user {user}");
    }
}
