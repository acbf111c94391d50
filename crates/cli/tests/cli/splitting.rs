//! `split`: parts of a file that the other commands take as a folder.

use crate::support::{Folder, keys, ratings};
use std::collections::BTreeSet;

/// The lines of a part below its header.
fn lines(folder: &Folder, name: &str) -> Vec<String> {
    let text = folder.text(name);
    assert!(text.starts_with("user,item,rating,time\n"), "{text}");
    text.lines().skip(1).map(str::to_owned).collect()
}

fn good() -> Folder {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder
}

#[test]
fn every_row_is_in_one_part() {
    let folder = good();
    let all: BTreeSet<String> = ratings().lines().skip(1).map(str::to_owned).collect();
    for by in ["random", "last-one", "random-one", "user-time", "time"] {
        let json = folder.ok(&format!("split good.csv -o {by} --by {by} --json")).json();
        assert_eq!(keys(&json["parts"]), ["test", "train", "valid"]);
        let mut together = Vec::new();
        for part in ["train", "valid", "test"] {
            let rows = lines(&folder, &format!("{by}/{part}.csv"));
            assert_eq!(json["parts"][part]["interactions"], rows.len(), "{by} {part}");
            together.extend(rows);
        }
        assert_eq!(together.len(), all.len(), "{by}");
        assert_eq!(together.into_iter().collect::<BTreeSet<_>>(), all, "{by}");
    }
}

#[test]
fn the_manifest_says_what_was_done() {
    let folder = good();
    let json = folder.ok("split good.csv -o parts --positive rating>=3 --seed 7 --json").json();
    let manifest: serde_json::Value =
        serde_json::from_slice(&folder.read("parts/manifest.json")).unwrap();
    assert_eq!(manifest, json);
    assert_eq!(keys(&json), ["method", "parts", "seed", "seen", "source", "version"]);
    assert_eq!(json["seed"], 7);
    let inspected = folder.ok("inspect good.csv --positive rating>=3 --json").json();
    for name in ["file", "format", "sha256", "rows", "below_threshold", "bad_rows", "duplicates"] {
        assert_eq!(json["source"][name], inspected[name], "{name}");
    }
    let parts = json["parts"].as_object().unwrap().values();
    let kept: u64 = parts.map(|part| part["interactions"].as_u64().unwrap()).sum();
    assert_eq!(inspected["interactions"], kept);
}

#[test]
fn by_time_the_later_rows_are_held_out() {
    let folder = good();
    folder.ok("split good.csv -o parts --by time");
    let times = |part: &str| -> Vec<i64> {
        let rows = lines(&folder, &format!("parts/{part}.csv"));
        rows.iter().map(|row| row.rsplit(',').next().unwrap().parse().unwrap()).collect()
    };
    assert!(times("train").iter().max() < times("valid").iter().min());
    assert!(times("valid").iter().max() < times("test").iter().min());
}

#[test]
fn the_seed_decides() {
    let folder = good();
    for (name, seed) in [("a", ""), ("b", "--seed 42 --threads 1"), ("c", "--seed 43")] {
        folder.ok(&format!("split good.csv -o {name} {seed}"));
    }
    let test = |name: &str| folder.read(&format!("{name}/test.csv"));
    assert!(test("a") == test("b") && test("a") != test("c"));
}

#[test]
fn a_new_split_leaves_nothing_of_an_old_one() {
    let folder = good();
    folder.ok("split good.csv -o parts");
    let ran = folder.run("split good.csv -o parts --valid 0");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let json = folder.ok("split good.csv -o parts --valid 0 --force --json").json();
    assert_eq!(keys(&json["parts"]), ["test", "train"]);
    assert!(!folder.path("parts/valid.csv").exists(), "it would be taken for the new split's");
}

#[test]
fn parts_that_other_tools_made_are_read() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("lists")).unwrap();
    folder.write("lists/train.txt", "1 10 11 12\n2 10 13\n3 12 13 14\n");
    folder.write("lists/test.txt", "1 13\n2 12\n3 10\n");
    let json = folder.ok("train lists -o m.model --factors 4 --epochs 2 --json").json();
    assert_eq!(json["source"]["rows"], 8);
    assert_eq!(folder.ok("evaluate m.model lists --json").json()["users"], 3);
    folder.write("lists/train.csv", "user,item\n1,10\n");
    let both = "two files could be the train part";
    folder.fails_saying(3, "train lists -o n.model", &[both, "leave one of them"]);
}

#[test]
fn the_core_has_no_rare_users_or_items() {
    let folder = Folder::new();
    folder.write("rare.csv", [&ratings(), "u,1,5,9\n0,rare,5,9\n"].concat());
    folder.ok("split rare.csv -o parts --k-core 2");
    let all =
        ["train", "valid", "test"].map(|part| folder.text(&format!("parts/{part}.csv"))).concat();
    assert!(!all.contains("\"u\"") && !all.contains("rare"), "{all}");
    assert_eq!(folder.ok("inspect rare.csv --json").json()["users"], 41);
}
