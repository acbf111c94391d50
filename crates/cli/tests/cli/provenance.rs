//! What manifests and models say of where they come from.

use crate::support::{Folder, ratings};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write;

/// A model follows from ids, rows, parameters and seed: not from the file that held the rows.
#[test]
fn the_same_rows_in_another_file_give_the_same_model() {
    let folder = Folder::new();
    let rows = ratings();
    folder.write("a.csv", &rows);
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(rows.as_bytes()).unwrap();
    folder.write("b.csv.gz", gz.finish().unwrap());
    let mut lines: Vec<&str> = rows.lines().skip(1).collect();
    lines.reverse();
    folder.write("c.csv", format!("user,item,rating,time\n{}\n", lines.join("\n")));
    // With rows twice, rows that can't be used, and rows that don't count.
    folder.write("d.tsv", format!("{rows}{}\n,,,\n7,7,x,1\n", lines[3]).replace(',', "\t"));
    folder.write("e.csv", format!("{rows}991,992,0,1\n"));
    for method in ["bpr --factors 8 --epochs 3 --valid 0.2", "popularity"] {
        let train = |file: &str| {
            let json =
                folder.ok(&format!("train {file} -o m.model --model {method} --force --json"));
            (folder.read("m.model"), json.json()["source"].clone())
        };
        let (expected, source) = train("a.csv");
        assert_eq!(source["file"], "a.csv");
        for file in ["b.csv.gz", "c.csv", "d.tsv --on-bad-row skip", "e.csv --positive rating>=1"] {
            let (model, other) = train(file);
            assert!(model == expected, "{method}, {file}");
            assert!(source != other, "the file is told apart by --json");
        }
        assert!(folder.ok("model info m.model --json").json()["training"]["source"].is_null());
    }
}

/// The command that a manifest speaks of.
fn command(manifest: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let source = &manifest["source"];
    let mut command = vec!["split".to_owned(), text(&source["file"])];
    let mut option = |name: &str, value: &Value| {
        if !value.is_null() {
            command.extend([format!("--{name}"), text(value)]);
        }
    };
    let reading = &source["reading"];
    for name in ["columns", "positive", "layout", "delimiter", "on_bad_row"] {
        option(&name.replace('_', "-"), &reading[name]);
    }
    option("k-core", &source["k_core"]);
    option("seed", &manifest["seed"]);
    let method = &manifest["method"];
    let by = match (text(&method["method"]).as_str(), method["held_out"].as_str()) {
        ("leave-one-out", Some("latest")) => "last-one",
        ("leave-one-out", _) => "random-one",
        ("global-time", _) => "time",
        ("user-time", _) => "user-time",
        _ => "random",
    };
    option("by", &by.into());
    match &method["valid"] {
        Value::Bool(valid) => option("valid", &if *valid { 0.1 } else { 0.0 }.into()),
        share => option("valid", share),
    }
    option("test", &method["test"]);
    match reading["header"].as_bool() {
        Some(true) => command.push("--header".into()),
        Some(false) => command.push("--no-header".into()),
        None => {}
    }
    command
}

#[test]
fn a_split_is_made_again_from_its_manifest() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.write("odd.txt", ratings().replace(',', ";").replace("1;1;", "1;;") + "u;1;5;9\n");
    folder.write("ml.dat", ratings().replace(',', "::"));
    for (n, options) in [
        "good.csv",
        "good.csv --positive rating>=3 --k-core 3 --seed 7",
        "good.csv --by last-one --valid 0 --columns user=1,item=2,time=4",
        "good.csv --by time --test 0.3 --header --k-core 2",
        "odd.txt --delimiter ; --columns user=item,item=user --on-bad-row skip --by random-one",
        "ml.dat --delimiter ::",
        "odd.txt --on-bad-row skip --no-header --layout table --delimiter semicolon",
    ]
    .iter()
    .enumerate()
    {
        let (first, again) = (format!("first{n}"), format!("again{n}"));
        folder.ok(&format!("split {options} -o {first}"));
        let text = folder.text(&format!("{first}/manifest.json"));
        let manifest: Value = serde_json::from_str(&text).unwrap();
        let mut command = command(&manifest);
        command.extend(["-o".to_owned(), again.clone()]);
        let ran = folder.run_with(&command.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        for entry in std::fs::read_dir(folder.path(&first)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let [one, two] = [&first, &again].map(|of| folder.read(&format!("{of}/{name}")));
            assert!(one == two, "{options}: {name}");
        }
    }
}

#[test]
fn a_manifest_has_the_checksums_of_its_parts() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let json = folder.ok("split good.csv -o parts --json").json();
    for (name, part) in json["parts"].as_object().unwrap() {
        let file = part["file"].as_str().unwrap();
        assert_eq!(file, format!("{name}.csv"));
        let inspected = folder.ok(&format!("inspect parts/{file} --json")).json();
        assert_eq!(inspected["sha256"], part["sha256"]);
        assert_eq!(inspected["interactions"], part["interactions"]);
    }
}
