//! Figures of methods side by side, and where they come from.

use super::*;
use crate::settings;
use crate::{Assumed, Epoch, HeldOut};
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable, Interactions, ItemId};
use foretaste::eval::{Evaluator, Metric};
use foretaste::io::{ReadOptions, read_interactions_from};
use foretaste::mf::Silent;
use serde_json::json;

/// 40 users; each had one of two items, and the other is held out: 20 users a band. The third
/// band is empty.
fn material(metrics: &[&str]) -> Material {
    let users = IdTable::from_integers((0..40).collect());
    let items = IdTable::from_integers((0..2).collect());
    let part = |of: fn(u32) -> u32| {
        let rows = (0..40).map(|user| ItemId(of(user))).collect();
        let interactions = Interactions::from_rows((0..=40).collect(), rows, 2).unwrap();
        Dataset::new(users.clone(), items.clone(), interactions).unwrap()
    };
    let (train, test) = (part(|user| user % 2), part(|user| 1 - user % 2));
    let metrics: Vec<Metric> = metrics.iter().map(|name| name.parse().unwrap()).collect();
    let held_out = HeldOut::new("", &test, &train, &metrics).unwrap();
    Material::new(train, None, vec![held_out]).unwrap()
}

/// A run of 40 users: user n hits if n is below `hits`; AUC is `auc` for all.
fn run(hits: usize, auc: f64, seconds: Option<f64>) -> Measured {
    let hits = (0..40).map(|user| f64::from(u8::from(user < hits))).collect();
    let history = vec![Epoch { epoch: 1, loss: 0.5, metric: None }];
    let values = vec![hits, vec![auc; 40]];
    let (bands, exposure) = (vec![vec![0.5; 20], vec![0.5; 20], Vec::new()], vec![1, 2]);
    let assumed = Assumed::default();
    let (config, feedback) = (json!({ "seed": 1 }), Value::Null);
    let calibration = Vec::new();
    Measured {
        config,
        seconds,
        history,
        values,
        bands,
        exposure,
        assumed,
        feedback,
        shuffled_features: false,
        calibration,
    }
}

fn compare(baseline: Option<usize>) -> Comparison {
    let methods = vec![
        ("low".to_owned(), vec![run(10, 0.5, None)]),
        ("high".to_owned(), vec![run(20, 0.6, Some(1.0)), run(30, 0.8, Some(2.0))]),
        ("also low".to_owned(), vec![run(10, 0.5, None)]),
    ];
    Comparison::new(&material(&["hit@1", "auc"]), methods, baseline, 1).unwrap()
}

#[test]
fn seeds_are_averaged_and_their_spread_is_said() {
    let comparison = compare(None);
    let [hit, auc] = comparison.rows[1].estimates[..] else { panic!("two columns") };
    assert_eq!(hit.mean, 0.625);
    assert!(hit.low < 0.625 && 0.625 < hit.high && hit.low >= 0.0 && hit.high <= 1.0);
    // Means of .5 and .75, of .6 and .8: sd = |difference| / √2.
    assert!((hit.sd.unwrap() - 0.25 / 2f64.sqrt()).abs() < 1e-15);
    assert!((auc.sd.unwrap() - 0.2 / 2f64.sqrt()).abs() < 1e-15);
    assert!((auc.low - 0.7).abs() < 1e-12 && (auc.high - 0.7).abs() < 1e-12);
    assert_eq!(comparison.rows[0].estimates[0].sd, None);
    let [filled, _, empty] = comparison.rows[0].bands[..] else { panic!("three bands") };
    assert!(filled.mean == 0.5 && empty.mean.is_nan());
    assert_eq!([0, 1].map(|n| comparison.rows[n].seconds), [None, Some(1.5)]);
}

#[test]
fn the_best_is_what_the_others_are_held_against() {
    let comparison = compare(None);
    assert_eq!((comparison.baseline, comparison.pairs.len()), (1, 4));
    let pair = comparison.pair(0, 0).unwrap();
    assert_eq!((pair.a, pair.b, pair.diff), (0, 1, -0.375));
    assert!(pair.high < 0.0 && pair.p_t < 1e-4 && pair.p_wilcoxon < 1e-4);
    // Two equal p-values: both are doubled.
    assert!((pair.p_t_holm - 2.0 * pair.p_t).abs() < 1e-15, "{pair:?}");
    assert!(comparison.pair(1, 0).is_none());
}

#[test]
fn equal_methods_do_not_differ_and_the_first_of_them_is_the_best() {
    let comparison = compare(Some(0));
    let pair = comparison.pair(2, 0).unwrap();
    assert_eq!((pair.diff, pair.low, pair.high), (0.0, 0.0, 0.0));
    assert_eq!([pair.p_t, pair.p_wilcoxon, pair.p_t_holm, pair.p_wilcoxon_holm], [1.0; 4]);
    let twins = || {
        vec![("a".to_owned(), vec![run(9, 0.5, None)]), ("b".to_owned(), vec![run(9, 0.5, None)])]
    };
    let material = material(&["hit@1", "auc"]);
    assert_eq!(Comparison::new(&material, twins(), None, 1).unwrap().baseline, 0);
}

/// What `evaluate` says of a model is what a comparison says of it, and of two their difference
/// is what `eval::compare` says, however users weigh.
#[test]
fn users_weigh_what_they_weigh_in_an_evaluation() {
    let read = |text: &str| {
        let options = ReadOptions::default();
        read_interactions_from(text.as_bytes(), "rows", &options).unwrap().0
    };
    // One test item for a, three for b, two for x, whom the training part does not have.
    let train = read("user,item\na,1\nb,2\nc,1\nc,2\nc,3\nd,4\nd,5\nd,6\nd,4\n");
    let test = read("user,item\na,2\nb,1\nb,3\nb,4\nx,1\nx,2\n");
    let names = ["precision_micro@2", "arp@2", "recall@2"];
    let metrics = names.map(|name| name.parse().unwrap());
    let held_out = HeldOut::new("", &test, &train, &metrics).unwrap();
    let material = Material::new(train.clone(), None, vec![held_out]).unwrap();
    let fit = |name: &str| {
        let method = foretaste::method(name).unwrap();
        let epochs = [("epochs".to_owned(), 1.into())];
        let method = settings::with(&method, &epochs).unwrap_or(method);
        Recommender::fit(&method, train.clone(), &mut Silent).unwrap()
    };
    let models = [fit("popularity"), fit("bpr")];
    let measured = models.each_ref().map(|m| Measured::of(m, None, &material).unwrap());
    let runs = ["a", "b"].map(str::to_owned).into_iter().zip(measured.map(|run| vec![run]));
    let comparison = Comparison::new(&material, runs.collect(), Some(0), 7).unwrap();
    let counts = train.interactions().item_counts();
    let evaluations = models.each_ref().map(|model| {
        let mask = [train.interactions()];
        let evaluator = Evaluator::new(model.scorer(), &mask, &metrics).unwrap();
        let evaluator = evaluator.popularity(&counts).unwrap();
        evaluator.evaluate(&material.held_out[0].test).unwrap()
    });
    for (row, evaluation) in comparison.rows.iter().zip(&evaluations) {
        for (estimate, summary) in row.estimates.iter().zip(evaluation.summary(7)) {
            let found = (estimate.mean, estimate.low, estimate.high);
            assert_eq!(found, (summary.mean, summary.low, summary.high), "{}", summary.metric);
        }
    }
    // Places: one of a, two of b, two of x. Popularity lists 2 and 3 for a, 1 and 3 for b.
    assert_eq!(comparison.rows[0].estimates[0].mean, 3.0 / 5.0);
    let pairs = eval::compare(&evaluations[1], &evaluations[0], 7).unwrap();
    for (pair, expected) in comparison.pairs.iter().zip(pairs) {
        assert_eq!((pair.diff, pair.low, pair.high), (expected.diff, expected.low, expected.high));
        assert_eq!((pair.p_t, pair.p_wilcoxon), (expected.p_t, expected.p_wilcoxon));
    }
}

#[test]
fn what_was_measured_on_other_material_is_an_error() {
    let mut short = run(10, 0.5, None);
    short.values[1].pop();
    let methods = vec![("short".to_owned(), vec![short])];
    let found = Comparison::new(&material(&["hit@1", "auc"]), methods, None, 1);
    assert!(matches!(found, Err(Error::Eval(eval::Error::Size { .. }))), "{found:?}");
}
