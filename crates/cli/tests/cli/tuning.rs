//! `tune`: what is tried, what came of it, and what to do with it.

use crate::support::{Folder, Ran, keys, rows};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn tune_prints_the_best_first_and_goes_on_where_it_was() {
    let folder = Folder::trained();
    let arguments = "tune good.csv --model bpr:factors=4,epochs=4 --range lr=log:0.01..0.5 \
                     --range negatives=1..3 --range sampler=uniform|hardest -o trials";
    let json = folder.ok(&format!("{arguments} --trials 4 --json")).json();
    assert_eq!(keys(&json), ["best", "metric", "model", "run", "train", "trials"]);
    assert_eq!(json["trials"].as_array().unwrap().len(), 4);
    let run = json["run"].as_str().unwrap();
    assert!(run.starts_with("bpr:epochs=4,factors=4,lr="), "{run}");
    folder.ok("split good.csv -o parts");
    folder.ok(&format!("compare {run} --data parts"));
    let more = folder.ok(&format!("{arguments} --trials 6 --json"));
    assert_eq!(more.stderr.matches("trial ").count(), 2, "{more:?}");
    assert_eq!(
        more.json()["trials"].as_array().unwrap()[..4],
        json["trials"].as_array().unwrap()[..]
    );
    let csv = folder.ok(&format!("{arguments} --trials 6 --format csv"));
    assert_eq!(csv.cells()[0], ["trial", "ndcg@10", "lr", "negatives", "sampler", "seconds"]);
    let scores: Vec<&str> = csv.cells()[1..].iter().map(|row| row[1]).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

/// Runs a line as a shell would.
fn paste(folder: &Folder, line: &str) -> Ran {
    let words = shlex::split(line).unwrap();
    assert_eq!(words[0], "foretaste", "{line}");
    let ran = folder.run_with(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

/// The line that is printed trains the model that won, whatever the search was told.
#[test]
fn the_best_of_a_search_can_be_pasted_to_train_it() {
    let folder = Folder::trained();
    folder.ok("split good.csv -o parts --valid 0.2 --test 0.2");
    folder.write("semi colon.csv", folder.text("good.csv").replace(',', ";"));
    let range = "lr=log:0.05..0.5";
    let base: [&[&str]; 5] = [
        &["parts", "--model", "bpr:factors=4,epochs=12,schedule=0.97", "--range", "reg=0.0|0.01"],
        &["parts", "--model", "bpr:factors=4,epochs=12", "--metric", "recall@5"],
        &["good.csv", "--model", "nbpo:factors=4,epochs=6,patience=1", "--validate-every", "1"],
        &["semi colon.csv", "--delimiter", ";", "--positive", "rating>=2", "--k-core", "3"],
        &["good.csv", "--valid", "0.3", "--seed", "7", "--columns", "user=user,item=item"],
    ];
    for (n, arguments) in base.iter().enumerate() {
        let trials = format!("trials {n}");
        let mut all = vec!["tune"];
        all.extend(arguments.iter());
        if !arguments.contains(&"--model") {
            all.extend(["--model", "bpr:factors=4,epochs=10"]);
        }
        all.extend(["--range", range, "--range", "sampler=uniform|hardest-of-3"]);
        all.extend(["--trials", "3", "-o", &trials, "--json"]);
        let ran = folder.run_with(&all);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let json = ran.json();
        let line = json["train"].as_str().unwrap();
        assert!(ran.stderr.ends_with(&format!("{line}\n")), "{ran:?}");
        paste(&folder, line);
        let model = format!("{trials}/best.model");
        let info = folder.run_with(&["model", "info", &model, "--json"]).json();
        assert_eq!(info["training"]["metric"], json["best"]["score"], "{line}");
        for (name, value) in json["best"]["config"].as_object().unwrap() {
            // A search validates by another metric only if training is told to be patient.
            if name != "patience" {
                assert_eq!(info["parameters"][name], *value, "{name}: {line}");
            }
        }
    }
}

#[test]
fn a_trial_that_diverges_is_a_trial_that_lost() {
    let folder = Folder::trained();
    let arguments = "tune good.csv --model bpr:factors=4,epochs=4,reg=0 --range lr=0.1|10 --trials 6 -o t --json";
    let json = folder.ok(arguments).json();
    let trials = json["trials"].as_array().unwrap();
    let lost = |trial: &&Value| trial["score"].is_null();
    assert!(trials.iter().any(|trial| lost(&trial)), "{json}");
    assert_eq!(json["best"]["config"]["lr"], 0.1);
    assert!(trials.iter().all(|trial| lost(&trial) == (trial["drawn"]["lr"] == 10)), "{json}");
}

#[test]
fn the_best_run_has_no_parameter_without_effect() {
    let folder = Folder::split();
    let arguments = "tune parts --model relmf:epochs=2,clip=0.1 --range estimator=naive|clipped \
                     --range confidence=2.0..3.0 -o trials --trials 3";
    let said = ["relmf: `confidence` has an effect with the estimator wmf only"];
    folder.fails_saying(2, arguments, &said);
    let arguments = arguments.replace("naive|clipped", "naive|wmf").replace(",clip=0.1", "");
    let json = folder.ok(&format!("{arguments} --json")).json();
    let run = json["run"].as_str().unwrap();
    assert_eq!(run.contains("confidence"), run.contains("wmf"), "{run}");
    folder.ok(&format!("compare {run} --data parts"));
}

#[test]
fn a_changed_file_of_propensities_is_another_training() {
    let folder = Folder::split();
    let items: BTreeSet<u32> = rows().iter().map(|row| row[1]).collect();
    let table = |theta: fn(u32) -> f64| -> String {
        items.iter().map(|item| format!("{item},{}\n", theta(*item))).collect()
    };
    let propensities = folder.path("p.csv").display().to_string();
    let arguments = format!(
        "tune parts --model relmf:epochs=2,propensity=file:{propensities} --range clip=0.0..0.1 \
         --trials 2 -o trials"
    );
    folder.write("p.csv", table(|_| 0.9));
    let trainings = |ran: Ran| ran.lines("relmf: trial ").len();
    assert_eq!(trainings(folder.ok(&arguments)), 2);
    assert_eq!(trainings(folder.ok(&arguments)), 0);
    folder.write("p.csv", table(|item| 1.0 / f64::from(item % 7 + 1)));
    assert_eq!(trainings(folder.ok(&arguments)), 2);
}

#[test]
fn ranges_that_can_not_be_are_refused() {
    let folder = Folder::trained();
    for (options, said) in [
        ("--range lr", ["--range lr: there is no `=`", "NAME=RANGE"]),
        ("--range lr=0.3", ["`0.3` is not of the form", "log:0.01..0.3"]),
        ("--range lr=log:0..1", ["is not of the form", ""]),
        ("--range lr=log:0.1..99", ["lr must be above 0 and at most 10, not 99", ""]),
        ("--range facters=8|16", ["no parameter `facters`", "`factors`"]),
        ("--range factors=0.5..1.5", ["factors = 0.5", ""]),
        ("--range lr=0.1|0.2 --range lr=0.3|0.4", ["lr is given twice", ""]),
        (
            "--model relmf --range factors=4|8 --range confidence=2.0..9.0",
            ["--range confidence=2.0..9.0: relmf: `confidence` has an effect with the", "wmf only"],
        ),
        ("--range lr=0.1|0.2 --trials 0", ["--trials", ""]),
        ("--range lr=0.1|0.2 --metric ndgc@10", ["unknown metric", ""]),
        ("--range lr=0.1|0.2 --valid 2", ["--valid 2: must be above 0 and below 1", ""]),
        ("--range lr=0.1|0.2 --model brp", ["did you mean `bpr`", ""]),
        ("", ["required arguments", "--range"]),
    ] {
        folder.fails_saying(2, &format!("tune good.csv -o t {options}"), &said);
    }
}
