//! `inspect` and `model`: what files hold.

use crate::support::{Folder, keys, ratings, rows};
use serde_json::json;

#[test]
fn inspect_counts_what_is_there() {
    let folder = Folder::new();
    folder.write("small.csv", "user,item,rating,time\na,x,5,10\na,y,3,20\nb,x,4,30\na,x,5,40\n");
    let ran = folder.ok("inspect small.csv --json --positive rating>=4");
    let json = ran.json();
    for (name, expected) in [
        ("file", json!("small.csv")),
        ("rows", json!(4)),
        ("bad_rows", json!(0)),
        ("below_threshold", json!(1)),
        ("duplicates", json!(1)),
        ("users", json!(2)),
        ("items", json!(1)),
        ("interactions", json!(2)),
        ("density", json!(1.0)),
        ("per_user", json!({ "min": 1, "median": 1, "max": 1 })),
        ("rating", json!({ "min": 3.0, "max": 5.0, "mean": 4.25 })),
        ("time", json!([10, 40])),
        ("remarks", json!(["kept 1 repeated interaction once"])),
    ] {
        assert_eq!(json[name], expected, "{name}: {ran:?}");
    }
    assert_eq!(json["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["popularity"]["top_item"], 1.0);
}

#[test]
fn inspect_says_how_it_understood_the_file() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let table = folder.ok("inspect good.csv").stdout;
    let columns = "',' between fields, with header, user=1,item=2,rating=3,time=4";
    assert!(table.contains(columns), "{table}");
    folder.write("lists.txt", "1 10 11\n2 10\n");
    assert!(folder.ok("inspect lists.txt").stdout.contains("adjacency list"));
    folder.write("table.txt", "1 10 5\n1 11 4\n2 10 3\n");
    assert!(folder.ok("inspect table.txt").stdout.contains("space between fields"));
    let forced = folder.ok("inspect table.txt --layout adjacency --json").json();
    assert_eq!(forced["interactions"], 6);
}

#[test]
fn the_columns_of_a_table_are_aligned() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let table = folder.ok("inspect good.csv").stdout;
    let column = table.lines().next().unwrap().find("value").unwrap();
    for line in table.lines().skip(1) {
        let (name, value) = line.split_at(column);
        assert!(name.ends_with("  ") && !value.starts_with(' '), "{line:?}");
    }
}

#[test]
fn model_info_tells_how_the_model_was_made() {
    let folder = Folder::trained();
    let json = folder.ok("model info good.model --json").json();
    for (name, expected) in [
        ("method", json!("bpr")),
        ("format", json!(1)),
        ("users", json!(40)),
        ("items", json!(30)),
        ("interactions", json!(rows().len())),
    ] {
        assert_eq!(json[name], expected, "{name}: {json}");
    }
    assert_eq!(
        (&json["parameters"]["factors"], &json["parameters"]["epochs"]),
        (&json!(8), &json!(5))
    );
    assert_eq!(json["training"]["epochs"], 5);
    let csv = folder.ok("model info good.model --format csv");
    for row in [["users", "40"], ["factors", "8"], ["epochs", "5"], ["training: epochs", "5"]] {
        assert!(csv.cells().contains(&row.to_vec()), "{row:?}: {csv:?}");
    }
    let names: Vec<&str> = csv.cells().iter().map(|row| row[0]).collect();
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), distinct.len(), "{names:?}");
}

#[test]
fn model_verify_says_that_a_model_is_whole() {
    let folder = Folder::trained();
    let json = folder.ok("model verify good.model --json").json();
    assert_eq!(json, json!({ "file": "good.model", "ok": true, "model": "bpr" }));
    assert_eq!(
        folder.ok("model verify good.model --format csv").cells()[1],
        ["good.model", "yes", "bpr"]
    );
}

/// Linux takes any bytes for a name; JSON can't hold them all.
#[cfg(target_os = "linux")]
#[test]
fn a_file_name_that_is_no_unicode_is_no_reason_to_panic() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    let path = |name: &[u8]| folder.path("").join(std::ffi::OsStr::from_bytes(name));
    std::fs::write(path(b"d\xff.csv"), ratings()).unwrap();
    let run = |arguments: &[&str], files: &[&[u8]]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_foretaste"));
        command.args(arguments).args(files.iter().map(|name| path(name)));
        let output = command.arg("--json").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert!(
        run(&["inspect"], &[b"d\xff.csv"])["file"].as_str().unwrap().ends_with("d\u{fffd}.csv")
    );
    run(&["train", "--model", "popularity", "-o"], &[b"m\xff.model", b"d\xff.csv"]);
    assert_eq!(keys(&run(&["model", "verify"], &[b"m\xff.model"])), ["file", "model", "ok"]);
    run(&["split", "-o"], &[b"p\xff", b"d\xff.csv"]);
    run(&["simulate", "--users", "20", "--items", "20", "--interactions", "40", "-o"], &[b"s\xff"]);
}
