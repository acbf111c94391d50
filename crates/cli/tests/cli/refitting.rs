//! From a search to a model: what won is trained again, by its file, and on all rows.

use crate::support::{Folder, foretaste, keys};
use serde_json::Value;

/// Of `good.csv` the rows of two parts, as one file.
fn joined(folder: &Folder) {
    let (train, valid) = (folder.text("parts/train.csv"), folder.text("parts/valid.csv"));
    let rows: String = valid.lines().skip(1).map(|line| format!("{line}\n")).collect();
    folder.write("all.csv", train + &rows);
}

/// Runs a line as a shell would, with a word more.
fn paste(folder: &Folder, line: &Value, more: &str) {
    let words = shlex::split(line.as_str().unwrap()).unwrap();
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).chain([more]).collect();
    let ran = folder.run_with(&words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

const RANGES: &str = "--range lr=log:0.05..0.5 --range sampler=uniform|hardest-of-3";

#[test]
fn the_file_of_a_search_trains_what_won() {
    let folder = Folder::trained();
    folder.ok("split good.csv -o parts --valid 0.2 --test 0.2");
    folder.write("semi.csv", folder.text("good.csv").replace(',', ";"));
    for (n, base) in [
        "parts --model bpr:factors=4,epochs=12,bias.item=true --metric recall@5",
        "good.csv --model bpr:factors=4,epochs=8,schedule=0.97 --seed 7 --valid 0.3 --validate-every 2",
        "semi.csv --model bpr:factors=4,epochs=6 --delimiter ; --positive rating>=2 --k-core 3",
    ]
    .iter()
    .enumerate()
    {
        let ran = folder.ok(&format!("tune {base} {RANGES} --trials 3 -o t{n} --json"));
        paste(&folder, &ran.json()["train"], "--quiet");
        let pasted = folder.read(&format!("t{n}/best.model"));
        folder.ok(&format!("train --config t{n}/best.toml -o again{n}.model"));
        assert_eq!(folder.read(&format!("again{n}.model")), pasted, "{base}");
        folder.ok(&format!("train --config t{n}/best.toml --force"));
    }
}

#[test]
fn a_refit_is_a_training_on_both_parts() {
    let folder = Folder::trained();
    folder.ok("split good.csv -o parts --valid 0.2 --test 0.2 --positive rating>=2");
    joined(&folder);
    let search =
        format!("tune parts --model bpr:factors=4,epochs=20,patience=2 {RANGES} --trials 2");
    let ran = folder.ok(&format!("{search} --validate-every 1 -o t --refit --json"));
    let json = ran.json();
    assert_eq!(keys(&json["refit"]), ["epochs", "output", "train"]);
    let scores = json["trials"].as_array().unwrap().iter();
    let best =
        scores.max_by(|a, b| a["score"].as_f64().unwrap().total_cmp(&b["score"].as_f64().unwrap()));
    let history = best.unwrap()["history"].as_array().unwrap();
    let metric = |epoch: &Value| epoch["metric"].as_f64().unwrap();
    let highest = history.iter().map(metric).fold(0.0, f64::max);
    let first = history.iter().find(|epoch| metric(epoch) == highest).unwrap();
    let epochs = first["epoch"].as_u64().unwrap();
    assert_eq!(json["refit"]["epochs"], epochs);
    assert!(ran.stderr.contains("refit: bpr on training and validation rows, "), "{ran:?}");
    for file in ["train.csv", "valid.csv"] {
        assert_eq!(ran.lines(&format!("read parts/{file}")).len(), 1, "{ran:?}");
    }
    // By hand, on one file.
    let config = &json["best"]["config"];
    let sampler = match config["sampler"].as_str() {
        Some(name) => name.to_owned(),
        None => "hardest-of-3".to_owned(),
    };
    folder.ok(&format!(
        "train all.csv -o hand.model --factors 4 --epochs {epochs} --lr {} --sampler {sampler}",
        config["lr"]
    ));
    let tensors = |name: &str| {
        folder.ok(&format!("recommend {name} --all -k 5 --seen positives --json")).stdout
    };
    assert_eq!(tensors("hand.model"), tensors("t/best.model"));
    let info = |name: &str| folder.ok(&format!("model info {name} --json")).json();
    assert_eq!(info("hand.model")["parameters"], info("t/best.model")["parameters"]);
    // Its line does it again; so does the search, which must not replace it unasked.
    let before = folder.read("t/best.model");
    paste(&folder, &json["refit"]["train"], "--force");
    assert_eq!(folder.read("t/best.model"), before);
    let again = format!("{search} --validate-every 1 -o t --refit");
    folder.fails_saying(2, &again, &["t/best.model", "exists", "--force"]);
    folder.ok(&format!("{again} --force"));
    assert_eq!(folder.read("t/best.model"), before);
}

#[test]
fn a_refit_has_the_bytes_of_a_training_on_the_concatenated_file() {
    let folder = Folder::trained();
    folder.ok("split good.csv -o parts --valid 0.2 --test 0.2");
    joined(&folder);
    for (n, (model, flags)) in [
        ("bpr:factors=4,epochs=6", "--model bpr --factors 4"),
        ("ials:factors=4,epochs=4", "--model ials --factors 4"),
    ]
    .iter()
    .enumerate()
    {
        let search = format!("tune parts --model {model} --range reg=0.01|0.02 --trials 2 -o t{n}");
        let json = folder.ok(&format!("{search} --refit --json --validate-every 1")).json();
        let (epochs, reg) = (&json["refit"]["epochs"], &json["best"]["config"]["reg"]);
        folder.ok(&format!("train all.csv -o hand{n}.model {flags} --epochs {epochs} --reg {reg}"));
        assert_eq!(
            folder.read(&format!("hand{n}.model")),
            folder.read(&format!("t{n}/best.model"))
        );
    }
    // A file is all rows.
    let search =
        "tune good.csv --model bpr:factors=4,epochs=6 --range reg=0.01|0.02 --trials 2 -o f";
    let json = folder.ok(&format!("{search} --refit --json")).json();
    let (epochs, reg) = (&json["refit"]["epochs"], &json["best"]["config"]["reg"]);
    folder.ok(&format!("train good.csv -o hand.model --factors 4 --epochs {epochs} --reg {reg}"));
    assert_eq!(folder.read("hand.model"), folder.read("f/best.model"));
}

#[test]
fn training_with_the_validation_part_knows_what_was_seen_in_both() {
    let folder = Folder::trained();
    folder.ok("split good.csv -o parts --valid 0.3 --test 0.2 --positive rating>=3");
    let listed = |model: &str| {
        let ran = folder.ok(&format!("recommend {model} --all -k 30 --json"));
        ran.json_lines().iter().map(|list| list["items"].as_array().unwrap().len()).sum::<usize>()
    };
    folder.ok("train parts -o part.model --factors 4 --epochs 2 --force");
    let json =
        folder.ok("train parts -o all.model --factors 4 --epochs 2 --with-valid --json").json();
    let read = &json["source"]["with_valid"];
    assert!(read["file"].as_str().unwrap().contains("valid.csv"), "{json}");
    let inspected = folder.ok("inspect parts/valid.csv --json").json();
    assert_eq!(read["sha256"], inspected["sha256"]);
    assert_eq!(json["validation"], Value::Null);
    let rows = |name: &str| folder.text(&format!("parts/{name}.csv")).lines().count() - 1;
    assert_eq!(read["rows"], rows("valid"));
    assert_eq!(listed("part.model") - listed("all.model"), rows("valid") + rows("valid-seen"));
    for (options, said) in [
        ("good.csv --with-valid", "has no valid.csv"),
        ("parts --with-valid --weight rating", "weights of two files"),
        ("parts --with-valid --valid 0.1", "cannot be used with"),
        ("parts --with-valid --early-stop auc:1", "cannot be used with"),
    ] {
        folder.fails_saying(2, &format!("train {options} --model ials -o x.model"), &[said]);
    }
}

/// A refit that fails takes nothing away: here for a file that a search does not read.
#[test]
fn what_was_found_outlives_a_refit_that_fails() {
    let folder = Folder::split();
    folder.write("parts/train-seen.csv", "user,item\n1\n");
    let method = "bpr:factors=2,epochs=2";
    let search = format!("tune parts --model {method} --range reg=0.01|0.02 --trials 1 --refit");
    folder.write("study.toml", "[data]\npath = 'parts'\n[[methods]]\nmodel = 'popularity'");
    for (line, name, written) in [
        (search, "ndcg@10", "best.toml"),
        ("experiment study.toml --refit".to_owned(), "popularity", "results.json"),
    ] {
        for format in ["table", "csv", "json"] {
            let ran = folder.run(&format!("{line} -o {format}-{name} --format {format}"));
            assert_eq!(ran.code, Some(3), "{ran:?}");
            assert!(ran.lines("error: ")[0].contains("train-seen.csv"), "{ran:?}");
            assert!(ran.stdout.contains(name), "{ran:?}");
            assert!(folder.path(&format!("{format}-{name}/{written}")).exists());
            if format == "json" {
                assert_eq!(ran.json()["refit"], Value::Null);
            }
        }
    }
}

/// Names are no options, whatever they begin with.
#[test]
fn what_won_reads_files_of_any_name() {
    let folder = Folder::trained();
    folder.write("-tags.csv", "item,tag\n1,a\n2,b\n");
    folder.write("-good.csv", folder.text("good.csv"));
    let search = "--model bpr:factors=4,epochs=2 --range reg=0.01|0.02 --trials 1 --refit --json";
    let json = folder.ok(&format!("tune {search} -o t --item-tags=-tags.csv -- -good.csv")).json();
    // Beside the refit.
    paste(&folder, &json["train"], "--quiet");
    let pasted = folder.read("t/validated.model");
    folder.ok("train --config t/best.toml -o again.model");
    assert_eq!(folder.read("again.model"), pasted);
}

/// What can't be written in the end is said before anything is searched.
#[cfg(unix)]
#[test]
fn paths_that_are_no_text_are_refused_before_a_search() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::split();
    let odd = OsStr::from_bytes(b"odd\xff");
    std::fs::rename(folder.path("parts"), folder.path("").join(odd)).unwrap();
    for (line, more) in [
        ("tune --range reg=0.01|0.02 --trials 1 -o t", &[odd][..]),
        ("tune good.csv --range reg=0.01|0.02 --trials 1", &[OsStr::new("-o"), odd]),
        ("compare bpr:factors=2,epochs=1 --best b.toml", &[OsStr::new("--data"), odd]),
    ] {
        let output = foretaste(&folder, line).args(more).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}: {said}");
        assert!(said.starts_with("error: odd") && said.contains("is not UTF-8 text"), "{said}");
        assert!(!folder.path("t").exists());
    }
}

/// A search into the folder of another has its file, too: what was best before is said.
#[test]
fn a_search_says_which_best_it_replaces() {
    let folder = Folder::trained();
    let search = "tune good.csv --model bpr:factors=4,epochs=2 --range reg=0.01|0.02 -o t --trials";
    let first = folder.ok(&format!("{search} 1 --json"));
    assert!(!first.stderr.contains("replaces"), "{first:?}");
    let again = folder.ok(&format!("{search} 1"));
    assert!(!again.stderr.contains("replaces"), "{again:?}");
    folder.write(
        "half.csv",
        folder.text("good.csv").split_inclusive('\n').take(300).collect::<String>(),
    );
    let other = folder.ok(&format!("{search} 1").replace("good.csv", "half.csv"));
    let score = first.json()["best"]["score"].as_f64().unwrap();
    let note =
        format!("note: t/best.toml: replaces trial 1 of tune on good.csv, ndcg@10 {score:.4}");
    assert_eq!(other.lines("note: t/best.toml"), [note]);
}

#[test]
fn files_of_others_stay() {
    let folder = Folder::split();
    let search = "tune parts --model bpr:factors=4,epochs=2 --range reg=0.01|0.02 --trials 1 -o t";
    std::fs::create_dir(folder.path("t")).unwrap();
    folder.write("t/best.toml", "# mine");
    folder.fails_saying(2, search, &["t/best.toml", "exists", "--force"]);
    folder.ok(&format!("{search} --force"));
    folder.ok(search);
    folder.fails_saying(
        2,
        "tune - --range reg=0.1|0.2 -o u --refit",
        &["--refit: stdin", "name a file"],
    );
    folder.write("c.toml", "# mine");
    let compare = "compare bpr:factors=4,epochs=2 --data parts --best c.toml";
    folder.fails_saying(2, compare, &["c.toml", "exists"]);
    folder.fails_saying(2, "compare part.model --data parts --best d.toml", &["--best: no method"]);
    let compare = "compare bpr:factors=2,epochs=1 --data parts --best";
    for (line, said) in [
        (format!("{compare} x.html --report x.html"), "x.html: is the report and the file"),
        (format!("{compare} ./x.html --report parts/../x.html"), "x.html: is the report and"),
        (format!("{compare} y.model"), "--best y.model: is what its model is to be called"),
    ] {
        folder.fails_saying(2, &line, &[said]);
    }
    folder.fails_saying(2, "compare bpr --data parts --force", &["--best <FILE.toml>"]);
}

#[test]
fn a_comparison_writes_the_best_of_what_it_trained() {
    let folder = Folder::split();
    let runs = "part.model popularity small=bpr:factors=2,epochs=1 large=bpr:factors=8,epochs=30";
    let ran = folder.ok(&format!("compare {runs} --data parts --best best.toml --json"));
    let json = ran.json();
    let mean = |row: &&Value| row["metrics"]["ndcg@10"]["mean"].as_f64().unwrap();
    let rows = json["rows"].as_array().unwrap();
    let best = rows[1..].iter().max_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap();
    let name = best["name"].as_str().unwrap();
    assert!(ran.stderr.contains(&format!("wrote best.toml: {name}\n")), "{ran:?}");
    folder.ok("train --config best.toml");
    let measured = folder.ok("evaluate best.model parts --json").mean("ndcg@10");
    assert_eq!(measured, mean(&best));
}

const STUDY: &str = r#"
[data]
path = "DATA"
[validation]
every = 1
[[methods]]
model = "popularity"
[[methods]]
name = "a/b"
model = "bpr"
params = { factors = 4, epochs = 10, "bias.item" = true }
search = { lr = { log = [0.05, 0.5] } }
trials = 2
"#;

#[test]
fn an_experiment_writes_how_each_method_is_trained() {
    let folder = Folder::split();
    folder.write("study.toml", STUDY.replace("DATA", "parts"));
    let json = folder.ok("experiment study.toml -o out --refit --json").json();
    for (n, name) in ["popularity", "a_b"].iter().enumerate() {
        folder.ok(&format!("train --config out/best-{name}.toml"));
        let model = format!("out/best-{name}.model");
        let measured = folder.ok(&format!("evaluate {model} parts --json")).mean("ndcg@10");
        assert_eq!(json["rows"][n]["metrics"]["ndcg@10"]["mean"], measured, "{name}");
    }
    let before = folder.read("out/best.model");
    paste(&folder, &json["refit"]["train"], "--force");
    assert_eq!(folder.read("out/best.model"), before);
    folder.fails_saying(2, "experiment study.toml -o out --refit", &["out/best.model", "exists"]);
    // Of a file there is no part to validate on any more.
    folder.write("whole.toml", STUDY.replace("DATA", "good.csv"));
    folder.fails_saying(
        2,
        "experiment whole.toml -o w --refit",
        &["--refit: good.csv is no folder"],
    );
    folder.ok("experiment whole.toml -o w");
    let trained = folder.ok("train --config w/best-a_b.toml --json").json();
    assert_eq!(trained["best_epoch"], trained["epochs"]);
    assert_eq!(trained["validation"], Value::Null);
}

/// A user has the first of 30 items likely, the last hardly.
fn skewed() -> String {
    let pairs = (0..80_u32).flat_map(|user| (0..30_u32).map(move |item| (user, item)));
    let has = |&(user, item): &(u32, u32)| {
        (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20 & 31 > item + item / 3
    };
    pairs.filter(has).map(|(user, item)| format!("{user},{item}\n")).collect()
}

/// A model that popularity beats says so.
#[test]
fn training_tells_popularity_beside_the_model() {
    let folder = Folder::split();
    folder.write("skewed.csv", skewed());
    folder.ok("split skewed.csv -o skewed --valid 0.2 --test 0.1");
    for (parts, flags, is_below) in [
        ("skewed", "--factors 2 --epochs 1 --lr 0.0001", true),
        ("parts", "--factors 8 --epochs 30", false),
    ] {
        folder.ok(&format!("train {parts} -o {parts}.model --model popularity"));
        let held_out = format!("--train {parts}/train.csv --test {parts}/valid.csv");
        let evaluated = folder.ok(&format!("evaluate {parts}.model {held_out} --json"));
        let evaluated = evaluated.mean("ndcg@10");
        let line = format!("train {parts} -o m.model --force --validate-every 1 {flags}");
        let ran = folder.ok(&format!("{line} --json"));
        let json = ran.json();
        let validation = &json["validation"];
        assert_eq!(keys(validation), ["metric", "model", "popularity"]);
        assert_eq!(validation["metric"], "ndcg@10");
        assert_eq!(validation["popularity"], evaluated);
        let model = validation["model"].as_f64().unwrap();
        assert_eq!(model < evaluated, is_below, "{json}");
        let said = format!("on the validation rows; popularity has {evaluated:.4}");
        assert_eq!(ran.stderr.contains(&said), is_below, "{ran:?}");
        let csv = folder.ok(&format!("{line} --format csv"));
        let at = csv.cells()[0].iter().position(|name| *name == "popularity").unwrap();
        assert_eq!(csv.cells()[1][at].parse::<f64>().unwrap(), evaluated);
    }
}
