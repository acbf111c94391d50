//! No bound is exceeded, neither of 16-bit numbers nor of 8-bit numbers.

use super::*;
use ndarray::Array2;
use proptest::prelude::*;

/// 8 users, 40 items; a few numbers of some rows are much larger than the rest, some rows than others.
fn numbers(rows: usize, factors: usize) -> impl Strategy<Value = Array2<f32>> {
    let number = prop_oneof![9 => -1.0f32..1.0, 1 => -30.0f32..30.0, 1 => Just(0.0)];
    let row = (prop::collection::vec(number, factors), prop_oneof![Just(1.0), 0.0f32..20.0]);
    prop::collection::vec(row, rows).prop_map(move |rows| {
        let numbers = rows.iter().flat_map(|(row, size)| row.iter().map(move |x| x * size));
        Array2::from_shape_vec((rows.len(), factors), numbers.collect()).unwrap()
    })
}

/// The hits of a whole catalogue, by the place of the item.
fn hits(
    group: &mut Group<'_>,
    (items, products): (&Items, &Products<'_>),
    screened: bool,
) -> Vec<Hit> {
    let (mut all, mut hits) = (Vec::new(), Vec::new());
    for tile in items.tiles() {
        group.wait.tiles = usize::from(!screened);
        group.look((items, products), tile, &mut hits);
        let place = |hit: &Hit| Hit { item: tile.panels.start * scan::PANEL + hit.item, ..*hit };
        all.extend(hits.iter().map(place));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn errors_are_bounded(
        (users, items) in (1usize..70).prop_flat_map(|factors| {
            (numbers(8, factors), numbers(40, factors))
        }),
        size in -20i32..20,
        bias in prop_oneof![Just(0.0), -5.0f32..5.0, -1e4f32..1e4],
    ) {
        let users = users * 2f32.powi(size);
        let of_items: Vec<f32> = (0..40).map(|n| bias * n as f32 / 20.0).collect();
        let of_users = vec![bias; 8];
        let products = Products::new(users.view(), items.view());
        let products = products.with_biases(&of_users, &of_items, 1.0);
        let ids: Vec<UserId> = (0..8).map(UserId).collect();
        let items = Items::new(products, None).unwrap();
        let mut group = Group::new(products, &items, &ids).unwrap();
        let score = |user: usize, place: usize| {
            let score = products.score(user, items.id(place).index());
            f64::from(score) - f64::from(products.shift(user))
        };

        // Every pair is a hit where there is no threshold; its score is near.
        for screened in [false, true] {
            let hits = hits(&mut group, (&items, &products), screened);
            prop_assert_eq!(hits.len(), 8 * 40);
            for hit in hits {
                let error = (score(hit.user, hit.item) - f64::from(hit.score)).abs();
                prop_assert!(error <= group.error[hit.user], "{} {:?}", error, group.error);
            }
        }
        // A pair is a hit where the threshold is the least by which its score may be looked for.
        for place in 0..40 {
            for user in 0..8 {
                let threshold = (score(user, place) - group.error[user]) as f32;
                group.threshold[user] = threshold.next_down();
            }
            for screened in [false, true] {
                let hits = hits(&mut group, (&items, &products), screened);
                let found = hits.iter().filter(|hit| hit.item == place).count();
                prop_assert_eq!(found, 8, "screened: {}", screened);
            }
        }
    }
}

/// Few pairs pass that need not: 8 bits are enough to tell.
#[test]
fn most_pairs_are_screened_out() {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 65_536.0 - 0.5
    };
    let users = Array2::from_shape_simple_fn((8, 64), &mut next);
    let items = Array2::from_shape_simple_fn((256, 64), &mut next);
    let products = Products::new(users.view(), items.view());
    let ids: Vec<UserId> = (0..8).map(UserId).collect();
    let items = Items::new(products, None).unwrap();
    let group = Group::new(products, &items, &ids).unwrap();
    let mut scores: Vec<f32> = (0..256).map(|item| products.score(3, item)).collect();
    scores.sort_by(f32::total_cmp);
    // A score that ten reach.
    let least = f64::from(scores[246]);
    let mut below = 0;
    for tile in items.tiles() {
        let bar = group.users[3].bar(tile, least);
        let bytes = items.bytes(tile, &products);
        let mut bars = [i16::MAX; GROUP];
        bars[3] = bar;
        let users = screen::Users {
            rows: &group.bytes,
            offset: &group.offset,
            bar: &bars,
            exact: group.exact,
            threshold: &[f32::MIN; GROUP],
        };
        let mut hits = Vec::new();
        below += screen(users, bytes, &mut hits).unwrap_or(10);
    }
    assert!((10..30).contains(&below), "{below}");
}

#[test]
fn the_screen_is_left_out_longer_each_time_that_it_does_not_pay() {
    let mut wait = Wait { tiles: 0, next: 1 };
    let waits = [true, true, true, false, true].map(|in_vain| {
        wait.after(in_vain);
        wait.tiles
    });
    assert_eq!(waits, [1, 2, 4, 0, 1]);
    (0..20).for_each(|_| wait.after(true));
    assert_eq!(wait.tiles, LONGEST_WAIT);
}

#[test]
fn what_is_not_finite_is_left_to_others() {
    let good = Array2::from_elem((3, 4), 1.0f32);
    let mut bad = good.clone();
    bad[[1, 2]] = f32::NAN;
    let huge = Array2::from_elem((3, 4), 1e20f32);
    let made = |users: &Array2<f32>, items: &Array2<f32>| {
        let products = Products::new(users.view(), items.view());
        let items = Items::new(products, None)?;
        Group::new(products, &items, &[UserId(1)]).map(|group| group.threshold[0])
    };
    assert!(made(&good, &good).is_some());
    assert!(made(&bad, &good).is_none() && made(&good, &bad).is_none());
    assert!(made(&huge, &huge).is_none() && made(&huge, &good).is_some());
}
