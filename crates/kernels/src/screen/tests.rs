//! Every implementation against sums in 64 bits.

use super::*;
use proptest::prelude::*;

/// Rows of numbers up to the largest that are allowed, made short enough.
fn rows(n: usize, len: usize, most: i8, longest: f64) -> impl Strategy<Value = Vec<Vec<i8>>> {
    let number = prop_oneof![3 => -most..=most, 1 => Just(most), 1 => Just(-most), 1 => Just(0)];
    let shorten = move |mut row: Vec<i8>| {
        let length = |row: &[i8]| row.iter().map(|&n| f64::from(n).powi(2)).sum::<f64>().sqrt();
        while length(&row) > longest {
            let by = longest / length(&row);
            row.iter_mut().for_each(|n| *n = (f64::from(*n) * by) as i8);
        }
        row
    };
    prop::collection::vec(prop::collection::vec(number, len).prop_map(shorten), n)
}

/// The numbers as f32, and packed.
struct Packed {
    users: Vec<[[i8; 4]; GROUP]>,
    offset: [i16; GROUP],
    panels: Vec<[[u8; 2]; PANEL]>,
}

impl Packed {
    fn new(users: &[Vec<i8>], items: &[Vec<i8>]) -> Self {
        let pairs = users[0].len() / 2;
        let twice = |k: usize, n: usize| {
            let (a, b) = (users[n][2 * k], users[n][2 * k + 1]);
            [a, b, a, b]
        };
        let sum = |n: usize| users[n].iter().map(|&x| i32::from(x)).sum::<i32>();
        let place = |item: Option<&Vec<i8>>, k: usize| {
            item.map_or(ZERO, |row| (i32::from(row[k]) + i32::from(ZERO)) as u8)
        };
        let panel = |items: &[Vec<i8>]| -> Vec<[[u8; 2]; PANEL]> {
            let at = |k: usize, n: usize| [0, 1].map(|half| place(items.get(n), 2 * k + half));
            (0..pairs).map(|k| std::array::from_fn(|n| at(k, n))).collect()
        };
        Self {
            users: (0..pairs).map(|k| std::array::from_fn(|n| twice(k, n))).collect(),
            offset: std::array::from_fn(|n| (-i32::from(ZERO) * sum(n)) as i16),
            panels: items.chunks(PANEL).flat_map(panel).collect(),
        }
    }
}

fn floats(rows: &[Vec<i8>]) -> Vec<Vec<f32>> {
    rows.iter().map(|row| row.iter().map(|&n| f32::from(n)).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Sums, scores and their thresholds are whole numbers here.
    #[test]
    fn every_implementation_finds_the_same(
        (users, items) in (1usize..40, 1usize..70).prop_flat_map(|(pairs, items)| (
            rows(GROUP, 2 * pairs, MOST_OF_USERS, LONGEST.0),
            rows(items, 2 * pairs, MOST_OF_ITEMS, LONGEST.1),
        )),
        bar in prop_oneof![-300i16..300, Just(i16::MIN), Just(i16::MAX), any::<i16>()],
        above in -50.0f32..50.0,
    ) {
        let packed = Packed::new(&users, &items);
        let (of_users, of_items) = (floats(&users), floats(&items));
        let exact: Vec<&[f32]> = of_items.iter().map(Vec::as_slice).collect();
        let bias = vec![std::array::from_fn(|n| n as f32); items.len().div_ceil(PANEL)];
        let (bar, threshold) = ([bar; GROUP], [f32::from(bar) + above; GROUP]);
        let users_of = Users {
            rows: &packed.users,
            offset: &packed.offset,
            bar: &bar,
            exact: std::array::from_fn(|n| &of_users[n][..]),
            threshold: &threshold,
        };
        let items_of = Items { panels: &packed.panels, exact: &exact[..], bias: &bias };

        let (mut expected, mut n_expected) = (Vec::new(), 0);
        for (panel, items) in items.chunks(PANEL).enumerate() {
            for (user, a) in users.iter().enumerate() {
                for (n, b) in items.iter().enumerate() {
                    let sum: i64 = a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
                    if sum > i64::from(bar[0]) {
                        n_expected += 1;
                        let score = sum as f32 + n as f32;
                        if score >= threshold[0] {
                            expected.push(Hit { user, item: panel * PANEL + n, score });
                        }
                    }
                }
            }
        }
        let mut hits = vec![Hit { user: 0, item: 0, score: 0.0 }];
        if let Some(n) = screen(users_of, items_of, &mut hits) {
            prop_assert_eq!((n, &hits), (n_expected, &expected));
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            hits.clear();
            let work = Screen { with: simd, users: users_of, items: items_of, hits: &mut hits };
            prop_assert_eq!((simd.vectorize(work), &hits), (n_expected, &expected));
        }
    }
}

/// The largest products that there can be, in the first instruction's 16 bits and in the sum's.
#[test]
fn products_and_sums_fit() {
    let two = 2 * i32::from(MOST_OF_USERS) * (i32::from(ZERO) + i32::from(MOST_OF_ITEMS));
    assert!(two <= i32::from(i16::MAX));
    assert!(LONGEST.0 * LONGEST.1 < f64::from(i16::MAX));
}
