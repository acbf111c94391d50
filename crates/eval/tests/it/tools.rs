//! The figures of trec_eval, ir-measures and ranx for three runs, recomputed.

use foretaste_eval::{Metric, Qrels, Run, evaluate_run};
use serde_json::Value;
use std::collections::BTreeSet;

/// Of values in [0, 1]: sums of at most 20 terms in f64, in whatever order a tool adds them.
const CLOSE: f64 = 1e-9;

const EXPECTED: &str = include_str!("../golden/tools.json");

fn file(name: &str) -> &'static str {
    match name {
        "tools_ties.txt" => include_str!("../golden/tools_ties.txt"),
        "tools_short.txt" => include_str!("../golden/tools_short.txt"),
        "tools_long.txt" => include_str!("../golden/tools_long.txt"),
        "tools_binary.txt" => include_str!("../golden/tools_binary.txt"),
        "tools_graded.txt" => include_str!("../golden/tools_graded.txt"),
        other => panic!("{other} is not a golden file"),
    }
}

fn check(case: &Value) {
    let name = |member: &str| case[member].as_str().unwrap();
    let run = Run::read(file(name("run")).as_bytes(), "run").unwrap();
    let qrels = Qrels::read(file(name("qrels")).as_bytes(), "qrels").unwrap();
    let users: Vec<&str> =
        case["users"].as_array().unwrap().iter().map(|user| user.as_str().unwrap()).collect();
    for (tool, values) in case["tools"].as_object().unwrap() {
        let values = values.as_object().unwrap();
        let metrics: Vec<Metric> = values.keys().map(|name| name.parse().unwrap()).collect();
        assert_eq!(metrics.len(), 7 * 3);
        let found = evaluate_run(&run, &qrels, &metrics).unwrap();
        assert_eq!(found.users(), users);
        assert_eq!(found.users_without_list() as u64, case["users_without_list"]);
        for ((column, expected), mean) in values.values().enumerate().zip(found.means()) {
            let what = format!("{} by {tool}, {}, {}", metrics[column], name("run"), name("qrels"));
            let expected: Vec<f64> =
                expected.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
            assert_eq!(expected.len(), users.len());
            for (n, expected) in expected.iter().enumerate() {
                let found = found.row(n)[column];
                assert!((found - expected).abs() <= CLOSE, "{what}, user {n}: {found} {expected}");
            }
            let theirs = expected.iter().sum::<f64>() / expected.len() as f64;
            assert!(theirs > 0.0 && (mean - theirs).abs() <= CLOSE, "{what}: {mean} {theirs}");
        }
    }
}

#[test]
fn three_tools_score_three_runs_as_we_do() {
    let golden: Value = serde_json::from_str(EXPECTED).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    for tool in ["ir-measures", "pytrec-eval-terrier", "ranx"] {
        assert!(golden["made_by"][tool].is_string(), "{tool}");
    }
    let runs: BTreeSet<&str> = cases.iter().map(|case| case["run"].as_str().unwrap()).collect();
    assert_eq!((cases.len(), runs.len()), (6, 3));
    assert!(cases.iter().all(|case| case["tools"].as_object().unwrap().len() == 3));
    cases.iter().for_each(check);
}
