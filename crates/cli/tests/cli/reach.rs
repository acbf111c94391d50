//! What no list can hold, and so makes figures other than they seem: every command that evaluates says
//! the same of it.

use crate::support::Folder;
use serde_json::json;

/// A folder with `odd`, a split by hand whose test part has unknown users and items and overlaps
/// the training part.
fn odd() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("odd")).unwrap();
    let train: String = (0..12)
        .flat_map(|user| (0..6).map(move |n| format!("u{user},i{}\n", (user + n) % 9)))
        .collect();
    folder.write("odd/train.csv", format!("user,item\n{train}"));
    // u0 has i0 in training, not i7; inew, x and y are unknown.
    folder.write("odd/test.csv", "user,item\nu0,i0\nu0,i7\nu1,i8\nu2,inew\nx,i1\ny,i2\ny,i3\n");
    folder
}

const NOTES: [&str; 3] = [
    "note: 2 users in the test data without a list (unknown to the model): each scores 0",
    "note: 1 test interaction of items that the model does not know: misses",
    "note: 1 test interaction among the interactions left out of the lists: misses; do the parts \
     overlap?",
];

#[test]
fn every_command_that_evaluates_says_the_same() {
    let folder = odd();
    folder.ok("train odd -o odd.model --model popularity");
    folder.write(
        "odd.toml",
        "[data]\npath = \"odd\"\n[[methods]]\nmodel = \"popularity\"\n[[methods]]\nmodel = \"bpr\"\n\
         params = { factors = 2, epochs = 2 }\n",
    );
    let test = json!({ "users": 5, "users_without_list": 2, "interactions": 7,
        "of_unknown_users": 3, "of_unknown_items": 1, "masked": 1 });
    let mut means = Vec::new();
    for command in [
        "evaluate odd.model odd",
        "compare popularity bpr:factors=2,epochs=2 --data odd",
        "experiment odd.toml -o out",
    ] {
        let ran = folder.ok(&format!("{command} --json"));
        assert_eq!(ran.lines("note: "), NOTES, "{command}");
        let json = ran.json();
        assert_eq!(json["test"], test, "{command}");
        let of_first = json.get("metrics").unwrap_or(&json["rows"][0]["metrics"]);
        means.push(of_first["ndcg@10"]["mean"].as_f64().unwrap());
        let quiet = folder.run(&format!("{command} --quiet --json --threads 1"));
        assert_eq!(quiet.stderr, "", "{command}");
        let table = folder.ok(command).stdout;
        assert!(table.contains("5 test users, 2 of them without a list"), "{command}: {table}");
    }
    assert!(means.iter().all(|mean| *mean == means[0] && *mean > 0.0), "{means:?}");
}

#[test]
fn where_nothing_can_be_listed_no_figure_is_printed() {
    let folder = odd();
    folder.ok("train odd -o odd.model --model popularity");
    folder.write("odd.toml", "[data]\npath = \"odd\"\n[[methods]]\nmodel = \"popularity\"\n");
    let train = folder.text("odd/train.csv");
    let overlap =
        "odd/test.csv: 72 test interactions that the model could list, and all are left out";
    for (test, said) in [
        (&train[..], [overlap, "held out"]),
        ("user,item\nu0,new\nu1,newer\n", ["the model knows none of the items", "written alike"]),
        ("user,item\nu0,new\nx,i1\n", ["the model knows none of the items", "written alike"]),
    ] {
        folder.write("odd/test.csv", test);
        folder.fails_saying(3, "evaluate odd.model odd", &said);
        folder.fails_saying(3, "compare popularity bpr --data odd", &said);
        let said = said.map(|said| said.trim_start_matches("odd/test.csv"));
        folder.fails_saying(3, "experiment odd.toml -o out", &said);
    }
    folder.write("odd/test.csv", "user,item\nu0,i7\n");
    folder.write("odd/valid.csv", &train);
    let said = ["odd/valid.csv: 72 validation interactions", "held out"];
    let tune = "tune odd --range lr=0.1|0.2 --trials 2 --model bpr:factors=2,epochs=2 -o trials";
    folder.fails_saying(3, tune, &said);
    folder.write("odd/valid.csv", format!("{train}u0,i7\nx,i1\n"));
    let ran = folder.ok(tune);
    let notes = [
        "note: 1 user in the validation data without a list (unknown to the model): each scores 0",
        "note: 72 validation interactions among the interactions left out of the lists: misses; do \
         the parts overlap?",
    ];
    assert_eq!(ran.lines("note: "), notes);
}

#[test]
fn a_user_who_has_every_item_has_no_list() {
    let folder = Folder::new();
    folder.write("train.csv", "user,item\na,1\na,2\nb,1\n");
    folder.write("test.csv", "user,item\na,1\nb,2\n");
    folder.ok("train train.csv -o m.model --model popularity");
    let ran = folder.ok("evaluate m.model test.csv --metrics hit@1 --json");
    assert_eq!((ran.mean("hit@1"), &ran.json()["users_without_list"]), (0.5, &json!(1)));
    let note =
        "note: 1 user in the test data without a list (every item is left out): each scores 0";
    assert_eq!(ran.lines("note: ")[0], note);
}

/// The part by itself has another figure than the folder, as validation rows are candidates.
#[test]
fn a_validation_part_that_is_not_left_out_is_named() {
    let folder = Folder::split();
    let says = |arguments: &str| folder.ok(arguments).lines("note: ").concat();
    let note = "note: parts/valid.csv is not left out of the lists, as `foretaste evaluate part.model \
                parts` would; --mask train says that this is meant";
    for data in ["parts/test.csv", "--test parts/test.csv"] {
        assert_eq!(says(&format!("evaluate part.model {data}")), note);
    }
    for data in [
        "parts",
        "parts/valid.csv",
        "parts/test.csv --mask train",
        "parts --mask train",
        "--test parts/test.csv --train parts/train.csv --mask train",
    ] {
        assert_eq!(says(&format!("evaluate part.model {data}")), "", "{data}");
    }
    // What is said to be typed can be: also for names that a shell would split.
    std::fs::rename(folder.path("parts"), folder.path("my parts")).unwrap();
    let ran = folder.run_with(&["evaluate", "part.model", "my parts/test.csv"]);
    let typed = ran.stderr.split('`').nth(1).unwrap();
    let words = shlex::split(typed).unwrap();
    assert_eq!(words, ["foretaste", "evaluate", "part.model", "my parts"]);
    let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let whole = folder.run_with(&words);
    assert!(whole.code == Some(0) && whole.stderr.lines().all(|line| line.starts_with("read ")));
    assert!(whole.stdout != ran.stdout);
}

#[test]
fn unknown_users_count_in_every_mean_of_relevance() {
    let folder = Folder::new();
    folder.write("train.csv", "user,item\na,1\na,2\nb,2\nb,3\nc,4\n");
    // Hits of a and b: one each of one and two places; x has two places and no list.
    folder.write("test.csv", "user,item\na,3\nb,1\nb,4\nx,1\nx,2\nx,3\n");
    folder.write("rated.csv", "user,item,rating\na,3,5\nb,1,5\nb,4,5\nx,1,5\nx,2,5\nx,3,5\n");
    folder.ok("train train.csv -o m.model --model popularity");
    let metrics = "--metrics precision_micro@2,recall_min@2 --json";
    let all = folder.ok(&format!("evaluate m.model test.csv {metrics} --trec out"));
    assert_eq!(all.mean("precision_micro@2"), 3.0 / 5.0);
    assert_eq!(all.mean("recall_min@2"), 2.0 / 3.0);
    let rated = folder.ok(&format!("evaluate m.model rated.csv --candidates rated {metrics}"));
    for metric in ["precision_micro@2", "recall_min@2"] {
        assert_eq!(rated.mean(metric), all.mean(metric), "{metric}");
    }
    std::fs::create_dir(folder.path("parts")).unwrap();
    for part in ["train.csv", "test.csv"] {
        folder.write(&format!("parts/{part}"), folder.text(part));
    }
    let compared =
        folder.ok(&format!("compare m.model bpr:epochs=1 --data parts {metrics}")).json();
    let of_model = &compared["rows"][0]["metrics"];
    for metric in ["precision_micro@2", "recall_min@2"] {
        assert_eq!(of_model[metric], all.json()["metrics"][metric], "interval included");
    }
}
