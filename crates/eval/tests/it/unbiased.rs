//! Propensity-weighted estimates of a scorer's lists.

use crate::support::{metrics, noisy_scores, some_pairs};
use foretaste_data::ItemId;
use foretaste_eval::{
    Error, Evaluator, Kind, TestSet, WeightedList, Weights, ips, popularity_propensities, snips,
};
use foretaste_model::{Query, recommend};

const N_USERS: usize = 150;
const N_ITEMS: usize = 60;

/// User by user, item by item, from the lists that would be recommended.
#[test]
fn summing_over_lists_gives_the_same() {
    let train = some_pairs(1, N_USERS, N_ITEMS, 6);
    let pairs = some_pairs(2, N_USERS, N_ITEMS, 9);
    let (scorer, mask) = (noisy_scores(N_USERS, N_ITEMS), [&train]);
    let unknown: Vec<u32> = (0..N_USERS as u32).map(|user| user % 3).collect();
    let test = TestSet::binary(&pairs, &unknown, &[1, 1]).unwrap();
    let counts = train.item_counts();
    let propensities = popularity_propensities(&counts, 0.5);
    let sums = unknown.iter().map(|&n| f64::from(n) * 20.0).collect();
    let weights = Weights::new(&propensities, 0.05).unwrap().with_unknown(sums, N_USERS).unwrap();
    let metrics =
        metrics(&["ndcg@10:snips", "recall@5:ips", "ndcg_clip@3:ips", "precision@7:snips"]);
    let evaluator = Evaluator::new(&scorer, &mask, &metrics).unwrap().weights(&weights).unwrap();
    let found = evaluator.evaluate(&test).unwrap();
    let lists = recommend(&scorer, test.known_users(), &Query::new(10).exclude(&mask));
    for (n, list) in lists.iter().enumerate() {
        let user = test.known(n);
        let weight = |item: ItemId| 1.0 / propensities[item.index()].max(0.05);
        let hit = |item: &ItemId| user.items.contains(item);
        let listed: Vec<f64> =
            (list.iter()).map(|(item, _)| if hit(item) { weight(*item) } else { 0.0 }).collect();
        let known: f64 = user.items.iter().map(|item| weight(*item)).sum();
        let list = WeightedList {
            weights: &listed,
            total: known + 20.0 * f64::from(unknown[user.user.index()]),
            relevant: user.ideal.relevant(),
        };
        let expected = [
            snips(Kind::Ndcg, list, 10),
            ips(Kind::Recall, list, 5),
            ips(Kind::NdcgClip, list, 3),
            snips(Kind::Precision, list, 7),
        ];
        for (found, expected) in found.row(n).iter().zip(expected) {
            assert!((found - expected.unwrap()).abs() < 1e-12);
        }
    }
    assert!(found.means().iter().all(|mean| *mean > 0.0));
    assert_eq!(found.row(test.n_users() - 1), [0.0; 4]);
}

#[test]
fn relative_propensities_are_enough_for_snips() {
    let pairs = some_pairs(2, N_USERS, N_ITEMS, 9);
    let scorer = noisy_scores(N_USERS, N_ITEMS);
    let test = TestSet::binary(&pairs, &[], &[]).unwrap();
    let metrics = metrics(&["ndcg@10:snips", "ndcg@10:ips", "ndcg@10"]);
    let means = |propensity: &dyn Fn(usize) -> f64| {
        let propensities: Vec<f64> = (0..N_ITEMS).map(propensity).collect();
        let weights = Weights::new(&propensities, 0.0).unwrap();
        let evaluator = Evaluator::new(&scorer, &[], &metrics).unwrap().weights(&weights).unwrap();
        evaluator.evaluate(&test).unwrap().means()
    };
    let (whole, half) = (means(&|n| 1.0 / (n + 1) as f64), means(&|n| 0.5 / (n + 1) as f64));
    assert!((whole[0] - half[0]).abs() < 1e-12 && (whole[1] - half[1]).abs() > 1e-3);
    let same = means(&|_| 0.25);
    assert!((same[0] - same[2]).abs() < 1e-12 && (same[1] - same[2]).abs() > 1e-3);
}

#[test]
fn grades_can_not_be_weighted() {
    let pairs = some_pairs(2, N_USERS, N_ITEMS, 9);
    let test = TestSet::graded(&pairs, &[], &[]).unwrap();
    let scorer = noisy_scores(N_USERS, N_ITEMS);
    let weights = Weights::new(&[1.0; N_ITEMS], 0.0).unwrap();
    let metrics = metrics(&["ndcg@10:snips"]);
    let evaluator = Evaluator::new(&scorer, &[], &metrics).unwrap().weights(&weights).unwrap();
    let error = evaluator.evaluate(&test).unwrap_err();
    assert_eq!(error.to_string(), "metric ndcg@10:snips needs relevance without grades");
    let few = Weights::new(&[1.0; 3], 0.0).unwrap();
    let wrong = Evaluator::new(&scorer, &[], &metrics).unwrap().weights(&few);
    assert!(matches!(wrong, Err(Error::Size { .. })));
}
