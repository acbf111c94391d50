//! What must hold of planted noise.

use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_sim::{Error, Flips, NoisyFeedback, Planted};

const KINDS: [Flips; 5] = [
    Flips::None,
    Flips::Uniform { rate: 0.6 },
    Flips::Popularity { rate: 0.6 },
    Flips::Popularity { rate: 0.85 },
    Flips::User { rate: 0.6 },
];

fn generate(flips: Flips) -> NoisyFeedback {
    Planted { flips, ..Planted::default() }.generate().expect("the parameters are legal")
}

/// Fails unless the pairs of `drawn` within `group` are within 4.5 standard errors of what
/// independent draws of the given chances have. (Among 5 · 1,100 groups, one in 150,000 would be
/// farther off by chance.)
fn assert_plausible(
    drawn: &Interactions,
    group: impl Iterator<Item = (usize, usize)>,
    chance: impl Fn(usize, usize) -> f64,
) {
    let (mut count, mut mean, mut variance) = (0.0, 0.0, 0.0);
    for (user, item) in group {
        let p = chance(user, item);
        count += f64::from(u8::from(drawn.contains(UserId(user as u32), ItemId(item as u32))));
        mean += p;
        variance += p * (1.0 - p);
    }
    // The smallest groups are far from normal: at least the spread of a count of one.
    let errors = (count - mean) / f64::max(variance, 1.0).sqrt();
    assert!(errors.abs() < 4.5, "{count}, expected {mean:.1} ({errors:.2} errors)");
}

#[test]
fn truth_and_observation_follow_their_rates_for_every_user_and_item() {
    for flips in KINDS {
        let feedback = generate(flips);
        let relevance = |user, item| f64::from(feedback.relevance[user * 500 + item]);
        let observed = |u, i| relevance(u, i) * (1.0 - f64::from(feedback.flip_rates.rate(u, i)));
        for user in 0..600 {
            let row = || (0..500).map(move |item| (user, item));
            assert_plausible(&feedback.truth, row(), relevance);
            assert_plausible(&feedback.observed, row(), observed);
        }
        for item in 0..500 {
            let column = || (0..600).map(move |user| (user, item));
            assert_plausible(&feedback.truth, column(), relevance);
            assert_plausible(&feedback.observed, column(), observed);
        }
        let mut all = feedback.observed.pairs();
        assert!(all.all(|pair| feedback.truth.contains(pair.user, pair.item)));
    }
}

#[test]
fn rates_have_their_mean_and_rare_items_lose_more() {
    for rate in [0.6, 0.85] {
        let feedback = generate(Flips::Popularity { rate });
        let phi = |item| f64::from(feedback.flip_rates.rate(0, item));
        let mean = (0..500).map(phi).sum::<f64>() / 500.0;
        assert!((mean - rate).abs() < 1e-6, "{mean}");
        let expected = |item: usize| -> f64 {
            (0..600).map(|user| f64::from(feedback.relevance[user * 500 + item])).sum()
        };
        let mut items: Vec<usize> = (0..500).collect();
        items.sort_by(|&a, &b| expected(b).total_cmp(&expected(a)));
        assert!(items.is_sorted_by(|&a, &b| phi(a) <= phi(b)));
    }
    let mean = generate(Flips::None).relevance.iter().map(|&p| f64::from(p)).sum::<f64>();
    assert!((mean / 300_000.0 - 0.2).abs() < 1e-6);
}

#[test]
fn the_same_seed_gives_the_same_feedback_and_other_rates_the_same_truth() {
    let first = generate(KINDS[2]);
    assert_eq!(first, generate(KINDS[2]));
    assert_eq!(first.truth, generate(KINDS[0]).truth);
    assert_eq!(generate(KINDS[0]).truth, generate(KINDS[0]).observed);
    let other = Planted { seed: 2, flips: KINDS[2], ..Planted::default() };
    assert_ne!(first.truth, other.generate().expect("the parameters are legal").truth);
}

#[test]
fn illegal_parameters_are_named() {
    let good = Planted::default();
    let bad = [
        ("users", Planted { users: 0, ..good }),
        ("items", Planted { items: 0, ..good }),
        ("rank", Planted { rank: 0, ..good }),
        ("relevance", Planted { relevance: 1.0, ..good }),
        ("taste", Planted { taste: f64::NAN, ..good }),
        ("quality", Planted { quality: -1.0, ..good }),
        ("flips.rate", Planted { flips: Flips::Uniform { rate: 1.0 }, ..good }),
    ];
    for (expected, planted) in bad {
        match planted.generate() {
            Err(Error::OutOfRange { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let large = Planted { users: 1 << 20, items: 1 << 20, ..good };
    assert!(matches!(large.generate(), Err(Error::TooManyCells { .. })));
}
