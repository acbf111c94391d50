//! Metrics beyond accuracy, users of different weight, several test sets at once.

use crate::support::{Table, matrix, metrics, noisy_scores, some_pairs};
use foretaste_data::{Dataset, IdTable, Interactions, ItemId};
use foretaste_eval::{
    Band, Bands, Error, Evaluation, Evaluator, Metric, Qrels, Run, TestSet, compare, evaluate_run,
};
use ndarray::array;

fn binary(test: &Interactions, unknown: &[u32]) -> TestSet {
    TestSet::binary(test, &[], unknown).unwrap()
}

#[test]
fn a_catalogue_worked_by_hand() {
    // Lists at 2: [3, 2] and [3, 1] (0 is masked for user 1); user 2 has no test item.
    let scorer = Table(array![[1.0, 2.0, 3.0, 4.0], [9.0, 3.0, 1.0, 4.0], [9.0, 1.0, 1.0, 1.0]]);
    let mask = matrix(&[(1, 0)], 3, 4);
    let test = binary(&matrix(&[(0, 3), (1, 0)], 3, 4), &[1]);
    let metrics = metrics(&["coverage@2", "gini@2", "arp@2", "novelty@2", "coverage@1", "hit@2"]);
    let mask = [&mask];
    let found = Evaluator::new(&scorer, &mask, &metrics)
        .unwrap()
        .popularity(&[3, 0, 1, 2])
        .unwrap()
        .evaluate(&test)
        .unwrap();
    // Exposure 0, 1, 1, 2: (−1·1 + 1·1 + 3·2) / (4·4). Popularity 2, 1 and 2, 0; of 3 users.
    let information = |count: f64| (3.0 / count).log2();
    let novelty = (information(2.0) + information(1.0)) / 2.0;
    let expected = [0.75, 6.0 / 16.0, 1.25, novelty, 0.25, 1.0 / 3.0];
    for (found, expected) in found.means().into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
    }
    // A metric of the run has no value for a user, and one of lists none for a user without one.
    let is_nan = |n: usize| found.row(n).iter().map(|value| value.is_nan()).collect::<Vec<_>>();
    assert_eq!(is_nan(0), [true, true, false, false, true, false]);
    assert_eq!(is_nan(2), [true, true, true, true, true, false]);
    let summary = found.summary(1);
    assert!(summary[0].low.is_nan() && summary[2].low == 1.0 && summary[2].high == 1.5);
}

#[test]
fn micro_precision_is_all_hits_over_all_places() {
    let (scorer, test) = (noisy_scores(80, 40), some_pairs(4, 80, 40, 9));
    let metrics = metrics(&["precision_micro@5", "recall_min@5", "hit@40"]);
    let test = binary(&test, &[1, 9, 3]);
    let found = Evaluator::new(&scorer, &[], &metrics).unwrap().evaluate(&test).unwrap();
    let (mut hits, mut places) = (0.0, 0.0);
    for n in 0..test.known_users().len() {
        let most = test.known(n).items.len().min(5) as f64;
        hits += (found.row(n)[1] * most).round();
        places += most;
    }
    // Places of users without a list stay empty: at most one, five and three.
    places += 1.0 + 5.0 + 3.0;
    assert!((found.means()[0] - hits / places).abs() < 1e-13);
    assert!((found.means()[0] - found.means()[1]).abs() > 1e-3);
    let summary = found.summary(5)[0];
    assert!(summary.low < summary.mean && summary.mean < summary.high);
}

/// What was computed before has the same means, intervals and differences again.
#[test]
fn values_are_an_evaluation_again() {
    let (scorer, train) = (noisy_scores(80, 40), some_pairs(1, 80, 40, 9));
    let test = binary(&some_pairs(4, 80, 40, 9), &[1, 9, 3]);
    let metrics = metrics(&["precision_micro@5", "novelty@3", "auc"]);
    let (counts, mask) = (train.item_counts(), [&train]);
    let of = |mask: &[&Interactions]| {
        let evaluator = Evaluator::new(&scorer, mask, &metrics).unwrap();
        evaluator.popularity(&counts).unwrap().evaluate(&test).unwrap()
    };
    let (a, b) = (of(&mask), of(&[]));
    let again = |found: &Evaluation| {
        Evaluation::of_values(&test, &metrics, found.values().to_vec()).unwrap()
    };
    assert_eq!(again(&a).summary(3), a.summary(3));
    assert_eq!(compare(&again(&a), &again(&b), 3).unwrap(), compare(&a, &b, 3).unwrap());
    let few = Evaluation::of_values(&test, &metrics, vec![0.5; 7]);
    assert!(matches!(few, Err(Error::Size { found: 7, .. })));
    // Over runs: means of means, where users weigh the same in all.
    let runs = [a.clone(), b.clone()];
    let mean = Evaluation::over_runs(&runs).unwrap().unwrap();
    for n in [0, 2] {
        assert!((mean.means()[n] - (a.means()[n] + b.means()[n]) / 2.0).abs() < 1e-13);
    }
    assert!(Evaluation::<u8>::over_runs(&[]).unwrap().is_none());
    let other = Evaluator::new(&scorer, &[], &metrics[2..]).unwrap().evaluate(&test).unwrap();
    let found = Evaluation::over_runs(&[a, other]);
    assert!(matches!(found, Err(Error::NotPaired { what: "metrics" })));
}

#[test]
fn micro_precision_of_a_run_file() {
    let run =
        Run::read(&b"u Q0 1 1 9 t\nu Q0 2 1 8 t\nv Q0 1 1 9 t\nv Q0 3 1 8 t"[..], "r").unwrap();
    let qrels = Qrels::read(&b"u 0 1 1\nv 0 7 1\nv 0 8 1\nv 0 3 1"[..], "q").unwrap();
    let metrics = metrics(&["precision_micro@2"]);
    // 1 hit of min(2, 1) places, and 1 of min(2, 3).
    assert_eq!(evaluate_run(&run, &qrels, &metrics).unwrap().means(), [2.0 / 3.0]);
    for name in ["coverage@3", "arp@1", "dcg_saito@3", "ndcg@3:snips"] {
        let metric: Metric = name.parse().unwrap();
        let found = evaluate_run(&run, &qrels, &[metric]);
        assert!(matches!(found, Err(Error::NotOfLists { .. })), "{name}");
    }
}

/// A data set under ids that are not those of the scorer's indices.
fn dataset(interactions: Interactions) -> Dataset {
    let ids = |n: usize| IdTable::from_integers((0..n as i64).map(|id| 10 * id).collect());
    let (users, items) = (ids(interactions.n_users()), ids(interactions.n_items()));
    Dataset::new(users, items, interactions).unwrap()
}

#[test]
fn several_test_sets_are_scored_as_each_by_itself() {
    let (n_users, n_items) = (120, 60);
    let (scorer, train) = (noisy_scores(n_users, n_items), some_pairs(1, n_users, n_items, 7));
    let test = dataset(some_pairs(2, n_users + 9, n_items + 6, 8));
    let ids = dataset(train.clone());
    let (counts, mask) = (train.item_counts(), [&train]);
    let bands = Bands::new(&counts);
    let of = |band: Band| {
        let keep = |item: Option<ItemId>| bands.of(item) == band;
        TestSet::of_dataset(&test, ids.users(), ids.items(), keep).unwrap()
    };
    let whole = TestSet::of_dataset(&test, ids.users(), ids.items(), |_| true).unwrap();
    let parts = Band::ALL.map(of);
    assert_eq!(whole.n_relevant(), test.interactions().nnz());
    assert_eq!(parts.iter().map(TestSet::n_relevant).sum::<usize>(), whole.n_relevant());
    assert!(whole.unknown_users().len() == 9 && parts[2].unknown_users().len() <= 9);
    let metrics = metrics(&["ndcg@10", "recall@5", "auc", "coverage@5", "novelty@3"]);
    let evaluator = Evaluator::new(&scorer, &mask, &metrics).unwrap().popularity(&counts).unwrap();
    let all = [&whole, &parts[0], &parts[1], &parts[2]];
    let together = evaluator.evaluate_each(&all).unwrap();
    for (together, test) in together.iter().zip(all) {
        let alone = evaluator.evaluate(test).unwrap();
        assert_eq!((together.users(), together.means()), (alone.users(), alone.means()));
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(together.values()), bits(alone.values()));
    }
    // Hits of the bands are the hits of the whole.
    let hits = |n: usize, found: &Evaluation| {
        let known = all[n].known_users().len();
        (0..known)
            .map(|at| found.row(at)[1] * all[n].known(at).ideal.relevant() as f64)
            .sum::<f64>()
    };
    let of_bands: f64 = (1..4).map(|n| hits(n, &together[n])).sum();
    assert!((hits(0, &together[0]) - of_bands).abs() < 1e-9);
}

#[test]
fn what_a_metric_needs_has_to_be_given() {
    let scorer = Table(array![[1.0, 2.0]]);
    let test = binary(&matrix(&[(0, 0)], 1, 2), &[]);
    let error = |name: &str| {
        let metrics = metrics(&[name]);
        let found = Evaluator::new(&scorer, &[], &metrics).unwrap().evaluate(&test);
        found.unwrap_err().to_string()
    };
    assert_eq!(error("arp@1"), "metric arp@1 needs the popularity of items");
    assert_eq!(error("ndcg@1:ips"), "metric ndcg@1:ips needs propensities");
    assert!(error("dcg_saito@3").contains("rated at random"));
    let metrics = metrics(&["hit@1"]);
    let evaluator = Evaluator::new(&scorer, &[], &metrics).unwrap();
    assert!(matches!(evaluator.popularity(&[1]), Err(Error::Size { .. })));
}
