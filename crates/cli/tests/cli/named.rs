//! `sesa`: dimensions that are tags.

use crate::support::{Folder, items};
use serde_json::Value;

/// `good.csv`, and tags of its items and of one that nobody had.
fn folder() -> Folder {
    let folder = Folder::trained();
    let row = |item: i32| format!("{item},kind {}\n{item},\"five, {}\"\n", item % 3, item % 5);
    let rows: String = (0..30).chain([998]).map(row).collect();
    folder.write("tags.csv", format!("item,tag\n{rows}1,Kind 1\n2,Kind 1\n"));
    folder
}

const FEW: &str = "--set epochs=4 --force --item-tags tags.csv";

#[test]
fn reasons_are_tags_and_sum_to_the_score_as_it_is_printed() {
    let folder = folder();
    let ran = folder.ok(&format!("train good.csv -o m --model sesa --set min_items=2 {FEW}"));
    let said = "1 tag differs from others by case alone, and stay apart: Kind 1 and kind 1";
    assert!(ran.stderr.contains(said), "{ran:?}");
    for item in ["3", "998"] {
        let json = folder.ok(&format!("explain m --user 7 --item {item} --json")).json();
        let terms = json["terms"].as_array().unwrap();
        let value = |json: &Value| json.as_f64().unwrap() as f32;
        let sum = terms.iter().fold(0.0, |sum, term| sum + value(&term["value"]));
        assert_eq!((sum, value(&json["rest"])), (value(&json["score"]), 0.0), "{json}");
        let names: Vec<&str> = terms.iter().map(|term| term["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"five, 3"), "{names:?}");
    }
    let all = folder.ok("explain m --user 7 --item 3 --format csv").cells().len();
    let few = folder.ok("explain m --user 7 --item 3 -k 2").stdout;
    assert!(all > 5 && few.contains("other terms"), "{few}");
    let listed = |more: &str| {
        items(&folder.ok(&format!("recommend m --user 5 -k 99 --json {more}")).json_lines()[0])
    };
    let cold = |list: &[String]| list.iter().any(|item| item == "998");
    assert!(!cold(&listed("")) && cold(&listed("--include-cold")));
    folder.ok("similar m --item 3");
    folder.write("new.csv", "user,item\nnew,3\nnew,6\n");
    folder.ok("recommend m --histories new.csv");
}

#[test]
fn tags_that_are_missing_or_too_rare_are_told() {
    let folder = folder();
    let train = "train good.csv -o x --model sesa";
    folder.fails_saying(3, train, &["there are no tags of items", "--item-tags FILE"]);
    let rare = format!("{train} {FEW} --set min_items=99");
    folder.fails_saying(
        3,
        &rare,
        &["no tag is of 99 items: the most frequent one is of", "min_items"],
    );
    let ran = folder.ok(&format!("{train} {FEW} --set min_items=7"));
    assert!(ran.stderr.contains("tags left out 5"), "{ran:?}");
    folder.write("strange.csv", "item,tag\nx,a\ny,a\n");
    let strange = format!("{train} --force --item-tags strange.csv");
    folder.fails_saying(3, &strange, &["strange.csv: none of its items is in the data"]);
    folder.write("one.csv", (0..30).map(|item| format!("{item},all\n")).collect::<String>());
    folder.ok(&format!("{train} --set epochs=2 --force --item-tags one.csv"));
    folder.ok("explain x --user 7 --item 3");
}
