//! Evaluation of scorers.

use crate::support::{Table, matrix, metrics, noisy_scores, some_pairs};
use foretaste_data::{Interactions, UserId};
use foretaste_eval::{Error, Evaluation, Ideal, Metric, TestSet, auc, evaluate};
use ndarray::array;

const ALL: [&str; 11] = [
    "ndcg@10",
    "recall@20",
    "precision@5",
    "ap@10",
    "rr@10",
    "hit@1",
    "f1@3",
    "recall_min@5",
    "ap_min@100",
    "ndcg_clip@10",
    "auc",
];

fn binary(test: &Interactions) -> TestSet {
    TestSet::binary(test, &[], &[]).unwrap()
}

#[test]
fn a_case_worked_by_hand() {
    // User 0: 1 is masked; the list is 3, 0, 2 (0 and 2 tie); relevant are 2 and 1 (masked).
    // User 1: relevant is 0, at rank 1. User 2 has no test item. One user is unknown.
    let scorer = Table(array![[0.5, 9.0, 0.5, 0.7], [4.0, 3.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0]]);
    let mask = matrix(&[(0, 1)], 3, 4);
    let test = matrix(&[(0, 1), (0, 2), (1, 0)], 3, 4);
    let test = TestSet::binary(&test, &[1, 0, 0], &[1]).unwrap();
    let metrics = metrics(&["recall@3", "rr@3", "precision@10", "auc"]);
    let found = evaluate(&scorer, &[&mask], &test, &metrics).unwrap();
    assert_eq!(found.users(), [Some(UserId(0)), Some(UserId(1)), None]);
    assert_eq!((found.users_without_list(), found.relevant_but_masked()), (1, 1));
    // R of user 0 is 3: one listed, one masked, one unknown to the model.
    assert_eq!(found.row(0), [1.0 / 3.0, 1.0 / 3.0, 0.1, 0.25]);
    assert_eq!(found.row(1), [1.0, 1.0, 0.1, 1.0]);
    assert_eq!(found.row(2), [0.0; 4]);
    assert_eq!(found.mean(Metric::AUC), Some(1.25 / 3.0));
}

#[test]
fn a_user_for_whom_nothing_can_be_listed_scores_0_and_is_counted() {
    let scorer = Table(array![[f32::NAN, f32::NEG_INFINITY], [1.0, 2.0], [1.0, 2.0]]);
    let test = binary(&matrix(&[(0, 0), (1, 0), (2, 1)], 3, 2));
    let mask = matrix(&[(1, 0), (1, 1)], 3, 2);
    for names in [&["hit@2", "auc"][..], &["auc"], &["hit@2"]] {
        let found = evaluate(&scorer, &[&mask], &test, &metrics(names)).unwrap();
        assert_eq!((found.users_without_list(), found.relevant_but_masked()), (2, 1));
        assert_eq!(found.means(), vec![1.0 / 3.0; names.len()]);
    }
}

#[test]
fn without_a_pair_to_compare_auc_is_one_half() {
    let scorer = Table(array![[1.0, 2.0]]);
    let found = |mask: &[&Interactions], pairs: &[(u32, u32)]| {
        let test = binary(&matrix(pairs, 1, 2));
        evaluate(&scorer, mask, &test, &[Metric::AUC]).unwrap().values().to_vec()
    };
    assert_eq!(found(&[], &[(0, 0), (0, 1)]), [0.5]);
    assert_eq!(found(&[&matrix(&[(0, 0)], 1, 2)], &[(0, 1)]), [0.5]);
    assert_eq!(found(&[], &[(0, 1)]), [1.0]);
}

/// The whole once more, by sorting all items of each user.
fn naive(scorer: &Table, mask: &[&Interactions], test: &TestSet, metrics: &[Metric]) -> Vec<f64> {
    let mut values = Vec::new();
    for test in (0..test.known_users().len()).map(|n| test.known(n)) {
        let row = scorer.0.row(test.user.index()).to_vec();
        let is_masked = |item: &_| mask.iter().any(|mask| mask.contains(test.user, *item));
        let all = || (0..row.len() as u32).map(foretaste_data::ItemId);
        let masked: Vec<_> = all().filter(is_masked).collect();
        let mut list: Vec<_> = all().filter(|item| !is_masked(item)).collect();
        list.retain(|item| row[item.index()] > f32::NEG_INFINITY);
        list.sort_by(|a, b| row[b.index()].partial_cmp(&row[a.index()]).unwrap());
        let gains: Vec<f64> = list.iter().map(|item| test.gain(*item)).collect();
        let relevant: Vec<_> = test.items.iter().copied().filter(|i| !is_masked(i)).collect();
        let auc = auc(&row, &relevant, &masked).unwrap_or(0.5);
        let value = |metric: &Metric| metric.of_list(&gains, test.ideal).unwrap_or(auc);
        values.extend(metrics.iter().map(value));
    }
    values
}

fn noisy() -> (Table, [Interactions; 2], TestSet) {
    let (n_users, n_items) = (300, 170);
    let masks = [some_pairs(1, n_users, n_items, 9), some_pairs(2, n_users, n_items, 15)];
    let unknown: Vec<Vec<f32>> = (0..n_users).map(|user| vec![2.0; user % 3]).collect();
    let test = some_pairs(3, n_users, n_items, 12);
    let test = TestSet::graded(&test, &unknown, &[3, 1, 4, 1]).unwrap();
    (noisy_scores(n_users, n_items), masks, test)
}

#[test]
fn sorting_all_items_of_each_user_gives_the_same() {
    let (scorer, [train, valid], test) = noisy();
    let metrics = metrics(&ALL);
    for mask in [&[][..], &[&train], &[&train, &valid], &[&valid, &valid]] {
        let found = evaluate(&scorer, mask, &test, &metrics).unwrap();
        let expected = naive(&scorer, mask, &test, &metrics);
        let known = expected.len();
        assert_eq!(found.values()[..known], expected);
        assert_eq!(found.values()[known..], vec![0.0; 4 * metrics.len()]);
        assert_eq!(found.relevant_but_masked() > 0, !mask.is_empty());
    }
}

#[test]
fn grades_of_1_are_binary_relevance() {
    let (scorer, test) = (noisy_scores(50, 40), some_pairs(4, 50, 40, 6));
    let ones = Interactions::from_rows(test.starts().to_vec(), test.items().to_vec(), 40).unwrap();
    let graded = TestSet::graded(&ones, &[], &[]).unwrap();
    assert!(matches!(graded.known(0).ideal, Ideal::Graded(_)));
    let found = |test: &TestSet| evaluate(&scorer, &[], test, &metrics(&ALL)).unwrap();
    assert_eq!(found(&graded), found(&binary(&test)));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (scorer, [train, valid], test) = noisy();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let found = evaluate(&scorer, &[&train, &valid], &test, &metrics(&ALL)).unwrap();
            let summary = found.summary(42);
            (found, summary)
        })
    };
    let ((one, summary), (two, again)) = (with(1), with(2));
    let bits = |found: &Evaluation| found.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&one), bits(&two));
    assert_eq!((one, summary), (two, again));
}

#[test]
fn a_cut_off_beyond_all_items_is_fine() {
    let (scorer, [train, _], test) = noisy();
    let metrics = metrics(&["recall@4000000000", "recall@170"]);
    let found = evaluate(&scorer, &[&train], &test, &metrics).unwrap();
    assert_eq!(found.means()[0], found.means()[1]);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let scorer = Table(array![[1.0, 2.0]]);
    let test = binary(&matrix(&[(0, 0)], 1, 2));
    let hit = metrics(&["hit@1"]);
    let size = |found| matches!(found, Err(Error::Size { .. }));
    assert!(size(evaluate(&scorer, &[&matrix(&[], 1, 3)], &test, &hit)));
    assert!(size(evaluate(&scorer, &[], &binary(&matrix(&[(0, 0)], 2, 2)), &hit)));
    let twice = evaluate(&scorer, &[], &test, &metrics(&["map@3", "ap@3"]));
    assert_eq!(twice.unwrap_err().to_string(), "metric ap@3 is listed twice");
    let nobody = evaluate(&scorer, &[], &binary(&matrix(&[], 1, 2)), &hit);
    assert!(matches!(nobody, Err(Error::NoTestUsers)));
}
