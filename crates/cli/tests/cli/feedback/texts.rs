//! Vectors that are made of texts, and of wider vectors.

use super::with_features;
use crate::support::{Folder, Ran};
use serde_json::Value;

/// Texts of items 0 to 31 but 7: of three groups, and of item 31 a word that no other has.
fn with_texts() -> Folder {
    let folder = with_features();
    let groups = ["red \"dry\" wine", "white\nwine", "green apples"];
    let text = |item: usize| match item {
        31 => "???".to_owned(),
        _ => groups[item % 3].replace('"', "\"\""),
    };
    let rows = (0..32).filter(|item| *item != 7);
    let rows = rows.map(|item| format!("{item},x,\"{}\"\n", text(item))).collect::<String>();
    folder.write("texts.csv", "item,title,text\n".to_owned() + &rows);
    folder.write("people.jsonl", "{\"id\":1,\"text\":\"a b\"}\n{\"id\":2,\"text\":\"b a\"}\n");
    folder
}

fn says(ran: &Ran, lines: &[&str]) {
    lines.iter().for_each(|line| assert!(ran.stderr.contains(line), "{line:?} is not in {ran:?}"));
}

fn features(json: &Value) -> [u64; 3] {
    ["with", "width", "alone"].map(|name| json["features"][0][name].as_u64().unwrap())
}

#[test]
fn texts_become_features_of_items() {
    let folder = with_texts();
    let ran = folder.ok("inspect all/buy.csv --item-texts texts.csv --json");
    // Words: red, dry, wine, white, green, apples; "white wine", "red dry wine", "green apples" are three
    // directions.
    says(
        &ran,
        &[
            "read texts.csv: 31 texts of 6 words, of which 5 are in at least 2 texts and in at most 50% of them",
            "note: texts.csv: 1 text has no vector: no such word, or none that 3 numbers tell of",
            "read texts.csv: vectors of 3 numbers of 30 items",
        ],
    );
    let json = ran.json();
    assert_eq!(features(&json)[..2], [30, 3]);
    let made = &json["features"][0]["made"]["texts"];
    assert_eq!((made["words"].as_u64(), made["by"]["numbers"].as_u64()), (Some(5), Some(128)));
    let few = "inspect all/buy.csv --item-texts texts.csv --text-numbers 2 --json";
    assert_eq!(features(&folder.ok(few).json())[1], 2);
    let train =
        "train all/buy.csv --item-texts texts.csv --user-features users.csv --epochs 1 -o m --json";
    let ran = folder.ok(train);
    says(
        &ran,
        &["bpr learns from the interactions; features of users and features of items are left out"],
    );
    let source = &ran.json()["source"]["features"];
    assert_eq!(source[1]["file"], "texts.csv");
    assert_eq!(source[1]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn a_split_has_the_vectors_of_texts() {
    let folder = with_texts();
    folder.ok("split all/buy.csv -o parts --item-texts texts.csv --test 0.2");
    let parts = folder.ok("inspect parts/train.csv --item-features parts/item-features.npy --json");
    let whole = folder.ok("inspect all/buy.csv --item-texts texts.csv --json");
    assert_eq!(features(&parts.json())[..2], features(&whole.json())[..2]);
    assert_eq!(folder.text("parts/item-features.ids").lines().count(), 30);
    // Another one replaces them.
    folder.ok("split all/buy.csv -o parts --test 0.2 --force");
    assert!(!folder.path("parts/item-features.npy").exists());
}

#[test]
fn wide_vectors_become_narrow() {
    let folder = with_texts();
    let ran = folder.ok("inspect all/buy.csv --item-features items.csv --pca 1 --json");
    says(
        &ran,
        &[
            "read items.csv: vectors of 2 numbers become vectors of 1 number, with 100.0% of the variance",
            "read items.csv: vectors of 1 number of 31 items",
        ],
    );
    assert_eq!(ran.json()["features"][0]["made"]["pca"]["of"], 2);
    let ran = folder.ok("inspect all/buy.csv --item-features items.csv --pca 2 --json");
    says(&ran, &["its vectors stay as they are: of 2 numbers, no more than --pca 2"]);
    assert!(ran.json()["features"][0].get("made").is_none());
    folder.write("same.csv", "item,a,b\n1,2,3\n2,2,3\n");
    let said = ["same.csv: --pca 1: all its vectors are the same"];
    folder.fails_saying(3, "inspect all/buy.csv --item-features same.csv --pca 1", &said);
}

#[test]
fn what_can_not_be_made_is_said() {
    let folder = with_texts();
    folder.write("different.csv", "item,text\n1,a\n2,b\n3,c\n");
    folder.write("twice.csv", "item,text\n1,a\n1,b\n");
    for (code, flags, said) in [
        (
            2,
            "--item-texts texts.csv --item-features items.csv",
            "--item-texts and --item-features: both",
        ),
        (
            2,
            "--user-texts people.jsonl --user-features users.csv",
            "--user-texts and --user-features: both",
        ),
        (2, "--text-numbers 8", "--text-numbers: there are no texts"),
        (2, "--item-texts texts.csv --text-numbers 0", "0 is not in 1..=1024"),
        (2, "--item-texts texts.csv --pca 8", "--pca: no vectors are given"),
        (3, "--item-texts different.csv", "different.csv: no word is in at least 2 texts"),
        (3, "--item-texts twice.csv", "twice.csv:3: the item id \"1\" is here again"),
        (3, "--item-texts none.csv", "none.csv"),
    ] {
        folder.fails_saying(code, &format!("inspect all/buy.csv {flags}"), &[said]);
    }
    folder.fails_saying(
        2,
        "train all/buy.csv --item-texts texts.csv -o texts.csv --force",
        &["is an input"],
    );
}

#[test]
fn what_is_trained_again_has_its_texts() {
    let folder = with_texts();
    folder.ok("split all/buy.csv -o parts --valid 0.2 --test 0.2");
    let tune = "tune parts -m bpr:epochs=2 -r factors=4|8 --trials 1 -o tuned --json \
        --item-texts texts.csv --text-numbers 2 --user-features users.csv --pca 1";
    let train = folder.ok(tune).json()["train"].as_str().unwrap().to_owned();
    for flag in ["--item-texts=texts.csv", "--text-numbers=2", "--pca=1"] {
        assert!(train.contains(flag), "{train}");
    }
    folder.ok("train --config tuned/best.toml");
}

#[test]
fn experiments_take_texts() {
    let folder = with_texts();
    let experiment = |data: &str| {
        let text = format!(
            "metrics = [\"ndcg@10\"]\n[data]\npath = \"all/buy.csv\"\n{data}[[methods]]\nmodel = \"popularity\"\n"
        );
        folder.write("e.toml", text);
    };
    experiment("item_texts = \"texts.csv\"\ntext_numbers = 2\nuser_texts = \"people.jsonl\"\n");
    let said = ["people.jsonl: no word is in at least 2 texts and in at most 50% of them"];
    folder.fails_saying(3, "experiment e.toml -o r", &said);
    experiment(
        "item_texts = \"texts.csv\"\ntext_numbers = 2\nuser_features = \"users.csv\"\npca = 4\n",
    );
    let ran = folder.ok("experiment e.toml -o r");
    // Two numbers are of the two larger groups.
    says(&ran, &["read texts.csv: vectors of 2 numbers of 21 items"]);
    for (data, said) in [
        (
            "item_texts = \"texts.csv\"\nitem_features = \"items.csv\"\n",
            "e.toml:4:14: item_texts: ",
        ),
        ("text_numbers = 3\n", "e.toml:4:16: text_numbers: it is of item_texts or user_texts"),
        ("pca = 3\nitem_texts = \"texts.csv\"\n", "e.toml:4:7: pca: it is of item_features"),
        (
            "text_numbers = 2000\nitem_texts = \"texts.csv\"\n",
            "text_numbers: a whole number from 1",
        ),
    ] {
        experiment(data);
        folder.fails_saying(2, "experiment e.toml -o r", &[said]);
    }
}
