//! Lists of a search against those of all scores, written down and looked through.

use super::*;
use crate::top_k::recommend_by_rows;
use crate::{Scorer, recommend};
use foretaste_data::Interactions;
use ndarray::{Array2, ArrayViewMut2};
use proptest::prelude::*;

#[derive(Debug)]
struct Model {
    users: Array2<f32>,
    items: Array2<f32>,
    user_bias: Vec<f32>,
    item_bias: Vec<f32>,
}

impl Model {
    fn new(users: Array2<f32>, items: Array2<f32>) -> Self {
        Self { users, items, user_bias: Vec::new(), item_bias: Vec::new() }
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
        self.products().unwrap().score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        let products = Products::new(self.users.view(), self.items.view());
        Some(products.with_biases(&self.user_bias, &self.item_bias, 0.25))
    }
}

/// The lists of the search, which must not have been left to scoring row by row; they are those of
/// [`recommend`], and of scoring row by row.
fn checked(model: &Model, k: usize, exclude: &[&Interactions]) -> Vec<Vec<Scored>> {
    let users: Vec<UserId> = (0..model.n_users() as u32).map(UserId).rev().collect();
    let query = Query::new(k).exclude(exclude);
    let products = model.products().unwrap();
    let lists = search(products, &users, &query, None).expect("a case for a search");
    assert_eq!(lists, recommend_by_rows(model, &users, &query, None));
    assert_eq!(lists, recommend(model, &users, &query));
    let catalogue = Catalogue::new(model);
    assert!(catalogue.items.is_some());
    for few in [1, 3, 64].map(|n| &users[..n.min(users.len())]) {
        assert_eq!(catalogue.recommend(model, few, &query), lists[..few.len()]);
    }
    lists
}

/// Threads that share a list find the same.
#[test]
fn lists_in_parts_are_those_of_one() {
    let number = |row: usize, k: usize| ((row * 31 + k * row % 17) % 23) as f32 - 11.0;
    let items = Array2::from_shape_fn((3000, 8), |(row, k)| number(row, k));
    let model = Model::new(Array2::from_shape_fn((8, 8), |(row, k)| number(row + 5, k)), items);
    let (products, seen) = (model.products().unwrap(), thirds(8, 3000));
    let items = Items::new(products, None).unwrap();
    let exclude = [&seen];
    let search = Search { products, items: &items, query: Query::new(40).exclude(&exclude) };
    let users: Vec<UserId> = (0..8).map(UserId).collect();
    let expected = recommend_by_rows(&model, &users, &search.query, None);
    for parts in [1, 2, 3, 50] {
        assert_eq!(search.lists_in_parts(&users, parts).unwrap(), expected, "{parts}");
    }
}

/// The items that may be listed are few, most or none; and users are others than those whom the items
/// were made ready with.
#[test]
fn a_catalogue_leaves_out_what_may_not_be_listed() {
    let number = |row: usize, k: usize| ((row * 31 + k * 17) % 23) as f32 - 11.0;
    let items = Array2::from_shape_fn((900, 16), |(row, k)| number(row, k));
    let model = Model::new(Array2::from_elem((1, 16), 0.0), items.clone());
    let others = Model::new(Array2::from_shape_fn((9, 16), |(row, k)| number(row + 7, k)), items);
    let catalogue = Catalogue::new(&model);
    let users: Vec<UserId> = (0..9).map(UserId).collect();
    let seen = thirds(9, 900);
    for step in [1, 2, 7, 50, 901] {
        let some = crate::ItemSet::from_items(900, (1..900).step_by(step).map(ItemId));
        let early = crate::ItemSet::from_items(900, (0..450).map(ItemId));
        let exclude = [&seen];
        for k in [1, 10, 300] {
            let query = Query::new(k).exclude(&exclude);
            for query in [query.allow(&some), query.deny(&some), query.allow(&early).deny(&some)] {
                let lists = catalogue.recommend(&others, &users, &query);
                assert_eq!(lists, recommend(&others, &users, &query), "{step} {k}");
                let listed = lists.iter().flatten().map(|(item, _)| *item);
                assert!(listed.into_iter().all(|item| query.lists(item)));
            }
        }
    }
}

/// Every third item from the user's own number on.
fn thirds(users: usize, items: usize) -> Interactions {
    let rows = (0..users).flat_map(|user| (user % 5..items).step_by(3)).map(|item| item as u32);
    let starts = (0..=users).scan(0, |sum, user| {
        let start = *sum;
        *sum += (items - user % 5).div_ceil(3);
        Some(start)
    });
    Interactions::from_rows(starts.collect(), rows.map(ItemId).collect(), items).unwrap()
}

fn matrix(rows: usize, factors: usize) -> impl Strategy<Value = Array2<f32>> {
    // Few different numbers, so that scores tie; and some rows that are much longer than others.
    let number = prop_oneof![3 => (-3i8..=3).prop_map(f32::from), 1 => -1.0f32..1.0];
    let row =
        (prop::collection::vec(number, factors), prop_oneof![9 => Just(1.0), 1 => 0.0f32..50.0]);
    prop::collection::vec(row, rows).prop_map(move |rows| {
        let numbers = rows.iter().flat_map(|(row, size)| row.iter().map(move |x| x * size));
        Array2::from_shape_vec((rows.len(), factors), numbers.collect()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn lists_are_those_of_all_scores(
        (users, items, biases) in (1usize..20, 160usize..400).prop_flat_map(|(factors, items)| {
            let biases = prop::collection::vec(-2.0f32..2.0, items + 70);
            (matrix(70, factors), matrix(items, factors), prop::option::of(biases))
        }),
        k in 1usize..20,
    ) {
        let exclude = thirds(70, items.nrows());
        let mut model = Model::new(users, items);
        if let Some(biases) = biases {
            model.user_bias = biases[..70].to_vec();
            model.item_bias = biases[70..].to_vec();
        }
        checked(&model, k, &[]);
        checked(&model, k, &[&exclude]);
    }
}

/// Neighbouring scores are the same for whole numbers of any size, and for `f32`, or nearly.
#[test]
fn scores_that_are_equal_or_nearly_are_told_apart() {
    for step in [0.0, 1e-7, 1e-6, 1e-5, 1e-3] {
        let items = Array2::from_shape_fn((600, 8), |(item, k)| {
            1.0 + if k == 7 { (item * 7 % 600) as f32 * step } else { 0.0 }
        });
        let users = Array2::from_shape_fn((64, 8), |(user, k)| ((user + k) % 5) as f32 - 1.5);
        let lists = checked(&Model::new(users, items), 12, &[&thirds(64, 600)]);
        assert!(lists.iter().all(|list| list.len() == 12));
    }
}

/// Long rows and short ones, most of them near one direction, as training leaves them; an odd number of
/// factors, and more items than some tiles hold.
#[test]
fn lists_are_the_same_at_any_number_of_threads() {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 65_536.0 - 0.5
    };
    let mut rows = |n: usize, fall: f32| {
        let lean = |k: usize| if k == 0 { 0.6 } else { 0.0 };
        let mut row = |n: usize| {
            let by = (1.0 + n as f32).powf(-fall);
            (0..33).map(|k| (next() + lean(k)) * by).collect::<Vec<f32>>()
        };
        let numbers: Vec<f32> = (0..n).flat_map(&mut row).collect();
        Array2::from_shape_vec((n, 33), numbers).unwrap()
    };
    let (n_users, n_items) = (300, 3000);
    let mut model = Model::new(rows(n_users, 0.0), rows(n_items, 0.3));
    for biased in [false, true] {
        if biased {
            model.item_bias = (0..n_items).map(|n| (n * 37 % 101) as f32 / 80.0).collect();
            model.user_bias = (0..n_users).map(|n| n as f32 / 90.0).collect();
        }
        let seen = thirds(n_users, n_items);
        let lists = [1, 2, 3, 8].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| checked(&model, 10, &[&seen]))
        });
        assert!(lists.iter().all(|other| *other == lists[0]));
    }
}

/// One number of a row so large that 8 bits leave nothing of the others.
#[test]
fn what_8_bits_can_not_tell_is_told() {
    let number = |row: usize, k: usize| ((row * 31 + k * 17) % 23) as f32 - 11.0;
    let items =
        Array2::from_shape_fn((900, 16), |(row, k)| if k == 3 { 1e4 } else { number(row, k) });
    let users =
        Array2::from_shape_fn((70, 16), |(row, k)| if k == 3 { -1e4 } else { number(row, k) });
    checked(&Model::new(users, items), 10, &[&thirds(70, 900)]);
}

#[test]
fn numbers_of_any_size_will_do() {
    for size in [1e-44, 1e-38, 1e-30, 1e-15, 1e10, 1e15] {
        let number = |(row, k): (usize, usize)| ((row * 31 + k * 17) % 23) as f32 - 11.0;
        let items = Array2::from_shape_fn((300, 4), number) * size;
        let users = Array2::from_shape_fn((64, 4), number) * size;
        checked(&Model::new(users, items), 5, &[]);
    }
}

#[test]
fn users_without_an_item_left_have_no_list() {
    let all: Vec<ItemId> = (0..64).flat_map(|_| (0..200).map(ItemId)).collect();
    let all = Interactions::from_rows((0..=64).map(|n| n * 200).collect(), all, 200).unwrap();
    let model = Model::new(Array2::ones((64, 3)), Array2::ones((200, 3)));
    assert!(checked(&model, 4, &[&all]).iter().all(Vec::is_empty));
    let items: Vec<u32> = checked(&model, 4, &[])[0].iter().map(|(item, _)| item.0).collect();
    assert_eq!(items, [0, 1, 2, 3]);
}

#[test]
fn what_the_search_can_not_do_is_done_row_by_row() {
    let users: Vec<UserId> = (0..64).map(UserId).collect();
    let mut model = Model::new(Array2::ones((64, 3)), Array2::ones((200, 3)));
    let searched =
        |model: &Model, users, k| search(model.products().unwrap(), users, &Query::new(k), None);
    assert!(searched(&model, &users, 4).is_some());
    assert!(searched(&model, &users, 0).is_none() && searched(&model, &users, 100).is_none());
    assert!(searched(&model, &users[..3], 4).is_none());
    model.items[[7, 1]] = f32::NAN;
    assert!(searched(&model, &users, 4).is_none());
    let list = &recommend(&model, &users, &Query::new(9))[5];
    assert_eq!(list.len(), 9);
    assert!(list.iter().all(|(item, score)| item.0 != 7 && *score == 3.25));
}
