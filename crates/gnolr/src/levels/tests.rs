use super::*;
use crate::testing;

/// A feedback of users 0 to 2 and items 0 to 3.
fn part(pairs: &[(u32, u32)]) -> Dataset {
    testing::part(pairs, (3, 4))
}

/// Five views, a cart and a purchase without one.
fn shop() -> Dataset {
    Dataset::of_feedbacks(vec![
        ("view".into(), part(&[(0, 0), (0, 1), (0, 2), (1, 1), (2, 3)])),
        ("cart".into(), part(&[(0, 1), (1, 0), (1, 1)])),
        ("buy".into(), part(&[(0, 1), (2, 0)])),
    ])
    .unwrap()
}

#[test]
fn a_pair_has_the_strongest_of_its_feedbacks() {
    let levels = Levels::of(&shop()).unwrap();
    assert_eq!(levels.names(), ["view", "cart", "buy"]);
    let pairs: Vec<(u32, u32)> =
        levels.pairs().pairs().map(|pair| (pair.user.0, pair.item.0)).collect();
    assert_eq!(pairs, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 3)]);
    assert_eq!(levels.labels(), [1.0, 3.0, 1.0, 2.0, 2.0, 3.0, 1.0]);
    assert_eq!(levels.counts(), [3, 2, 2]);
    // A cart without a view, and a purchase without a cart.
    assert_eq!(levels.skipping(), [0, 1, 1]);
}

#[test]
fn a_level_that_is_the_strongest_of_nothing_is_named() {
    let all = |middle: &[(u32, u32)]| {
        Dataset::of_feedbacks(vec![
            ("view".into(), part(&[(0, 0)])),
            ("cart".into(), part(middle)),
            ("buy".into(), part(&[(1, 1), (1, 2)])),
        ])
    };
    for middle in [&[(1, 1)][..], &[]] {
        let error = Levels::of(&all(middle).unwrap()).unwrap_err().to_string();
        assert!(error.contains("`cart` is the strongest feedback of no pair"), "{error}");
    }
    let nine = (0..9).map(|n| (n.to_string(), part(&[(0, 0)]))).collect();
    let error = Levels::of(&Dataset::of_feedbacks(nine).unwrap()).unwrap_err().to_string();
    assert!(error.contains("9 feedbacks are more than 8 levels"), "{error}");
    let none = Levels::of(&part(&[])).unwrap_err();
    assert!(matches!(none, Error::NoData { .. }), "{none}");
}

#[test]
fn offsets_are_of_what_is_trained_on() {
    let levels = Levels::of(&shop()).unwrap();
    let params = Params { negatives: 2, depth_weight: 3.0, ..Params::default() };
    let scale = Scale::new(&levels, &params).unwrap();
    // 3 views that count once, 2 carts and 2 purchases thrice, 14 pairs that are drawn.
    let odds = [15.0 / 14.0, 12.0 / 17.0, 6.0 / 23.0f64];
    for (found, odds) in scale.offsets.iter().zip(odds) {
        assert!((f64::from(*found) + odds.ln()).abs() <= 1e-6, "{found}, {odds}");
    }
    assert_eq!(scale.weights, [1.0, 1.0, 3.0, 3.0]);
    // The 5 other pairs of 3 users and 4 items.
    assert_eq!(scale.stands_for, 5.0 / 14.0);
    assert_eq!(scale.gammas[0], 6.0);
    for (gamma, pair) in scale.gammas[1..].iter().zip(scale.offsets.windows(2)) {
        assert!((gamma / (pair[1] - pair[0]) - 0.9).abs() <= 1e-5, "{gamma}");
    }
}

#[test]
fn the_largest_legal_gamma_is_named() {
    let levels = Levels::of(&shop()).unwrap();
    let with = |gamma| Scale::new(&levels, &Params { gamma, ..Params::default() });
    let scale = with(0.1).unwrap();
    assert_eq!(scale.gammas, [6.0, 0.1, 0.1]);
    let gap = scale.offsets.windows(2).map(|pair| pair[1] - pair[0]).fold(f32::MAX, f32::min);
    with(gap * 0.999).unwrap();
    let error = with(gap * 1.001).unwrap_err().to_string();
    assert!(error.contains(&format!("gamma must be below {gap:.4}")), "{error}");
}

#[test]
fn without_a_pair_that_is_lacking_there_is_nothing_to_draw() {
    let all: Vec<(u32, u32)> =
        (0..3).flat_map(|user| (0..4).map(move |item| (user, item))).collect();
    let levels = Levels::of(&part(&all)).unwrap();
    let error = Scale::new(&levels, &Params::default()).unwrap_err();
    assert!(matches!(error, Error::NoData { .. }), "{error}");
}
