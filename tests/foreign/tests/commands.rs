//! The method is known wherever a method is named.

use serde_json::Value;
use std::path::Path;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample/interactions.csv");

fn run(folder: &Path, arguments: &str) -> std::process::Output {
    let program = assert_cmd::cargo::cargo_bin!("foretaste-foreign");
    let arguments = arguments.replace("DATA", DATA);
    let mut command = std::process::Command::new(program);
    let command = command.current_dir(folder).args(arguments.split(' ')).args(["--json"]);
    command.output().expect("the program was built with the test")
}

fn json(folder: &Path, arguments: &str) -> Value {
    let ran = run(folder, arguments);
    assert!(ran.status.success(), "{arguments}: {}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("results are JSON")
}

fn fails_saying(folder: &Path, code: i32, arguments: &str, said: &str) {
    let ran = run(folder, arguments);
    let message = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.code() == Some(code) && message.contains(said), "{arguments}: {message}");
}

#[test]
fn a_method_of_somebody_elses_is_trained_compared_tuned_and_put_to_the_test() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    json(folder, "split DATA -o parts --valid 0.1 --test 0.2");
    let described = json(folder, "methods together");
    assert_eq!(described["parameters"][0]["range"], "from 0 to 1");
    let trained = json(folder, "train parts -o m --model together --set normalise=0.4");
    assert_eq!(trained["config"]["normalise"], 0.4);
    assert_eq!(json(folder, "model info m")["method"], "together");
    let list = json(folder, "recommend m --user 1 -k 3");
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    let ndcg = |run: &str| {
        let compared =
            json(folder, &format!("compare --data parts popularity {run} --metrics ndcg@10"));
        let row = |n: usize| compared["rows"][n]["metrics"]["ndcg@10"]["mean"].as_f64().unwrap();
        (row(0), row(1))
    };
    let (popularity, together) = ndcg("together:normalise=0.4");
    assert!(together > popularity, "{together}, popularity {popularity}");
    assert_eq!(ndcg("m").1, together, "the file is the model");
    let tuned =
        json(folder, "tune parts --model together --range normalise=0.0|0.5 --trials 2 -o tuned");
    assert_eq!(tuned["trials"].as_array().unwrap().len(), 2);
    // Users whom it has not seen are folded in.
    let rows = std::fs::read_to_string(folder.join("parts/train.csv")).unwrap();
    let some = |line: &&str| !line.split(',').next().is_some_and(|user| user.ends_with('7'));
    let rows: Vec<&str> = rows.lines().filter(some).collect();
    std::fs::write(folder.join("some.csv"), rows.join("\n")).unwrap();
    json(folder, "train some.csv -o some --model together");
    let evaluated = json(folder, "evaluate some parts --metrics ndcg@10");
    assert!(evaluated["users_folded_in"].as_u64() > Some(10), "{evaluated}");
    let experiment = "[data]\npath = \"parts\"\n[[methods]]\nmodel = \"together\"\n";
    std::fs::write(folder.join("e.toml"), experiment).unwrap();
    json(folder, "experiment e.toml -o results");

    learns_from_each_feedback(folder);
    learns_from_extra_preferences(folder);
    fails_saying(folder, 2, "train parts -o x --model together --set normalise=2", "from 0 to 1");
    fails_saying(
        folder,
        2,
        "train parts -o x --model together --set clip=2",
        "no parameter `clip`",
    );
    fails_saying(folder, 2, "train parts -o x --model togther", "did you mean `together`?");
}

/// Views make the models differ; items that were only viewed are in them.
fn learns_from_each_feedback(folder: &Path) {
    const WRITTEN: &str = "a folder of the test's own";
    std::fs::write(folder.join("view.csv"), "1,a\n1,b\n1,c\n2,c\n2,a\n").expect(WRITTEN);
    std::fs::write(folder.join("buy.csv"), "1,a\n2,a\n2,b\n").expect(WRITTEN);
    let train = "-m together --force -o m";
    json(folder, &format!("train buy.csv {train}"));
    assert_eq!(listed(folder), ["b"]);
    let trained = json(folder, &format!("train . --feedback view,buy {train}"));
    assert_eq!(trained["source"]["feedback"][0]["name"], "view");
    assert_eq!(listed(folder), ["b", "c"]);
    let info = json(folder, "model info m");
    assert_eq!(info["training"]["feedback"]["as"], "each");
    // The others of a comparison know no item that was viewed alone; who is compared is ranked on all.
    std::fs::write(folder.join("test.csv"), "1,c\n2,c\n").expect(WRITTEN);
    let compared = json(folder, "compare together popularity --data . --feedback view,buy -k 1");
    let hits = |n: usize| compared["rows"][n]["metrics"]["recall@1"]["mean"].as_f64();
    assert_eq!((hits(0), hits(1)), (Some(0.5), Some(0.0)), "{compared}");
    let union = "train . --feedback view,buy --feedback-as union -m together -o n";
    fails_saying(folder, 2, union, "together: it learns from each feedback by itself");
}

/// Two items that nobody has with another are told apart by what is said of them.
fn learns_from_extra_preferences(folder: &Path) {
    const WRITTEN: &str = "a folder of the test's own";
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect(WRITTEN);
    write("few.csv", "1,a\n2,b\n3,c\n");
    let train = "train few.csv -m together --force -o m";
    let plain = json(folder, train);
    assert_eq!(
        (listed(folder), &plain["source"]["extra"]),
        (vec!["b".into(), "c".into()], &Value::Null)
    );
    write("extra.csv", "user,liked,disliked\n1,c,b\n1,c,b\n1,c,x\n9,c,b\n1,c,c\n1,c,a\n");
    let ran = run(folder, &format!("{train} --extra extra.csv"));
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    for remark in [
        "2 of 6 rows have a user or an item that is not in the data (\"x\", \"9\"): left out",
        "1 of 6 rows prefer an item to itself: left out",
        "1 of 6 rows were there before",
        "1 of 6 rows dislike an item that the user has",
        "training together on 3 interactions of 3 users and 3 items, and on 2 extra preferences",
    ] {
        assert!(said.contains(remark), "{remark:?} is not in {said}");
    }
    assert_eq!(listed(folder), ["c", "b"]);
    let trained: Value = serde_json::from_slice(&ran.stdout).expect("results are JSON");
    let extra = &trained["source"]["extra"];
    assert_eq!((&extra["used"], &extra["unknown"]), (&Value::from(2), &Value::from(2)));
    let of_file = || json(folder, "model info m")["training"]["extra"].clone();
    let noted = of_file();
    assert_eq!(noted["rows"], 2);
    // The order of the rows is nothing; another row is.
    write("extra.csv", "1,c,a\n1,c,b\n");
    json(folder, &format!("{train} --extra extra.csv"));
    assert_eq!(of_file(), noted);
    write("extra.csv", "1,b,c\n");
    json(folder, &format!("{train} --extra extra.csv --set extra_weight=3"));
    assert_ne!(of_file()["fingerprint"], noted["fingerprint"]);
    assert_eq!(listed(folder), ["b", "c"]);
    searches_learn_from_extra_preferences(folder);
    let train = "train few.csv -o x";
    let said = "leave it out, or train what learns from them: lightgcn, rlmrec and together";
    fails_saying(folder, 2, &format!("{train} -m bpr --extra extra.csv"), said);
    write("none.csv", "7,8,9\n");
    let said = "there is no preference between two items by a user of the data";
    fails_saying(folder, 3, &format!("{train} -m together --extra none.csv"), said);
    fails_saying(folder, 3, &format!("{train} -m together --extra nowhere.csv"), "nowhere.csv");
    fails_saying(
        folder,
        2,
        "train few.csv -m together --extra few.csv --force -o few.csv",
        "few.csv",
    );
}

/// A comparison, a search and an experiment give what the training does, and do not take one for another.
fn searches_learn_from_extra_preferences(folder: &Path) {
    const WRITTEN: &str = "a folder of the test's own";
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect(WRITTEN);
    std::fs::create_dir(folder.join("liked")).expect(WRITTEN);
    write("liked/train.csv", "1,a\n2,b\n3,c\n4,d\n4,x\n");
    write("liked/valid.csv", "2,c\n");
    write("liked/test.csv", "1,d\n");
    write("extra.csv", "1,c,b\n1,d,c\n1,d,b\n2,c,a\n");
    let recall = |arguments: &str, n: usize| {
        let compared =
            json(folder, &format!("compare --data liked {arguments} --metrics recall@1"));
        compared["rows"][n]["metrics"]["recall@1"]["mean"].as_f64()
    };
    let both = "popularity together --extra extra.csv";
    assert_eq!((recall(both, 1), recall("popularity together", 1)), (Some(1.0), Some(0.0)));
    let said = "popularity does not learn from extra preferences, nor do the others";
    fails_saying(folder, 2, "compare --data liked popularity bpr --extra extra.csv", said);
    let tune = "tune liked --model together --range extra_weight=1.0|2.0 --trials 2 -o searched";
    let tuned = |more: &str| json(folder, &format!("{tune} --metric recall@1{more}"));
    let (with, without) = (tuned(" --extra extra.csv"), tuned(""));
    let score = |tuned: &Value| tuned["best"]["score"].as_f64();
    assert_eq!((score(&with), score(&without)), (Some(1.0), Some(0.0)), "{without}");
    let words = |tuned: &Value| tuned["train"].as_str().unwrap_or_default().to_owned();
    assert!(words(&with).contains("--extra=extra.csv") && !words(&without).contains("--extra"));
    let of = |extra: &str, model: &str| -> Result<Option<f64>, String> {
        let data = format!("[data]\npath = \"liked\"\n{extra}[[methods]]\nmodel = \"{model}\"\n");
        write("liked.toml", &format!("metrics = [\"recall@1\"]\n{data}"));
        let run = "experiment liked.toml --force -o outcome";
        let found = run_or_error(folder, run)?;
        Ok(found["rows"][0]["metrics"]["recall@1"]["mean"].as_f64())
    };
    let extra = "extra = \"extra.csv\"\n";
    assert_eq!(of(extra, "together"), Ok(Some(1.0)));
    assert_eq!(of("", "together"), Ok(Some(0.0)));
    let error = of(extra, "popularity").expect_err("it uses none");
    assert!(error.contains("liked.toml:4:9: extra: none of the methods"), "{error}");
}

fn run_or_error(folder: &Path, arguments: &str) -> Result<Value, String> {
    let ran = run(folder, arguments);
    match ran.status.success() {
        true => Ok(serde_json::from_slice(&ran.stdout).expect("results are JSON")),
        false => Err(String::from_utf8_lossy(&ran.stderr).into_owned()),
    }
}

/// What the model `m` recommends to user 1.
fn listed(folder: &Path) -> Vec<String> {
    let list = json(folder, "recommend m --user 1 -k 3");
    let items = list["items"].as_array().into_iter().flatten();
    items.map(|one| one["item"].as_str().unwrap_or_default().to_owned()).collect()
}
