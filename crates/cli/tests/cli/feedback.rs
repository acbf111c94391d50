//! Several feedbacks and features, from files to a model.

mod held_out;
mod levels;
mod splitting;
mod texts;
mod weights;

use crate::support::{Folder, rows};
use serde_json::Value;
use std::collections::BTreeSet;

const NAMES: [&str; 3] = ["view", "cart", "buy"];

/// Which of the rows are of a feedback: all are views, and some items were never bought.
fn is_of(feedback: usize, user: u32, item: u32) -> bool {
    match feedback {
        0 => true,
        1 => (user + item).is_multiple_of(2),
        _ => !(user + item).is_multiple_of(3) && item != 4,
    }
}

/// `all/view.csv`, `all/cart.csv` and `all/buy.csv`, and the same as `events.csv`.
fn shop() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("all")).unwrap();
    let mut events = "user,item,behavior,time\n".to_owned();
    for (n, name) in NAMES.iter().enumerate() {
        let mut text = "user,item,time\n".to_owned();
        for [user, item, _, time] in rows() {
            if is_of(n, user, item) {
                text += &format!("{user},{item},{time}\n");
                events += &format!("{user},{item},{name},{time}\n");
            }
        }
        folder.write(&format!("all/{name}.csv"), text);
    }
    folder.write("events.csv", events + "1,2,fav,5\n1,3,fav,6\n");
    folder
}

/// The same with features: of an item and a user that nobody knows, and not of item 7.
fn with_features() -> Folder {
    let folder = shop();
    let items = (0..32).filter(|item| *item != 7).map(|item| format!("{item},{item}.5,-1e-3\n"));
    folder.write("items.csv", "item,a,b\n".to_owned() + &items.collect::<String>());
    folder.write("users.csv", (0..41).map(|user| format!("{user},{user}\n")).collect::<String>());
    let tags = (0..30).map(|item| format!("{item},of {}\n{item},all\n", item % 3));
    folder.write("tags.csv", "item,tag\n".to_owned() + &tags.collect::<String>());
    let kinds = (1..41).map(|user| format!("{user},kind {}\n", user % 2));
    folder.write("kinds.csv", "user,tag\n".to_owned() + &kinds.collect::<String>());
    folder
}

const FEATURES: &str = "--item-features items.csv --user-features users.csv --item-tags tags.csv --user-tags kinds.csv";
const FEEDBACK: &str = "--feedback view,cart,buy";

/// The pairs that a file of a folder has.
fn pairs(folder: &Folder, name: &str) -> BTreeSet<(String, String)> {
    let pair = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0].to_owned(), fields[1].to_owned())
    };
    folder.text(name).lines().skip(1).map(pair).collect()
}

#[test]
fn a_folder_and_a_file_of_events_are_the_same_data() {
    let folder = shop();
    let from = |data: &str| folder.ok(&format!("inspect {data} {FEEDBACK} --json")).json();
    let (file, files) = (from("events.csv"), from("all"));
    for name in ["feedback", "users", "items", "interactions", "density", "per_user", "popularity"]
    {
        assert_eq!(file[name], files[name], "{name}");
    }
    let feedback = file["feedback"].as_array().unwrap();
    for (n, (found, name)) in feedback.iter().zip(NAMES).enumerate() {
        let own = pairs(&folder, &format!("all/{name}.csv"));
        let target = pairs(&folder, "all/buy.csv");
        assert_eq!(found["name"], name);
        assert_eq!(
            (&found["rows"], &found["interactions"]),
            (&own.len().into(), &own.len().into())
        );
        let share = own.intersection(&target).count() as f64 / target.len() as f64;
        assert_eq!(found["share_of_target"], share, "{n}");
    }
    assert!(feedback[1]["share_of_target"].as_f64().unwrap() < 1.0);
}

#[test]
fn both_train_the_same_model_and_it_is_the_targets() {
    let folder = shop();
    let train =
        |data: &str| folder.ok(&format!("train {data} --factors 4 --epochs 3 --force -o m"));
    let file = train(&format!("events.csv {FEEDBACK}"));
    let of_file = folder.read("m");
    let said = "bpr learns from buy; view and cart are left out";
    assert!(file.stderr.contains(said), "{file:?}");
    assert!(file.stderr.contains("note: events.csv: 2 rows of other events left out: fav (2)"));
    train(&format!("all {FEEDBACK}"));
    assert_eq!(folder.read("m"), of_file);
    let lists = || folder.ok("recommend m --all --json").stdout;
    let of_several = lists();
    train("all/buy.csv");
    assert_eq!(lists(), of_several);
    assert!(folder.read("m").len() < of_file.len(), "the file of several has their pairs, too");
    train("all --feedback cart,view,buy");
    assert_eq!(folder.read("m"), of_file);
    train("all --feedback buy,cart,view");
    assert_ne!(folder.read("m"), of_file);
    train("all --feedback view");
    let views = folder.read("m");
    train("all/view.csv");
    assert_eq!(folder.read("m"), views);
}

#[test]
fn a_union_is_learned_from_and_the_target_left_out_of_lists() {
    let folder = shop();
    let train = format!("train all {FEEDBACK} --factors 4 --epochs 3 --json");
    let json = folder.ok(&format!("{train} -o union --feedback-as union")).json();
    let source = &json["source"];
    let all = pairs(&folder, "all/view.csv").len();
    let trained = folder.ok(&format!("{train} -o union --force --feedback-as union"));
    assert!(trained.stderr.contains(&format!("training bpr on {all} interactions")), "{trained:?}");
    assert_eq!(source["feedback_as"], "union");
    let names: Vec<&Value> =
        source["feedback"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["view", "cart", "buy"]);
    let info = folder.ok("model info union --json").json();
    assert_eq!(info["training"]["feedback"]["as"], "union");
    // Item 4 was never bought, and is known by its views.
    let bought = folder.ok(&format!("{train} -o target")).json();
    assert_eq!(bought["source"]["feedback_as"], "target");
    folder.fails_saying(2, "similar target --item 4", &["the model has no item \"4\""]);
    folder.ok("similar union --item 4");
    let listed = folder.ok("recommend union --user 0 -k 30 --json").json();
    let items: BTreeSet<String> = (listed["items"].as_array().unwrap().iter())
        .map(|one| one["item"].as_str().unwrap().to_owned())
        .collect();
    let of_user = |name| {
        let pairs = pairs(&folder, name).into_iter();
        pairs.filter(|(user, _)| user == "0").map(|(_, item)| item).collect::<BTreeSet<_>>()
    };
    assert!(items.is_disjoint(&of_user("all/buy.csv")));
    assert!(of_user("all/view.csv").difference(&of_user("all/buy.csv")).all(|i| items.contains(i)));
}

#[test]
fn a_union_is_that_of_one_file() {
    let folder = shop();
    let lines =
        |name: &str| folder.text(name).lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let mut all = vec!["user,item,time".to_owned()];
    NAMES.iter().for_each(|name| all.extend(lines(&format!("all/{name}.csv"))));
    folder.write("one.csv", all.join("\n"));
    let train = |data: &str| {
        folder.ok(&format!("train {data} --factors 4 --epochs 3 --json -o m --force")).json()
    };
    let (one, union) = (train("one.csv"), train(&format!("all {FEEDBACK} --feedback-as union")));
    assert_eq!(one["history"], union["history"]);
}

#[test]
fn features_are_counted_and_left_out_of_what_does_not_use_them() {
    let folder = with_features();
    let json = folder.ok(&format!("inspect all {FEEDBACK} {FEATURES} --json")).json();
    let of =
        |n: usize, names: [&str; 3]| names.map(|name| json["features"][n][name].as_u64().unwrap());
    assert_eq!(of(0, ["with", "without", "alone"]), [31, 1, 2]);
    assert_eq!(of(1, ["with", "without", "alone"]), [41, 0, 1]);
    assert_eq!(of(2, ["with", "without", "tags"]), [30, 2, 4]);
    assert_eq!(json["features"][2]["most_frequent"][0]["tag"], "all");
    let table = folder.ok(&format!("inspect all {FEEDBACK} {FEATURES}")).stdout;
    for line in [
        "feedback cart",
        "features of items",
        "tags of items",
        "features of users",
        "tags of users",
    ] {
        assert!(table.contains(line), "{line}: {table}");
    }
    folder.ok("train all/buy.csv --factors 4 --epochs 3 -o plain");
    let ran =
        folder.ok(&format!("train all/buy.csv {FEATURES} --factors 4 --epochs 3 -o m --json"));
    assert_eq!(folder.read("m"), folder.read("plain"));
    for said in [
        "note: items.csv: 1 item is not in it",
        "note: users.csv: 1 user is known by it alone",
        "features of users, features of items, tags of users and tags of items are left out",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    let features = ran.json()["source"]["features"].clone();
    assert_eq!(features[0]["file"], "items.csv");
    assert_eq!(features[2]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn data_of_one_feedback_says_nothing_new() {
    let folder = shop();
    let json = folder.ok("inspect all/buy.csv --json").json();
    assert!(json.get("feedback").is_none() && json.get("features").is_none());
    let json = folder.ok("train all/buy.csv -o m --factors 4 --epochs 1 --json").json();
    assert!(
        json["source"].get("feedback").is_none() && json["source"].get("feedback_as").is_none()
    );
    let ran = folder.ok("inspect events.csv");
    assert!(ran.stderr.contains("--feedback tells them apart"), "{ran:?}");
}

#[test]
fn what_can_not_be_is_said() {
    let folder = with_features();
    folder.write("strange.csv", "item,a\nx,1\n");
    folder.write("nan.csv", "item,a\n1,2\n2,nan\n");
    for (code, arguments, said) in [
        (2, "inspect all --feedback view,view", &["\"view\" is given twice"][..]),
        (2, "inspect all --feedback view,,buy", &["has an empty name"]),
        (2, "inspect all --feedback train,buy", &["train.csv can't be the file of a feedback"]),
        (2, "split events.csv --feedback view,../x -o p", &["../x.csv can't be the file"]),
        (
            3,
            "inspect all --feedback veiw,buy",
            &[
                "there is no veiw.csv (did you mean `view`?); there are: buy.csv, cart.csv, view.csv",
            ],
        ),
        (
            3,
            "inspect events.csv --feedback view,purchase",
            &["no row is of \"purchase\"; there are: view ("],
        ),
        (3, "inspect events.csv --feedback veiw,buy", &["(did you mean \"view\"?)", "fav (2)"]),
        (
            3,
            "inspect all/buy.csv --feedback view,buy",
            &["no column says which rows are view,buy", "event=N"],
        ),
        (3, "inspect all", &["all: is a folder, not a file"]),
        (3, "train all -o m", &["all: there is no train.csv", "--feedback"]),
        (2, "train all/buy.csv -o m --feedback-as union", &["there is one feedback", "--feedback"]),
        (2, "train all --feedback buy -o m --feedback-as union", &["there is one feedback"]),
        (3, "inspect all/buy.csv --item-features nan.csv", &["nan.csv:3: column 2 is \"nan\""]),
        (
            3,
            "inspect all/buy.csv --item-features strange.csv",
            &["none of its items is in the data"],
        ),
        (3, "inspect all/buy.csv --item-tags none.csv", &["none.csv: no such file"]),
        (2, "train all/buy.csv --item-features items.csv -o items.csv --force", &["is an input"]),
        (2, "split all --feedback view,cart,buy -o all --force", &["is an input"]),
    ] {
        folder.fails_saying(code, arguments, said);
    }
}

#[test]
fn commands_that_compare_know_the_training_part_of_a_folder() {
    let folder = shop();
    folder.ok(&format!("split all {FEEDBACK} -o parts"));
    let by_manifest = folder.ok("compare popularity --data parts --json").json();
    let validated = "--range factors=2|4 --trials 1 --json";
    folder.ok(&format!("tune parts --model bpr:epochs=2 {validated} -o a"));
    std::fs::remove_file(folder.path("parts/manifest.json")).unwrap();
    folder.fails_saying(3, "compare popularity --data parts", &["there is no train.csv"]);
    let by_flag = folder.ok(&format!("compare popularity --data parts {FEEDBACK} --json")).json();
    let mean = |json: &Value| json["rows"][0]["metrics"]["ndcg@10"]["mean"].clone();
    assert_eq!(mean(&by_manifest), mean(&by_flag));
    let tuned = folder.ok(&format!("tune parts --model bpr:epochs=2 {validated} -o b {FEEDBACK}"));
    let train = tuned.json()["train"].as_str().unwrap().replace('\'', "");
    assert!(train.contains(&FEEDBACK.replace(' ', "=")), "{train}");
    folder.ok(&format!("train parts {FEEDBACK} --model popularity -o m"));
    let scored = folder.ok(&format!("evaluate m parts {FEEDBACK} --metrics ndcg@10 --json"));
    assert_eq!(scored.json()["metrics"]["ndcg@10"]["mean"], mean(&by_flag));
    let said = ["--feedback view,cart,buy is of a folder"];
    folder.fails_saying(2, &format!("evaluate m all/buy.csv {FEEDBACK}"), &said);
    let said = ["no column says which rows are view,cart,buy"];
    folder.fails_saying(3, &format!("tune all/buy.csv {validated} -o c {FEEDBACK}"), &said);
}

/// Trainings of the same figures: those of `train`, `compare`, `tune` and an experiment.
#[test]
fn a_union_is_compared_searched_and_experimented_with() {
    let folder = with_features();
    folder.ok(&format!("split all {FEEDBACK} -o parts --valid 0.2 --by random"));
    let method = "bpr:epochs=3,factors=4";
    let compare = |runs: &str| {
        let ran = folder.ok(&format!("compare {runs} --data parts --json"));
        let rows = ran.json()["rows"].as_array().unwrap().clone();
        (rows.iter().map(|row| row["metrics"]["ndcg@10"]["mean"].clone()).collect::<Vec<_>>(), ran)
    };
    // The split names its feedbacks.
    let ((union, ran), (target, _)) =
        (compare(&format!("{method} --feedback-as union")), compare(method));
    assert_eq!(ran.lines("bpr learns from"), ["bpr learns from the union of view, cart and buy"]);
    assert_ne!(union, target);
    let train = "train parts -m bpr --epochs 3 --factors 4";
    folder.ok(&format!("{train} --feedback-as union -o union"));
    folder.ok(&format!("{train} -o target"));
    // Models that know other items are held against one another on all of them.
    let (both, _) = compare("union target --feedback-as union --feedback view,cart,buy");
    assert_eq!(both[0], union[0]);
    let features = "--item-features items.csv --item-tags tags.csv";
    let (beside, ran) = compare(&format!("{method} {features}"));
    let said = "bpr learns from the interactions; features of items and tags of items are left out";
    assert_eq!(ran.lines("bpr learns"), [said]);
    assert_eq!(beside, target);

    let search = "--range lr=0.05|0.06 --trials 1 --metric ndcg@10 --json";
    let tuned = |more: &str, to: &str| {
        let tuned = folder.ok(&format!("tune parts --model {method} {search} -o {to} {more}"));
        (tuned.json()["best"]["score"].clone(), tuned.json()["train"].as_str().unwrap().to_owned())
    };
    let ((of_union, again), (of_target, _)) = (tuned("--feedback-as union", "a"), tuned("", "a"));
    assert_ne!(of_union, of_target, "a trial of another lesson is another one");
    let again = again.strip_prefix("foretaste ").unwrap().replace('\'', "");
    let again = folder.ok(&format!("{again} --json")).json();
    assert_eq!(again["source"]["feedback_as"], "union");

    let experiment = |more: &str| {
        let text = format!(
            "metrics = [\"ndcg@10\", \"recall@20\"]\n[data]\npath = \"parts\"\n{more}[[methods]]\nmodel = \"bpr\"\n\
             params = {{ epochs = 3, factors = 4 }}\n"
        );
        folder.write("e.toml", text);
        let found = folder.ok("experiment e.toml -o results --force --json").json();
        found["rows"][0]["metrics"]["ndcg@10"]["mean"].clone()
    };
    assert_eq!(experiment(""), target[0]);
    assert_eq!(experiment("feedback_as = \"union\"\n"), union[0]);
    let named = "feedback = [\"view\", \"cart\", \"buy\"]\nitem_features = \"items.csv\"\n";
    assert_eq!(experiment(named), target[0]);
    folder.write(
        "bad.toml",
        "[data]\npath = \"parts\"\nfeedback = [\"buy\", \"buy\"]\n[[methods]]\nmodel = \"bpr\"\n",
    );
    folder.fails_saying(2, "experiment bad.toml -o r", &["bad.toml:3:", "given twice"]);
}
