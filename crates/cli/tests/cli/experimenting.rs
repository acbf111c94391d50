//! `experiment`: files of work to do, work that is done once, and what can't be done.

use crate::support::{Folder, Ran, keys};
use serde_json::{Value, json};

const FILE: &str = r#"
title = "Small and smaller"
metrics = ["ndcg@5", "auc"]
seeds = [1, 2]

[data]
path = "good.csv"

[split]
valid = 0.2
test = 0.2

[validation]
every = 2

[[methods]]
model = "popularity"

[[methods]]
name = "small"
model = "bpr"
params = { factors = 4, epochs = 4, sampler = "uniform" }

[[methods]]
name = "tuned"
model = "bpr"
params = { factors = 4, epochs = 4 }
search = { lr = { log = [0.01, 0.5] }, reg = { uniform = [0.0, 0.1] } }
trials = 3
"#;

/// A folder with `good.csv` and an experiment on it.
fn folder() -> Folder {
    let folder = Folder::trained();
    folder.write("small.toml", FILE);
    folder
}

fn units(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("out/units")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_experiment_leaves_results_and_a_report() {
    let folder = folder();
    let ran = folder.ok("experiment small.toml -o out --json");
    let json = ran.json();
    let names: Vec<&str> =
        json["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["popularity", "small", "tuned"]);
    assert_eq!(json["rows"][1]["seeds"], json!([1, 2]));
    assert_eq!(json["rows"][1]["config"]["factors"], 4);
    assert_eq!(keys(&json["rows"][1]["metrics"]), ["auc", "ndcg@5"]);
    assert_eq!(json["pairs"].as_array().unwrap().len(), 4);
    let written: Value = serde_json::from_slice(&folder.read("out/results.json")).unwrap();
    assert_eq!(written, json);
    let page = folder.text("out/report.html");
    for part in ["Small and smaller", "Search, tuned", "Validation ndcg@5", "random"] {
        assert!(page.contains(part), "{part}");
    }
    // Popularity once, two methods with two seeds each, three trials.
    assert_eq!(units(&folder).len(), 1 + 2 * 2 + 3);
}

#[test]
fn parameters_are_chosen_by_the_validation_part() {
    let folder = folder();
    let json = folder.ok("experiment small.toml -o out --json").json();
    let search = &json["searches"][0];
    let trials = search["trials"].as_array().unwrap();
    assert_eq!((&search["name"], trials.len()), (&json!("tuned"), 3));
    let score = |trial: &Value| trial["score"].as_f64().unwrap();
    let best = &trials[search["best"].as_u64().unwrap() as usize];
    assert!(trials.iter().all(|trial| score(trial) <= score(best)));
    // The best epoch of a trial is what it is scored by.
    for trial in trials {
        let history = trial["history"].as_array().unwrap();
        let metrics = history.iter().filter_map(|epoch| epoch["metric"].as_f64());
        assert_eq!(metrics.fold(0.0, f64::max), score(trial), "{trial}");
        let lr = trial["drawn"]["lr"].as_f64().unwrap();
        assert!((0.01..=0.5).contains(&lr));
    }
    for name in ["lr", "reg"] {
        assert_eq!(json["rows"][2]["config"][name], best["drawn"][name]);
    }
}

#[test]
fn what_is_done_is_not_done_again() {
    let folder = folder();
    let first = folder.ok("experiment small.toml -o out --json");
    let before = units(&folder);
    let again = folder.ok("experiment small.toml -o out --json");
    assert!(again.stderr.contains("8 of 8 trainings had been done before"), "{again:?}");
    assert_eq!(first.stdout, again.stdout, "seconds included");
    // As after an interruption: one result is missing.
    std::fs::remove_file(folder.path("out/units").join(&before[3])).unwrap();
    let resumed = folder.ok("experiment small.toml -o out --json");
    assert!(resumed.stderr.contains("7 of 8 trainings had been done before"), "{resumed:?}");
    assert_eq!(units(&folder), before);
    let figures = |ran: &Ran| {
        let rows = ran.json()["rows"].as_array().unwrap().clone();
        rows.into_iter().map(|row| row["metrics"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(figures(&first), figures(&resumed));
    // Another experiment in the same folder shares what it can, but does not replace unasked.
    folder.write("more.toml", FILE.replace("trials = 3", "trials = 4"));
    let said = ["results.json: holds the results of another experiment", "--force"];
    folder.fails_saying(2, "experiment more.toml -o out", &said);
    let more = folder.ok("experiment more.toml -o out --force");
    assert!(more.stderr.contains("trainings had been done before"), "{more:?}");
}

#[test]
fn a_damaged_result_is_told_and_made_again() {
    let folder = folder();
    let expected = folder.ok("experiment small.toml -o out --json").json();
    for n in [0, 3] {
        let unit = format!("out/units/{}", units(&folder)[n]);
        let whole = folder.text(&unit);
        let other = format!("out/units/{}", units(&folder)[n + 1]);
        for (content, said) in [
            (&whole[..whole.len() / 2], "no result of an experiment"),
            ("", "no result of an experiment"),
            ("\0\0\0\0", "no result of an experiment"),
            (&folder.text(&other)[..], "the result of something else"),
            (&whole.replace("\"result\":{", "\"result\":{\"x\":1},\"y\":{")[..], "not whole"),
        ] {
            folder.write(&unit, content);
            let ran = folder.ok("experiment small.toml -o out --json");
            let notes = ran.lines(&format!("note: {unit}: "));
            assert!(notes.len() == 1 && notes[0].contains(said), "{said}: {ran:?}");
            assert!(notes[0].ends_with(": done again"), "{ran:?}");
            assert_eq!(ran.json()["rows"].as_array().map(Vec::len), Some(rows_of(&expected)));
            let again: Value = serde_json::from_str(&folder.text(&unit)).unwrap();
            let before: Value = serde_json::from_str(&whole).unwrap();
            assert_eq!(again["unit"], before["unit"]);
        }
        let ran = folder.ok("experiment small.toml -o out");
        assert!(ran.lines("note: ").is_empty(), "{ran:?}");
    }
}

fn rows_of(results: &Value) -> usize {
    results["rows"].as_array().unwrap().len()
}

/// What the system does not let us read is no reason to train again.
#[test]
fn a_result_that_can_not_be_read_is_an_error() {
    let folder = folder();
    folder.ok("experiment small.toml -o out");
    let unit = format!("out/units/{}", units(&folder)[0]);
    std::fs::remove_file(folder.path(&unit)).unwrap();
    std::fs::create_dir(folder.path(&unit)).unwrap();
    folder.fails_saying(3, "experiment small.toml -o out", &[&unit, "remove"]);
}

#[test]
fn a_folder_that_is_split_may_be_named() {
    let folder = folder();
    folder.ok("split good.csv -o parts --valid 0.2 --test 0.2");
    let file = FILE
        .replace("every = 2", "every = 5")
        .replace("good.csv", "parts")
        .replace("[split]\nvalid = 0.2\ntest = 0.2\n", "");
    folder.write("parts.toml", &file);
    let here = folder.ok("experiment parts.toml -o here --json").json();
    let arguments = "--data parts --metrics ndcg@5,auc --seed 1 --seeds 2 --json";
    let run = "small=bpr:factors=4,epochs=4,sampler=uniform";
    let there = folder.ok(&format!("compare {run} {arguments}")).json();
    let auc =
        |json: &Value, row: usize| json["rows"][row]["metrics"]["auc"]["mean"].as_f64().unwrap();
    assert_eq!(auc(&here, 1), auc(&there, 0));
    folder.write("both.toml", FILE.replace("good.csv", "parts"));
    folder.fails_saying(
        2,
        "experiment both.toml -o b",
        &["both.toml:9:1: split: ", "a folder, split already"],
    );
}

#[test]
fn errors_name_line_and_column() {
    let folder = folder();
    for (from, to, said) in [
        ("seeds = [1, 2]", "seeds = [1, 2", ["bad.toml:6:1: ", ""]),
        ("seeds = [1, 2]", "seads = [1, 2]", ["bad.toml:4:1: unknown field `seads`", "`seeds`?"]),
        ("seeds = [1, 2]", "seeds = 0", ["bad.toml:4:9: seeds: a number from 1", ""]),
        ("seeds = [1, 2]", "seeds = [1, 1]", ["bad.toml:4:9: ", "distinct"]),
        ("\"ndcg@5\", \"auc\"", "\"ndgc@5\"", ["bad.toml:3:12: unknown metric \"ndgc\"", "ndcg@5"]),
        ("\"ndcg@5\", \"auc\"", "", ["bad.toml:3:11: there is nothing to measure", ""]),
        ("\"ndcg@5\", \"auc\"", "\"auc\", \"auc\"", ["bad.toml:3:11: ", "listed twice"]),
        ("path =", "paht =", ["bad.toml:7:1: unknown field `paht`", "`path`?"]),
        ("valid = 0.2", "valid = 0.9", ["bad.toml:9:1: split: test 0.2 and valid 0.9", ""]),
        (
            "valid = 0.2",
            "by = \"lastone\"",
            ["bad.toml:10:6: unknown variant `lastone`", "`last-one`?"],
        ),
        ("every = 2", "every = 0", ["bad.toml:14:9: every: a whole number from 1", ""]),
        (
            "model = \"popularity\"",
            "model = \"populrity\"",
            ["bad.toml:17:9: ", "(did you mean `popularity`?)"],
        ),
        (
            "name = \"small\"",
            "name = \"tuned\"",
            ["bad.toml:", "two of the compared are called `tuned`"],
        ),
        (
            "sampler = \"uniform\"",
            "samplr = \"uniform\"",
            ["bad.toml:22:", "no parameter `samplr` (did you mean `sampler`?)"],
        ),
        ("sampler = \"uniform\"", "seed = 3", ["bad.toml:22:", "without a seed"]),
        (
            "sampler = \"uniform\"",
            "lr = 99",
            ["bad.toml:22:", "lr must be above 0 and at most 10, not 99"],
        ),
        (
            "log = [0.01, 0.5]",
            "log = [0.5, 0.01]",
            ["bad.toml:28:12: lr: log = [0.5, 0.01]", "0 < first < second"],
        ),
        ("log = [0.01, 0.5]", "log = [0.01, 50]", ["bad.toml:28:12: lr must be above 0", "50"]),
        ("log = [0.01, 0.5]", "lgo = [0.01, 0.5]", ["bad.toml:28:", "`log`?"]),
        ("log = [0.01, 0.5]", "choice = [0.1]", ["bad.toml:28:12: lr: choice: at least two", ""]),
        (
            "\"bpr\"\nparams = { factors = 4, epochs = 4, sampler = \"uniform\" }",
            "\"expomf\"\nparams = { factors = 4, lr = 0.1 }",
            ["bad.toml:22:25: expomf has no parameter `lr`", ""],
        ),
        (
            "\"bpr\"\nparams = { factors = 4, epochs = 4, sampler = \"uniform\" }",
            "\"relmf\"\nparams = { solver = \"als\", factors = 4 }",
            ["bad.toml:22:12: loss must be squared for the solver als", ""],
        ),
        ("trials = 3", "trials = 0", ["bad.toml:29:10: trials: a whole number from 1", ""]),
        (
            "\"ndcg@5\", \"auc\"",
            "\"hit@5\", \"hr@5\"",
            ["bad.toml:3:11: ", "hit@5 is listed twice"],
        ),
        ("\"ndcg@5\"", "\"ndcg@500\"", ["ndcg@500: the model has only 30 items", "smaller"]),
    ] {
        let file = FILE.replacen(from, to, 1);
        assert_ne!(file, FILE, "{from}");
        folder.write("bad.toml", file);
        folder.fails_saying(2, "experiment bad.toml -o out", &said);
    }
    folder.fails_saying(2, "experiment nowhere.toml -o out", &["nowhere.toml: no such file"]);
}

#[test]
fn a_search_needs_validation_rows_and_data_has_to_be_there() {
    let folder = folder();
    folder.write("bad.toml", FILE.replace("valid = 0.2", "valid = 0.0"));
    folder.fails_saying(
        3,
        "experiment bad.toml -o out",
        &["needs a validation part", "valid = 0.1"],
    );
    folder.write("bad.toml", FILE.replace("good.csv", "missing.csv"));
    folder.fails_saying(3, "experiment bad.toml -o out", &["missing.csv: no such file"]);
}

#[test]
fn the_example_of_the_help_is_an_experiment() {
    let folder = folder();
    let help = folder.ok("experiment --help").stdout;
    let (_, example) = help.split_once("An experiment file:\n").unwrap();
    let example = example.replace("ratings.csv", "good.csv").replace(">=4", ">=1");
    folder.write("example.toml", example.replace("trials = 20", "trials = 2"));
    let json = folder.ok("experiment example.toml -o out --json").json();
    assert_eq!(json["searches"][0]["trials"].as_array().unwrap().len(), 2);
    assert_eq!(json["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn divergence_is_no_fault_of_the_data() {
    let folder = folder();
    let steps = "params = { factors = 4, epochs = 4, sampler = \"uniform\", lr = 10, reg = 0 }";
    let params = "params = { factors = 4, epochs = 4, sampler = \"uniform\" }";
    folder.write("wild.toml", FILE.replacen(params, steps, 1));
    let ran = folder.run("experiment wild.toml -o out");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("error: small: the training diverged: try a tenth"), "{ran:?}");
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(folder.ok(&format!("completions {shell}")).stdout.contains("recommend"), "{shell}");
    }
    folder.fails_saying(2, "completions tcsh", &["tcsh"]);
    assert!(folder.ok("man").stdout.starts_with(".ie"));
    folder.ok("man -o pages");
    assert!(folder.text("pages/foretaste-compare.1").contains("fail\\-below"));
    folder.fails_saying(2, "man -o pages", &["pages/foretaste.1", "--force"]);
    folder.ok("man -o pages --force");
}
