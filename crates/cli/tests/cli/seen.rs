//! What was seen and is not positive: kept by `split` and `train`, left out of lists.

use crate::support::{Folder, keys, ratings, rows};
use serde_json::Value;
use std::collections::BTreeSet;

const RULE: &str = "--positive rating>=3";
const SHARES: &str = "--valid 0.2 --test 0.2";
const SMALL: &str = "--factors 8 --epochs 5";

type Pairs = BTreeSet<(String, String)>;

/// The pairs of a part, below its header.
fn part(folder: &Folder, name: &str) -> Pairs {
    let pair = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0].to_owned(), fields[1].to_owned())
    };
    folder.text(name).lines().skip(1).map(pair).collect()
}

/// The pairs of all lists.
fn listed(folder: &Folder, arguments: &str) -> Pairs {
    let ran = folder.ok(&format!("recommend {arguments} --all -k 30 --json"));
    let lists = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_list = |list: Value| {
        let items: Vec<String> =
            list["items"].as_array().unwrap().iter().map(|item| text(&item["item"])).collect();
        items.into_iter().map(move |item| (text(&list["user"]), item))
    };
    lists.flat_map(of_list).collect()
}

/// The pairs that were rated so.
fn rated(passes: impl Fn(u32) -> bool) -> Pairs {
    let all = rows().into_iter().filter(|[_, _, rating, _]| passes(*rating));
    all.map(|[user, item, ..]| (user.to_string(), item.to_string())).collect()
}

/// `good.csv`, and `positive.csv` with its rows of 3 and more alone.
fn good() -> Folder {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let passes =
        |line: &&str| line.split(',').nth(2).unwrap().parse().map_or(true, |n: u32| n >= 3);
    let positive: Vec<String> =
        ratings().lines().filter(passes).map(|line| format!("{line}\n")).collect();
    folder.write("positive.csv", positive.concat());
    folder
}

/// The same, `good.csv` split into `parts`, and `part.model`, trained on their training part.
fn split() -> Folder {
    let folder = good();
    folder.ok(&format!("split good.csv -o parts {RULE} {SHARES}"));
    folder.ok(&format!("train parts -o part.model {SMALL}"));
    folder
}

#[test]
fn every_row_is_in_one_part_and_positives_where_they_were() {
    let folder = good();
    let all: BTreeSet<String> = ratings().lines().skip(1).map(str::to_owned).collect();
    for by in ["random", "last-one", "random-one", "user-time", "time"] {
        let json =
            folder.ok(&format!("split good.csv -o {by} --by {by} {RULE} {SHARES} --json")).json();
        folder.ok(&format!("split positive.csv -o {by}-alone --by {by} {SHARES}"));
        let mut together = Vec::new();
        for name in ["train", "valid", "test"] {
            let alone = folder.read(&format!("{by}-alone/{name}.csv"));
            assert!(folder.read(&format!("{by}/{name}.csv")) == alone, "{by} {name}");
            let seen = format!("{name}-seen");
            let files = [(name.to_owned(), &json["parts"]), (seen, &json["seen"])];
            for (name, described) in files {
                let file = format!("{by}/{name}.csv");
                if described.get(&name).is_none() {
                    assert!(!folder.path(&file).exists(), "{file}");
                    continue;
                }
                let lines: Vec<String> =
                    folder.text(&file).lines().skip(1).map(str::to_owned).collect();
                assert_eq!(described[&name]["interactions"], lines.len(), "{file}");
                together.extend(lines);
            }
        }
        let names = keys(&json["seen"]);
        let expected: &[&str] = match by {
            "random-one" => &["train-seen"],
            _ => &["test-seen", "train-seen", "valid-seen"],
        };
        assert_eq!(names, expected, "{by}");
        assert_eq!(together.len(), all.len(), "{by}");
        assert_eq!(together.into_iter().collect::<BTreeSet<_>>(), all, "{by}");
        let manifest: Value =
            serde_json::from_slice(&folder.read(&format!("{by}/manifest.json"))).unwrap();
        assert_eq!(manifest, json);
        assert!(!folder.path(&format!("{by}-alone/train-seen.csv")).exists());
    }
}

#[test]
fn a_new_split_leaves_nothing_of_an_old_ones() {
    let folder = split();
    let refused = folder.run("split positive.csv -o parts");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let json = folder.ok("split positive.csv -o parts --force --json").json();
    assert!(json.get("seen").is_none(), "{json}");
    for name in ["train-seen", "valid-seen", "test-seen"] {
        assert!(!folder.path(&format!("parts/{name}.csv")).exists(), "{name}");
    }
}

#[test]
fn rows_of_another_split_are_refused() {
    let folder = split();
    folder.write("parts/train-seen.csv", folder.read("parts/test-seen.csv"));
    for command in ["train parts -o other.model", "evaluate part.model parts --mask seen"] {
        folder.fails_saying(3, command, &["train-seen.csv: is not of the split", "--force"]);
    }
    // Nothing else reads them.
    folder.ok("evaluate part.model parts");
    std::fs::remove_file(folder.path("parts/manifest.json")).unwrap();
    folder.ok(&format!("train parts -o other.model {SMALL}"));
    let seen = part(&folder, "parts/test-seen.csv");
    assert!(listed(&folder, "other.model").is_disjoint(&seen), "by its name alone");
}

#[test]
fn lists_leave_out_what_was_seen() {
    let folder = split();
    let (train, seen) = (part(&folder, "parts/train.csv"), part(&folder, "parts/train-seen.csv"));
    let default = listed(&folder, "part.model");
    assert!(default.is_disjoint(&train) && default.is_disjoint(&seen));
    assert_eq!(listed(&folder, "part.model --seen all"), default);
    let positives = listed(&folder, "part.model --seen positives");
    assert!(positives.is_disjoint(&train) && positives.is_superset(&seen));
    assert_eq!(positives.difference(&seen).cloned().collect::<Pairs>(), default);
    let none = listed(&folder, "part.model --seen none");
    assert_eq!(none.len(), 40 * 30);
    assert_eq!(listed(&folder, "part.model --with-seen"), none);
    // What is held out is no part of the model.
    assert!(default.is_superset(&part(&folder, "parts/test-seen.csv")));
    folder.fails_saying(2, "recommend part.model --all --seen some", &["all, positives or none"]);
}

#[test]
fn a_file_trains_as_its_positives_and_keeps_the_rest_for_lists() {
    let folder = good();
    let low = rated(|rating| rating < 3);
    for valid in ["", "--valid 0.2"] {
        let train = format!("{SMALL} {valid} --force -o");
        let json = folder.ok(&format!("train good.csv {RULE} {train} m --json")).json();
        assert_eq!(json["source"]["not_positive"], low.len());
        let alone = folder.ok(&format!("train positive.csv {train} alone --json")).json();
        assert_eq!(json["history"], alone["history"], "nothing is learnt from them");
        assert!(listed(&folder, "m").is_disjoint(&low));
        let positives = listed(&folder, "m --seen positives");
        assert!(positives.is_superset(&low));
        assert_eq!(positives, listed(&folder, "alone"));
    }
    // Nothing to keep is nothing written.
    folder.ok(&format!("train positive.csv -o all {SMALL} {RULE}"));
    folder.ok(&format!("train positive.csv -o plain {SMALL}"));
    assert!(folder.read("all") == folder.read("plain"));
}

#[test]
fn it_is_said_what_there_is() {
    let folder = good();
    let low = rated(|rating| rating < 3).len();
    let json = folder.ok(&format!("inspect good.csv {RULE} --json")).json();
    assert_eq!((&json["not_positive"], &json["below_threshold"]), (&low.into(), &low.into()));
    let table = folder.ok(&format!("inspect good.csv {RULE}")).stdout;
    assert!(table.contains(&format!("seen but not positive      {low} pairs")), "{table}");
    assert!(folder.ok("inspect good.csv --json").json().get("not_positive").is_none());
    folder.write("more.csv", ratings() + "99,1,1,5\n3,99,2,5\n");
    let ran = folder.ok(&format!("train more.csv -o m {RULE} {SMALL}"));
    let said = format!(
        "note: more.csv: {low} pairs seen but not positive; 2 others of users or items without \
         positive feedback left out"
    );
    assert!(ran.stderr.contains(&said), "{ran:?}");
    assert_eq!(folder.ok("model info m --json").json()["not_positive"], low);
}

#[test]
fn evaluations_mask_positives_alone_unless_they_are_asked_to() {
    let folder = split();
    folder.ok(&format!("split positive.csv -o alone {SHARES}"));
    folder.ok(&format!("train alone -o alone.model {SMALL}"));
    let plain = folder.ok("evaluate part.model parts");
    let alone = folder.ok("evaluate alone.model alone");
    assert_eq!(plain.stdout, alone.stdout);
    assert_eq!(plain.stderr.replace("parts/", "alone/"), alone.stderr);
    let json = folder.ok("evaluate part.model parts --json").json();
    assert_eq!(json["mask"], "positives");

    let seen = folder.ok("evaluate part.model parts --mask seen");
    let said = "left out of the lists, too: what was seen in training and is not positive\n";
    assert!(seen.stdout.contains(said) && !plain.stdout.contains(said), "{seen:?}");
    let masked = folder.ok("evaluate part.model parts --mask seen --json").json();
    assert_eq!(masked["mask"], "seen");
    assert_eq!(masked["test"], json["test"]);
    let ndcg = |json: &Value| json["metrics"]["ndcg@10"]["mean"].as_f64().unwrap();
    assert!(ndcg(&masked) > ndcg(&json), "less to rank above what is relevant: {masked}");

    // The model has the same rows, where no training part is named.
    let by_model = folder.ok("evaluate part.model parts/test.csv --mask train+seen --json").json();
    let by_folder = folder.ok("evaluate part.model parts --mask train+seen --json").json();
    assert_eq!(by_model["metrics"], by_folder["metrics"]);
    // And so has the file of all rows of the training part, with the rule.
    let mut both = folder.text("parts/train.csv");
    both.extend(
        folder.text("parts/train-seen.csv").lines().skip(1).map(|line| format!("{line}\n")),
    );
    folder.write("both.csv", both);
    let files = format!("--train both.csv --test parts/test.csv {RULE} --mask train+seen");
    let by_file = folder.ok(&format!("evaluate part.model {files} --json")).json();
    assert_eq!(by_file["metrics"], by_folder["metrics"]);

    let unknown = "nothing says what was seen in training and is not positive";
    for what in ["alone.model alone", "part.model alone", "alone.model alone/test.csv"] {
        folder.fails_saying(3, &format!("evaluate {what} --mask seen"), &[unknown, "--positive"]);
    }
}

#[test]
fn what_was_disliked_in_the_test_is_never_masked() {
    let folder = split();
    folder.ok("evaluate part.model parts --mask seen --metrics recall@30 --trec trec");
    let listed: Pairs = (folder.text("trec/run.txt").lines())
        .map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            (fields[0].to_owned(), fields[2].to_owned())
        })
        .collect();
    assert!(listed.is_disjoint(&part(&folder, "parts/train-seen.csv")));
    for name in ["parts/test-seen.csv", "parts/valid-seen.csv", "parts/test.csv"] {
        assert!(listed.is_superset(&part(&folder, name)), "{name}");
    }
}

/// `shop/view.csv`, and `shop/buy.csv` with ratings.
fn shop() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("shop")).unwrap();
    let (mut views, mut buys) = ("user,item\n".to_owned(), "user,item,rating\n".to_owned());
    for [user, item, rating, _] in rows() {
        views += &format!("{user},{}\n{user},{item}\n", (item + 1) % 30);
        buys += &format!("{user},{item},{rating}\n");
    }
    folder.write("shop/view.csv", views);
    folder.write("shop/buy.csv", buys);
    folder
}

#[test]
fn of_several_feedbacks_it_is_the_targets_rows_unless_all_are_asked_for() {
    let folder = shop();
    folder.ok(&format!("split shop -o parts --feedback view,buy {RULE}"));
    folder.ok(&format!("train parts --feedback view,buy -o m {SMALL}"));
    let (buys, seen) = (part(&folder, "parts/buy.csv"), part(&folder, "parts/train-seen.csv"));
    assert!(seen.is_subset(&rated(|rating| rating < 3)) && !seen.is_empty());
    let views = part(&folder, "parts/view.csv");
    let target = listed(&folder, "m");
    assert!(target.is_disjoint(&buys) && target.is_disjoint(&seen) && !target.is_disjoint(&views));
    let all = listed(&folder, "m --seen-feedback all");
    assert_eq!(all, target.difference(&views).cloned().collect());
    let positives = listed(&folder, "m --seen positives --seen-feedback all");
    assert!(positives.is_disjoint(&views) && positives.is_superset(&all));
    folder.fails_saying(2, "recommend m --all --seen none --seen-feedback all", &["no use"]);
    // A union is learned from; the rest is the target's.
    folder.ok(&format!("train parts --feedback view,buy --feedback-as union -o u {SMALL}"));
    let union = listed(&folder, "u");
    assert!(union.is_disjoint(&seen) && !union.is_disjoint(&views));
    assert!(listed(&folder, "u --seen-feedback all").is_disjoint(&views));
}

#[test]
fn what_another_feedback_or_features_bring_into_the_model_is_left_out_as_well() {
    let folder = shop();
    // Nobody rates 30 high: it is known by views alone, or by its features.
    folder.write("shop/buy.csv", folder.text("shop/buy.csv") + "3,30,1\n");
    folder.write("shop/view.csv", folder.text("shop/view.csv") + "4,30\n");
    let train = format!("train shop --feedback view,buy --feedback-as union {RULE} {SMALL}");
    folder.ok(&format!("{train} -o m"));
    let pair = ("3".to_owned(), "30".to_owned());
    let listed = |seen: &str| {
        let ran = folder.ok(&format!("recommend m --user 3 -k 31 {seen}"));
        ran.stdout.lines().any(|line| line.split_whitespace().nth(2) == Some(&pair.1))
    };
    assert!(!listed("") && listed("--seen positives"));
    folder.write("items.csv", "item,a\n30,1\n5,2\n");
    folder.ok(&format!(
        "split shop/buy.csv --item-features items.csv -o parts --by random-one {RULE}"
    ));
    assert!(part(&folder, "parts/train-seen.csv").contains(&pair));
}

#[test]
fn a_model_that_lacks_other_feedbacks_says_so() {
    let folder = good();
    let old = include_bytes!("models/bpr.model");
    folder.write("old.model", old);
    folder.ok(&format!("train good.csv -o one.model {SMALL}"));
    for model in ["old.model", "one.model"] {
        let command = format!("recommend {model} --all --seen-feedback all");
        folder.fails_saying(2, &command, &["no pairs of other feedbacks", "train it again"]);
        assert_eq!(listed(&folder, model), listed(&folder, &format!("{model} --seen positives")));
        assert!(
            folder.ok(&format!("model info {model} --json")).json().get("not_positive").is_none()
        );
    }
}

#[test]
fn a_feedback_cannot_have_the_name_of_such_a_part() {
    let folder = shop();
    let command = "split shop -o parts --feedback train-seen,buy";
    folder.fails_saying(2, command, &["train-seen.csv can't be the file of a feedback"]);
}
