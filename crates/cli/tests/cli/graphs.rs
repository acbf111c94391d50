//! Methods on the graph of users and items, with texts beside it.

use crate::support::{Folder, items};
use serde_json::Value;

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

/// Items of three groups, which their texts tell. A user has items of one group, and wants another one of
/// which nobody who has the same items has had any.
#[test]
fn shuffled_features_are_a_control_of_what_features_bring() {
    let folder = Folder::new();
    let kind = |item: usize| ["red", "green", "blue"][item % 3];
    let texts: String = (0..30).map(|item| format!("{item},a {} thing\n", kind(item))).collect();
    folder.write("texts.csv", format!("item,text\n{texts}"));
    let rows = |ahead: &[usize]| -> String {
        let item = |user: usize, ahead: usize| (user / 3 + ahead) % 10 * 3 + user % 3;
        let row = |user, ahead| format!("{user},{}\n", item(user, ahead));
        (0..30).flat_map(|user| ahead.iter().map(move |&ahead| row(user, ahead))).collect()
    };
    folder.write("train.csv", rows(&[0, 1, 2]));
    folder.write("test.csv", rows(&[5]));
    let recalls = |command: &str| -> Vec<f64> {
        let told = folder.ok(&format!("{command} --json")).json();
        let recall = |row: &Value| row["metrics"]["recall@7"]["mean"].as_f64().unwrap();
        told["rows"].as_array().unwrap().iter().map(recall).collect()
    };
    let method = "alpharec:epochs=40,lr=0.02,factors=8";
    let on = "--data . --item-texts texts.csv --metrics recall@7";
    let both = recalls(&format!("compare {method} control={method},shuffled_features=true {on}"));
    // A user's group has seven other items.
    assert!(both[0] > 0.9 && both[1] < 0.6, "{both:?}");
    let all = format!("compare popularity {method} {on} --shuffled-features");
    assert_eq!(recalls(&all)[1], both[1]);

    let experiment = "metrics = [\"recall@7\"]\n[data]\npath = \".\"\nitem_texts = \"texts.csv\"\n\
        shuffled_features = true\n[[methods]]\nname = \"control\"\nmodel = \"alpharec\"\n\
        params = { epochs = 40, lr = 0.02, factors = 8 }\n[[methods]]\nmodel = \"alpharec\"\n\
        params = { epochs = 40, lr = 0.02, factors = 8, shuffled_features = false }\n";
    folder.write("e.toml", experiment);
    for _ in 0..2 {
        // The second time by what is kept of the first.
        assert_eq!(recalls("experiment e.toml -o results"), [both[1], both[0]]);
    }
    let info = |name: &str| folder.ok(&format!("model info {name} --json")).json();
    let train = "train train.csv --model alpharec --epochs 2 --item-texts texts.csv -o";
    folder.ok(&format!("{train} shuffled --shuffled-features"));
    assert_eq!(info("shuffled")["training"]["shuffled_features"], true);
    folder.ok(&format!("{train} m"));
    assert!(info("m")["training"].get("shuffled_features").is_none());
    let bpr = "train train.csv -o x --item-texts texts.csv --shuffled-features --model bpr";
    folder.fails_saying(2, bpr, &["bpr: it uses no features"]);
    let none = "train train.csv -o x --shuffled-features --model alpharec";
    folder.fails_saying(2, none, &["shuffled features: there are no features"]);
    let none = format!("compare popularity {on} --shuffled-features");
    folder.fails_saying(2, &none, &["none of the methods uses features"]);
}
