//! `simulate` and `demo`.

use crate::support::{Folder, keys, ratings};
use std::path::Path;

const FILES: [&str; 6] = [
    "impression.txt",
    "interactions.csv",
    "items.csv",
    "manifest.json",
    "propensities.csv",
    "relevance.txt",
];

#[test]
fn the_defaults_make_the_bundled_sample() {
    let folder = Folder::new();
    let json = folder.ok("simulate -o made --json").json();
    assert_eq!(keys(&json), ["interactions", "items", "output", "relevant", "users"]);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
    for name in FILES {
        let kept = std::fs::read(sample.join(name)).unwrap();
        assert!(folder.read(&format!("made/{name}")) == kept, "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path("made")).unwrap().count(), FILES.len());
}

#[test]
fn options_and_seed_change_what_is_made() {
    let folder = Folder::new();
    let small = "--users 50 --items 40 --interactions 200";
    for (name, options) in [
        ("a", ""),
        ("b", ""),
        ("c", "--seed 2"),
        ("d", "--noise 0.2"),
        ("e", "--activity 1"),
        ("f", "--position 1"),
    ] {
        folder.ok(&format!("simulate -o {name} {small} {options}"));
    }
    let clicks = |name: &str| folder.read(&format!("{name}/interactions.csv"));
    assert!(clicks("a") == clicks("b"));
    assert!(["c", "d", "e", "f"].iter().all(|name| clicks("a") != clicks(name)));
    folder.fails_saying(2, "simulate -o g --position -1", &["position", "from 0 to 10"]);
    folder.ok(&format!("simulate -o a {small} --seed 2 --force"));
    assert!(clicks("a") == clicks("c"));
}

#[test]
fn ratings_become_feedback_with_a_truth_for_every_cell() {
    let folder = Folder::new();
    folder.write("ratings.csv", ratings());
    let json = folder.ok("simulate --from ratings.csv --power 1 -o made --json").json();
    let [users, items, clicks] =
        ["users", "items", "interactions"].map(|key| json[key].as_u64().unwrap());
    let lines = |name: &str| folder.text(&format!("made/{name}")).lines().count() as u64;
    assert_eq!(lines("truth.csv"), users * items + 1);
    assert_eq!(lines("interactions.csv"), clicks + 1);
    assert_eq!(lines("propensities.csv"), clicks + 1);
    let is_shown = |line: &&str| line.split(',').nth(4) == Some("1");
    let shown = folder.text("made/truth.csv").lines().filter(is_shown).count() as u64;
    assert_eq!(lines("impression.csv"), shown + 1);
    folder.fails_saying(
        2,
        "simulate --from ratings.csv -o made",
        &["made/interactions.csv: exists already", "--force"],
    );
    folder.fails_saying(
        2,
        "simulate -o small --users 9 --items 9 --interactions 99",
        &["99 interactions are out of reach", "--users and --items make room"],
    );
}

const PROGRESSION: &str =
    "--users 80 --items 60 --interactions 900 --relevance 0.4 --progression view,cart,buy";

#[test]
fn a_progression_is_trained_on_and_scored_by_each_of_its_feedbacks() {
    let folder = Folder::new();
    let made = format!("simulate {PROGRESSION} --shares 0.5,0.4");
    let json = folder.ok(&format!("{made} -o w --json")).json();
    assert_eq!(keys(&json), ["items", "levels", "output", "users"]);
    let lines = |name: &str| folder.text(&format!("w/{name}")).lines().count() as u64 - 1;
    let files = [("view", "test-view.csv"), ("cart", "test-cart.csv"), ("buy", "test.csv")];
    for (level, (name, test)) in json["levels"].as_array().unwrap().iter().zip(files) {
        assert_eq!(level["name"], name);
        assert_eq!(level["interactions"].as_u64(), Some(lines(&format!("{name}.csv"))));
        assert_eq!(level["held_out"].as_u64(), Some(lines(test)));
    }
    assert_eq!(lines("truth.csv"), 80 * 60);
    assert_eq!(std::fs::read_dir(folder.path("w")).unwrap().count(), 9);
    // What is held out is in no training part, whatever its level.
    let rows = |name: &str| {
        let pair = |line: &str| line.rsplit_once(',').unwrap().0.to_owned();
        folder.text(&format!("w/{name}")).lines().skip(1).map(pair).collect::<Vec<_>>()
    };
    let (views, held) = (rows("view.csv"), rows("test-view.csv"));
    assert!(held.iter().all(|pair| !views.contains(pair)));
    assert!(rows("test.csv").iter().all(|pair| held.contains(pair)));
    // Of the folder a model knows levels, and each is scored.
    folder.ok("train w --feedback view,cart,buy --model gnolr --factors 48 --epochs 3 -o m");
    let users =
        |args: &str| folder.ok(&format!("evaluate m w {args} --json")).json()["users"].clone();
    let [all, carts, views] =
        ["--feedback view,cart,buy", "--feedback view,cart", "--feedback view"].map(users);
    assert!(views.as_u64() >= carts.as_u64() && carts.as_u64() >= all.as_u64());
    folder.ok("evaluate m --train w/view.csv --test w/test.csv");
    // The same again, byte for byte; another seed is another world.
    folder.ok(&format!("{made} -o again"));
    folder.ok(&format!("{made} -o other --seed 2"));
    for file in ["view.csv", "buy.csv", "test-cart.csv", "truth.csv", "manifest.json"] {
        let of = |name: &str| folder.read(&format!("{name}/{file}"));
        assert!(of("w") == of("again") && of("w") != of("other"), "{file}");
    }
    let said = ["w/view.csv: exists already", "--force"];
    folder.fails_saying(2, &format!("{made} -o w"), &said);
}

#[test]
fn what_is_no_progression_is_refused() {
    let folder = Folder::new();
    let cases = [
        ("--progression view", "levels of a progression: 1; there must be 2 to 8"),
        ("--progression view", "names the feedbacks, weakest first"),
        ("--progression a,b,c,d,e,f,g,h,i", "levels of a progression: 9; there must be 2 to 8"),
        ("--progression view,buy,View", "is given twice"),
        ("--progression view,,buy", "has an empty name"),
        ("--progression view,a/b", "`a/b` can't be a level"),
        ("--progression view,test", "`test` can't be a level: another file or column"),
        ("--progression view,test-view", "--progression gives it another name"),
        ("--progression view,buy --shares 1", "shares is 1; it must be above 0 and below 1"),
        ("--progression view,buy --shares -0.1", "shares is -0.1"),
        ("--progression view,buy --shares nan", "shares is NaN"),
        (
            "--progression view,buy --shares 0.2,0.2",
            "2 shares for 2 levels; it must be one for each",
        ),
        ("--progression view,buy --shares x", "invalid value 'x' for '--shares"),
        ("--progression view,buy --correlation 2", "correlation is 2; it must be from -1 to 1"),
        ("--progression view,buy --test 0", "test is 0; it must be above 0 and below 1"),
        ("--progression view,buy --shares 1e-9", "no pair of `buy` is in the training part"),
        ("--progression view,buy --users 20000 --items 9000", "are too many probabilities"),
        ("--progression view,buy --from ratings.csv", "cannot be used with"),
        ("--shares 0.5", "--progression <NAMES>"),
        ("--test 0.5", "--progression <NAMES>"),
    ];
    for (words, said) in cases {
        folder.fails_saying(2, &format!("simulate -o w {words}"), &[said]);
    }
}

/// The methods in the order of the comparison; the demo itself is also run by `cargo run`.
#[test]
fn the_demo_compares_the_methods_without_arguments() {
    let folder = Folder::new();
    // A report of before is replaced.
    folder.write("foretaste-demo.html", "<meta name=\"generator\" content=\"foretaste\">");
    let ran = folder.ok("demo --json");
    let note = "wrote foretaste-demo.html, in the place of an earlier report";
    assert_eq!(ran.lines("wrote "), [note]);
    let json = ran.json();
    let rows = json["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["popularity", "bpr", "naive", "relmf", "oracle", "nbpo", "ials", "softmax", "ease"]
    );
    for row in rows {
        let members =
            ["config", "metrics", "name", "rare_items", "seconds", "seeds", "true_relevance"];
        assert_eq!(keys(row), members);
        assert_eq!(keys(&row["metrics"]), ["ndcg@10", "recall@20"]);
    }
    let ndcg = |row: usize| rows[row]["true_relevance"]["ndcg@10"]["mean"].as_f64().unwrap();
    assert!(ndcg(1) > ndcg(0), "the sample is made so that taste beats popularity");
    for what in ["true_relevance", "rare_items"] {
        let end = |row: usize, end| rows[row][what]["ndcg@10"][end].as_f64().unwrap();
        for other in [1, 2] {
            assert!(end(3, "low") > end(other, "high"), "{what}: {json}");
        }
    }
    assert_eq!(json["lost_clicks"]["rows"].as_array().unwrap().len(), rows.len());
    let files = ["foretaste-demo.html", "foretaste-demo.propensities.csv"];
    assert!(folder.names().iter().eq(files));
    let ignored = include_str!("../../../../.gitignore");
    for name in files {
        assert!(ignored.lines().any(|line| line == format!("/{name}")), "{name}");
    }
    let page = folder.text("foretaste-demo.html");
    for part in
        ["Recommenders on the bundled sample", "Learning", "Popular and rare items", "<svg "]
    {
        assert!(page.contains(part), "{part}");
    }
    folder.write("foretaste-demo.html", "my own page");
    let said = ["foretaste-demo.html", "--report FILE.html names another"];
    folder.fails_saying(2, "demo", &said);
    assert_eq!(folder.text("foretaste-demo.html"), "my own page");
}
