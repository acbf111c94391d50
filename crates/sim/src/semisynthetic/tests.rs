use super::*;
use foretaste_data::{Keep, Pair, UserId};

/// Ratings of a low-rank world: half of the items suit half of the users, and even users rate more.
fn ratings() -> Dataset {
    let (users, items) = (60_u32, 40_u32);
    let mut stream = Stream::new(7, Purpose::Labels, 0);
    let mut pairs = Vec::new();
    for (user, item) in (0..users).flat_map(|user| (0..items).map(move |item| (user, item))) {
        if stream.uniform() < if user % 2 == 0 { 0.5 } else { 0.1 } {
            let weight = if user % 3 == item % 3 { 5.0 } else { 1.0 };
            pairs.push(Pair { user: UserId(user), item: ItemId(item), weight, time: 0 });
        }
    }
    let keep = Keep { weights: true, times: false };
    let (interactions, _) =
        Interactions::from_pairs(pairs, users as usize, items as usize, keep).unwrap();
    let ids = |n| IdTable::from_integers((0..i64::from(n)).collect());
    Dataset::new(ids(users), ids(items), interactions).unwrap()
}

fn mean(values: impl Iterator<Item = f32>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, n), x| (sum + f64::from(x), n + 1));
    sum / f64::from(count)
}

#[test]
fn relevance_follows_the_ratings_and_exposure_what_was_rated() {
    let ratings = ratings();
    let params = Params { factors: 4, ..Params::default() };
    let truth = params.check().unwrap().generate(&ratings).unwrap();
    let cells = |values: &[f32], of: fn(usize, usize) -> bool| {
        let of = |&cell: &usize| of(cell / 40, cell % 40);
        mean((0..60 * 40).filter(of).map(|cell| values[cell]))
    };
    // s(5 − 5) where ratings are 5, s(1 − 5) where they are 1; the fit is not perfect.
    let suits = cells(&truth.gamma, |user, item| user % 3 == item % 3);
    let others = cells(&truth.gamma, |user, item| user % 3 != item % 3);
    assert!(suits > 0.35 && others < 0.1, "{suits} {others}");
    // √.5 and √.1.
    let often = cells(&truth.theta, |user, _| user % 2 == 0);
    let seldom = cells(&truth.theta, |user, _| user % 2 == 1);
    assert!((often - 0.5_f64.sqrt()).abs() < 0.1 && (seldom - 0.1_f64.sqrt()).abs() < 0.1);
}

#[test]
fn draws_have_the_probabilities_they_are_drawn_with() {
    let truth = Params::default().check().unwrap().generate(&ratings()).unwrap();
    let expected = |values: &[f32]| values.iter().map(|&p| f64::from(p)).sum::<f64>();
    let both: Vec<f32> = truth.gamma.iter().zip(&truth.theta).map(|(a, b)| a * b).collect();
    for (drawn, cells) in
        [(&truth.relevance, &truth.gamma), (&truth.exposed, &truth.theta), (&truth.clicks, &both)]
    {
        let variance: f64 = cells.iter().map(|&p| f64::from(p) * (1.0 - f64::from(p))).sum();
        let off = drawn.nnz() as f64 - expected(cells);
        assert!(off.abs() < 4.0 * variance.sqrt(), "{off} of {}", expected(cells));
    }
    for pair in truth.clicks.pairs() {
        assert!(truth.exposed.contains(pair.user, pair.item));
        assert!(truth.relevance.contains(pair.user, pair.item));
    }
}

#[test]
fn a_higher_power_shows_less_and_the_same_seed_shows_the_same() {
    let ratings = ratings();
    let at = |power| {
        let params = Params { power, ..Params::default() };
        params.check().unwrap().generate(&ratings).unwrap()
    };
    let (half, two) = (at(0.5), at(2.0));
    assert_eq!(half, at(0.5));
    assert_eq!(half.gamma, two.gamma);
    for (half, two) in half.theta.iter().zip(&two.theta) {
        // θ₂ = (θ_½)⁴, to the rounding of f32.
        assert!((f64::from(*half).powi(4) - f64::from(*two)).abs() <= 1e-6 * f64::from(*two));
    }
}

#[test]
fn data_without_ratings_and_illegal_parameters_are_refused() {
    let mut same = ratings();
    let pairs: Vec<_> =
        same.interactions().pairs().map(|pair| Pair { weight: 3.0, ..pair }).collect();
    for weights in [false, true] {
        let keep = Keep { weights, times: false };
        let (matrix, _) = Interactions::from_pairs(pairs.clone(), 60, 40, keep).unwrap();
        same = same.with_interactions(matrix).unwrap();
        let error = Params::default().check().unwrap().generate(&same).unwrap_err();
        assert!(matches!(error, Error::NoRatings), "{error}");
    }
    let d = Params::default;
    let bad = [
        ("power", Params { power: 0.0, ..d() }),
        ("power", Params { power: f64::NAN, ..d() }),
        ("epsilon", Params { epsilon: -1.0, ..d() }),
        ("factors", Params { factors: 0, ..d() }),
        ("iterations", Params { iterations: 0, ..d() }),
        ("batch", Params { batch: 0, ..d() }),
        ("lr", Params { lr: 2.0, ..d() }),
    ];
    for (expected, params) in bad {
        match params.check() {
            Err(Error::OutOfRange { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn files_hold_what_was_drawn() {
    let truth = Params::default().check().unwrap().generate(&ratings()).unwrap();
    let lines = |table: Table| {
        let mut out = Vec::new();
        table.write(&truth, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(Table::Clicks).len(), truth.clicks.nnz() + 1);
    assert_eq!(lines(Table::Propensities).len(), truth.clicks.nnz() + 1);
    assert_eq!(lines(Table::Impressions).len(), truth.exposed.nnz() + 1);
    assert_eq!(lines(Table::Relevance).len(), truth.relevance.nnz() + 1);
    let cells = lines(Table::Truth);
    assert_eq!(cells.len(), 60 * 40 + 1);
    let clicked = cells.iter().filter(|line| line.ends_with(",1,1")).count();
    assert_eq!(clicked, truth.clicks.nnz());
    assert!(lines(Table::Manifest).join("").contains("\"power\": 0.5"));
}
