//! `methods`: what can be trained, and what it can be told.

use crate::support::{Folder, keys};
use serde_json::json;

#[test]
fn all_methods_are_listed() {
    let folder = Folder::new();
    let json = folder.ok("methods --json").json();
    let methods = json["methods"].as_array().unwrap();
    let names: Vec<&str> = methods.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, foretaste::registry().names());
    assert!(methods.iter().all(|one| keys(one) == ["name", "source", "summary"]), "{json}");
    let table = folder.ok("methods").stdout;
    let csv = folder.ok("methods --format csv").stdout;
    assert!(csv.starts_with("method,summary,source\npopularity,"), "{csv}");
    for (name, line) in names.iter().zip(table.lines().skip(1)) {
        assert!(line.trim_start().starts_with(name), "{name}: {line}");
        assert!(csv.contains(&format!("\n{name},")), "{name}");
        folder.ok(&format!("methods {name}"));
    }
}

#[test]
fn every_parameter_of_a_method_is_described_as_it_can_be_set() {
    let folder = Folder::new();
    let json = folder.ok("methods relmf --json").json();
    assert_eq!(keys(&json), ["name", "parameters", "source", "summary"]);
    let parameters = json["parameters"].as_array().unwrap();
    let of = |name: &str| parameters.iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!(keys(&of("clip")), ["default", "help", "name", "range", "source", "symbol"]);
    let clip = of("clip");
    assert_eq!((&clip["default"], &clip["symbol"]), (&json!(0.3), &json!("M")));
    assert_eq!(clip["range"], "from 0 to 1");
    assert_eq!(of("estimator")["range"], "`naive`, `wmf`, `unbiased` or `clipped`");
    assert_eq!(of("sampler")["default"], "uniform");
    assert_eq!(of("bias.item")["default"], false);
    // Of the method's own, not of the engine's.
    assert_eq!((&of("reg")["default"], &of("negatives")["default"]), (&json!(0.02), &json!(4)));

    let csv = folder.ok("methods bpr --format csv").stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>(),
        ["parameter", "symbol", "default", "range", "meaning", "source"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.iter().any(|row| &row[0] == "sampler" && &row[2] == "hardest"), "{csv}");
    // What is printed as a default can be given.
    folder.write("good.csv", crate::support::ratings());
    for row in &rows {
        let set = format!("--epochs 1 --set {}={}", &row[0], &row[2]);
        if &row[0] != "epochs" {
            folder.ok(&format!("train good.csv -o m --force {set}"));
        }
    }
}

#[test]
fn a_table_of_prose_fits_its_width() {
    let folder = Folder::new();
    for name in ["relmf", "nbpo-calibrated", "expomf"] {
        let ran = folder.ok(&format!("methods {name}"));
        let table: Vec<&str> = ran.stdout.lines().skip_while(|line| !line.is_empty()).collect();
        assert!(table[1].trim_start().starts_with("parameter"), "{ran:?}");
        assert!(table.iter().all(|line| line.chars().count() <= 100), "{ran:?}");
        assert!(table.iter().any(|line| line.chars().count() > 80), "{ran:?}");
    }
    let ran = folder.ok("methods popularity");
    assert!(ran.stdout.ends_with("no parameters\n"), "{ran:?}");
}

#[test]
fn who_errs_is_told_where_to_look() {
    let folder = Folder::new();
    let said = ["no method `rellmf` (did you mean `relmf`?)", "`foretaste methods` lists them"];
    folder.fails_saying(2, "methods rellmf", &said);
    folder.write("good.csv", crate::support::ratings());
    let train = "train good.csv -o m --model";
    let said = ["no parameter `flor` (did you mean `floor`?)", "`foretaste methods relmf` lists"];
    folder.fails_saying(2, &format!("{train} relmf --set flor=1"), &said);
    for (set, said) in [
        (
            "relmf --set floor=2",
            ["floor must be above 0 and at most 1, not 2", "--set floor=VALUE"],
        ),
        ("bpr --set lr=1e300", ["bpr: lr = 1e+300: too large a number", ""]),
        (
            "nbpo-calibrated --set noise.rate=1",
            ["noise.rate must be above 0 and below 1, not 1", "--set noise.rate=VALUE"],
        ),
        ("nbpo-calibrated --set noise.rat=1", ["no parameter `noise.rat`", "`noise.rate`"]),
    ] {
        folder.fails_saying(2, &format!("{train} {set}"), &said);
    }
    let set = "--set noise.rate=0.25 --epochs 1 --json";
    let ran = folder.ok(&format!("{train} nbpo-calibrated {set}"));
    assert_eq!(
        ran.json()["config"]["noise"],
        json!({ "rate": 0.25, "by_item": 0.0, "by_user": 0.0 })
    );
}
