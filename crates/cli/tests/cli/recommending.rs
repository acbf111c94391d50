//! `recommend` and `similar`: lists by original ids.

use crate::support::{Folder, items, keys, rows};
use serde_json::Value;
use std::collections::BTreeSet;

fn lists(folder: &Folder, arguments: &str) -> Vec<Value> {
    folder.ok(arguments).json_lines()
}

fn seen(user: &Value) -> BTreeSet<String> {
    let user: u32 = user.as_str().unwrap().parse().unwrap();
    let of_user = |row: &[u32; 4]| row[0] == user;
    rows().into_iter().filter(of_user).map(|row| row[1].to_string()).collect()
}

#[test]
fn json_is_one_line_a_user() {
    let folder = Folder::trained();
    folder.write("users.txt", "\u{feff}3\r\n\r\n1\r\n");
    let lists = lists(&folder, "recommend good.model --user 5 --users users.txt -k 4 --json");
    let users: Vec<&Value> = lists.iter().map(|list| &list["user"]).collect();
    assert_eq!(users, ["5", "3", "1"]);
    for list in &lists {
        assert_eq!(keys(list), ["items", "user"]);
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 4);
        let score = |item: &Value| item["score"].as_f64().unwrap();
        assert!(items.iter().all(|item| keys(item) == ["item", "score"]));
        assert!(items.windows(2).all(|pair| score(&pair[0]) >= score(&pair[1])), "{list}");
    }
}

#[test]
fn seen_items_are_listed_only_on_demand() {
    let folder = Folder::trained();
    let all = lists(&folder, "recommend good.model --all -k 100 --json");
    assert_eq!(all.len(), 40);
    for list in &all {
        let (listed, seen) = (items(list), seen(&list["user"]));
        assert!(listed.iter().all(|item| !seen.contains(item)), "{list}");
        assert_eq!(listed.len() + seen.len(), 30, "{list}");
    }
    let with_seen = lists(&folder, "recommend good.model --all -k 100 --json --with-seen");
    assert!(with_seen.iter().all(|list| items(list).len() == 30));
}

#[test]
fn a_user_with_every_item_gets_an_empty_list_and_a_note() {
    let folder = Folder::new();
    folder.write("full.csv", "user,item\na,1\na,2\nb,1\n");
    folder.ok("train full.csv -o full.model --model popularity");
    let ran = folder.ok("recommend full.model --user a --json");
    assert_eq!(ran.stdout, "{\"items\":[],\"user\":\"a\"}\n");
    assert!(ran.stderr.starts_with("note: nothing to list for 1 user"), "{ran:?}");
    assert_eq!(
        lists(&folder, "recommend full.model --user a --json --with-seen")[0]["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn titles_stand_beside_ids_where_there_are_any() {
    let folder = Folder::trained();
    let titles: String = (0..29).map(|item| format!("{item},\"Tea, no. {item}\"\n")).collect();
    folder.write("titles.csv", ["item,title\n", &titles].concat());
    let json = lists(
        &folder,
        "recommend good.model --user 1 -k 30 --with-seen --json --titles titles.csv",
    );
    for item in json[0]["items"].as_array().unwrap() {
        let id = item["item"].as_str().unwrap();
        match id {
            "29" => assert_eq!(keys(item), ["item", "score"]),
            _ => assert_eq!(item["title"], format!("Tea, no. {id}")),
        }
    }
    let table = folder.ok("recommend good.model --user 1 -k 2 --titles titles.csv").stdout;
    assert!(table.lines().next().unwrap().ends_with("title") && table.contains("Tea, no. "));
    let csv = folder.ok("recommend good.model --user 1 -k 2 --format csv");
    assert_eq!(csv.cells()[0], ["user", "rank", "item", "score"]);
    assert_eq!([csv.cells()[1][1], csv.cells()[2][1]], ["1", "2"]);
}

#[test]
fn titles_that_are_missing_are_counted() {
    let folder = Folder::trained();
    folder.write("few.csv", "item,title\n0,Tea\n1,Jam\n");
    folder.write("other.csv", "item,title\nB0001,Tea\nB0002,Jam\n");
    for list in
        ["recommend good.model --user 1 -k 30 --with-seen", "similar good.model --item 0 -k 30"]
    {
        let ran = folder.ok(&format!("{list} --titles few.csv --json"));
        let missing = match list.starts_with("similar") {
            true => "note: few.csv: no title for 28 of 29 listed items",
            false => "note: few.csv: no title for 28 of 30 listed items",
        };
        assert_eq!(ran.lines("note: "), [missing]);
        assert_eq!(folder.ok(&format!("{list} --titles few.csv --quiet")).stderr, "");
        let said = [
            "other.csv: there is no title for any item of the model",
            "written alike: there is one \"B0001\" in the file, and in the model one \"0\"",
        ];
        folder.fails_saying(3, &format!("{list} --titles other.csv"), &said);
    }
    let all: String = (0..30).map(|item| format!("{item},Tea no. {item}\n")).collect();
    folder.write("all.csv", format!("item,title\n{all}"));
    assert_eq!(folder.ok("recommend good.model --all --titles all.csv").stderr, "");
}

#[test]
fn the_formats_list_the_same() {
    let folder = Folder::trained();
    let json = lists(&folder, "recommend good.model --user 7 -k 5 --json");
    let csv = folder.ok("recommend good.model --user 7 -k 5 --format csv");
    let table = folder.ok("recommend good.model --user 7 -k 5").stdout;
    let of_csv: Vec<&str> = csv.cells()[1..].iter().map(|row| row[2]).collect();
    let of_table: Vec<&str> =
        table.lines().skip(1).map(|line| line.split_whitespace().nth(2).unwrap()).collect();
    assert_eq!(of_csv, items(&json[0]));
    assert_eq!(of_table, of_csv);
}

#[test]
fn the_lists_of_many_users_are_one_csv_file() {
    let folder = Folder::new();
    let rows: String = (0..9000).map(|user| format!("{user},{}\n", user % 3)).collect();
    folder.write("many.csv", ["user,item\n", &rows].concat());
    folder.ok("train many.csv -o many.model --model popularity");
    let ran = folder.ok("recommend many.model --all -k 1 --format csv");
    assert_eq!(ran.cells().len(), 9001);
    assert!(
        ran.cells()[1..].iter().zip(0..).all(|(row, user): (_, u32)| row[0] == user.to_string())
    );
}

#[test]
fn similar_lists_other_items_by_likeness() {
    let folder = Folder::trained();
    for by in ["cosine", "dot"] {
        let json = folder.ok(&format!("similar good.model --item 3 -k 5 --by {by} --json")).json();
        assert_eq!(keys(&json), ["item", "items"]);
        assert_eq!(json["item"], "3");
        let list = items(&json);
        assert!(list.len() == 5 && !list.contains(&"3".to_owned()), "{json}");
        let csv = folder.ok(&format!("similar good.model --item 3 -k 5 --by {by} --format csv"));
        assert_eq!(csv.cells()[0], ["rank", "item", "score"]);
        assert_eq!(csv.cells()[1..].iter().map(|row| row[1]).collect::<Vec<_>>(), list);
    }
}

#[test]
fn whom_to_list_for_can_be_said_in_five_ways() {
    let folder = Folder::trained();
    let all = ["--user <ID>", "--users <FILE>", "--all", "--items <IDS>", "--histories <FILE>"];
    folder.fails_saying(2, "recommend good.model", &all);
}
