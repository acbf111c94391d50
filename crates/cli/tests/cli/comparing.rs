//! `compare`: models and methods side by side, and what can't be compared.

use crate::support::{Folder, Ran, keys};
use serde_json::{Value, json};

/// A folder with `parts`, split in three, and `part.model`, trained on their training part.
const SMALL: &str = "small=bpr:factors=4,epochs=5";

fn compare(folder: &Folder, arguments: &str) -> Ran {
    folder.ok(&format!("compare --data parts {arguments}"))
}

fn row<'a>(json: &'a Value, name: &str) -> &'a Value {
    let rows = json["rows"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}: {json}"))
}

#[test]
fn json_has_the_documented_members() {
    let folder = Folder::split();
    let runs = format!("popularity part.model {SMALL} --seeds 3");
    let json = compare(&folder, &format!("{runs} --json")).json();
    assert_eq!(keys(&json), ["baseline", "pairs", "rows", "test"]);
    let names: Vec<&str> =
        json["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["popularity", "part", "small"]);
    for (name, seeds) in [("popularity", json!([])), ("small", json!([42, 43, 44]))] {
        let row = row(&json, name);
        assert_eq!(keys(row), ["config", "metrics", "name", "seconds", "seeds"]);
        assert_eq!(keys(&row["metrics"]), ["ndcg@10", "recall@20"]);
        assert_eq!(row["seeds"], seeds, "{name}");
        assert!(row["seconds"].is_number());
    }
    assert!(row(&json, "part")["seconds"].is_null(), "it was trained before");
    assert_eq!(keys(&row(&json, "small")["metrics"]["ndcg@10"]), ["high", "low", "mean", "sd"]);
    assert_eq!(keys(&row(&json, "popularity")["metrics"]["ndcg@10"]), ["high", "low", "mean"]);
    let members = [
        "a",
        "b",
        "diff",
        "high",
        "low",
        "metric",
        "p_t",
        "p_t_holm",
        "p_wilcoxon",
        "p_wilcoxon_holm",
    ];
    let pairs = json["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 4, "two others, two metrics");
    for pair in pairs {
        assert_eq!(keys(pair), members);
        assert_eq!(pair["b"], json["baseline"]);
        let mean = |name: &Value| {
            row(&json, name.as_str().unwrap())["metrics"][pair["metric"].as_str().unwrap()]["mean"]
                .as_f64()
                .unwrap()
        };
        let difference = mean(&pair["a"]) - mean(&pair["b"]);
        assert!((pair["diff"].as_f64().unwrap() - difference).abs() < 1e-12, "{pair}");
    }
}

#[test]
fn a_method_is_what_train_and_evaluate_make_of_it() {
    let folder = Folder::split();
    folder.ok("train parts -o one.model --factors 4 --epochs 5 --seed 7");
    let metrics = "--metrics ndcg@10,auc";
    let evaluated = folder.ok(&format!("evaluate one.model parts {metrics} --json")).json();
    let arguments = format!("{SMALL} one.model --seed 7 {metrics} --json");
    let json = compare(&folder, &arguments).json();
    for name in ["small", "one"] {
        for metric in ["ndcg@10", "auc"] {
            let (here, there) =
                (&row(&json, name)["metrics"][metric], &evaluated["metrics"][metric]);
            let close =
                |end: &str| (here[end].as_f64().unwrap() - there[end].as_f64().unwrap()).abs();
            assert!(close("mean") < 1e-12, "{name} {metric}: {here} {there}");
        }
    }
    let pair = &json["pairs"][0];
    assert_eq!(
        (&pair["diff"], &pair["p_t"], &pair["p_wilcoxon"]),
        (&json!(0.0), &json!(1.0), &json!(1.0))
    );
}

#[test]
fn the_table_says_what_json_says() {
    let folder = Folder::split();
    let runs = format!("popularity {SMALL} --seeds 2 --metrics rr,auc -k 5,7");
    let table = compare(&folder, &runs).stdout;
    let json = compare(&folder, &format!("{runs} --json")).json();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].contains("40 test users") && lines[0].contains("± sd over seeds"), "{table}");
    assert_eq!(
        lines[1].split_whitespace().collect::<Vec<_>>(),
        ["method", "rr@5", "rr@7", "auc", "seconds"]
    );
    let mean = row(&json, "popularity")["metrics"]["rr@7"]["mean"].as_f64().unwrap();
    assert!(lines[2].contains(&format!("{mean:.4}")), "{table}");
    assert!(
        table.contains(&format!("Paired differences from {}", json["baseline"].as_str().unwrap()))
    );
}

#[test]
fn a_cut_off_alone_is_that_of_the_usual_metrics() {
    let folder = Folder::split();
    let json = compare(&folder, "popularity -k 3,7 --json").json();
    let metrics = keys(&json["rows"][0]["metrics"]);
    assert_eq!(metrics, ["ndcg@3", "ndcg@7", "recall@3", "recall@7"]);
}

#[test]
fn the_baseline_may_be_named() {
    let folder = Folder::split();
    let json = compare(&folder, &format!("popularity {SMALL} --baseline popularity --json")).json();
    assert_eq!(
        (&json["baseline"], &json["pairs"][0]["a"]),
        (&json!("popularity"), &json!("small"))
    );
    let alone = compare(&folder, "popularity --json").json();
    assert_eq!(alone["pairs"], json!([]));
}

#[test]
fn a_gate_that_is_not_met_is_exit_code_5_after_the_results() {
    let folder = Folder::split();
    let arguments = format!("compare --data parts popularity {SMALL} --fail-below");
    let missed =
        folder.run(&format!("{arguments} small:ndcg@10:0.99 --fail-below popularity:ndcg@10:0.01"));
    assert_eq!(missed.code, Some(5), "{missed:?}");
    assert!(missed.stdout.contains("popularity"), "{missed:?}");
    let error = missed.lines("error: ").join("\n");
    assert!(error.contains("ndcg@10 of small is 0.") && error.contains("below 0.99"), "{missed:?}");
    assert!(!error.contains("popularity"));
    folder.ok(&format!("{arguments} small:ndcg@10:0.01"));
}

#[test]
fn models_of_other_data_are_refused() {
    let folder = Folder::split();
    folder.ok("split good.csv -o others --valid 0.2 --test 0.2 --seed 7");
    for (data, model) in [("others", "part.model"), ("parts", "good.model")] {
        let said = [
            &format!("{model} was trained on other data than {data}")[..],
            "fingerprint",
            "this very folder",
        ];
        folder.fails_saying(3, &format!("compare popularity {model} --data {data}"), &said);
    }
}

#[test]
fn what_can_not_be_compared_is_said_before_anything_is_trained() {
    let folder = Folder::split();
    std::fs::create_dir(folder.path("bare")).unwrap();
    folder.write("bare/train.csv", "user,item\n1,1\n1,2\n2,2\n");
    for (code, arguments, said) in [
        (2, "brp --data parts", ["no method `brp` (did you mean `bpr`?)", "no file of this name"]),
        (2, "bpr:facters=8 --data parts", ["no parameter `facters`", "`factors`"]),
        (2, "bpr:factors=0 --data parts", ["factors must be from 1 to 4096, not 0", ""]),
        (2, "bpr:factors=x --data parts", ["bpr: factors = \"x\"", "invalid type"]),
        (2, "bpr:seed=3 --data parts", ["parameters without a seed", ""]),
        (2, "bpr bpr --data parts", ["two of the compared are called `bpr`", "NAME=RUN"]),
        (2, "bpr --data parts --seeds 0", ["0", "--seeds"]),
        (2, "bpr --data parts --metrics ndgc@10", ["\"ndgc\"", "\"ndcg@10\"?"]),
        (2, "bpr --data parts --metrics auc,auc", ["auc is listed twice", ""]),
        (2, "bpr --data parts --metrics ndcg", ["needs a cut-off", "-k 10"]),
        (2, "bpr --data parts -k 0", ["'0' for '-k <K>'", "a whole number from 1"]),
        (
            2,
            "bpr --data parts --metrics ndcg@10 -k 5",
            ["-k is of no use", "--metrics ndcg,recall"],
        ),
        (2, "bpr --data parts --metrics hr@10,hit@10", ["hit@10 is listed twice", ""]),
        (2, "bpr --data parts -k 500", ["ndcg@500: the model has only 30 items", "smaller"]),
        (2, "bpr --data parts --baseline bqr", ["none of the compared is called `bqr`", "bpr"]),
        (2, "bpr --data parts --fail-below bpr:0.3", ["NAME:metric@k:value", ""]),
        (
            2,
            "bpr --data parts --fail-below x:ndcg@10:0.3",
            ["none of the compared is called `x`", ""],
        ),
        (
            2,
            "bpr --data parts --fail-below bpr:rr@10:0.3",
            ["rr@10 is not measured", "--metrics ndcg@10,recall@20,rr@10"],
        ),
        (2, "bpr", ["required arguments", "--data"]),
        (2, "--data parts", ["required arguments", "RUN"]),
        (2, "bpr --data good.csv", ["good.csv: is a file", "foretaste split"]),
        (3, "bpr --data nowhere", ["nowhere: no such file", ""]),
        (3, "bpr --data bare", ["bare: there is no test.csv", "foretaste split"]),
        (4, "good.csv --data parts", ["good.csv", ""]),
    ] {
        folder.fails_saying(code, &format!("compare {arguments}"), &said);
    }
    folder.write("bare/test.csv", "user,item\n8,1\n9,2\n");
    let said = ["bare/test.csv: no user of the test part is in the training part"];
    folder.fails_saying(3, "compare bpr --data bare", &said);
}

#[test]
fn the_report_is_one_file_that_is_not_replaced_unasked() {
    let folder = Folder::split();
    let arguments = format!("popularity {SMALL} --seeds 2 --report page.html");
    let ran = compare(&folder, &arguments);
    assert!(ran.stderr.contains("wrote page.html"), "{ran:?}");
    let page = folder.text("page.html");
    for part in ["popularity and small on parts", "ndcg@10", "Differences from", "Fingerprint"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("<script"));
    folder.fails_saying(2, &format!("compare --data parts {arguments}"), &["page.html", "--force"]);
    compare(&folder, &format!("{arguments} --force"));
    assert!(!folder.names().iter().any(|name| name.contains("tmp")));
}

#[test]
fn the_report_shows_what_methods_assume_of_items_also_of_those_read_from_files() {
    let folder = Folder::split();
    folder.ok("train parts/train.csv -o ips.model --model relmf --factors 2 --epochs 1");
    compare(&folder, &format!("popularity {SMALL} --report neither.html"));
    compare(&folder, "ips.model nbpo:factors=2,epochs=1 --report both.html");
    let (neither, both) = (folder.text("neither.html"), folder.text("both.html"));
    for plot in ["Scores by propensity", "Flip probability by clicks"] {
        assert!(both.contains(plot) && !neither.contains(plot), "{plot}");
    }
}

#[test]
fn metrics_of_all_lists_and_of_propensities_are_refused() {
    let folder = Folder::split();
    for metric in ["coverage@10", "ndcg@10:snips"] {
        let said = [&format!("methods can't be compared by {metric}")[..]];
        folder.fails_saying(2, &format!("compare bpr --data parts --metrics {metric}"), &said);
    }
}

#[test]
fn what_says_nothing_of_held_out_items_is_measured_but_validates_nothing() {
    let folder = Folder::split();
    let run = "bpr:factors=4,epochs=20";
    let ndcg = |metrics: &str| {
        let json =
            compare(&folder, &format!("popularity m={run} --metrics {metrics} --json")).json();
        row(&json, "m")["metrics"]["ndcg@10"]["mean"].clone()
    };
    assert_eq!(ndcg("novelty@10,ndcg@10"), ndcg("ndcg@10"));
    folder.fails_saying(
        2,
        "tune parts --range lr=0.1|0.2 --metric novelty@10 -o trials",
        &["novelty@10", "no model can be chosen by it"],
    );
}
