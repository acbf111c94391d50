//! Files that are no usable model.

use crate::support::Folder;
use foretaste::files::Overwrite;
use foretaste::model::ModelFile;

/// Every command that reads a model.
const READERS: [&str; 9] = [
    "model info",
    "model verify",
    "evaluate --test good.csv",
    "recommend --user 1",
    "recommend --items 1",
    "similar --item 1",
    "explain --user 1 --item 1",
    "score good.csv",
    "export --what items -o v.npy",
];

fn all_fail_saying(folder: &Folder, model: &str, said: &[&str]) {
    let words: Vec<&str> = std::iter::once(model).chain(said.iter().copied()).collect();
    for reader in READERS {
        // The model comes first where files follow it.
        let (command, rest) = reader.split_once(' ').unwrap();
        let nested = command == "model";
        let arguments = match nested {
            true => format!("{reader} {model}"),
            false => format!("{command} {model} {rest}"),
        };
        folder.fails_saying(4, &arguments, &words);
    }
}

#[test]
fn a_damaged_file_is_recognised() {
    let folder = Folder::trained();
    let good = folder.read("good.model");
    let mut flipped = good.clone();
    flipped[good.len() * 2 / 3] ^= 4;
    folder.write("flipped.model", flipped);
    folder.write("half.model", &good[..good.len() / 2]);
    folder.write("empty.model", "");
    let again = "train the model again";
    all_fail_saying(&folder, "flipped.model", &["do not match their checksum", again]);
    all_fail_saying(&folder, "half.model", &["not a foretaste model", again]);
    all_fail_saying(&folder, "empty.model", &["not a foretaste model", again]);
    all_fail_saying(&folder, "good.csv", &["not a foretaste model", again]);
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let folder = Folder::trained();
    let good = folder.read("good.model");
    for byte in (0..good.len()).step_by(good.len() / 24) {
        let mut flipped = good.clone();
        flipped[byte] ^= 1 << (byte % 8);
        folder.write("flipped.model", flipped);
        folder.fails(4, "model verify flipped.model");
    }
}

#[test]
fn what_is_no_file_is_named() {
    let folder = Folder::trained();
    all_fail_saying(&folder, "none.model", &["none.model: no such file", "foretaste train"]);
    std::fs::create_dir(folder.path("folder")).unwrap();
    all_fail_saying(&folder, "folder", &["folder: is a folder", "foretaste train"]);
}

#[test]
fn a_model_of_a_later_version_is_told_from_a_damaged_one() {
    let folder = Folder::trained();
    let change = |name: &str, change: fn(&mut ModelFile)| {
        let mut file = ModelFile::load(&folder.path("good.model")).unwrap();
        change(&mut file);
        file.save(&folder.path(name), Overwrite::Refuse).unwrap();
    };
    change("later.model", |file| file.info.format = 99);
    change("method.model", |file| file.info.method = "oracle".into());
    change("lacking.model", |file| file.tensors.clear());
    let version = "use the version of foretaste that wrote it";
    all_fail_saying(&folder, "later.model", &["has format 99; this version reads", version]);
    all_fail_saying(&folder, "method.model", &["no method `oracle`", version]);
    all_fail_saying(&folder, "lacking.model", &["tensor `", "is missing", "again"]);
}

/// Files that version 0.2.0 wrote before methods were known by a contract, that of expomf before it lost
/// the parameters that it never used, with the lists that it made of them.
#[test]
fn models_of_before_give_the_lists_of_before() {
    macro_rules! kept {
        ($($name:literal),*) => {
            [$(($name, &include_bytes!(concat!("models/", $name, ".model"))[..],
                include_str!(concat!("models/", $name, ".jsonl")))),*]
        };
    }
    let folder = Folder::new();
    for (name, model, lists) in kept!["popularity", "bpr", "relmf", "nbpo", "expomf"] {
        folder.write("old.model", model);
        let ran = folder.ok("recommend old.model --all -k 5 --json");
        assert_eq!(ran.stdout, lists, "{name}");
        let info = folder.ok("model info old.model --format csv").stdout;
        assert_eq!(info.contains("\nepochs,"), name != "popularity", "{name}: {info}");
        assert_eq!(
            info.contains("\nlr,"),
            ["bpr", "relmf", "nbpo"].contains(&name),
            "{name}: {info}"
        );
        let mut flipped = model.to_vec();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        folder.write("old.model", flipped);
        folder.fails_saying(4, "recommend old.model --all", &["old.model", "again"]);
    }
}
