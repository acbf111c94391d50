//! Rankings of items that were rated at random.

use crate::support::{Table, hash, metrics, noisy_scores};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};
use foretaste_eval::{Error, RatedSet, dcg_saito, evaluate_rated, map_saito, recall_saito};
use ndarray::array;

fn ids(n: usize) -> IdTable {
    IdTable::from_integers((0..n as i64).collect())
}

fn dataset(rows: &[(u32, u32, f32)], n_users: usize, n_items: usize) -> Dataset {
    let pair = |&(user, item, weight): &(u32, u32, f32)| Pair {
        user: UserId(user),
        item: ItemId(item),
        weight,
        time: 0,
    };
    let keep = Keep { weights: true, times: false };
    let pairs = rows.iter().map(pair).collect();
    let interactions = Interactions::from_pairs(pairs, n_users, n_items, keep).unwrap().0;
    Dataset::new(ids(n_users), ids(n_items), interactions).unwrap()
}

fn set(data: &Dataset, n_users: usize, n_items: usize) -> RatedSet {
    RatedSet::of_dataset(data, &ids(n_users), &ids(n_items), |rating| rating >= 4.0, |_| true)
}

#[test]
fn a_case_worked_by_hand() {
    let scorer = Table(array![[0.1, 0.9, 0.5, 0.5], [1.0, f32::NAN, 3.0, 4.0], [0.0; 4]]);
    // User 0: order 1 (no), 2 (yes), 3 (no; ties with 2), 0 is not rated. User 1: 0 (no), then 1 (no
    // score), then an unknown item. User 2 has rated nothing; user 3 is not known.
    let rows =
        [(0, 1, 3.0), (0, 2, 4.0), (0, 3, 1.0), (1, 0, 2.0), (1, 1, 1.0), (1, 4, 5.0), (3, 0, 5.0)];
    let data = dataset(&rows, 4, 5);
    let test = set(&data, 3, 4);
    let metrics =
        metrics(&["dcg_saito@5", "recall_saito@1", "map_saito@3", "ndcg@2", "auc", "rr@3"]);
    let found = evaluate_rated(&scorer, &test, &metrics).unwrap();
    assert_eq!(found.users(), [Some(UserId(0)), Some(UserId(1)), None]);
    assert_eq!(found.users_without_list(), 1);
    let (first, second) = ([false, true, false], [false, false, true]);
    let expected = |ranked: &[bool], ndcg: f64, auc: f64, rr: f64| {
        [dcg_saito(ranked, 5), recall_saito(ranked, 1), map_saito(ranked, 3), ndcg, auc, rr]
    };
    assert_eq!(found.row(0), expected(&first, 1.0 / 3f64.log2(), 0.25, 0.5));
    // The unknown item ties with the one without a score.
    assert_eq!(found.row(1), expected(&second, 0.0, 0.25, 1.0 / 3.0));
    assert_eq!(found.row(2), [0.0; 6]);
}

#[test]
fn users_without_a_relevant_item_count_for_saito_alone() {
    let scorer = Table(array![[1.0, 2.0], [2.0, 1.0]]);
    let data = dataset(&[(0, 0, 5.0), (0, 1, 1.0), (1, 0, 1.0), (2, 0, 1.0)], 3, 2);
    let metrics = metrics(&["dcg_saito@3", "hit@1", "recall@2", "precision_micro@2"]);
    let found = evaluate_rated(&scorer, &set(&data, 2, 2), &metrics).unwrap();
    assert_eq!(found.means()[1..], [0.0, 1.0, 1.0]);
    assert_eq!(found.means()[0], (1.001 + 0.001) / 3.0);
    assert!(found.row(1)[1].is_nan() && found.row(2)[1].is_nan());
    let summary = found.summary(1);
    assert_eq!((summary[2].low, summary[2].high), (1.0, 1.0));
}

/// A user whom the model does not know has as many places as one without a hit.
#[test]
fn unknown_users_weigh_as_others_do() {
    let scorer = Table(array![[1.0, 2.0]]);
    let metrics = metrics(&["precision_micro@2", "recall_min@2"]);
    // The known user finds one of one; the unknown ones none of 1 and of 2 (of 3) places, the last has
    // nothing relevant.
    let rows = [(0, 1, 5.0), (1, 0, 4.0), (2, 0, 5.0), (2, 1, 5.0), (2, 2, 5.0), (3, 0, 1.0)];
    let found = evaluate_rated(&scorer, &set(&dataset(&rows, 4, 3), 1, 2), &metrics).unwrap();
    assert_eq!(found.means(), [1.0 / 4.0, 1.0 / 3.0]);
    assert!(found.row(1)[0].is_nan(), "those without a relevant item are first");
    let reach = set(&dataset(&rows, 4, 3), 1, 2).reach();
    assert_eq!((reach.users, reach.unknown_users, reach.pairs), (4, 3, 6));
    assert_eq!((reach.of_unknown_users, reach.of_unknown_items, reach.listable()), (5, 0, 1));
}

/// Once more, by sorting, for each user.
#[test]
fn sorting_the_rated_items_gives_the_same() {
    let (n_users, n_items) = (90, 50);
    let scorer = noisy_scores(n_users, n_items);
    let cells = (0..n_users).flat_map(|user| (0..n_items).map(move |item| (user, item)));
    let rated = cells.filter(|&(user, item)| hash(3, user, item).is_multiple_of(6));
    let rating = |user, item| 1.0 + (hash(5, user, item) % 5) as f32;
    let rows: Vec<_> =
        rated.map(|(user, item)| (user as u32, item as u32, rating(user, item))).collect();
    let data = dataset(&rows, n_users, n_items);
    let rare = |item: Option<ItemId>| item.is_some_and(|item| item.0 % 3 == 0);
    for only_rare in [false, true] {
        let keep = |item: Option<ItemId>| !only_rare || rare(item);
        let test =
            RatedSet::of_dataset(&data, &ids(n_users), &ids(n_items), |rating| rating >= 4.0, keep);
        let found = evaluate_rated(&scorer, &test, &metrics(&["dcg_saito@5", "ap@3"])).unwrap();
        let mut sum = 0.0;
        let mut users = 0.0;
        for user in 0..n_users as u32 {
            let mine = rows.iter().filter(|row| row.0 == user && keep(Some(ItemId(row.1))));
            let key = |item: u32| match scorer.0[[user as usize, item as usize]] {
                score if score.is_nan() => f32::NEG_INFINITY,
                score => score,
            };
            let mut mine: Vec<(f32, bool)> = mine.map(|row| (key(row.1), row.2 >= 4.0)).collect();
            if mine.is_empty() {
                continue;
            }
            mine.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap());
            let ranked: Vec<bool> = mine.iter().map(|item| item.1).collect();
            sum += dcg_saito(&ranked, 5);
            users += 1.0;
        }
        assert!((found.means()[0] - sum / users).abs() < 1e-12, "{only_rare}");
        assert_eq!(test.n_users() as f64, users);
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let scorer = Table(array![[1.0, 2.0]]);
    let data = dataset(&[(0, 0, 5.0)], 1, 2);
    for name in ["coverage@1", "arp@2", "ndcg@3:snips"] {
        let found = evaluate_rated(&scorer, &set(&data, 1, 2), &metrics(&[name]));
        assert!(matches!(found, Err(Error::Missing { .. })), "{name}");
    }
    let dcg = metrics(&["dcg_saito@1"]);
    assert!(matches!(evaluate_rated(&scorer, &set(&data, 2, 2), &dcg), Err(Error::Size { .. })));
    let empty = set(&dataset(&[], 1, 2), 1, 2);
    assert!(matches!(evaluate_rated(&scorer, &empty, &dcg), Err(Error::NoTestUsers)));
}
