//! What lists can hold, known before there are any; items that are no candidates.

use crate::support::{Table, hash, matrix, metrics, noisy_scores, some_pairs};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_eval::{Error, Evaluator, TestSet, evaluate};
use ndarray::array;

#[test]
fn what_can_not_be_listed_is_counted_by_why() {
    // User 0: 0 is masked twice, 1 is not, one item is unknown. User 1 has every item masked. User 2
    // has nothing held out. Two users are unknown, with one item and with three.
    let test = matrix(&[(0, 0), (0, 1), (1, 2)], 3, 3);
    let test = TestSet::binary(&test, &[1, 0, 0], &[1, 3]).unwrap();
    let masks = [matrix(&[(0, 0), (1, 0), (1, 1)], 3, 3), matrix(&[(0, 0), (1, 2)], 3, 3)];
    let masks: Vec<&Interactions> = masks.iter().collect();
    let reach = test.reach(&masks).unwrap();
    assert_eq!((reach.users, reach.unknown_users, reach.users_without_items), (4, 2, 1));
    assert_eq!((reach.pairs, reach.of_unknown_users, reach.of_unknown_items), (8, 4, 1));
    assert_eq!((reach.masked, reach.listable()), (2, 1));
    let scorer = Table(array![[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]);
    let found = evaluate(&scorer, &masks, &test, &metrics(&["hit@1"])).unwrap();
    assert_eq!(found.users_without_list(), reach.users_without_list());
    assert_eq!(found.relevant_but_masked(), reach.masked);
    let other = matrix(&[(0, 0)], 2, 3);
    assert!(matches!(test.reach(&[&other]), Err(Error::Size { expected: 3, found: 2, .. })));
}

/// Barred items are masked for everybody: written out as rows, they give the same.
#[test]
fn candidates_are_as_if_every_row_of_a_mask_held_the_others() {
    let (n_users, n_items) = (150, 90);
    let (scorer, train) = (noisy_scores(n_users, n_items), some_pairs(1, n_users, n_items, 8));
    let test = TestSet::binary(&some_pairs(2, n_users, n_items, 7), &[], &[2, 1]).unwrap();
    let candidates: Vec<bool> =
        (0..n_items).map(|item| !hash(9, 0, item).is_multiple_of(3)).collect();
    let barred = (0..n_items).filter(|&item| !candidates[item]).map(|item| ItemId(item as u32));
    let barred: Vec<ItemId> = barred.collect();
    let starts = (0..=n_users).map(|user| user * barred.len()).collect();
    let rows = Interactions::from_rows(starts, barred.repeat(n_users), n_items).unwrap();
    let names = ["ndcg@10", "auc", "precision_micro@5", "coverage@10"];
    for metrics in [metrics(&names), metrics(&names[..1])] {
        for mask in [&[][..], &[&train]] {
            let all: Vec<&Interactions> = mask.iter().copied().chain([&rows]).collect();
            let expected = evaluate(&scorer, &all, &test, &metrics).unwrap();
            let found = Evaluator::new(&scorer, mask, &metrics).unwrap();
            let found = found.among(&candidates).unwrap().evaluate(&test).unwrap();
            let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(found.values()), bits(expected.values()));
            assert_eq!(bits(&found.means()), bits(&expected.means()));
            assert_eq!(found.relevant_but_masked(), expected.relevant_but_masked());
        }
    }
}

/// As many users and items as would make 2³⁴ pairs, held by a few bytes an item.
#[test]
fn candidates_of_any_number_of_users_and_items() {
    let (n_users, n_items) = (1 << 17, 1 << 17);
    let scorer = ByItem { n_users, n_items };
    let test = matrix(&[(5, (1 << 17) - 1), (7, 3), (9, 0)], n_users, n_items);
    let test = TestSet::binary(&test, &[], &[]).unwrap();
    let candidates: Vec<bool> = (0..n_items).map(|item| item <= 3).collect();
    let metrics = metrics(&["hit@1", "rr@10", "auc"]);
    let found = Evaluator::new(&scorer, &[], &metrics).unwrap();
    let found = found.among(&candidates).unwrap().evaluate(&test).unwrap();
    // Best first: 3, 2, 1, 0. What user 5 wants is no candidate.
    assert_eq!(found.row(0)[..2], [0.0, 0.0]);
    assert_eq!(found.row(1), [1.0, 1.0, 1.0]);
    assert_eq!(found.row(2), [0.0, 0.25, 0.0]);
    assert_eq!(found.relevant_but_masked(), 1);
    let few = Evaluator::new(&scorer, &[], &metrics).unwrap().among(&[true; 3]);
    assert!(matches!(few, Err(Error::Size { found: 3, .. })));
}

/// Items are the better the larger their number.
#[derive(Debug)]
struct ByItem {
    n_users: usize,
    n_items: usize,
}

impl foretaste_model::Scorer for ByItem {
    fn n_users(&self) -> usize {
        self.n_users
    }

    fn n_items(&self) -> usize {
        self.n_items
    }

    fn score_block(&self, _: &[UserId], mut out: ndarray::ArrayViewMut2<'_, f32>) {
        out.indexed_iter_mut().for_each(|((_, item), score)| *score = item as f32);
    }
}
