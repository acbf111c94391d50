use super::*;
use crate::testing::{dataset, ids};
use crate::{Params, Propensity};
use foretaste_mf::Silent;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

const HOW: [(Exposure, u64); 3] =
    [(Exposure::Item, 1), (Exposure::Pair, 1), (Exposure::Relative, 1)];

/// Clicks beside a log of what was shown, both over all ids.
fn logged(users: u32, items: u32, shown: &[(u32, u32)], clicked: &[(u32, u32)]) -> Dataset {
    let of = |pairs: &[(u32, u32)]| dataset(ids(users), ids(items), pairs.iter().copied());
    let parts = vec![("impression".to_owned(), of(shown)), ("click".to_owned(), of(clicked))];
    Dataset::of_feedbacks(parts).unwrap()
}

fn estimate(data: &Dataset, how: (Exposure, u64)) -> Result<Propensities, Error> {
    Propensities::new(&Propensity::From("impression".into()), how, 1e-3, data)
}

/// All of `users` × `items` for which it holds.
fn cells(users: u32, items: u32, holds: impl Fn(u32, u32) -> bool) -> Vec<(u32, u32)> {
    let all = (0..users).flat_map(|user| (0..items).map(move |item| (user, item)));
    all.filter(|&(user, item)| holds(user, item)).collect()
}

/// θ of each click of the only model that needs no more than counts, by hand: item 0 is shown to three of
/// four users, so to two of the other three.
#[test]
fn shares_are_of_the_users_but_the_one_who_clicked() {
    let shown = [(0, 0), (1, 0), (2, 0), (0, 1), (3, 1), (1, 2)];
    let data = logged(4, 3, &shown, &[(0, 0), (3, 1)]);
    let theta = estimate(&data, (Exposure::Item, 1)).unwrap();
    assert_eq!(theta.of(0, ItemId(0)), 2.5 / 4.0);
    assert_eq!(theta.of(1, ItemId(1)), 1.5 / 4.0);
    assert_eq!(theta.logged(), Logged::default());
}

#[test]
fn clicks_outside_the_log_are_counted_and_taken_for_shown() {
    // Items 1 and 2 are in no log; item 0 is, but not for users 2 and 3.
    let clicked = [(0, 0), (2, 0), (3, 0), (0, 1), (1, 1), (2, 2)];
    let data = logged(4, 4, &[(0, 0), (1, 0), (1, 3)], &clicked);
    for how in HOW {
        let theta = estimate(&data, how).unwrap();
        let logged = Logged { unlogged_clicks: 5, never_shown: 2, all_shown: false };
        assert_eq!(theta.logged(), logged);
        let all: Vec<f32> = (data.interactions().items().iter().enumerate())
            .map(|(at, item)| theta.of(at, *item))
            .collect();
        assert!(all.iter().all(|theta| (1e-3..=1.0).contains(theta)), "{all:?}");
    }
    let theta = estimate(&data, (Exposure::Item, 1)).unwrap();
    assert_eq!(theta.of(1, ItemId(1)), 1.5 / 4.0);
}

#[test]
fn where_all_is_shown_nothing_is_corrected() {
    let data = logged(6, 5, &cells(6, 5, |_, _| true), &cells(6, 5, |user, item| user == item));
    for how in HOW {
        let theta = estimate(&data, how).unwrap();
        assert!(theta.logged().all_shown);
        assert_eq!(theta.by_item(data.interactions()).unwrap(), [1.0; 5]);
    }
}

#[test]
fn a_feedback_that_tells_nothing_is_refused() {
    let data = logged(3, 3, &[(0, 0)], &[(0, 0), (1, 1)]);
    let empty = logged(3, 3, &[], &[(0, 0)]);
    let plain = dataset(ids(2), ids(2), [(0, 0)]);
    for (data, name, said) in [
        (
            &data,
            "view",
            "the data have no feedback \"view\" beside the target; there are: impression",
        ),
        (&plain, "view", "the data have no feedback \"view\" beside the target; there is no other"),
        (&data, "click", "\"click\" is the target itself; propensities come from what was shown"),
        (&empty, "impression", "the feedback \"impression\" is empty: nothing was shown"),
    ] {
        for how in HOW {
            let from = Propensity::From(name.into());
            let error = Propensities::new(&from, how, 1e-3, data).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}

/// Logs of one impression, of one user or item, and all but one pair.
#[test]
fn the_smallest_logs_give_probabilities() {
    let all_but_one = cells(5, 4, |user, item| (user, item) != (4, 3));
    for (users, items, shown) in [
        (2, 2, vec![(0, 0)]),
        (1, 9, cells(1, 9, |_, item| item % 2 == 0)),
        (9, 1, cells(9, 1, |user, _| user % 2 == 0)),
        (9, 2, cells(9, 2, |user, item| user % 2 == item)),
        (5, 4, all_but_one),
    ] {
        for how in HOW {
            let data = logged(users, items, &shown, &shown[..1]);
            let theta = estimate(&data, how).unwrap().of(0, ItemId(shown[0].1));
            assert!((1e-3..=1.0).contains(&theta), "{users} × {items}, {how:?}: {theta}");
        }
    }
}

/// A number below 100, drawn for a pair.
fn percent(user: u32, item: u32) -> u64 {
    SplitMix64::seed_from_u64(u64::from(user) << 32 | u64::from(item)).next_u64() % 100
}

/// What users of one half are shown is never shown to the other: pairs know it, items can't.
#[test]
fn pairs_know_who_is_shown_what() {
    let group = |user: u32, item: u32| user % 2 == item % 2;
    // Most of the own half, and a little of the other.
    let seen = |user: u32, item: u32| percent(user, item) < if group(user, item) { 80 } else { 10 };
    let shown = cells(120, 80, seen);
    let data = logged(120, 80, &shown, &shown);
    let of = |how| {
        let theta = estimate(&data, how).unwrap();
        let mut sums = [[0.0; 2]; 2];
        for (at, pair) in data.interactions().pairs().enumerate() {
            let sums = &mut sums[usize::from(group(pair.user.0, pair.item.0))];
            *sums = [sums[0] + theta.of(at, pair.item), sums[1] + 1.0];
        }
        sums.map(|[sum, count]| sum / count)
    };
    let (items, pairs) = (of(HOW[0]), of(HOW[1]));
    assert!((items[0] - items[1]).abs() < 0.1 && (0.35..0.55).contains(&items[0]), "{items:?}");
    // 480 and 3,840 impressions: a standard error of the share is below .02 in either part.
    assert!((0.05..0.2).contains(&pairs[0]) && (0.74..0.86).contains(&pairs[1]), "{pairs:?}");
}

#[test]
fn relative_is_by_how_much_the_user_is_shown() {
    let shown = cells(60, 40, |user, item| percent(user, item) < 20 + u64::from(user));
    let data = logged(60, 40, &shown, &shown);
    let [pairs, relative] = [HOW[1], HOW[2]].map(|how| estimate(&data, how).unwrap());
    let mut capped = 0;
    for (at, pair) in data.interactions().pairs().enumerate() {
        let own = shown.iter().filter(|(user, _)| *user == pair.user.0).count() as f32;
        let expected = pairs.of(at, pair.item) * shown.len() as f32 / 60.0 / own;
        capped += usize::from(expected > 1.0);
        // A few roundings of f32.
        assert!((relative.of(at, pair.item) - expected.min(1.0)).abs() < 1e-6, "{at}");
    }
    assert!(capped < shown.len() / 2);
}

#[test]
fn the_way_is_named_where_it_has_an_effect() {
    for exposure in Exposure::ALL {
        assert_eq!(exposure.to_string().parse::<Exposure>().unwrap(), exposure);
        let json = serde_json::to_value(exposure).unwrap();
        assert_eq!(json, serde_json::json!(exposure.to_string()));
    }
    let error = "user".parse::<Exposure>().unwrap_err().to_string();
    assert_eq!(error, "exposure must be `item`, `pair` or `relative`, not user");
    let from = || Propensity::From("impression".into());
    let idle = |params: &Params| params.idle().iter().any(|(name, _)| *name == "exposure");
    assert!(idle(&Params::default()));
    assert!(!idle(&Params { propensity: from(), ..Params::default() }));
}

#[test]
fn training_takes_either() {
    let data = logged(
        12,
        9,
        &cells(12, 9, |user, item| (user + item) % 2 == 0),
        &cells(12, 9, |user, item| (user + item) % 4 == 0),
    );
    let mut all = Vec::new();
    for exposure in Exposure::ALL {
        let mf = foretaste_mf::Params { factors: 4, epochs: 5, ..Params::default().mf };
        let propensity = Propensity::From("impression".into());
        let params = Params { propensity, exposure, clip: 0.0, mf, ..Params::default() };
        all.push(params.check().unwrap().fit(&data, &mut Silent).unwrap().factors);
    }
    assert!(all[0] != all[1] && all[1] != all[2]);
}
