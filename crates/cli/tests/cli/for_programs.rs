//! CSV: one plain value a field, of as many digits as there are, under names without blanks.

use crate::support::{Folder, Ran};
use serde_json::Value;

/// The rows of a CSV result by the names of its columns.
fn rows(ran: &Ran) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Whether a field says one thing: a number of programs, or a text that is no number with extras.
fn is_plain(field: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().is_ok();
    let grouped = field.contains(',') && number(&field.replace(',', ""));
    let decorated = field.contains(['–', '[', '±', '%']) || field == "null" || field == "-";
    !grouped && !decorated
}

#[test]
fn every_field_of_every_command_is_one_plain_value() {
    let folder = Folder::split();
    folder.write(
        "e.toml",
        "[data]\npath = \"parts\"\n[[methods]]\nmodel = \"popularity\"\n[[methods]]\n\
         model = \"bpr\"\nparams = { factors = 2, epochs = 2 }\n",
    );
    for command in [
        "inspect good.csv",
        "split good.csv -o again",
        "methods",
        "methods nbpo-calibrated",
        "train good.csv -o p.model --model popularity",
        "train parts -o b.model --factors 2 --epochs 5",
        "evaluate part.model parts --metrics ndcg@10,coverage@5 --by popularity",
        "compare popularity bpr:factors=2,epochs=2 --data parts --seeds 2",
        "experiment e.toml -o out",
        "tune parts --model bpr:factors=2,epochs=2 --range lr=0.1|10 --trials 3 -o trials",
        "recommend part.model --user 1 -k 3",
        "recommend part.model --items 1,2 -k 3",
        "recommend part.model --all -o lists.csv",
        "score part.model good.csv",
        "score part.model good.csv -o scores.csv",
        "similar part.model --item 1 -k 3",
        "similar part.model --user 1 -k 3",
        "explain part.model --user 1 --item 3",
        "model info part.model",
        "model verify part.model",
        "simulate --users 30 --items 30 --interactions 90 -o sim",
    ] {
        let ran = folder.ok(&format!("{command} --format csv"));
        let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert!(header.iter().all(|name| !name.contains([' ', '%'])), "{command}: {header:?}");
        for row in reader.records() {
            let row = row.unwrap_or_else(|error| panic!("{command}: one table: {error}"));
            let odd: Vec<&str> = row.iter().filter(|field| !is_plain(field)).collect();
            assert!(odd.is_empty(), "{command}: {odd:?}");
        }
    }
}

#[test]
fn the_csv_of_a_comparison_is_its_json() {
    let folder = Folder::split();
    let command = "compare part.model popularity bpr:factors=2,epochs=2 --data parts --seeds 2 \
                   --metrics rr@5,auc";
    let (json, csv) = (
        folder.ok(&format!("{command} --json")).json(),
        folder.ok(&format!("{command} --format csv")),
    );
    assert!(
        csv.stdout.starts_with("method,metric,mean,low,high,sd,trainings,seconds,baseline,diff,")
    );
    let rows = rows(&csv);
    assert_eq!(rows.len(), 3 * 2);
    let same = |field: &str, value: &Value| match value.as_f64() {
        Some(number) => field.parse::<f64>().unwrap() == number,
        None => field.is_empty(),
    };
    for row in rows {
        let method = json["rows"].as_array().unwrap().iter().find(|m| m["name"] == row["method"]);
        let figure = &method.unwrap()["metrics"][&row["metric"]];
        for name in ["mean", "low", "high", "sd"] {
            assert!(same(&row[name], &figure[name]), "{name}: {row:?} {figure}");
        }
        assert_eq!(json["baseline"], row["baseline"]);
        let is_of = |pair: &&Value| pair["a"] == row["method"] && pair["metric"] == row["metric"];
        let pair = json["pairs"].as_array().unwrap().iter().find(is_of);
        assert_eq!(pair.is_none(), row["method"] == row["baseline"], "{row:?}");
        let nothing = Value::Null;
        for (column, name) in [
            ("diff", "diff"),
            ("diff_low", "low"),
            ("diff_high", "high"),
            ("p_t", "p_t"),
            ("p_t_holm", "p_t_holm"),
            ("p_wilcoxon", "p_wilcoxon"),
            ("p_wilcoxon_holm", "p_wilcoxon_holm"),
        ] {
            let value = pair.map_or(&nothing, |pair| &pair[name]);
            assert!(same(&row[column], value), "{column}: {row:?}");
        }
    }
}

/// Scores that differ are printed differently: ranks that four digits would make tie are told apart.
#[test]
fn scores_are_whole() {
    let folder = Folder::trained();
    for command in ["recommend good.model --user 3 -k 20", "similar good.model --item 3 -k 20"] {
        let json = folder.ok(&format!("{command} --json")).json();
        let of_json =
            json["items"].as_array().unwrap().iter().map(|i| i["score"].as_f64().unwrap());
        let csv = folder.ok(&format!("{command} --format csv"));
        let of_csv = rows(&csv).into_iter().map(|row| row["score"].parse::<f32>().unwrap());
        assert!(of_csv.map(f64::from).eq(of_json), "{command}: {csv:?}");
    }
}

#[test]
fn inspect_has_the_numbers_of_json() {
    let folder = Folder::trained();
    let json = folder.ok("inspect good.csv --json").json();
    let rows = rows(&folder.ok("inspect good.csv --format csv"));
    let value = |name: &str| {
        let row = rows.iter().find(|row| row["property"] == name);
        row.unwrap_or_else(|| panic!("{name}: {rows:?}"))["value"].parse::<f64>().unwrap()
    };
    for (name, expected) in [
        ("users", &json["users"]),
        ("density", &json["density"]),
        ("per_user.max", &json["per_user"]["max"]),
        ("popularity.gini", &json["popularity"]["gini"]),
        ("rating.mean", &json["rating"]["mean"]),
        ("time.max", &json["time"][1]),
    ] {
        assert_eq!(Some(value(name)), expected.as_f64(), "{name}");
    }
}
