//! Lists of queries against sorting all scores that pass the filters.

use super::*;
use crate::search::search;
use crate::{Products, Scored, Scorer, recommend};
use ndarray::{Array2, ArrayViewMut2};
use proptest::prelude::*;

const N_USERS: usize = 70;
const N_ITEMS: usize = 300;

/// Inner products with biases, which may be hidden, and numbers that are not finite.
#[derive(Debug)]
struct Model {
    users: Array2<f32>,
    items: Array2<f32>,
    user_bias: Vec<f32>,
    item_bias: Vec<f32>,
    plain: bool,
}

impl Model {
    fn inner_products(&self) -> Products<'_> {
        let products = Products::new(self.users.view(), self.items.view());
        products.with_biases(&self.user_bias, &self.item_bias, 0.0)
    }
}

impl Scorer for Model {
    fn n_users(&self) -> usize {
        self.users.nrows()
    }

    fn n_items(&self) -> usize {
        self.items.nrows()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        self.inner_products().score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        (!self.plain).then(|| self.inner_products())
    }
}

/// All scores, those that pass, sorted. Scores are compared by their bits.
fn by_sorting(model: &Model, users: &[UserId], query: &Query<'_>) -> Vec<Vec<(ItemId, u32)>> {
    let mut scores = Array2::zeros((users.len(), model.n_items()));
    model.score_block(users, scores.view_mut());
    let list = |(user, row): (&UserId, ndarray::ArrayView1<'_, f32>)| {
        let passes = |(item, score): &Scored| {
            *score > f32::NEG_INFINITY
                && query.exclude.iter().all(|rows| !rows.contains(*user, *item))
                && query.allow.is_none_or(|allow| allow.contains(*item))
                && query.deny.is_none_or(|deny| !deny.contains(*item))
        };
        let all = (0..).map(ItemId).zip(row.iter().copied());
        let mut list: Vec<Scored> = all.filter(passes).collect();
        list.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap().then(a.0.cmp(&b.0)));
        list.truncate(query.k);
        bits(&list)
    };
    users.iter().zip(scores.rows()).map(list).collect()
}

fn bits(list: &[Scored]) -> Vec<(ItemId, u32)> {
    list.iter().map(|(item, score)| (*item, score.to_bits())).collect()
}

/// The lists, on one thread and on three, are those of sorting.
fn checked(model: &Model, users: &[UserId], query: &Query<'_>) -> Vec<Vec<Scored>> {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| recommend(model, users, query))
    };
    let lists = on(1);
    assert_eq!(lists, on(3));
    let found: Vec<_> = lists.iter().map(|list| bits(list)).collect();
    assert_eq!(found, by_sorting(model, users, query), "{query:?}");
    lists
}

fn numbers(len: usize) -> impl Strategy<Value = Vec<f32>> {
    // Few different numbers, so that scores tie.
    let number = prop_oneof![3 => (-3i8..=3).prop_map(f32::from), 1 => -1.0f32..1.0];
    prop::collection::vec(number, len)
}

fn models() -> impl Strategy<Value = Model> {
    let shape = (1usize..12, any::<bool>(), any::<bool>(), prop::option::weighted(0.1, 0..N_ITEMS));
    shape.prop_flat_map(|(factors, biased, plain, odd)| {
        let biases = move |len| numbers(if biased { len } else { 0 });
        let parts = (numbers(N_USERS * factors), numbers(N_ITEMS * factors), biases(N_USERS));
        (parts, biases(N_ITEMS)).prop_map(move |((users, items, user_bias), item_bias)| {
            let users = Array2::from_shape_vec((N_USERS, factors), users).unwrap();
            let mut items = Array2::from_shape_vec((N_ITEMS, factors), items).unwrap();
            if let Some(item) = odd {
                items[[item, 0]] = f32::NAN;
            }
            Model { users, items, user_bias, item_bias, plain }
        })
    })
}

/// None, all, a few in a hundred, any half; also of more or fewer items than there are.
fn sets() -> impl Strategy<Value = ItemSet> {
    let share = prop_oneof![Just(0.0), Just(1.0), Just(0.03), Just(0.5), Just(0.97)];
    let n_items = prop_oneof![4 => Just(N_ITEMS), 1 => Just(150), 1 => Just(500)];
    (share, n_items).prop_flat_map(|(share, n_items)| {
        prop::collection::vec(prop::bool::weighted(share), n_items).prop_map(move |held| {
            let items = (0..).map(ItemId).zip(held).filter(|(_, held)| *held);
            ItemSet::from_items(n_items, items.map(|(item, _)| item))
        })
    })
}

/// Rows of `n_users` users, each with some `of` of a hundred items.
fn rows(n_users: u64, of: u64) -> impl Strategy<Value = Interactions> {
    any::<u64>().prop_map(move |seed| {
        let (mut starts, mut items) = (vec![0], Vec::new());
        for user in 0..n_users {
            let held = |item: &u32| {
                let pair =
                    (seed ^ user << 32 ^ u64::from(*item)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                (pair >> 40) % 100 < of
            };
            items.extend((0..N_ITEMS as u32).filter(held).map(ItemId));
            starts.push(items.len());
        }
        Interactions::from_rows(starts, items, N_ITEMS).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn lists_are_those_of_sorting_what_passes(
        model in models(),
        allow in prop::option::weighted(0.7, sets()),
        deny in prop::option::weighted(0.5, sets()),
        // Of the second, some users are unknown.
        exclude in (rows(N_USERS as u64, 20), rows(30, 90)),
        n_excluded in 0usize..3,
        k in prop_oneof![Just(0usize), Just(1), 2usize..20, Just(400), Just(usize::MAX)],
        n_users in prop_oneof![Just(3usize), Just(N_USERS)],
    ) {
        let users: Vec<UserId> = (0..n_users as u32).map(UserId).rev().collect();
        let exclude = [&exclude.0, &exclude.1];
        let query = Query { allow: allow.as_ref(), deny: deny.as_ref(), ..Query::new(k) };
        checked(&model, &users, &query.exclude(&exclude[..n_excluded]));
    }
}

/// Item n has the score n / 4, for whomever.
fn ascending(plain: bool) -> Model {
    Model {
        users: Array2::from_elem((N_USERS, 2), 0.5),
        items: Array2::from_shape_fn((N_ITEMS, 2), |(item, k)| (item * (1 - k)) as f32 / 2.0),
        user_bias: Vec::new(),
        item_bias: Vec::new(),
        plain,
    }
}

#[test]
fn a_list_is_as_long_as_what_is_left_and_no_longer() {
    let users: Vec<UserId> = (0..N_USERS as u32).map(UserId).collect();
    let items = |from: u32, to: u32| ItemSet::from_items(N_ITEMS, (from..to).map(ItemId));
    let (none, all) = (items(0, 0), items(0, N_ITEMS as u32));
    let (worst, upper) = (items(0, 12), items(6, N_ITEMS as u32));
    for model in [ascending(false), ascending(true)] {
        for users in [&users[..], &users[..1]] {
            let listed = |query: Query<'_>| -> Vec<u32> {
                let lists = checked(&model, users, &query);
                assert_eq!(lists.len(), users.len());
                lists[0].iter().map(|(item, _)| item.0).collect()
            };
            assert!(listed(Query::new(3).allow(&none)).is_empty());
            assert!(listed(Query::new(3).deny(&all)).is_empty());
            assert!(listed(Query::new(3).allow(&all).deny(&all)).is_empty());
            assert!(listed(Query::new(0).allow(&all)).is_empty());
            assert_eq!(listed(Query::new(2).allow(&all).deny(&none)), [299, 298]);
            // Among the worst of all: cutting a longer list would have to be all of it.
            assert_eq!(listed(Query::new(2).allow(&worst)), [11, 10]);
            assert_eq!(listed(Query::new(9).allow(&worst).deny(&upper)), [5, 4, 3, 2, 1, 0]);
        }
    }
}

#[test]
fn the_search_serves_a_part_of_the_items() {
    let users: Vec<UserId> = (0..N_USERS as u32).map(UserId).collect();
    let (mut model, all) = (ascending(false), ItemSet::from_items(N_ITEMS, (0..300).map(ItemId)));
    let allow = ItemSet::from_items(N_ITEMS, (0..100).map(|n| ItemId(3 * n)));
    // An item that is not allowed need not have a score.
    model.items[[1, 0]] = f32::NAN;
    let searched = |query: &Query<'_>| {
        let listable = query.listable(N_ITEMS);
        search(model.inner_products(), &users, query, listable.as_deref())
    };
    let query = Query::new(12).allow(&allow);
    assert_eq!(searched(&query), Some(checked(&model, &users, &query)));
    assert!(searched(&query.allow(&all)).is_none());
    // A list that holds more than an eighth of the items is found row by row.
    assert!(searched(&Query::new(13).allow(&allow)).is_none());
}
