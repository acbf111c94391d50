//! `compress`: smaller models, and what is said of them.

use crate::support::Folder;

#[test]
fn fewer_bits_and_fewer_numbers_are_smaller_files_that_serve() {
    let folder = Folder::split();
    let before = folder.read("part.model").len();
    let mut sizes = Vec::new();
    for how in ["--to f16", "--to i8", "--keep 0.5", "--keep 0.5 --by svd", "--keep 0.5 --to i8"] {
        let ran = folder.ok(&format!("compress part.model parts -o s.model --force {how} --json"));
        let json = ran.json();
        let bytes = folder.read("s.model").len();
        assert_eq!((&json["bytes_before"], &json["bytes"]), (&before.into(), &bytes.into()));
        let [quality, overlap] = ["quality", "overlap@10"].map(|name| json[name].as_f64().unwrap());
        assert!(quality > 0.0 && overlap > 0.3, "{ran:?}");
        folder.ok("model verify s.model");
        let list = folder.ok("recommend s.model --user 1 -k 3 --json").json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(3), "{list}");
        folder.ok("evaluate s.model parts");
        sizes.push(bytes);
    }
    let [f16, i8, half, svd, both] = sizes[..] else { panic!("five models") };
    assert!(i8 < f16 && f16 < before && half < before && svd < before && both < half);
    let info = folder.ok("model info s.model --json").json();
    assert_eq!(info["format"], 2);
    assert_eq!(info["training"]["compressed"]["kept"], "largest");
    assert_eq!(info["storage"], serde_json::json!({ "numbers": "i8", "sparse": true }));
}

#[test]
fn what_is_measured_is_what_evaluate_says() {
    let folder = Folder::split();
    let said = folder.ok("compress part.model parts -o s.model --to i8 --json").json();
    let quality = |model: &str| {
        let json = folder.ok(&format!("evaluate {model} parts --metrics ndcg@10 --json")).json();
        json["metrics"]["ndcg@10"]["mean"].clone()
    };
    assert_eq!(said["quality_before"], quality("part.model"));
    assert_eq!(said["quality"], quality("s.model"));
    // Of a table, without held-out rows.
    let ran = folder.ok("compress part.model -o t.model --to f16");
    assert!(ran.stdout.contains("same in top 10") && !ran.stdout.contains("quality"), "{ran:?}");
}

#[test]
fn gates_go_on_from_a_model_of_bpr_and_of_no_other() {
    let folder = Folder::split();
    let json = folder.ok("compress part.model parts -o s.model --keep 0.5 --by dnis --json").json();
    assert_eq!(json["model"], "dnis");
    let info = folder.ok("model info s.model --json").json();
    assert_eq!(info["training"]["gates"]["learnt_on"], "validation rows");
    assert_eq!(
        (&info["parameters"]["factors"], &info["parameters"]["keep"]),
        (&8.into(), &0.5.into())
    );
    let once = folder.read("s.model");
    folder.ok("compress part.model parts -o t.model --keep 0.5 --by dnis --threads 1");
    assert_eq!(folder.read("t.model"), once);
    // And on from what came of it, without a folder.
    folder.ok("compress s.model -o u.model --keep 0.25 --by dnis --to i8");
    assert!(folder.read("u.model").len() < once.len());
    folder.ok("train parts --model ials --factors 8 -o ials.model");
    folder.fails_saying(
        2,
        "compress ials.model -o no.model --keep 0.5 --by dnis",
        &["model of ials", "--by magnitude"],
    );
    folder.ok("compress ials.model parts -o i.model --keep 0.5");
}

#[test]
fn what_can_not_be_made_smaller_is_refused() {
    let folder = Folder::split();
    let nothing = "nothing is to be made smaller";
    folder.fails_saying(2, "compress part.model -o no.model", &[nothing, "--to i8"]);
    folder.fails_saying(2, "compress part.model -o no.model --keep 1", &[nothing]);
    for wrong in ["0", "2", "-0.5", "NaN"] {
        let arguments = format!("compress part.model -o no.model --keep {wrong}");
        folder.fails_saying(2, &arguments, &["above 0 and at most 1"]);
    }
    folder.ok("train parts --model popularity -o popular.model");
    folder.fails_saying(2, "compress popular.model -o no.model --to i8", &["no matrix"]);
    folder.ok("train parts --model ease -o ease.model");
    folder.fails_saying(2, "compress ease.model -o no.model --keep 0.5", &["no rows", "--to i8"]);
    folder.ok("compress part.model -o half.model --to f16");
    folder.fails_saying(2, "compress half.model -o no.model --to f16", &["in f16 already"]);
    folder.fails_saying(2, "compress part.model -o part.model --to i8 --force", &["part.model"]);
    folder.fails_saying(2, "compress part.model -o half.model --to i8", &["half.model"]);
    folder.fails_saying(3, "compress part.model none.csv -o no.model --to i8", &["none.csv"]);
}
