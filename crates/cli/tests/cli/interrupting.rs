//! Processes that end early, and those that write at the same time.
#![cfg(unix)]

use crate::support::{Folder, foretaste, ratings};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The names of temporary files in a folder.
fn temporary(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".foretaste-") && name.ends_with(".tmp")).collect()
}

/// A folder with a split, and another split into it that has written all its files and waits for
/// its turn to rename them, for as long as the lock is held.
fn waiting(folder: &Folder, arguments: &str) -> (Child, File) {
    let parts = folder.path("parts");
    let before = temporary(&parts);
    let lock = File::open(&parts).unwrap();
    lock.lock().unwrap();
    let mut child = foretaste(folder, arguments).stdout(Stdio::null()).spawn().unwrap();
    // Three parts, the manifest, and what stands for it meanwhile.
    until_there_are(5, &parts, &before, &mut child);
    (child, lock)
}

fn split() -> Folder {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder.ok("split good.csv -o parts --seed 1");
    folder
}

/// Waits for so many temporary files that were not there before.
fn until_there_are(count: usize, folder: &Path, before: &[String], child: &mut Child) {
    while temporary(folder).iter().filter(|name| !before.contains(name)).count() < count {
        assert!(child.try_wait().unwrap().is_none(), "it ended without waiting for the lock");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const AGAIN: &str = "split good.csv -o parts --seed 2 --force";

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
}

/// Whether whoever started the tests has them, and all that they start, ignore a signal.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal - 1) & 1 == 1)
}

#[test]
fn a_signal_leaves_what_was_there_and_nothing_else() {
    let signals = [("INT", 2), ("TERM", 15), ("HUP", 1)];
    // Under nohup, say.
    for (name, number) in signals.into_iter().filter(|(_, number)| !is_ignored(*number)) {
        let folder = split();
        let before = folder.read("parts/train.csv");
        let (mut child, _lock) = waiting(&folder, AGAIN);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(128 + number), "{name}");
        assert_eq!(temporary(&folder.path("parts")), [""; 0], "{name}");
        assert!(folder.read("parts/train.csv") == before, "{name}");
        assert_eq!(std::fs::read_dir(folder.path("parts")).unwrap().count(), 4, "{name}");
        folder.ok("train parts -o m.model --model popularity");
    }
}

/// As nohup has its command ignore the end of the terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_to_be_ignored_is() {
    let folder = split();
    let lock = File::open(folder.path("parts")).unwrap();
    lock.lock().unwrap();
    let script = format!("trap '' HUP; exec {} {AGAIN}", env!("CARGO_BIN_EXE_foretaste"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder.path("")).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    until_there_are(5, &folder.path("parts"), &[], &mut child);
    signal(&child, "HUP");
    lock.unlock().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_next_run_removes_what_a_killed_one_left_but_nothing_of_a_running_one() {
    let folder = split();
    let parts = folder.path("parts");
    let (mut killed, lock) = waiting(&folder, AGAIN);
    signal(&killed, "KILL");
    killed.wait().unwrap();
    drop(lock);
    assert_eq!(temporary(&parts).len(), 5);
    let (mut running, lock) = waiting(&folder, AGAIN);
    // It has removed the five of the killed one, and has five of its own.
    assert_eq!(temporary(&parts).len(), 5);
    folder.ok("train good.csv -o parts/bpr.model --model popularity");
    assert_eq!(temporary(&parts).len(), 5, "they are somebody's");
    drop(lock);
    assert!(running.wait().unwrap().success());
    assert_eq!(temporary(&parts), [""; 0]);
}

#[test]
fn splits_into_one_folder_take_turns() {
    let folder = split();
    let (mut first, lock) = waiting(&folder, AGAIN);
    let second = "split good.csv -o parts --seed 3 --valid 0 --force";
    let mut second = foretaste(&folder, second).stdout(Stdio::null()).spawn().unwrap();
    until_there_are(9, &folder.path("parts"), &[], &mut second);
    drop(lock);
    assert!(first.wait().unwrap().success() && second.wait().unwrap().success());
    // Whichever was the last, its parts are together.
    folder.ok("train parts -o m.model --model popularity");
    folder.ok("compare popularity --data parts");
    let manifest: serde_json::Value =
        serde_json::from_slice(&folder.read("parts/manifest.json")).unwrap();
    let valid = manifest["seed"] == 2;
    assert_eq!(folder.path("parts/valid.csv").exists(), valid, "{manifest}");
    assert_eq!(temporary(&folder.path("parts")), [""; 0]);
}

/// All commands that read a folder of parts.
const READERS: [&str; 6] = [
    "train parts -o new.model",
    "compare popularity --data parts",
    "tune parts -r lr=0.1..0.2 -o trials --trials 1",
    "evaluate part.model parts",
    "evaluate part.model parts --candidates rated --metrics ndcg@5",
    "experiment parts.toml -o out",
];

fn with_experiment() -> Folder {
    let folder = Folder::split();
    let text = "[data]\npath = \"parts\"\n[[methods]]\nmodel = \"popularity\"\n";
    folder.write("parts.toml", text);
    folder
}

#[test]
fn parts_of_two_splits_are_refused() {
    let folder = with_experiment();
    folder.ok("split good.csv -o others --valid 0.2 --test 0.2 --seed 5");
    folder.write("parts/test.csv", folder.read("others/test.csv"));
    let said =
        ["parts/test.csv: is not of the split that parts/manifest.json describes", "--force"];
    for reader in READERS.iter().filter(|reader| !reader.starts_with("train")) {
        if reader.starts_with("tune") {
            continue;
        }
        folder.fails_saying(3, reader, &said);
    }
    for name in ["train", "valid"] {
        let folder = with_experiment();
        folder.ok("split good.csv -o others --valid 0.2 --test 0.2 --seed 5");
        let part = format!("parts/{name}.csv");
        folder.write(&part, folder.read(&format!("others/{name}.csv")));
        let said = format!("{part}: is not of the split");
        // The list of rated items needs the test part only.
        for reader in READERS.iter().filter(|reader| !reader.contains("rated")) {
            folder.fails_saying(3, reader, &[&said]);
        }
    }
}

#[test]
fn parts_that_are_being_replaced_are_refused() {
    let folder = with_experiment();
    folder.write("parts/manifest.json", "{\"version\": \"0.1.0\", \"incomplete\": true}");
    for reader in READERS {
        let said = ["parts: its parts are being replaced, or a split was interrupted", "--force"];
        folder.fails_saying(3, reader, &said);
    }
    folder.ok("split good.csv -o parts --valid 0.2 --test 0.2 --force");
    folder.ok("train parts -o new.model --model popularity");
}

/// What a user made of a folder is the user's business.
#[test]
fn parts_of_the_users_own_are_read() {
    for change in ["no manifest", "other manifest", "broken manifest", "old manifest"] {
        let folder = with_experiment();
        let manifest = match change {
            "other manifest" => "{\"parts\": 3}".to_owned(),
            "broken manifest" => "{".to_owned(),
            "old manifest" => {
                "{\"version\": \"0.1.0\", \"parts\": {\"train\": {\"interactions\": 1}}}".to_owned()
            }
            _ => "null".to_owned(),
        };
        folder.write("parts/manifest.json", manifest);
        if change == "no manifest" {
            std::fs::remove_file(folder.path("parts/manifest.json")).unwrap();
        }
        let lines = folder.text("parts/test.csv");
        let fewer: String = lines.lines().take(30).map(|line| format!("{line}\n")).collect();
        folder.write("parts/test.csv", fewer);
        for reader in READERS {
            folder.ok(reader);
        }
    }
    // Under names of their own, beside a manifest that does not know them.
    let folder = with_experiment();
    let text = folder.read("parts/valid.csv");
    std::fs::remove_file(folder.path("parts/valid.csv")).unwrap();
    folder.ok("train parts -o a.model --model popularity");
    folder.write("parts/valid.tsv", String::from_utf8(text).unwrap().replace(',', "\t"));
    folder.ok("train parts -o b.model --epochs 2 --early-stop ndcg@5:1");
}

#[test]
fn a_search_that_is_interrupted_says_that_it_goes_on() {
    if is_ignored(2) {
        return;
    }
    let folder = split();
    let search = "tune parts --model bpr:factors=4,epochs=300 --range reg=log:0.001..0.1 -o t";
    let mut command = foretaste(&folder, &format!("{search} --trials 1000"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let finished = || std::fs::read_dir(folder.path("t/units")).map_or(0, Iterator::count);
    while finished() == 0 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8(output.stderr).unwrap();
    let last = "interrupted; the same command goes on after the trainings that are finished";
    assert_eq!(said.lines().filter(|line| *line == last).count(), 1, "{said}");
}
