//! `explain`, and `similar` of users and of many items.

use crate::support::{Folder, items, keys, rows};
use serde_json::Value;
use std::collections::BTreeSet;

fn value(json: &Value) -> f64 {
    json.as_f64().unwrap()
}

/// What an explanation sums to, and the sum of the sizes of its parts.
fn sum(json: &Value) -> (f64, f64) {
    let terms = json["terms"].as_array().unwrap().iter().map(|term| value(&term["value"]));
    let parts: Vec<f64> = terms.chain([value(&json["rest"])]).collect();
    (parts.iter().sum(), parts.iter().map(|part| part.abs()).sum())
}

#[test]
fn terms_and_rest_sum_to_the_score_of_the_list() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o popularity.model --model popularity");
    folder.ok("train good.csv -o ials.model --model ials --factors 8 --epochs 3");
    folder.ok("train good.csv -o biased.model --factors 8 --epochs 5 --item-bias");
    folder.ok("train good.csv -o relmf.model --model relmf --factors 8 --epochs 3");
    for model in ["good", "popularity", "ials", "biased", "relmf"] {
        let list = format!("recommend {model}.model --user 7 -k 30 --with-seen --json");
        for listed in folder.ok(&list).json()["items"].as_array().unwrap().iter().step_by(7) {
            let item = listed["item"].as_str().unwrap();
            let ran = folder.ok(&format!("explain {model}.model --user 7 --item {item} --json"));
            let json = ran.json();
            assert_eq!(keys(&json), ["item", "nearest", "rest", "score", "terms", "user"]);
            assert_eq!((&json["user"], &json["item"]), (&"7".into(), &item.into()));
            assert_eq!(json["score"], listed["score"], "{model}");
            let (sum, sizes) = sum(&json);
            // Each part is rounded once.
            let bound = sizes * f64::from(f32::EPSILON);
            assert!((sum - value(&json["score"])).abs() <= bound, "{model}: {json}");
        }
    }
}

#[test]
fn of_ials_the_history_is_the_score() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o ials.model --model ials --factors 8 --epochs 3");
    let json = folder.ok("explain ials.model --user 7 --item 3 --json").json();
    let terms = json["terms"].as_array().unwrap();
    let had: BTreeSet<String> =
        rows().iter().filter(|row| row[0] == 7).map(|row| row[1].to_string()).collect();
    let told: BTreeSet<String> =
        terms.iter().map(|term| term["item"].as_str().unwrap().to_owned()).collect();
    assert!(told == had && terms.len() == had.len(), "{json}");
    assert!(terms.iter().all(|term| term["name"] == "item of the history"));
    let values: Vec<f64> = terms.iter().map(|term| value(&term["value"])).collect();
    assert!(values.windows(2).all(|pair| pair[0].abs() >= pair[1].abs()), "{values:?}");
    // A user is stored in f32: K numbers and as many products are rounded.
    let sizes: f64 = values.iter().map(|value| value.abs()).sum();
    assert!(value(&json["rest"]).abs() < 1e-4 * sizes, "{json}");
    // People see the first few, and what the others sum to.
    let table = folder.ok("explain ials.model --user 7 --item 3 -k 2").stdout;
    assert!(table.contains(&format!("{} other items of the history", had.len() - 2)), "{table}");
    assert_eq!(table.matches("item of the history ").count(), 2, "{table}");
    let csv = folder.ok("explain ials.model --user 7 --item 3 -k 2 --format csv");
    assert_eq!(csv.cells().len(), 1 + had.len() + 2 + 2);
    assert_eq!(csv.cells()[0], ["part", "item", "value"]);
}

#[test]
fn what_is_near_is_of_the_history_and_no_part_of_the_score() {
    let folder = Folder::trained();
    folder.write("titles.csv", "item,title\n3,Tea\n4,Jam\n");
    let json = folder.ok("explain good.model --user 7 --item 3 --json --titles titles.csv").json();
    let near = json["nearest"].as_array().unwrap();
    let had: BTreeSet<String> =
        rows().iter().filter(|row| row[0] == 7).map(|row| row[1].to_string()).collect();
    assert!(!near.is_empty());
    assert!(near.iter().all(|near| had.contains(near["item"].as_str().unwrap())), "{json}");
    let similar = folder.ok("similar good.model --item 3 -k 30 --json").json();
    let expected: Vec<String> =
        items(&similar).into_iter().filter(|item| had.contains(item)).take(10).collect();
    let near: Vec<&str> = near.iter().map(|near| near["item"].as_str().unwrap()).collect();
    assert_eq!(near, expected);
    let table = folder.ok("explain good.model --user 7 --item 3 --titles titles.csv").stdout;
    assert!(table.starts_with("item 3 Tea for user 7\n"), "{table}");
    assert!(table.contains("nearest"), "{table}");
}

#[test]
fn similar_users_are_listed_by_likeness() {
    let folder = Folder::trained();
    for by in ["cosine", "dot"] {
        let json = folder.ok(&format!("similar good.model --user 3 -k 5 --by {by} --json")).json();
        assert_eq!((keys(&json), &json["user"]), (vec!["user", "users"], &"3".into()));
        let users = json["users"].as_array().unwrap();
        assert!(users.len() == 5 && users.iter().all(|user| user["user"] != "3"), "{json}");
        let scores: Vec<f64> = users.iter().map(|user| value(&user["score"])).collect();
        assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]), "{json}");
        let csv = folder.ok(&format!("similar good.model --user 3 -k 5 --by {by} --format csv"));
        assert_eq!(csv.cells()[0], ["rank", "user", "score"]);
        let of_csv: Vec<&str> = csv.cells()[1..].iter().map(|row| row[1]).collect();
        assert!(users.iter().map(|user| &user["user"]).eq(of_csv));
    }
    // Users have a taste by their number modulo 3.
    let json = folder.ok("similar good.model --user 3 -k 5 --json").json();
    let alike = |user: &Value| user["user"].as_str().unwrap().parse::<u32>().unwrap() % 3 == 0;
    assert!(json["users"].as_array().unwrap().iter().filter(|user| alike(user)).count() >= 4);
}

#[test]
fn items_like_many_are_what_is_like_each() {
    let folder = Folder::trained();
    folder.write("some.csv", "item,title\n3,Tea\nzz,Nothing\n7,Jam\n3,Tea\n");
    let ran = folder.ok("similar good.model --items some.csv -k 4 --json");
    let lists = ran.json_lines();
    assert_eq!(lists.len(), 2);
    for (list, item) in lists.iter().zip(["3", "7"]) {
        let one = folder.ok(&format!("similar good.model --item {item} -k 4 --json")).json();
        assert_eq!(*list, one);
    }
    let note = "note: some.csv: the model does not know 1 of 4 items (\"zz\"): left out";
    let again = "note: 1 repeated id of items: each has one list";
    assert_eq!(ran.lines("note: "), [note, again]);
    let csv = folder.ok("similar good.model --items some.csv -k 4 --format csv");
    assert_eq!(csv.cells()[0], ["like", "rank", "item", "score"]);
    assert_eq!((csv.cells().len(), csv.cells()[5][0]), (9, "7"));
    let said = ["some.csv:3: the model has no item \"zz\"", "such as \"0\""];
    folder.fails_saying(3, "similar good.model --items some.csv --strict", &said);
    folder.write("none.txt", "zz\n");
    let said = ["none.txt: the model does not know the item \"zz\"", "such as \"0\""];
    folder.fails_saying(3, "similar good.model --items none.txt", &said);
}
