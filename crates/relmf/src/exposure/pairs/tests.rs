use super::*;
use crate::testing::{dataset, ids};

#[test]
fn what_was_never_shown_is_counted_off_in_order() {
    for (users, items, every) in [(7, 9, 2), (5, 6, 3), (4, 4, 7), (3, 1, 2), (1, 8, 5)] {
        let shown = |user: u32, item: u32| (user * items + item).is_multiple_of(every) && user != 2;
        let all = || (0..users).flat_map(|user| (0..items).map(move |item| (user, item)));
        let data = dataset(ids(users), ids(items), all().filter(|&(u, i)| shown(u, i)));
        let data = data.interactions();
        let never = Never::new(data);
        // Of users who were shown something.
        let has = |user: u32| !data.row(UserId(user)).is_empty();
        let naive: Vec<_> = all()
            .filter(|&(user, item)| has(user) && !shown(user, item))
            .map(|(user, item)| (UserId(user), ItemId(item)))
            .collect();
        let found: Vec<_> = (0..never.len()).map(|place| never.at(place)).collect();
        assert_eq!(found, naive);
        if !naive.is_empty() {
            let drawn = never.draw(3 * naive.len(), 1);
            // Three parts of equal size lie within each pair.
            let thrice: Vec<_> = naive.iter().flat_map(|pair| [*pair; 3]).collect();
            assert_eq!(drawn, thrice);
        }
    }
}

#[test]
fn shares_rise_and_pool_what_does_not() {
    // 1 of 3 at 1, 0 of 2 at 2, both of 2 at 3; each zero stands for two pairs.
    let (ones, zeros) = ([1.0, 3.0, 3.0], [1.0, 2.0]);
    let share = Rising::fit(&ones, &zeros, 2.0);
    assert_eq!([0.0, 1.0, 2.5].map(|x| share.at(x)), [0.2; 3]);
    assert_eq!([3.0, 9.0].map(|x| share.at(x)), [1.0; 2]);
    let flat = Rising::fit(&[0.0; 3], &[0.0], 5.0);
    assert_eq!(flat.at(0.0), 3.0 / 8.0);
}

/// The same as the least squares of all rising functions, by the max-min formula, in O(n³).
#[test]
fn it_is_the_rising_function_of_least_squares() {
    let mut draws = SplitMix64::seed_from_u64(3);
    for n in 1..30_usize {
        let mut draw = |below: u64| draws.next_u64() % below;
        let ones: Vec<f32> = (0..n).map(|_| draw(12) as f32 + 2.0).collect();
        let zeros: Vec<f32> = (0..n + 3).map(|_| draw(12) as f32).collect();
        let weight = 1.5;
        let share = Rising::fit(&ones, &zeros, weight);
        let of = |low: usize, high: usize| {
            let within = |xs: &[f32]| {
                xs.iter().filter(|x| (low..=high).contains(&(**x as usize))).count() as f64
            };
            (within(&ones), within(&ones) + weight * within(&zeros))
        };
        for x in (0..14).filter(|&x| of(x, x).1 > 0.0) {
            let mean = |low, high| of(low, high).0 / of(low, high).1;
            let least =
                |low: usize| (x..14).map(|high| mean(low, high)).fold(f64::INFINITY, f64::min);
            let naive = (0..=x).filter(|&low| of(low, x).1 > 0.0).map(least).fold(0.0, f64::max);
            assert!((f64::from(share.at(x as f32)) - naive).abs() < 1e-6, "{n}, {x}: {naive}");
        }
    }
}
