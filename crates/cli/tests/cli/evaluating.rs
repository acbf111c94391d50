//! `evaluate`: what is scored, what is left out, and how it is printed.

use crate::support::{Folder, keys, rows};

const METRICS: [&str; 8] =
    ["ap@10", "auc", "f1@10", "hit@10", "ndcg@10", "precision@10", "recall@20", "rr@10"];

#[test]
fn json_has_the_documented_members() {
    let folder = Folder::split();
    let ran = folder.ok("evaluate part.model parts --json");
    let json = ran.json();
    assert_eq!(keys(&json), ["mask", "metrics", "model", "test", "users", "users_without_list"]);
    assert_eq!((&json["users"], &json["users_without_list"]), (&40.into(), &0.into()));
    assert_eq!(keys(&json["metrics"]), METRICS);
    for metric in METRICS {
        let summary = &json["metrics"][metric];
        assert_eq!(keys(summary), ["high", "low", "mean"]);
        let [low, mean, high] = ["low", "mean", "high"].map(|name| summary[name].as_f64().unwrap());
        assert!(0.0 <= low && low <= mean && mean <= high && high <= 1.0, "{metric}: {summary}");
    }
    assert!(ran.mean("ndcg@10") > 0.3, "{ran:?}");
    assert!(ran.stderr.lines().all(|line| line.starts_with("read parts/")), "{ran:?}");
}

#[test]
fn csv_and_table_have_the_figures_of_json() {
    let folder = Folder::split();
    let metrics = "--metrics rr@5,auc";
    let json = folder.ok(&format!("evaluate part.model parts {metrics} --json"));
    let csv = folder.ok(&format!("evaluate part.model parts {metrics} --format csv"));
    assert_eq!(csv.cells()[0], ["metric", "mean", "low", "high"]);
    let figures = &json.json()["metrics"];
    for row in &csv.cells()[1..] {
        for (field, name) in row[1..].iter().zip(["mean", "low", "high"]) {
            assert_eq!(Some(field.parse().unwrap()), figures[row[0]][name].as_f64(), "{row:?}");
        }
    }
    let table = folder.ok(&format!("evaluate part.model parts {metrics}")).stdout;
    let words: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["bpr,", "40", "test", "users,", "full", "ranking"]);
    for (words, row) in words[2..].iter().zip(&csv.cells()[1..]) {
        let rounded = row[1..].iter().map(|field| format!("{:.4}", field.parse::<f64>().unwrap()));
        assert_eq!(words[0], row[0]);
        assert_eq!(words[1..], rounded.collect::<Vec<_>>());
    }
}

#[test]
fn the_parts_may_be_named_one_by_one() {
    let folder = Folder::split();
    let whole = folder.ok("evaluate part.model parts --mask train --json");
    let by_name =
        "evaluate part.model --test parts/test.csv --train parts/train.csv --json".to_owned();
    assert_eq!(folder.ok(&by_name).stdout, whole.stdout);
    // Without a training file, what the model was trained on is left out: the same here.
    let alone = folder.ok("evaluate part.model --test parts/test.csv --json");
    assert_eq!(alone.stdout, whole.stdout);
    assert_eq!(folder.ok("evaluate part.model parts/test.csv --json").stdout, whole.stdout);
    let all = folder.ok("evaluate part.model parts --json");
    assert!(all.stdout != whole.stdout, "the validation part is left out, too, by default");
}

#[test]
fn a_model_is_not_rewarded_for_its_own_history() {
    let folder = Folder::trained();
    let said = format!("good.csv: {} test interactions that the model could list", rows().len());
    folder.fails_saying(3, "evaluate good.model good.csv", &[&said, "no figure could be right"]);
    // One row of another item is a figure, if not a good one.
    let has = |item: u32| rows().iter().any(|row| (row[0], row[1]) == (0, item));
    let unseen = (0..30).find(|item| !has(*item)).unwrap();
    let all: String = rows().iter().map(|row| format!("{},{}\n", row[0], row[1])).collect();
    folder.write("more.csv", format!("user,item\n{all}0,{unseen}\n"));
    let ran = folder.ok("evaluate good.model more.csv --json");
    assert!(ran.mean("ndcg@10") < 0.1);
    let note = "test interactions among the interactions left out of the lists: misses; \
                do the parts overlap?";
    assert_eq!(ran.lines("note: "), [format!("note: {} {note}", rows().len())]);
    let table = folder.ok("evaluate good.model more.csv").stdout;
    assert!(!table.contains("-0.0"), "{table}");
}

#[test]
fn other_training_data_than_the_models_is_remarked() {
    let folder = Folder::split();
    let ran = folder.ok("evaluate good.model parts --json");
    let note = ran.lines("note: ")[0];
    assert!(note.starts_with("note: the model was not trained on exactly these"), "{ran:?}");
}

#[test]
fn unknown_users_and_items_are_counted_as_misses() {
    let folder = Folder::new();
    folder.write("train.csv", "user,item\na,1\na,2\nb,2\nb,3\nc,4\n");
    // For a the best unseen item is first, as 2 and 1 are seen and 3 sorts before 4.
    folder.write("test.csv", "user,item\na,3\nb,new\nx,1\ny,2\n");
    folder.ok("train train.csv -o m.model --model popularity");
    let ran = folder.ok("evaluate m.model test.csv --metrics hit@1 --json");
    let json = ran.json();
    assert_eq!((&json["users"], &json["users_without_list"]), (&4.into(), &2.into()));
    assert_eq!(ran.mean("hit@1"), 0.25);
    let notes = [
        "note: 2 users in the test data without a list (unknown to the model): each scores 0",
        "note: 1 test interaction of items that the model does not know: misses",
    ];
    assert_eq!(ran.lines("note: "), notes);
}

#[test]
fn the_interval_is_of_the_seed() {
    let folder = Folder::split();
    let with = |seed: &str| folder.ok(&format!("evaluate part.model parts --json {seed}")).stdout;
    assert_eq!(with(""), with("--seed 42"));
    assert!(with("--seed 42") != with("--seed 43"));
}

#[test]
fn users_who_are_new_to_the_model_are_folded_in_by_their_training_rows() {
    let folder = Folder::split();
    // Half of the users are not in the training, but in the training part.
    let known = |line: &&str| {
        line.starts_with("user") || line.split(',').next().unwrap().parse::<u32>().unwrap() < 20
    };
    let rows = folder.text("parts/train.csv");
    let rows: Vec<&str> = rows.lines().filter(known).collect();
    folder.write("half.csv", rows.join("\n") + "\n");
    for method in ["bpr --factors 8 --epochs 20", "popularity"] {
        folder.ok(&format!("train half.csv -o half.model --force --model {method}"));
        let ran = folder.ok("evaluate half.model parts --json");
        let json = ran.json();
        assert_eq!((&json["users"], &json["users_without_list"]), (&40.into(), &0.into()));
        assert_eq!(json["users_folded_in"], 20);
        let note = "note: 20 users in the test data are new to the model: folded in by ";
        assert!(ran.lines("note: ").iter().any(|line| line.starts_with(note)), "{ran:?}");
        assert!(ran.mean("ndcg@10") > 0.2, "{ran:?}");
        let table = folder.ok("evaluate half.model parts --per-user each.csv --trec trec --force");
        assert!(table.stdout.contains("40 test users, 20 folded in"), "{table:?}");
        // Under their own ids, and without what they have.
        assert_eq!(folder.text("each.csv").lines().count(), 41);
        assert!(folder.text("each.csv").lines().any(|line| line.starts_with("39,")));
        let seen = folder.text("parts/train.csv");
        let listed = folder.text("trec/run.txt");
        assert!(listed.lines().any(|line| line.starts_with("39 ")));
        for line in listed.lines() {
            let mut words = line.split(' ');
            let pair = format!("{},{}", words.next().unwrap(), words.nth(1).unwrap());
            assert!(!seen.lines().any(|line| line.starts_with(&format!("{pair},"))), "{line}");
        }
    }
    // Without their histories, they have no list.
    let ran = folder.ok("evaluate half.model parts/test.csv --json");
    assert_eq!(ran.json()["users_without_list"], 20);
    assert_eq!(ran.json()["users_folded_in"], serde_json::Value::Null);
}
