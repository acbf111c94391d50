//! Methods on the graph of users and items, with texts beside it.

use crate::support::{Folder, items};

/// `good.csv`, and `items.csv` with a vector of each of its items and of two that nobody had.
fn folder() -> Folder {
    let folder = Folder::trained();
    let kind = |item: i32, n: i32| if item % 3 == n { 1.0 } else { 0.1 * f64::from(item % 7) };
    let row = |item: i32| format!("{item},{},{},{}\n", kind(item, 0), kind(item, 1), kind(item, 2));
    let rows: String = (0..30).map(row).chain([row(998), row(999)]).collect();
    folder.write("items.csv", format!("item,a,b,c\n{rows}"));
    folder
}

fn has(list: &[String], item: &str) -> bool {
    list.iter().any(|listed| listed == item)
}

const FEW: &str = "--factors 8 --epochs 4 --force --item-features items.csv";

#[test]
fn what_nobody_had_is_listed_on_demand() {
    let folder = folder();
    folder.ok(&format!("train good.csv -o m --model alpharec {FEW}"));
    let listed = |more: &str| {
        let ran = folder.ok(&format!("recommend m --user 5 -k 100 --with-seen --json {more}"));
        (items(&ran.json_lines()[0]), ran.stderr)
    };
    let (without, said) = listed("");
    assert!(without.len() == 30 && !has(&without, "998"), "{without:?}");
    assert!(said.contains("note: 2 items that nobody had are left out; --include-cold lists them"));
    let (with, said) = listed("--include-cold");
    assert!(with.len() == 32 && has(&with, "998") && has(&with, "999"), "{with:?}");
    assert_eq!(said, "");
    // What is named is listed; what is denied is not.
    folder.write("allow.txt", "998\n3\n");
    let (allowed, said) = listed("--allow allow.txt");
    assert!(allowed.len() == 2 && !said.contains("--include-cold"), "{said}");
    folder.write("deny.txt", "4\n999\n");
    assert_eq!(listed("--deny deny.txt").0.len(), 29);
    let (denied, _) = listed("--deny deny.txt --include-cold");
    assert!(denied.len() == 30 && has(&denied, "998"), "{denied:?}");
}

#[test]
fn a_method_that_cannot_score_what_nobody_had_does_not_know_it() {
    let folder = folder();
    for (method, count) in [("rlmrec", 30), ("lightgcn", 30), ("alpharec", 32)] {
        folder.ok(&format!("train good.csv -o m --model {method} {FEW}"));
        let ran = folder.ok("recommend m --user 5 -k 100 --with-seen --include-cold --json");
        assert_eq!(items(&ran.json_lines()[0]).len(), count, "{method}");
    }
}

#[test]
fn texts_that_are_missing_are_asked_for() {
    let folder = folder();
    let said = ["there are no vectors of items", "--item-features FILE"];
    for method in ["rlmrec", "alpharec"] {
        folder.fails_saying(3, &format!("train good.csv -o m2 --model {method}"), &said);
    }
    folder.write("two.csv", "user,a,b\n1,0.5,0.5\n2,1,0\n");
    let both = format!("train good.csv -o m2 --model rlmrec --user-features two.csv {FEW}");
    folder.fails_saying(3, &both, &["vectors of users have 2 numbers, those of items 3"]);
    folder.write("few.csv", "item,a,b\n3,0.5,0.5\nunknown,1,0\n4,0,0\n");
    folder.ok("train good.csv -o m2 --model rlmrec --item-features few.csv --epochs 2");
}

#[test]
fn extra_preferences_are_learnt_from() {
    let folder = folder();
    folder.write("extra.csv", "user,liked,disliked\n1,29,3\n2,28,4\nnobody,1,2\n");
    folder.ok(&format!("train good.csv -o m --model lightgcn {FEW}"));
    let plain = folder.read("m");
    for (more, same) in [("", false), ("--set extra_weight=0", true)] {
        let ran = folder
            .ok(&format!("train good.csv -o m --model lightgcn {FEW} --extra extra.csv {more}"));
        assert!(ran.stderr.contains("extra.csv"), "{ran:?}");
        let model = folder.read("m");
        assert!(model != plain, "what was learnt from is told in the model");
        let list = |name: &str| folder.ok(&format!("recommend {name} --user 7 --json")).stdout;
        let with = list("m");
        folder.write("plain", &plain);
        assert_eq!(with == list("plain"), same, "{more}");
    }
    folder.fails_saying(2, "train good.csv -o m2 --extra extra.csv", &["bpr", "lightgcn"]);
}
