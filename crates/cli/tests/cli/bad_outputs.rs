//! Places that can't be written to.

use crate::support::Folder;

#[test]
fn a_model_is_not_written_over_a_file_or_into_nothing() {
    let folder = Folder::trained();
    let model = folder.read("good.model");
    for (output, said) in [
        ("good.model", ["good.model: exists already", "--force"]),
        (".", [".: is a folder", "name a file in it"]),
        ("none/new.model", ["none/new.model: the folder none does not exist", "create"]),
        ("good.csv/new.model", ["good.csv", "does not exist"]),
    ] {
        folder.fails_saying(2, &format!("train good.csv -o {output}"), &said);
    }
    assert!(folder.read("good.model") == model);
    folder.ok("train good.csv -o good.model --model popularity --force");
    assert!(folder.read("good.model") != model);
}

#[test]
fn force_does_not_replace_a_model_before_there_is_another() {
    let folder = Folder::trained();
    let model = folder.read("good.model");
    folder.fails(1, &format!("train good.csv -o good.model --force {}", folder.diverging()));
    assert!(folder.read("good.model") == model);
}

#[test]
fn a_split_does_not_mix_with_what_is_there() {
    let folder = Folder::trained();
    folder.fails_saying(2, "split good.csv -o good.csv", &["good.csv: is a file, not a folder"]);
    folder.fails_saying(2, "split good.csv -o good.csv/new", &["is a file, not a folder"]);
    folder.fails_saying(2, "simulate -o good.csv", &["good.csv: is a file, not a folder"]);
    for name in ["train.csv", "valid.csv", "test.csv", "manifest.json"] {
        let parts = folder.path("parts");
        std::fs::create_dir(&parts).unwrap();
        folder.write(&format!("parts/{name}"), "mine");
        // Without a validation part, too: what is there would be taken for one.
        let said = [name, "exists already", "--force"];
        folder.fails_saying(2, "split good.csv -o parts --valid 0", &said);
        assert_eq!(folder.text(&format!("parts/{name}")), "mine");
        assert_eq!(std::fs::read_dir(&parts).unwrap().count(), 1);
        std::fs::remove_dir_all(&parts).unwrap();
    }
}

#[test]
fn a_simulation_does_not_replace_files() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("made")).unwrap();
    folder.write("made/items.csv", "mine");
    folder.fails_saying(2, "simulate -o made", &["made/items.csv: exists already", "--force"]);
    assert_eq!(std::fs::read_dir(folder.path("made")).unwrap().count(), 1);
}
