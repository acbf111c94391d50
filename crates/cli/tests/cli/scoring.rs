//! `score`: what a model thinks of given pairs.

use crate::support::{Folder, foretaste};
use serde_json::Value;

#[test]
fn scores_are_those_of_lists_in_the_order_of_the_file() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o popular.model --model popularity");
    folder.write("pairs.csv", "item,user\n4,7\n9,3\n4,7\n29,39\n4,3\n");
    let pairs = [("7", "4"), ("3", "9"), ("7", "4"), ("39", "29"), ("3", "4")];
    for model in ["good.model", "popular.model"] {
        let ran = folder.ok(&format!("score {model} pairs.csv --json"));
        let scores = ran.json_lines();
        let found: Vec<(&str, &str)> = (scores.iter())
            .map(|line| (line["user"].as_str().unwrap(), line["item"].as_str().unwrap()))
            .collect();
        assert_eq!(found, pairs);
        for line in &scores {
            let user = line["user"].as_str().unwrap();
            let list = format!("recommend {model} --user {user} -k 30 --with-seen --json");
            let list = folder.ok(&list).json();
            let listed = list["items"].as_array().unwrap().iter();
            let listed = listed.into_iter().find(|listed| listed["item"] == line["item"]).unwrap();
            assert_eq!(listed["score"], line["score"], "{model}");
        }
        let csv = folder.ok(&format!("score {model} pairs.csv --format csv"));
        assert_eq!(csv.cells()[0], ["user", "item", "score"]);
        for (row, line) in csv.cells()[1..].iter().zip(&scores) {
            let score = f64::from(row[2].parse::<f32>().unwrap());
            assert_eq!(score, line["score"].as_f64().unwrap());
        }
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn unknown_ids_have_no_score_and_are_counted() {
    let folder = Folder::trained();
    folder.write("pairs.tsv", "7\t4\nzz\t4\n7\tyy\nzz\tyy\n");
    let ran = folder.ok("score good.model pairs.tsv --json");
    let scores: Vec<Value> = ran.json_lines().iter().map(|line| line["score"].clone()).collect();
    assert!(scores[0].is_number() && scores[1..].iter().all(Value::is_null), "{ran:?}");
    let note = "note: pairs.tsv: no score for 3 of 4 pairs: the model does not know the user of 2, of 1 \
                more the item";
    assert_eq!(ran.lines("note: "), [note]);
    assert!(folder.ok("score good.model pairs.tsv --format csv").stdout.ends_with("zz,yy,\n"));
    let strict = ["pairs.tsv:2: the model has no user \"zz\"", "such as \"0\""];
    folder.fails_saying(3, "score good.model pairs.tsv --strict", &strict);
    folder.fails_saying(3, "score good.model pairs.tsv --strict -o s.csv", &strict);
}

/// More pairs than are held in memory at once.
#[test]
fn many_pairs_are_one_table_at_any_number_of_threads() {
    let folder = Folder::trained();
    let rows: String = (0..70_000).map(|n| format!("{},{}\n", n % 41, n % 30)).collect();
    folder.write("many.csv", format!("user,item\n{rows}"));
    let ran = folder.ok("score good.model many.csv --format csv --threads 1");
    let note =
        "note: many.csv: no score for 1,707 of 70,000 pairs: the model does not know the user";
    assert_eq!((ran.cells().len(), ran.lines("note: ")), (70_001, vec![note]));
    let written = folder.ok("score good.model many.csv -o many-scores.csv --json --threads 2");
    assert_eq!(folder.text("many-scores.csv"), ran.stdout);
    let json = written.json();
    assert_eq!((&json["pairs"], &json["without_score"]), (&70_000.into(), &1_707.into()));
    folder.ok("score good.model many.csv -o many-scores.jsonl");
    assert_eq!(folder.text("many-scores.jsonl").lines().count(), 70_000);
}

#[test]
fn bad_files_of_pairs_name_the_line() {
    let folder = Folder::trained();
    folder.write("short.csv", "user,item\n7,4\n7\n");
    folder.write("blank.csv", "user,item\n7,4\n,4\n");
    folder.write("header.csv", "user,item\n");
    folder.write("empty.csv", "");
    for (file, said) in [
        ("short.csv", "short.csv:3: there is no item"),
        ("blank.csv", "blank.csv:3: there is no user"),
        ("header.csv", "header.csv: the file has a header and no rows"),
        ("empty.csv", "empty.csv: the file is empty"),
        ("none.csv", "none.csv: no such file"),
    ] {
        let said = [said, "a line of pairs is a user and an item"];
        for output in ["--quiet", "-o s.csv"] {
            folder.fails_saying(3, &format!("score good.model {file} {output}"), &said);
        }
    }
}

#[test]
fn pairs_of_json_lines_are_scored_from_the_first_on() {
    let folder = Folder::trained();
    folder.write("pairs.csv", "user,item\n3,1\n3,2\n");
    folder.write("pairs.jsonl", "{\"item\":1,\"user\":3}\n{\"user\":\"3\",\"item\":\"2\"}\n");
    folder.write("others.jsonl", "{\"item\":1,\"who\":3}\n");
    let scores = |file: &str| folder.ok(&format!("score good.model {file} --format csv")).stdout;
    assert_eq!(scores("pairs.jsonl"), scores("pairs.csv"));
    let said = ["others.jsonl: no field is known to be the user", "user and item"];
    folder.fails_saying(3, "score good.model others.jsonl", &said);
    let pairs = std::fs::File::open(folder.path("pairs.csv")).unwrap();
    let output =
        foretaste(&folder, "score good.model - --format csv").stdin(pairs).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), scores("pairs.csv"));
}
