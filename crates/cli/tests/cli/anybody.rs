//! Lists for people whom the model does not know.

use crate::support::{Folder, Ran, items, keys, rows};
use serde_json::Value;
use std::collections::BTreeSet;

/// A model whose users are where folding in puts them.
fn exact() -> Folder {
    let folder = Folder::trained();
    folder.ok("train good.csv -o ials.model --model ials --factors 8 --epochs 3");
    folder
}

fn history(user: u32) -> Vec<String> {
    rows().iter().filter(|row| row[0] == user).map(|row| row[1].to_string()).collect()
}

#[test]
fn somebody_who_has_items_gets_the_list_of_a_user_who_has_them() {
    let folder = exact();
    let stored = folder.ok("recommend ials.model --user 7 -k 30 --json").json();
    let given = history(7);
    let by_comma =
        folder.ok(&format!("recommend ials.model --items {} -k 30 --json", given.join(",")));
    let one_by_one: String = given.iter().map(|item| format!(" --items {item}")).collect();
    let one_by_one = folder.ok(&format!("recommend ials.model{one_by_one} -k 30 --json"));
    for ran in [by_comma, one_by_one] {
        let json = ran.json();
        assert_eq!((keys(&json), &json["user"]), (vec!["items", "user"], &Value::Null));
        assert_eq!(json["items"], stored["items"]);
        assert_eq!(ran.stderr, "");
    }
    let with = format!("recommend ials.model --items {} -k 30 --with-seen --json", given.join(","));
    assert_eq!(items(&folder.ok(&with).json()).len(), 30);
    let csv = folder.ok("recommend good.model --items 1,2 -k 2 --format csv");
    assert_eq!((csv.cells()[1][0], csv.cells().len()), ("", 3));
    assert!(folder.ok("recommend good.model --items 1,2 -k 2").stdout.contains("–"));
}

#[test]
fn an_id_with_a_comma_is_taken_whole() {
    let folder = Folder::new();
    folder.write("odd.csv", "user,item\nx,\"a,b\"\nx,c\ny,\"a,b\"\ny,d\n-1,-2\n-1,c\n");
    folder.ok("train odd.csv -o odd.model --model popularity");
    let listed = |given: &str| {
        let ran = folder.run_with(&["recommend", "odd.model", "--items", given, "--json"]);
        assert_eq!(ran.stderr, "");
        items(&ran.json()).into_iter().collect::<BTreeSet<String>>()
    };
    let set = |items: &[&str]| items.iter().map(|item| item.to_string()).collect();
    assert_eq!(listed("a,b"), set(&["c", "d", "-2"]));
    assert_eq!(listed("-2, c"), set(&["a,b", "d"]));
}

#[test]
fn unknown_items_are_told_and_nothing_but_unknown_ones_is_an_error() {
    let folder = Folder::trained();
    let ran = folder.ok("recommend good.model --items 3,zz,5,yy,5 --json");
    let note = "note: --items: the model does not know 2 of 5 items (\"zz\", \"yy\"): left out";
    assert_eq!(ran.lines("note: "), [note]);
    let known = folder.ok("recommend good.model --items 3,5 --json");
    assert_eq!(ran.stdout, known.stdout);
    let such_as = "item ids are those of the training data, such as \"0\"";
    let none = ["the model knows none of 2 items (\"zz\", \"yy\")", such_as];
    folder.fails_saying(3, "recommend good.model --items zz,yy", &none);
    let one = ["--items: the model does not know the item \"zz\"", such_as];
    folder.fails_saying(3, "recommend good.model --items zz", &one);
    let strict = ["--items: the model has no item \"zz\"", "without --strict"];
    folder.fails_saying(3, "recommend good.model --items 3,zz --strict", &strict);
    folder.write("new.csv", "user,item\np,zz\np,yy\nq,zz\n");
    let none = ["new.csv: the model knows none of 2 items", such_as];
    folder.fails_saying(3, "recommend good.model --histories new.csv", &none);
    let popular =
        folder.ok("recommend good.model --histories new.csv --fallback popularity --json");
    assert_eq!(popular.json_lines().len(), 2);
    let alone = folder.ok("recommend good.model --items zz --fallback popularity --json").json();
    assert_eq!(
        (&alone["user"], &alone["items"]),
        (&Value::Null, &popular.json_lines()[0]["items"])
    );
}

#[test]
fn people_of_a_file_are_folded_in_by_it_alone() {
    let folder = exact();
    let stored = folder.ok("recommend ials.model --all -k 30 --json");
    let by_file = folder.ok("recommend ials.model --histories good.csv -k 30 --json");
    assert_eq!(by_file.stdout, stored.stdout);
    assert!(by_file.stderr.starts_with("read good.csv: "), "{by_file:?}");
    // Known or not, what counts is what the file says.
    let of_7: String = history(7).iter().map(|item| format!("3,{item}\nnew,{item}\n")).collect();
    folder.write("others.csv", format!("user,item\n{of_7}"));
    let ran = folder.ok("recommend ials.model --histories others.csv -k 30 --json");
    let lists = ran.json_lines();
    let seven = folder.ok("recommend ials.model --user 7 -k 30 --json").json();
    assert_eq!([&lists[0]["user"], &lists[1]["user"]], ["3", "new"]);
    assert!(lists.iter().all(|list| list["items"] == seven["items"]), "{ran:?}");
}

#[test]
fn histories_are_read_as_interactions_are() {
    let folder = exact();
    let rated: String =
        rows().iter().map(|[user, item, rating, _]| format!("{item};{user};{rating}\n")).collect();
    folder.write("rated.txt", rated);
    let arguments = "--columns user=2,item=1,rating=3 --positive rating>=3";
    folder.ok(&format!(
        "train rated.txt -o high.model --model ials --factors 8 --epochs 3 {arguments}"
    ));
    let stored = folder.ok("recommend high.model --all -k 5 --json");
    let ran =
        folder.ok(&format!("recommend high.model --histories rated.txt -k 5 --json {arguments}"));
    assert_eq!(ran.stdout, stored.stdout);
    folder.write("lists.txt", "9: 1 4 7 10\n8: 2 5\n");
    let ran = folder.ok("recommend ials.model --histories lists.txt --json");
    let users: Vec<Value> = ran.json_lines().iter().map(|list| list["user"].clone()).collect();
    assert_eq!(users, ["8", "9"]);
    folder.write("empty.csv", "");
    folder.write("header.csv", "user,item\n");
    folder.fails_saying(3, "recommend ials.model --histories empty.csv", &["the file is empty"]);
    folder.fails_saying(
        3,
        "recommend ials.model --histories header.csv",
        &["a header and no rows"],
    );
}

#[test]
fn people_of_unknown_items_alone_are_left_out_or_get_the_popular_list() {
    let folder = Folder::trained();
    folder.write("mixed.csv", "user,item\np,3\np,zz\nq,zz\nr,6\n");
    let ran = folder.ok("recommend good.model --histories mixed.csv --json");
    let users = |lists: &[Value]| lists.iter().map(|list| list["user"].clone()).collect::<Vec<_>>();
    assert_eq!(users(&ran.json_lines()), ["p", "r"]);
    let notes = [
        "note: mixed.csv: the model does not know 1 of 3 items (\"zz\"): left out",
        "note: mixed.csv: 1 user (\"q\") with no item that the model knows: left out",
    ];
    assert!(notes.iter().all(|note| ran.lines("note: ").contains(note)), "{ran:?}");
    let ran = folder.ok("recommend good.model --histories mixed.csv --fallback popularity --json");
    let lists = ran.json_lines();
    assert_eq!(users(&lists), ["p", "q", "r"]);
    folder.ok("train good.csv -o popular.model --model popularity");
    let popular = folder.ok("recommend popular.model --user 3 --with-seen --json").json();
    assert_eq!(lists[1]["items"], popular["items"]);
    assert!(ran.stderr.contains("with no item that the model knows: the popular list stands in"));
    let strict = ["mixed.csv: the model has no item \"zz\""];
    folder.fails_saying(3, "recommend good.model --histories mixed.csv --strict", &strict);
}

#[test]
fn users_whom_the_model_does_not_know_are_counted_and_the_others_served() {
    let folder = Folder::trained();
    folder.write("users.txt", "5\nzz\n3\nyy\nxx\nww\n");
    let ran = folder.ok("recommend good.model --users users.txt --json");
    let users = |lists: &[Value]| lists.iter().map(|list| list["user"].clone()).collect::<Vec<_>>();
    assert_eq!(users(&ran.json_lines()), ["5", "3"]);
    let note = "note: users.txt: the model does not know 4 of 6 users (\"zz\", \"yy\", \"xx\", …): \
                left out";
    assert_eq!(ran.lines("note: "), [note]);
    assert_eq!(folder.ok("recommend good.model --users users.txt --json --quiet").stderr, "");

    let ran = folder.ok("recommend good.model --users users.txt --fallback popularity --json");
    let lists = ran.json_lines();
    assert_eq!(users(&lists), ["5", "zz", "3", "yy", "xx", "ww"]);
    folder.ok("train good.csv -o popular.model --model popularity");
    let popular = folder.ok("recommend popular.model --user 3 --with-seen --json").json();
    for (n, list) in lists.iter().enumerate().filter(|(n, _)| ![0, 2].contains(n)) {
        assert_eq!(list["items"], popular["items"], "{n}");
    }
    let known = folder.ok("recommend good.model --user 5 --json").json();
    assert_eq!(lists[0], known);
    let one = folder.ok("recommend good.model --user zz --fallback popularity --json").json();
    assert_eq!(one, lists[1]);

    folder.write("nobody.txt", "zz\nyy\n");
    let none = ["nobody.txt: the model knows none of 2 users", "such as \"0\""];
    folder.fails_saying(3, "recommend good.model --users nobody.txt", &none);
}

#[test]
fn a_user_twice_has_one_list() {
    let folder = Folder::trained();
    folder.write("users.csv", "name,user_id\nAnn,5\nBob,3\nAnn,5\n");
    let ran = folder.ok("recommend good.model --users users.csv --user 3 --json");
    let users: Vec<Value> = ran.json_lines().iter().map(|list| list["user"].clone()).collect();
    assert_eq!(users, ["3", "5"]);
    assert_eq!(ran.lines("note: "), ["note: 2 repeated ids of users: each has one list"]);
}

#[test]
fn a_method_that_can_not_fold_in_says_so() {
    let folder = Folder::trained();
    // A file whose parameters are of no method gives lists of its users alone.
    let path = folder.path("good.model");
    let mut file = foretaste::model::ModelFile::load(&path).unwrap();
    file.info.parameters = serde_json::json!({ "factors": -1 });
    let bytes = file.to_bytes().unwrap();
    folder.write("strange.model", bytes);
    folder.ok("recommend strange.model --user 3");
    let said = ["this model knows no users but those", "--model bpr or ials"];
    folder.fails_saying(2, "recommend strange.model --items 3", &said);
}

/// Who has only what is not positive is nobody the model could know, and is told.
#[test]
fn people_without_a_positive_row_are_told() {
    let folder = exact();
    let popular =
        items(&folder.ok("recommend ials.model --user zz --fallback popularity --json").json());
    let [first, second] = [&popular[0], &popular[1]];
    folder.write("rated.csv", format!("user,item,rating\nb,{first},1\na,3,5\nc,{second},2\n"));
    let list = "recommend ials.model --histories rated.csv --json --positive";
    let users =
        |ran: &Ran| ran.json_lines().iter().map(|list| list["user"].clone()).collect::<Vec<_>>();
    let ran = folder.ok(&format!("{list} rating>=4"));
    assert_eq!(users(&ran), ["a"]);
    let note = "note: rated.csv: 2 users (\"b\", \"c\") without a positive row: ";
    assert_eq!(ran.lines("note: "), [format!("{note}left out")]);
    let ran = folder.ok(&format!("{list} rating>=4 --fallback popularity"));
    assert_eq!(users(&ran), ["a", "b", "c"]);
    assert_eq!(ran.lines("note: "), [format!("{note}the popular list stands in")]);
    // What they had is left out.
    let lists = ran.json_lines();
    assert_eq!(items(&lists[1])[0], *second);
    assert!(!items(&lists[2]).contains(second));
    let none = folder.ok(&format!("{list} rating>=4 --fallback popularity --seen none"));
    assert_eq!(items(&none.json_lines()[1]), popular);
    let strict = ["rated.csv: 2 users (\"b\", \"c\") without a positive row", "--strict"];
    folder.fails_saying(3, &format!("{list} rating>=4 --strict"), &strict);
    // And if nobody has one.
    folder.fails_saying(3, &format!("{list} rating>=6"), &["none of 3 passes rating>=6", ""]);
    let ran = folder.ok(&format!("{list} rating>=6 --fallback popularity"));
    assert_eq!(users(&ran), ["a", "b", "c"]);
}
