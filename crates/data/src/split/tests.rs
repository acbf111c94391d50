use super::*;
use crate::testing::methods;
use crate::{Coordinates, IdTable, ItemId, UserId};
use proptest::prelude::*;

/// `rows[user]` holds the times of the user's items 0, 1, 2, ….
fn data(rows: &[Vec<i64>]) -> Dataset {
    let mut columns = Coordinates { times: Some(Vec::new()), ..Coordinates::default() };
    for (user, times) in rows.iter().enumerate() {
        for (item, &time) in times.iter().enumerate() {
            columns.users.push(UserId(user as u32));
            columns.items.push(ItemId(item as u32));
            columns.times.as_mut().unwrap().push(time);
        }
    }
    let widest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (interactions, _) = Interactions::from_coordinates(columns, rows.len(), widest).unwrap();
    let ids = |n: usize| IdTable::from_integers((0..n as i64).collect());
    Dataset::new(ids(rows.len()), ids(widest), interactions).unwrap()
}

fn row(part: &Dataset, user: u32) -> Vec<u32> {
    part.interactions().row(UserId(user)).iter().map(|item| item.0).collect()
}

proptest! {
    #[test]
    fn parts_are_disjoint_and_make_up_the_whole(
        rows in prop::collection::vec(prop::collection::vec(0..9i64, 0..12), 1..12),
        seed: u64,
    ) {
        let data = data(&rows);
        for method in methods() {
            let split = split(&data, method, seed).unwrap();
            let valid = split.valid.as_ref().unwrap();
            let mut all: Vec<_> = [&split.train, valid, &split.test]
                .into_iter()
                .flat_map(|part| part.interactions().pairs().map(|pair| (pair.user, pair.item, pair.time)))
                .collect();
            all.sort_unstable();
            let whole: Vec<_> =
                data.interactions().pairs().map(|pair| (pair.user, pair.item, pair.time)).collect();
            prop_assert_eq!(all, whole);
            if !matches!(method, SplitMethod::GlobalTime { .. }) {
                for (user, times) in rows.iter().enumerate() {
                    let left = split.train.interactions().row(UserId(user as u32)).len();
                    prop_assert!(times.is_empty() || left > 0, "{:?}", method);
                }
            }
        }
    }

    #[test]
    fn nothing_trained_on_is_later_than_what_is_tested(
        rows in prop::collection::vec(prop::collection::vec(0..9i64, 0..12), 1..12),
    ) {
        let data = data(&rows);
        let split = split(&data, SplitMethod::GlobalTime { valid: 0.2, test: 0.3 }, 0).unwrap();
        let times = |part: &Dataset| part.interactions().times().unwrap().to_vec();
        let (train, valid, test) =
            (times(&split.train), times(split.valid.as_ref().unwrap()), times(&split.test));
        let last_train = train.iter().max().copied().unwrap_or(i64::MIN);
        prop_assert!(valid.iter().chain(&test).all(|&time| time > last_train));
        let last_valid = valid.iter().max().copied().unwrap_or(last_train);
        prop_assert!(test.iter().all(|&time| time > last_valid));
        let n = train.len() + valid.len() + test.len();
        prop_assert!(test.len() <= part_of(n, 0.3));
    }
}

#[test]
fn fractions_are_rounded_down_per_user() {
    let data = data(&[vec![0; 10], vec![0; 3], vec![0; 1]]);
    let split = split(&data, SplitMethod::Random { valid: 0.1, test: 0.34 }, 7).unwrap();
    let sizes = |part: &Dataset| [0, 1, 2].map(|user| row(part, user).len());
    assert_eq!(sizes(&split.train), [6, 2, 1]);
    assert_eq!(sizes(split.valid.as_ref().unwrap()), [1, 0, 0]);
    assert_eq!(sizes(&split.test), [3, 1, 0]);
    assert_eq!(part_of(100, 0.29), 29);
}

#[test]
fn the_latest_are_held_out_in_order() {
    let data = data(&[vec![3, 9, 1, 5], vec![2, 1], vec![4]]);
    let method = SplitMethod::LeaveOneOut { held_out: HeldOut::Latest, valid: true };
    let split_one = split(&data, method, 1).unwrap();
    assert_eq!(row(&split_one.test, 0), [1]);
    assert_eq!(row(split_one.valid.as_ref().unwrap(), 0), [3]);
    assert_eq!((row(&split_one.train, 0), row(&split_one.train, 1)), (vec![0, 2], vec![0, 1]));
    let method = SplitMethod::LeaveOneOut { held_out: HeldOut::Latest, valid: false };
    let split_two = split(&data, method, 1).unwrap();
    assert_eq!((row(&split_two.test, 1), row(&split_two.test, 2)), (vec![0], vec![]));
    assert_eq!(split_two.valid, None);
    let method = SplitMethod::UserTime { valid: 0.0, test: 0.5 };
    assert_eq!(row(&split(&data, method, 1).unwrap().test, 0), [1, 3]);
}

#[test]
fn seeds_decide_and_thread_counts_do_not() {
    let data = data(&vec![vec![1; 20]; 50]);
    let method = SplitMethod::UserTime { valid: 0.2, test: 0.2 };
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| split(&data, method, 3).unwrap())
    };
    assert_eq!(with_threads(1), with_threads(4));
    let split_other = split(&data, method, 4).unwrap();
    assert_ne!(with_threads(1).test, split_other.test);
    // Users of the same history do not get the same draw.
    assert!((1..50).any(|user| row(&split_other.test, user) != row(&split_other.test, 0)));
}

#[test]
fn every_interaction_is_as_likely_to_be_held_out() {
    let users = 4000;
    let data = data(&vec![vec![0; 5]; users]);
    let method = SplitMethod::LeaveOneOut { held_out: HeldOut::Random, valid: false };
    let counts = split(&data, method, 11).unwrap().test.interactions().item_counts();
    // Binomial with p = 1/5: five standard deviations.
    let (mean, tolerance) = (users as f64 / 5.0, 5.0 * (users as f64 * 0.2 * 0.8).sqrt());
    assert!(counts.iter().all(|&count| (f64::from(count) - mean).abs() < tolerance), "{counts:?}");
}

#[test]
fn what_cannot_be_split_is_an_error() {
    let with_times = data(&[vec![1, 2]]);
    let matrix = with_times.interactions();
    let without = Interactions::from_rows(matrix.starts().to_vec(), matrix.items().to_vec(), 2);
    let without = with_times.clone().with_target(without.unwrap());
    for method in methods() {
        let needs_times = !matches!(
            method,
            SplitMethod::Random { .. } | SplitMethod::LeaveOneOut { held_out: HeldOut::Random, .. }
        );
        assert_eq!(matches!(split(&without, method, 0), Err(Error::NoTimes)), needs_times);
    }
    for (valid, test, message) in [
        (0.0, 1.0, "test fraction 1: must be at least 0 and below 1"),
        (-0.1, 0.2, "valid fraction -0.1: must be at least 0 and below 1"),
        (0.0, f64::NAN, "test fraction NaN: must be at least 0 and below 1"),
        (0.5, 0.5, "valid fraction 0.5 and test fraction 0.5 must sum to less than 1"),
    ] {
        let error = split(&with_times, SplitMethod::Random { valid, test }, 0).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
