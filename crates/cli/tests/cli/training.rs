//! `train`: what is reported, and that the same input gives the same bytes.

use crate::support::{Folder, keys, ratings, rows};
use serde_json::json;

const SMALL: &str = "--factors 8 --epochs 6";

#[test]
fn json_has_the_documented_members() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let options = "--factors 8 --epochs 7 --validate-every 3 --valid 0.2 --lr 0.1";
    let json = folder.ok(&format!("train good.csv -o m.model --json {options}")).json();
    let members = [
        "best_epoch",
        "config",
        "epochs",
        "history",
        "model",
        "output",
        "samples_per_second",
        "seconds",
        "source",
        "validation",
    ];
    assert_eq!(keys(&json), members);
    assert_eq!(
        (&json["model"], &json["epochs"], &json["output"]),
        (&json!("bpr"), &json!(7), &json!("m.model"))
    );
    for (name, value) in [("factors", json!(8)), ("lr", json!(0.1)), ("seed", json!(42))] {
        assert_eq!(json["config"][name], value);
    }
    let history = json["history"].as_array().unwrap();
    assert_eq!(history.len(), 7);
    for (epoch, report) in (1..).zip(history) {
        assert_eq!(keys(report), ["epoch", "loss", "metric"]);
        assert_eq!(report["epoch"], epoch);
        assert!(report["loss"].as_f64().unwrap() > 0.0, "{report}");
        // Every third epoch, and the last.
        assert_eq!(report["metric"].is_number(), [3, 6, 7].contains(&epoch), "{report}");
    }
    assert!([3, 6, 7].contains(&json["best_epoch"].as_u64().unwrap()));
    assert_eq!(json["source"]["sha256"], folder.ok("inspect good.csv --json").json()["sha256"]);
}

#[test]
fn neither_threads_nor_the_order_of_the_rows_change_a_byte() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let text = ratings();
    let mut lines: Vec<&str> = text.lines().skip(1).collect();
    lines.sort_by_key(|line| line.bytes().rev().collect::<Vec<_>>());
    folder.write("shuffled.csv", ["user,item,rating,time\n", &lines.join("\n"), "\n"].concat());
    assert!(folder.read("good.csv") != folder.read("shuffled.csv"));
    for (model, arguments) in [
        ("one", "good.csv --threads 1"),
        ("two", "good.csv --threads 2"),
        ("shuffled", "shuffled.csv"),
        ("seeded", "good.csv --seed 43"),
    ] {
        folder.ok(&format!("train {arguments} -o {model} {SMALL} --valid 0.1"));
    }
    assert!(folder.read("one") == folder.read("two"), "threads");
    assert!(folder.read("one") == folder.read("shuffled"), "order of rows");
    assert!(folder.read("one") != folder.read("seeded"), "the seed has to count");
}

#[test]
fn early_stopping_keeps_the_best_epoch() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let options = "--factors 8 --epochs 400 --valid 0.2 --validate-every 1 --early-stop auc:3";
    let json = folder.ok(&format!("train good.csv -o m.model --json {options}")).json();
    let (epochs, best) = (json["epochs"].as_u64().unwrap(), json["best_epoch"].as_u64().unwrap());
    assert_eq!(epochs, best + 3, "{json}");
    assert!(epochs < 400);
    let metric = |epoch: u64| json["history"][epoch as usize - 1]["metric"].as_f64().unwrap();
    assert!((1..=epochs).all(|epoch| metric(epoch) <= metric(best)));
    let info = folder.ok("model info m.model --json").json();
    assert_eq!(info["training"]["best_epoch"], best);
}

#[test]
fn a_folder_is_validated_on_its_validation_part() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.ok("split good.csv -o parts --valid 0.2");
    let json = folder.ok(&format!("train parts -o m.model --json {SMALL}")).json();
    assert!(json["history"][4]["metric"].is_number(), "{json}");
    let rows = folder.text("parts/train.csv").lines().count() - 1;
    assert_eq!(folder.ok("model info m.model --json").json()["interactions"], rows);
}

#[test]
fn help_gives_the_defaults_that_a_training_uses() {
    let folder = Folder::new();
    folder.write("small.csv", "user,item\n1,1\n1,2\n2,2\n2,3\n");
    let config = folder.ok("train small.csv -o m.model --json").json()["config"].clone();
    let help = folder.ok("train -h").stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in ["factors", "epochs", "lr", "schedule", "reg", "negatives", "init_sd", "seed"] {
        let flag = format!("--{} <", name.replace('_', "-"));
        let text = help.split(&flag).nth(1).unwrap().split(" --").next().unwrap();
        let default = config[name].to_string().replace('"', "");
        assert!(text.contains(&format!("[default: {default}]")), "{name} is {default}: {text}");
    }
}

#[test]
fn every_option_reaches_the_model_file() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    let options = "--factors 5 --epochs 2 --lr 0.2 --schedule 0.9 --reg 0.02 --negatives 3 \
                   --sampler pop^0.5 --item-bias --init-sd 0.2 --seed 9";
    folder.ok(&format!("train good.csv -o m.model {options}"));
    let made = folder.ok("model info m.model --json").json()["parameters"].clone();
    for (name, value) in [
        ("factors", json!(5)),
        ("epochs", json!(2)),
        ("lr", json!(0.2)),
        ("reg", json!(0.02)),
        ("negatives", json!(3)),
        ("bias", json!({"user": false, "item": true, "global": false})),
        ("init_sd", json!(0.2)),
        ("seed", json!(9)),
    ] {
        assert_eq!(made[name], value, "{name}: {made}");
    }
    assert!(made["schedule"].to_string().contains("0.9"), "{made}");
    assert!(made["sampler"].to_string().contains("0.5"), "{made}");
}

#[test]
fn positives_and_the_core_decide_what_is_learnt() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.ok("train good.csv -o m.model --model popularity --positive rating>=4");
    let inspected = folder.ok("inspect good.csv --positive rating>=4 --json").json();
    let info = folder.ok("model info m.model --json").json();
    assert_eq!(info["interactions"], inspected["interactions"]);
    assert!(info["interactions"].as_u64().unwrap() < rows().len() as u64);
    folder.write("rare.csv", [&ratings(), "u,1,5,9\n"].concat());
    folder.ok("train rare.csv -o core.model --model popularity --k-core 2");
    assert_eq!(folder.ok("model info core.model --json").json()["users"], 40);
}

#[test]
fn a_model_tells_the_parameters_that_had_an_effect() {
    let folder = Folder::trained();
    folder.ok("train good.csv -o e.model --model expomf --epochs 2");
    let names = |model: &str| -> Vec<String> {
        let table = folder.ok(&format!("model info {model} --format csv"));
        table.cells().iter().map(|row| row[0].to_owned()).collect()
    };
    let (bpr, expomf) = (names("good.model"), names("e.model"));
    for name in ["lr", "reg", "negatives"] {
        assert!(bpr.iter().any(|n| n == name) && !expomf.iter().any(|n| n == name), "{expomf:?}");
    }
    assert!(expomf.iter().any(|name| name == "precision"), "{expomf:?}");
}

#[test]
fn every_method_trains_recommends_and_tells_its_parameters() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    for (options, name, value) in [
        ("relmf", "estimator", json!("clipped")),
        ("relmf --estimator wmf --loss squared --confidence 20", "confidence", json!(20.0)),
        ("relmf --solver als --loss squared --shrinkage 2", "shrinkage", json!(2.0)),
        ("relmf --estimator wmf --solver als --loss squared", "confidence", json!(10.0)),
        ("ials --reg 0.05 --seed 3 --init-sd 0.2", "reg", json!(0.05)),
        ("ials --set alpha=0.25,nu=0.5", "alpha", json!(0.25)),
        ("softmax --set shared_negatives=7", "shared_negatives", json!(7)),
        ("warp --set max_draws=5", "max_draws", json!(5)),
        ("expomf --precision 4 --ridge 2", "precision", json!(4.0)),
        ("relmf --estimator unbiased --propensity const:0.5", "propensity", json!("const:0.5")),
        ("ubpr --clip 0.2 --beta 0.5", "beta", json!(0.5)),
        ("bpo --set flip=0.5", "flip", json!(0.5)),
        ("nbpo --flip-dim 3 --flip-reg 0.02", "flip_dim", json!(3)),
        ("nbpo-o --flip-prior 0.1", "flip_prior", json!(0.1)),
        ("nbpo-s", "negatives", json!(4)),
        ("nbpo-calibrated --set noise={rate=0.6}", "weighting", json!("sampled")),
    ] {
        let command = "train good.csv -o m.model --force --factors 4 --epochs 2 --model";
        folder.ok(&format!("{command} {options}"));
        let info = folder.ok("model info m.model --json").json();
        assert_eq!(info["parameters"][name], value, "{options}: {info}");
        let list = folder.ok("recommend m.model --user 1 --json").json();
        let flip = list["items"][0]["flip"].as_f64();
        assert_eq!(flip.is_some(), options.starts_with("nbpo"), "{options}: {list}");
        assert!(flip.is_none_or(|flip| (0.0..=1.0).contains(&flip)), "{options}: {list}");
    }
}

#[test]
fn numbers_that_follow_from_the_data_are_told() {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    for (method, said) in [
        ("ials --set alpha=.25,nu=0 --reg 0.5", "trained with alpha 0.250, lambda 0.500\n"),
        ("ials", "trained with alpha 0.300, lambda 0.0"),
        ("softmax", "trained with negative weight 1"),
        ("ease", "trained with lambda "),
        ("warp", "trained with reg 0."),
    ] {
        let told = folder.ok(&format!("train good.csv -o m.model --force --model {method}")).stderr;
        assert!(told.contains(said), "{method}: {told}");
    }
    let told = folder.ok("train good.csv -o m.model --force --model bpr").stderr;
    assert!(!told.contains("trained with"), "{told}");
}

#[test]
fn propensities_come_from_a_file_that_has_them_all() {
    let folder = Folder::new();
    folder.write("good.csv", "user,item\na,x\na,y\nb,y\nb,z\nc,x\n");
    folder.write("theta.csv", "item,propensity\nx,0.5\ny,1\nz,0.25\nw,0.1\n");
    let command = "train good.csv -o m.model --model relmf --epochs 2 --propensity file:theta.csv";
    let told = folder.ok(command).stderr;
    assert!(told.contains("1 row of the file of propensities left out"), "{told}");
    let training = &folder.ok("model info m.model --json").json()["training"];
    assert_eq!(training["unknown_propensity_rows"], 1);
    for (rows, said) in [
        ("x,0.5\ny,1\n", "theta.csv: no propensity for item z, which was clicked"),
        ("x,0.5\ny,0\nz,1\n", "theta.csv:2: propensity 0 is not above 0 and at most 1"),
        ("x,0.5\ny,1.5\nz,1\n", "theta.csv:2: propensity 1.5 is not above 0 and at most 1"),
        ("x,0.5\ny,NaN\nz,1\n", "theta.csv:2: propensity NaN is not above 0"),
        ("x,0.5\ny,1\ny,1\nz,1\n", "theta.csv:3: item y comes twice, first in line 2"),
    ] {
        folder.write("theta.csv", rows);
        folder.fails_saying(3, &format!("{command} --force"), &[said, "item,propensity"]);
    }
}
