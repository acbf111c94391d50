//! The figures of `ir-measures` (trec_eval), for a run with ties, recomputed.

use foretaste_eval::{Evaluation, Metric, Qrels, Run, evaluate_run};
use serde_json::Value;

/// Of values in [0, 1]: sums of at most 100 terms in f64, in whatever order trec_eval adds them.
const CLOSE: f64 = 1e-9;

const RUN: &str = include_str!("../golden/run.txt");
const QRELS: &str = include_str!("../golden/qrels.txt");
const GRADED: &str = include_str!("../golden/qrels_graded.txt");
const EXPECTED: &str = include_str!("../golden/expected.json");

fn expected(qrels: &str) -> Value {
    serde_json::from_str::<Value>(EXPECTED).unwrap()[qrels].take()
}

fn found(qrels: &str, expected: &Value) -> Evaluation<String> {
    let names = expected["mean"].as_object().unwrap().keys();
    let metrics: Vec<Metric> = names.map(|name| name.parse().unwrap()).collect();
    let run = Run::read(RUN.as_bytes(), "run.txt").unwrap();
    let qrels = Qrels::read(qrels.as_bytes(), "qrels.txt").unwrap();
    evaluate_run(&run, &qrels, &metrics).unwrap()
}

fn check(qrels: &str, expected: &Value) {
    let found = found(qrels, expected);
    assert_eq!(found.metrics().len(), 7 * 5);
    assert_eq!(found.users().len() as u64, expected["users"]);
    assert_eq!(found.users_without_list() as u64, expected["users_without_list"]);
    for (column, (metric, mean)) in found.metrics().iter().zip(found.means()).enumerate() {
        let name = metric.to_string();
        let near = |what: &str, found: f64, expected: &Value| {
            let expected = expected.as_f64().unwrap();
            assert!((found - expected).abs() <= CLOSE, "{what} {name}: {found} {expected}");
        };
        near("mean", mean, &expected["mean"][&name]);
        let per_user = expected["per_user"][&name].as_object().unwrap();
        assert_eq!(per_user.len(), found.users().len());
        for (n, user) in found.users().iter().enumerate() {
            near(user, found.row(n)[column], &per_user[user]);
        }
    }
}

#[test]
fn binary_relevance_is_scored_as_by_trec_eval() {
    check(QRELS, &expected("qrels.txt"));
}

#[test]
fn graded_relevance_is_scored_as_by_trec_eval() {
    check(GRADED, &expected("qrels_graded.txt"));
}

/// If the run had no ties that matter, the golden test would not test them.
#[test]
fn the_golden_run_depends_on_how_ties_are_broken() {
    let reversed: String = RUN
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            let item: f64 = fields[2].parse().unwrap();
            let score = fields[4].parse::<f64>().unwrap() + item * 1e-9;
            format!("{} Q0 {} 0 {score} tag\n", fields[0], fields[2])
        })
        .collect();
    let expected = expected("qrels.txt");
    let ours = found(QRELS, &expected);
    let run = Run::read(reversed.as_bytes(), "reversed").unwrap();
    let qrels = Qrels::read(QRELS.as_bytes(), "qrels.txt").unwrap();
    let theirs = evaluate_run(&run, &qrels, ours.metrics()).unwrap();
    let changed = ours.means().iter().zip(theirs.means()).filter(|(a, b)| *a != b).count();
    assert!(changed > 20, "{changed}");
}
