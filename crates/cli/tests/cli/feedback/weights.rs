//! What pairs of a union weigh, in every command that trains.

use super::{FEEDBACK, shop};
use crate::support::Folder;
use serde_json::{Value, json};

#[test]
fn a_union_weighs_what_is_said_of_feedbacks() {
    let folder = shop();
    let ials = "train all --feedback view,cart,buy --model ials --factors 4 --epochs 3 --force -o";
    folder.ok(&format!("{ials} plain --feedback-as union"));
    folder.ok(&format!("{ials} ones --feedback-as union --feedback-weights 1,1,1"));
    folder.ok(&format!("{ials} more --feedback-weights 1,3,10.5"));
    folder.ok(&format!("{ials} named --feedback-weights buy=10.5,cart=3,view=1"));
    let lists = |model: &str| {
        folder.ok(&format!("recommend {model} --all -k 5 --format csv")).stdout.clone()
    };
    assert_eq!(lists("plain"), lists("ones"));
    assert_ne!(lists("plain"), lists("more"));
    assert_eq!(lists("named"), lists("more"));
    let info = folder.ok("model info more --json").json();
    assert_eq!(info["training"]["feedback"]["weights"], json!([1.0, 3.0, 10.5]));
    for (words, said) in [
        ("--feedback-weights 1,3", "2 for 3 feedbacks"),
        ("--feedback-weights 1,0,3", "a weight is a number above 0"),
        ("--feedback-weights 1,-2,3", "a weight is a number above 0"),
        ("--feedback-weights 1,inf,3", "a weight is a number above 0"),
        ("--feedback-weights 1,nan,3", "a weight is a number above 0"),
        ("--feedback-weights 1,buy=3", "either all have names or none has"),
        ("--feedback-weights view=1,crat=2,buy=3", "did you mean `cart`?"),
        ("--feedback-weights view=1,buy=3", "none is given for cart"),
        ("--feedback-weights 1,3,10 --feedback-as target", "of a union of feedbacks"),
        ("--feedback-weights 1,3,10 --model bpr", "bpr: it takes no weights"),
        ("--feedback-weights 1,3,10 --model gnolr", "it learns from each feedback by itself"),
        ("--feedback-weights 1,3,10 --feedback buy", "there is one feedback"),
    ] {
        let mut train = ials.to_owned();
        if words.contains("--model") {
            train = train.replace("--model ials", "");
        }
        if words.contains("--feedback buy") {
            train = train.replace("--feedback view,cart,buy", "");
        }
        folder.fails_saying(2, &format!("{train} m {words}"), &[said]);
    }
}

/// A shop, split.
fn parts() -> Folder {
    let folder = shop();
    folder.ok(&format!("split all {FEEDBACK} -o parts --valid 0.2 --by random"));
    folder
}

fn means(results: &Value) -> Vec<Value> {
    let rows = results["rows"].as_array().unwrap().iter();
    rows.map(|row| row["metrics"]["ndcg@10"]["mean"].clone()).collect()
}

#[test]
fn lessons_of_one_method_stand_in_one_table() {
    let folder = parts();
    let ials = "ials:epochs=3,factors=4";
    let runs = [
        format!("weighted={ials},feedback_weights=[1,3,10]"),
        format!("named={ials},feedback_weights={{view=1,cart=3,buy=10}}"),
        format!("union={ials},feedback_as=union"),
        format!("target={ials}"),
        "gnolr:epochs=2,factors=48".to_owned(),
    ];
    let results = folder.ok(&format!("compare {} --data parts --json", runs.join(" "))).json();
    let all = means(&results);
    let learnt = |row: usize| results["rows"][row]["feedback"]["weights"].clone();
    assert_eq!(learnt(1), json!([1.0, 3.0, 10.0]));
    assert_eq!([learnt(2), learnt(3), learnt(4)], [Value::Null, Value::Null, Value::Null]);
    assert_eq!(all[0], all[1]);
    assert!(all[0] != all[2] && all[2] != all[3] && all[0] != all[3], "{all:?}");
    // Flags hold for what says nothing else.
    let flags = "--feedback-weights 1,3,10";
    let run = format!(
        "compare target={ials},feedback_as=target weighted={ials} bpr:epochs=2 --data parts {flags} \
         --best best.toml --json"
    );
    let ran = folder.ok(&run);
    let flagged = means(&ran.json());
    assert_eq!(flagged[..2], [all[3].clone(), all[0].clone()]);
    let weighing = "ials learns from the union of view, cart and buy, weighing 1,3,10";
    assert!(ran.lines("ials learns").contains(&weighing), "{}", ran.stderr);
    assert_eq!(ran.lines("bpr learns"), ["bpr learns from the union of view, cart and buy"]);
    // What won is trained again as it was.
    folder.ok(&format!("compare weighted={ials} --data parts {flags} --best won.toml --force"));
    folder.ok("train --config won.toml");
    let info = folder.ok("model info won.model --json").json();
    assert_eq!(info["training"]["feedback"]["weights"], json!([1.0, 3.0, 10.0]));

    let compare = "compare --data parts";
    for (runs, said) in [
        ("bpr:feedback_weights=[1,3,10]", "bpr: it takes no weights"),
        ("gnolr:feedback_weights=[1,3,10]", "it learns from each feedback by itself"),
        ("ials:feedback_weights=[1,3]", "2 for 3 feedbacks"),
        ("ials:feedback_weights=[1,3,0]", "a weight is a number above 0"),
        ("bpr --feedback-weights 1,3,10", "none of the methods takes weights"),
    ] {
        folder.fails_saying(2, &format!("{compare} {runs}"), &[said]);
    }
}

#[test]
fn weights_are_chosen_on_validation_rows() {
    let folder = parts();
    let range = "--range feedback_weights=[1,1,1]|[1,3,10]|[1,10,100]";
    let tune = format!(
        "tune parts --model ials:epochs=3,factors=4 {range} --trials 6 -o found --refit --json"
    );
    let found = folder.ok(&tune).json();
    let trials = found["trials"].as_array().unwrap();
    let best = trials
        .iter()
        .rev()
        .max_by(|a, b| a["score"].as_f64().unwrap().total_cmp(&b["score"].as_f64().unwrap()));
    let weights = best.unwrap()["drawn"]["feedback_weights"].clone();
    let run = found["run"].as_str().unwrap();
    assert!(run.contains(&format!("feedback_weights={weights}")), "{run}");
    for model in ["found/best.model", "found/validated.model"] {
        if model.contains("validated") {
            folder.ok("train --config found/best.toml");
        }
        let info = folder.ok(&format!("model info {model} --json")).json();
        let trained: Vec<f64> =
            serde_json::from_value(info["training"]["feedback"]["weights"].clone()).unwrap();
        let drawn: Vec<f64> = serde_json::from_value(weights.clone()).unwrap();
        assert_eq!(trained, drawn, "{model}");
    }
    let differ = trials.iter().any(|trial| trial["score"] != trials[0]["score"]);
    assert!(differ, "weights change what is learnt: {trials:?}");
    for (method, range, said) in [
        ("bpr", "feedback_weights=[1,3,10]|[1,1,1]", "bpr: it takes no weights"),
        ("ials", "feedback_weights=1..3", "a list or a table"),
        ("ials", "feedback_weights=[1,3]|[1,2,3]", "2 for 3 feedbacks"),
        ("bpr --feedback-weights 1,3,10", "lr=0.1|0.2", "bpr: it takes no weights"),
    ] {
        folder.fails_saying(2, &format!("tune parts -m {method} --range {range} -o x"), &[said]);
    }
}

#[test]
fn an_experiment_has_weights_for_all_and_for_each() {
    let folder = parts();
    let method = |name: &str, more: &str| {
        format!(
            "[[methods]]\nname = \"{name}\"\nmodel = \"ials\"\n\
             params = {{ epochs = 3, factors = 4{more} }}\n"
        )
    };
    let experiment = |data: &str, methods: &str| {
        let head = "metrics = [\"ndcg@10\", \"recall@20\"]\n[data]\npath = \"parts\"\n";
        folder.write("e.toml", format!("{head}{data}{methods}"));
        means(&folder.ok("experiment e.toml -o results --force --json").json())
    };
    let [weighted, target, union] = [
        method("a", ", feedback_weights = { view = 1, cart = 3, buy = 10 }"),
        method("b", ", feedback_as = \"target\""),
        method("c", ", feedback_as = \"union\""),
    ];
    let each = experiment("", &[&*weighted, &target, &union].concat());
    let plain = method("d", "");
    let weights = "feedback_weights = [1, 3, 10]\n";
    let all = experiment(weights, &[&*plain, &target, &union].concat());
    assert_eq!(each, all);
    assert!(each[0] != each[1] && each[1] != each[2] && each[0] != each[2], "{each:?}");
    assert!(folder.text("results/best-d.toml").contains("feedback-weights"));
    let search = "trials = 4\n[methods.search]\n\
                  feedback_weights = { choice = [[1, 1, 1], [1, 10, 100]] }\n";
    let searched = experiment("", &format!("{plain}{search}"));
    assert_eq!(searched.len(), 1);

    let bad = |data: &str, methods: &str, place: &str, said: &str| {
        folder.write("bad.toml", format!("[data]\npath = \"parts\"\n{data}{methods}"));
        folder.fails_saying(2, "experiment bad.toml -o r", &[place, said]);
    };
    bad("feedback_weights = [1, 0, 3]\n", &plain, "bad.toml:3:", "a number above 0");
    bad("feedback_as = \"both\"\n", &plain, "bad.toml:3:", "feedback_as=union");
    bad(weights, "[[methods]]\nmodel = \"bpr\"\n", "bad.toml:3:", "none of the methods");
    let bpr = "[[methods]]\nmodel = \"bpr\"\nparams = { feedback_weights = [1, 3, 10] }\n";
    bad("", bpr, "bad.toml:5:", "bpr: it takes no weights");
}
