//! Validation rows of a folder that has none: `experiment`, `tune` and `compare` hold some out of its
//! training part.

use crate::support::Folder;
use serde_json::Value;

/// A folder `parts` without validation rows; and `hand`, the same with a quarter of each user's training
/// rows as its valid.csv.
fn folder() -> Folder {
    let folder = Folder::trained();
    folder.ok("split good.csv -o parts --valid 0 --test 0.2");
    folder.ok("split parts/train.csv -o inner --by random --valid 0 --test 0.25 --seed 42");
    std::fs::create_dir(folder.path("hand")).unwrap();
    for (from, to) in [("inner/train", "train"), ("inner/test", "valid"), ("parts/test", "test")] {
        folder.write(&format!("hand/{to}.csv"), folder.read(&format!("{from}.csv")));
    }
    folder
}

const STUDY: &str = r#"
metrics = ["ndcg@10", "recall@5"]

[data]
path = "parts"

[split]
valid = 0.25

[validation]
every = 1

[[methods]]
model = "popularity"

[[methods]]
name = "tuned"
model = "bpr"
params = { factors = 4, epochs = 12, patience = 3 }
search = { lr = { log = [0.02, 0.9] } }
trials = 3
"#;

const OF_PARTS: &str = "path = \"parts\"\n\n[split]\nvalid = 0.25\n";
const OF_HAND: &str = "path = \"hand\"\n";

fn with(from: &str, to: &str) -> String {
    assert!(STUDY.contains(from), "{from}");
    STUDY.replace(from, to)
}

/// What does not depend on the time that it took.
fn found(json: &Value) -> (Vec<Value>, Vec<Value>) {
    let rows = json["rows"].as_array().unwrap().iter();
    let rows = rows.map(|row| serde_json::json!([row["name"], row["config"], row["metrics"]]));
    let trials = json["searches"][0]["trials"].as_array().unwrap().iter();
    let trials = trials.map(|trial| serde_json::json!([trial["drawn"], trial["score"]]));
    (rows.collect(), trials.collect())
}

/// The epoch that was best of the trial that was.
fn best_epoch(json: &Value) -> u64 {
    let search = &json["searches"][0];
    let trial = &search["trials"][search["best"].as_u64().unwrap() as usize];
    let epochs = trial["history"].as_array().unwrap().iter();
    let best = |epoch: &&Value| epoch["metric"].as_f64() == trial["score"].as_f64();
    epochs.into_iter().find(best).unwrap()["epoch"].as_u64().unwrap()
}

#[test]
fn an_experiment_on_held_out_rows_is_that_on_a_folder_with_such_a_part() {
    let folder = folder();
    folder.write("parts.toml", STUDY);
    folder.write("hand.toml", with(OF_PARTS, OF_HAND));
    let held_out = folder.ok("experiment parts.toml -o out --refit --json").json();
    let by_hand = folder.ok("experiment hand.toml -o by-hand --json").json();
    assert_eq!(found(&held_out), found(&by_hand));
    assert!(folder.text("out/report.html").contains("0.25 of each user"));
    // What won, on all rows of the folder.
    let (epochs, config) = (best_epoch(&held_out), &held_out["rows"][1]["config"]);
    assert!(epochs < 12, "{held_out}");
    folder.ok("train --config out/best-tuned.toml");
    folder.ok(&format!(
        "train parts -o hand.model --factors 4 --epochs {epochs} --lr {}",
        config["lr"]
    ));
    assert_eq!(folder.read("out/best-tuned.model"), folder.read("hand.model"));
    assert_eq!(folder.read("out/best.model"), folder.read("hand.model"));
    folder.ok("train --config out/best-popularity.toml");
}

#[test]
fn what_is_compared_can_be_trained_on_all_rows_once_it_is_chosen() {
    let folder = folder();
    folder.write("parts.toml", STUDY);
    folder.write("refit.toml", with("every = 1", "every = 1\nrefit = true"));
    let hand = with(OF_PARTS, OF_HAND).replace("every = 1", "every = 1\nrefit = true");
    folder.write("hand.toml", hand);
    let plain = folder.ok("experiment parts.toml -o out --json").json();
    // Trials are those of before; trainings are not.
    let again = folder.ok("experiment refit.toml -o out --force --json");
    assert_eq!(again.stderr.matches(": trial ").count(), 0, "{again:?}");
    let json = again.json();
    assert_eq!(found(&plain).1, found(&json).1);
    let epochs = best_epoch(&json);
    let config = &json["rows"][1]["config"];
    assert_eq!(config["epochs"], epochs);
    let flags = format!("--factors 4 --epochs {epochs} --lr {}", config["lr"]);
    folder.ok(&format!("train parts -o hand.model {flags}"));
    let mean = |n: usize| &json["rows"][n]["metrics"]["ndcg@10"]["mean"];
    assert_eq!(*mean(1), folder.ok("evaluate hand.model parts --json").mean("ndcg@10"));
    folder.ok("train parts -o popular.model --model popularity");
    assert_eq!(*mean(0), folder.ok("evaluate popular.model parts --json").mean("ndcg@10"));
    // So it is of a folder with validation rows of its own.
    let by_hand = folder.ok("experiment hand.toml -o by-hand --json").json();
    assert_eq!(found(&by_hand), found(&json));
    for (out, parts) in [("out", "parts"), ("by-hand", "hand")] {
        folder.ok(&format!("train --config {out}/best-tuned.toml"));
        let model = folder.ok(&format!("model info {out}/best-tuned.model --json")).json();
        assert_eq!(model["parameters"]["epochs"], epochs, "{parts}");
        let rows = folder.ok("model info hand.model --json").json()["interactions"].clone();
        assert_eq!(model["interactions"], rows, "{parts}");
    }
}

#[test]
fn what_can_not_be_held_out_is_an_error_with_its_place() {
    let folder = folder();
    for (from, to, code, said) in [
        ("valid = 0.25", "test = 0.2", 2, ["bad.toml:7:1: split: ", "a folder, split already"]),
        ("valid = 0.25", "by = \"random\"", 2, ["bad.toml:7:1: split: ", "`seed` alone"]),
        ("valid = 0.25", "valid = 0.0", 2, ["bad.toml:7:1: split: valid 0", "above 0"]),
        ("valid = 0.25", "valid = 1.5", 2, ["bad.toml:7:1: split: valid 1.5", "below 1"]),
        ("valid = 0.25", "valid = 0.001", 3, ["valid = 0.001 in [split] holds out no", "larger"]),
        (
            "path = \"parts\"",
            "path = \"hand\"",
            2,
            ["would hold out rows although there is", "leave out valid = 0.25 in [split]"],
        ),
        ("[split]\nvalid = 0.25", "", 3, ["needs a validation part", "`valid = 0.1` in [split]"]),
    ] {
        folder.write("bad.toml", with(from, to));
        folder.fails_saying(code, "experiment bad.toml -o bad", &said);
    }
    let searched = "search = { lr = { log = [0.02, 0.9] } }\ntrials = 3\n";
    let refit = with("every = 1", "every = 1\nrefit = true");
    folder.write("bad.toml", refit.replace(searched, ""));
    folder.fails_saying(2, "experiment bad.toml -o bad", &["bad.toml:12:9: refit: ", "a search"]);
}

#[test]
fn a_search_by_flags_holds_rows_out_of_a_folder_without_a_part() {
    let folder = folder();
    let search = "--model bpr:factors=4,epochs=12,patience=3 --range lr=log:0.02..0.9 --trials 3 \
                  --validate-every 1 --refit --json";
    let scores = |json: &Value| -> Vec<Value> {
        json["trials"].as_array().unwrap().iter().map(|trial| trial["score"].clone()).collect()
    };
    let json = folder.ok(&format!("tune parts --valid 0.25 {search} -o t")).json();
    let of_file = folder.ok(&format!("tune parts/train.csv --valid 0.25 {search} -o f")).json();
    let of_hand = folder.ok(&format!("tune hand {search} -o h")).json();
    assert_eq!(scores(&json), scores(&of_file));
    assert_eq!(scores(&json), scores(&of_hand));
    assert_eq!(folder.read("t/best.model"), folder.read("f/best.model"));
    let trained = folder.ok("train --config t/best.toml --json").json();
    assert_eq!(trained["validation"]["model"], json["best"]["score"]);
    // A tenth, if nothing is said.
    let tenth = folder.ok(&format!("tune parts --valid 0.1 {search} -o tenth")).json();
    let unsaid = folder.ok(&format!("tune parts {search} -o unsaid")).json();
    assert_eq!(scores(&tenth), scores(&unsaid));
    folder.fails_saying(
        2,
        "tune hand --valid 0.25 --range lr=0.1|0.2 -o new",
        &["--valid would hold out rows although there is", "leave out --valid"],
    );
}

#[test]
fn a_comparison_holds_rows_out_of_a_folder_without_a_part() {
    let folder = folder();
    let runs = "popularity small=bpr:factors=4,epochs=12,patience=1";
    let rows = |json: Value| -> Vec<Value> {
        json["rows"].as_array().unwrap().iter().map(|row| row["metrics"].clone()).collect()
    };
    let held_out =
        folder.ok(&format!("compare {runs} --data parts --valid 0.25 --best best.toml --json"));
    let by_hand = folder.ok(&format!("compare {runs} --data hand --json"));
    assert_eq!(rows(held_out.json()), rows(by_hand.json()));
    assert!(folder.text("best.toml").contains("0.25"), "{}", folder.text("best.toml"));
    folder.ok("train --config best.toml");
    for (line, said) in [
        ("bpr --data parts --valid 1", ["--valid 1: must be above 0", "--valid 0.1"]),
        ("bpr --data hand --valid 0.1", ["although there is", "leave out --valid"]),
        ("bpr good.model --data parts --valid 0.1", ["--valid: good may have learned", "methods"]),
    ] {
        folder.fails_saying(2, &format!("compare {line}"), &said);
    }
}
