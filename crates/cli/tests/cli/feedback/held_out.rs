//! Tests of which all feedbacks of a pair are held out: masks of all feedbacks, and calibration.

use super::{FEEDBACK, NAMES, pairs, shop};
use crate::support::Folder;
use serde_json::Value;

/// A shop, split into `parts`, where what is held out of purchases and a fifth of other views is held out of
/// all feedbacks: `test-view.csv`, `test-cart.csv`, `test.csv`.
fn parts() -> Folder {
    let folder = shop();
    folder.ok(&format!("split all {FEEDBACK} -o parts --by random --test 0.2 --valid 0"));
    std::fs::remove_file(folder.path("parts/manifest.json")).unwrap();
    let test = pairs(&folder, "parts/test.csv");
    let bought = pairs(&folder, "parts/buy.csv");
    for name in &NAMES[..2] {
        let (mut train, mut held_out) = ("user,item\n".to_owned(), "user,item\n".to_owned());
        for pair in pairs(&folder, &format!("parts/{name}.csv")) {
            let of = |id: &str| id.parse::<u32>().unwrap();
            let picked = (3 * of(&pair.0) + of(&pair.1)).is_multiple_of(5);
            let spare = !bought.contains(&pair) && picked;
            let is_test = test.contains(&pair) || spare;
            let part = if is_test { &mut held_out } else { &mut train };
            *part += &format!("{},{}\n", pair.0, pair.1);
        }
        folder.write(&format!("parts/{name}.csv"), train);
        folder.write(&format!("parts/test-{name}.csv"), held_out);
    }
    folder
}

const IALS: &str = "ials:epochs=3,factors=4";

fn mean(row: &Value, group: &str) -> f64 {
    row[group]["ndcg@10"]["mean"].as_f64().unwrap()
}

#[test]
fn one_mask_of_all_feedbacks_holds_for_all_methods() {
    let folder = parts();
    let compare = |more: &str| {
        let runs = format!("target={IALS} union={IALS},feedback_as=union");
        folder.ok(&format!("compare {runs} --data parts {FEEDBACK} --json {more}")).json()
    };
    let both = compare("--seen-feedback target,all");
    let [target, all] = [compare(""), compare("--seen-feedback all")];
    let label = "all_feedbacks_left_out";
    for row in 0..2 {
        let [both, target, all] = [&both, &target, &all].map(|found| &found["rows"][row]);
        assert_eq!(mean(both, "metrics"), mean(target, "metrics"));
        assert_eq!(mean(both, label), mean(all, "metrics"));
        // Fewer items before what is held out.
        assert!(mean(all, "metrics") > mean(target, "metrics"), "{both}");
        assert_eq!(all.get(label), None);
    }
    // Each mask has its paired differences.
    let named: Vec<&str> = both["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair["metric"].as_str().unwrap())
        .collect();
    let labelled = "ndcg@10, all feedbacks left out";
    assert!(named.contains(&"ndcg@10") && named.contains(&labelled), "{named:?}");

    // As an experiment and as `evaluate` have it.
    let file = |seen: &str| {
        format!(
            "metrics = [\"ndcg@10\", \"recall@20\"]\n{seen}\n[data]\npath = \"parts\"\n\
             feedback = [\"view\", \"cart\", \"buy\"]\n[[methods]]\nmodel = \"ials\"\n\
             params = {{ epochs = 3, factors = 4 }}\n"
        )
    };
    folder.write("e.toml", file("seen_feedback = [\"target\", \"all\"]"));
    let found = folder.ok("experiment e.toml -o results --json").json();
    assert_eq!(mean(&found["rows"][0], label), mean(&all["rows"][0], "metrics"));
    folder.write("e.toml", file("seen_feedback = \"all\""));
    let found = folder.ok("experiment e.toml -o results --force --json").json();
    assert_eq!(mean(&found["rows"][0], "metrics"), mean(&all["rows"][0], "metrics"));
    folder.ok(&format!("train parts {FEEDBACK} --model ials --epochs 3 --factors 4 -o m"));
    let found =
        folder.ok("evaluate m parts --feedback view,cart,buy --seen-feedback all --json").json();
    assert_eq!(mean(&found, "metrics"), mean(&all["rows"][0], "metrics"));
    assert_eq!(found["seen_feedback"], "all");
}

#[test]
fn a_mask_of_all_feedbacks_needs_others_and_something_to_list() {
    let folder = shop();
    folder.ok(&format!("split all {FEEDBACK} -o parts --by random --valid 0"));
    // Views of what is held out stay in training.
    let said = ["all are left out of the lists", "--seen-feedback target lists them"];
    folder.fails_saying(3, &format!("compare {IALS} --data parts --seen-feedback all"), &said);
    folder.ok("split all/buy.csv -o bought --by random --valid 0");
    let compare = format!("compare {IALS} --data bought --seen-feedback");
    folder.fails_saying(2, &format!("{compare} all"), &["there is one feedback"]);
    folder.fails_saying(2, &format!("{compare} all,all"), &["given twice"]);
    folder.fails_saying(2, &format!("{compare} some"), &["target or all"]);
    folder.ok("train bought --model ials --epochs 1 --factors 4 -o m");
    let said = ["the model has no pairs of other feedbacks"];
    folder.fails_saying(2, "evaluate m bought --seen-feedback all", &said);
    let said = ["--calibration: ials tells no probabilities"];
    folder.fails_saying(2, "evaluate m bought --calibration", &said);
    folder.write(
        "e.toml",
        "seen_feedback = \"some\"\n[data]\npath = \"parts\"\n[[methods]]\nmodel = \"bpr\"\n",
    );
    folder.fails_saying(2, "experiment e.toml -o r", &["e.toml:1:17", "\"target\", \"all\""]);
}

#[test]
fn probabilities_are_held_against_what_happened() {
    let folder = parts();
    let train = format!("train parts {FEEDBACK} --model gnolr --factors 48 --epochs 4 -o m");
    folder.ok(&train);
    let evaluate = format!("evaluate m parts {FEEDBACK} --calibration");
    let found = folder.ok(&format!("{evaluate} --json")).json();
    let diagrams = found["calibration"].as_array().unwrap();
    let kinds: Vec<(&str, bool)> = diagrams
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["among"]["reached"].is_object()))
        .collect();
    let expected =
        [("view", false), ("cart", false), ("cart", true), ("buy", false), ("buy", true)];
    assert_eq!(kinds, expected);
    let sum = |one: &Value, of: &dyn Fn(&Value) -> f64| -> f64 {
        one["bins"].as_array().unwrap().iter().map(of).sum()
    };
    let number = |value: &Value| value.as_f64().unwrap();
    for one in diagrams {
        let bins = one["bins"].as_array().unwrap();
        assert!(!bins.is_empty() && bins.len() <= 10);
        let pairs = sum(one, &|bin| number(&bin["pairs"]));
        let off = sum(one, &|bin| {
            number(&bin["pairs"]) * (number(&bin["predicted"]) - number(&bin["happened"])).abs()
        });
        assert!((off / pairs - number(&one["ece"])).abs() < 1e-12, "{one}");
        if one["among"]["unknown"].is_object() {
            let gap = number(&one["predicted"]) - number(&one["happened"]);
            assert!(gap.abs() < 1e-9 && number(&one["among"]["unknown"]["factor"]) > 0.0, "{one}");
        }
    }
    // Purchases that were held out, of all items: that many happened.
    let buys = sum(&diagrams[3], &|bin| number(&bin["pairs"]) * number(&bin["happened"]));
    assert!((buys - pairs(&folder, "parts/test.csv").len() as f64).abs() < 1e-6, "{buys}");
    // Of held-out carts, those that were bought.
    let reached = sum(&diagrams[4], &|bin| number(&bin["pairs"]));
    let carts = pairs(&folder, "parts/test-cart.csv");
    let either = carts.union(&pairs(&folder, "parts/test.csv")).count();
    assert_eq!(reached, either as f64);
    let text = folder.ok(&evaluate).stdout;
    assert!(text.contains("buy after cart: predicted") && text.contains("odds of the"), "{text}");

    // The same in a comparison's report, and the target's alone without the other parts.
    let run = "gnolr:factors=48,epochs=4 ials:epochs=2,factors=4";
    let run = format!("compare {run} --data parts {FEEDBACK} --report r.html --json");
    let rows = folder.ok(&run).json()["rows"].clone();
    assert_eq!(rows[0]["calibration"], found["calibration"]);
    assert_eq!(rows[1].get("calibration"), None);
    let page = folder.text("r.html");
    for said in ["<h2>Calibration</h2>", "buy after cart", "cart after view", "view held out"] {
        assert!(page.contains(said), "{said}");
    }
    for name in &NAMES[..2] {
        std::fs::remove_file(folder.path(&format!("parts/test-{name}.csv"))).unwrap();
    }
    let alone = folder.ok(&format!("{evaluate} --json")).json();
    assert_eq!(alone["calibration"].as_array().unwrap().len(), 1);
    assert_eq!(alone["calibration"][0]["name"], "buy");
    for (more, said) in
        [("--format csv", "one table of CSV"), ("--candidates rated", "a ranking of all items")]
    {
        folder.fails_saying(2, &format!("{evaluate} {more}"), &[said]);
    }
    folder.write("parts/test-cart.csv", "user,item\n1,2\n");
    let said = ["is of all feedbacks"];
    folder.fails_saying(2, "evaluate m parts --feedback view,cart --calibration", &said);
}
