//! `train --checkpoint`, `--resume` and `--warm-start`.
#![cfg(unix)]

use crate::interrupting::is_ignored;
use crate::support::{Folder, foretaste, ratings, rows};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Epochs of small data that take longer than it takes to see a file and to send a signal.
const LONG: &str = "--factors 4 --epochs 20000 --checkpoint-every 300";

/// Ends a training by a signal, one that is not ignored, as soon as there is a checkpoint; what it says on stderr.
fn end(folder: &Folder, arguments: &str, checkpoint: &str, signal: &str) -> String {
    let written =
        || std::fs::metadata(folder.path(checkpoint)).and_then(|file| file.modified()).ok();
    let before = written();
    let mut command = foretaste(folder, arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while written() == before {
        assert!(child.try_wait().unwrap().is_none(), "it ended without a checkpoint");
        assert!(started.elapsed() < Duration::from_secs(60), "there is no checkpoint");
        std::thread::sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    said
}

fn good() -> Folder {
    let folder = Folder::new();
    folder.write("good.csv", ratings());
    folder
}

/// A folder with good.csv, and c.ckpt of a training on it that was ended.
fn stopped() -> Folder {
    let folder = good();
    let command = format!("train good.csv -o m.model {LONG} --checkpoint c.ckpt");
    end(&folder, &command, "c.ckpt", "TERM");
    folder
}

#[test]
fn a_training_that_was_ended_goes_on_to_the_same_bytes() {
    let interrupt = if is_ignored(2) { "TERM" } else { "INT" };
    for (method, signal) in [("bpr --steps adagrad", interrupt), ("ials", "TERM")] {
        let folder = good();
        let train =
            format!("train good.csv --valid 0.2 --validate-every 900 --model {method} {LONG}");
        let said =
            end(&folder, &format!("{train} -o m.model --checkpoint c.ckpt"), "c.ckpt", signal);
        assert!(said.contains("; c.ckpt has the state"), "{said}");
        assert!(said.contains("help: the same command with --resume c.ckpt goes on"), "{said}");
        assert!(!folder.path("m.model").exists());
        // Once more, into the same file.
        let resume = format!("{train} -o m.model --resume c.ckpt");
        let said = end(&folder, &format!("{resume} --threads 1"), "c.ckpt", signal);
        assert!(said.contains("training goes on after "), "{said}");
        let resumed = folder.ok(&format!("{resume} --json")).json();
        assert!(!folder.path("c.ckpt").exists(), "it is removed");
        let whole = folder.ok(&format!("{train} -o whole.model --checkpoint d.ckpt --json")).json();
        assert!(!folder.path("d.ckpt").exists(), "it is removed");
        assert!(folder.read("m.model") == folder.read("whole.model"), "{method}");
        assert_eq!(resumed["history"], whole["history"]);
        assert_eq!(resumed["best_epoch"], whole["best_epoch"]);
    }
}

#[test]
fn checkpoints_change_nothing() {
    let folder = good();
    let train = "train good.csv --factors 4 --epochs 12";
    folder.ok(&format!("{train} -o a.model"));
    folder.ok(&format!("{train} -o b.model --checkpoint c.ckpt --every 1"));
    assert!(folder.read("a.model") == folder.read("b.model"));
    assert!(!folder.path("c.ckpt").exists());
}

#[test]
fn what_can_not_be_kept_is_refused_before_the_training() {
    let folder = good();
    folder.write("c.ckpt", "mine");
    std::fs::create_dir(folder.path("folder")).unwrap();
    for (options, said) in [
        ("--checkpoint no/c.ckpt", &["no/c.ckpt: the folder no does not exist"][..]),
        ("--checkpoint folder", &["folder: is a folder"]),
        ("--checkpoint -", &["-: a checkpoint must be a file"]),
        ("--checkpoint /dev/null", &["/dev/null: a checkpoint must be a file"]),
        ("--checkpoint m.model", &["m.model: is the model and the checkpoint"]),
        ("--checkpoint good.csv --force", &["good.csv: is an input and the output"]),
        ("--checkpoint c.ckpt", &["c.ckpt: exists already", "--resume c.ckpt", "--force"]),
        ("--checkpoint-every 3", &["--checkpoint-every without a checkpoint"]),
        ("--model popularity --checkpoint d.ckpt", &["popularity keeps no checkpoints"]),
        ("--model popularity --resume c.ckpt", &["popularity keeps no checkpoints"]),
    ] {
        folder.fails_saying(2, &format!("train good.csv -o m.model {options}"), said);
    }
    folder.ok("train good.csv -o m.model --factors 4 --epochs 2 --checkpoint c.ckpt --force");
    assert!(std::path::Path::new("/dev/null").exists());
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let folder = stopped();
    let base = |data: &str| format!("train {data} -o m.model --resume c.ckpt --factors 4");
    let fewer: String = ratings().lines().take(400).map(|line| format!("{line}\n")).collect();
    folder.write("other.csv", fewer);
    let of = "c.ckpt: the checkpoint of another training, which had another ";
    for (command, what) in [
        (format!("{} --epochs 20000", base("other.csv")), "data"),
        (format!("{} --epochs 20000 --valid 0.1", base("good.csv")), "data"),
        (format!("{} --epochs 9", base("good.csv")), "epochs: 20000, not 9"),
        (format!("{} --epochs 20000 --lr 0.2", base("good.csv")), "lr: 0.1, not 0.2"),
        (format!("{} --epochs 20000 --model ials", base("good.csv")), "method: bpr, not ials"),
    ] {
        folder.fails_saying(2, &command, &[of, what, "repeat the command that wrote it"]);
    }
    let command = format!("{} --epochs 20000", base("good.csv"));
    let whole = folder.read("c.ckpt");
    folder.write("c.ckpt", &whole[..whole.len() / 2]);
    let afresh = "begin afresh, without --resume";
    folder.fails_saying(4, &command, &["c.ckpt: not a whole checkpoint", afresh]);
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    folder.write("c.ckpt", flipped);
    folder.fails_saying(4, &command, &["c.ckpt: damaged", afresh]);
    folder.ok("train good.csv -o c.ckpt --force --factors 4 --epochs 2");
    folder.fails_saying(4, &command, &["c.ckpt: not a whole checkpoint", afresh]);
    std::fs::remove_file(folder.path("c.ckpt")).unwrap();
    folder.fails_saying(4, &command, &["c.ckpt", "name a file that --checkpoint wrote"]);
}

#[test]
fn a_checkpoint_knows_its_validation() {
    let folder = good();
    let train = format!("train good.csv -o m.model {LONG} --valid 0.2 --validate-every 900");
    end(&folder, &format!("{train} --checkpoint c.ckpt"), "c.ckpt", "TERM");
    let other = train.replace("900", "901");
    let said = "which had another validation";
    folder.fails_saying(2, &format!("{other} --resume c.ckpt"), &[said]);
    // To another file, which is removed; this one stays.
    let command = format!("{train} --resume c.ckpt --checkpoint d.ckpt");
    end(&folder, &command, "d.ckpt", "TERM");
    assert!(folder.path("c.ckpt").exists());
}

#[test]
fn a_warm_start_knows_those_of_before() {
    let folder = good();
    let old: String = rows()
        .iter()
        .filter(|[user, item, ..]| *user < 35 && *item < 28)
        .map(|[user, item, ..]| format!("{user},{item}\n"))
        .collect();
    folder.write("old.csv", "user,item\n".to_owned() + &old);
    folder.ok("train old.csv -o old.model --factors 4 --epochs 20");
    let train = "train good.csv -o m.model --factors 4 --epochs 3";
    let ran = folder.ok(&format!("{train} --warm-start old.model --json"));
    assert!(ran.stderr.contains("knows 35 users and 28 items of these"), "{ran:?}");
    let info = folder.ok("model info m.model --json").json();
    assert_eq!(ran.json()["warm_start"], info["training"]["warm_start"]);
    assert_eq!(info["training"]["warm_start"]["known_users"], 35);
    folder.ok("train good.csv -o cold.model --factors 4 --epochs 3");
    assert!(folder.read("m.model") != folder.read("cold.model"));

    folder.write("else.csv", "user,item\np,x\nq,x\nq,y\n");
    let of_else = folder.fails(2, "train else.csv -o e.model --factors 4 --warm-start old.model");
    let said = "error: old.model: knows none of the users and items";
    assert_eq!(of_else.lines("error: "), [said]);
    assert!(!of_else.stderr.contains("starts from"), "{of_else:?}");

    let train = "train good.csv -o n.model --epochs 3";
    for (options, said) in [
        ("--factors 5", "factors must be 4, as in the model to start from, not 5"),
        ("--factors 4 --item-bias", "bias must be none, as in the model to start from"),
        ("--factors 4 --model ials", "the model to start from is of bpr, not of ials"),
    ] {
        folder.fails_saying(2, &format!("{train} {options} --warm-start old.model"), &[said]);
    }
    let popular = "train good.csv -o n.model --model popularity --warm-start old.model";
    folder.fails_saying(2, popular, &["popularity can't start from an earlier model"]);
    folder.fails_saying(4, &format!("{train} --warm-start none.model"), &["none.model"]);
    let whole = folder.read("old.model");
    folder.write("half.model", &whole[..whole.len() / 2]);
    folder.fails_saying(4, &format!("{train} --warm-start half.model"), &["half.model: not a "]);
    let same = "train good.csv -o old.model --force --factors 4 --warm-start old.model";
    folder.fails_saying(2, same, &["old.model: is an input and the output"]);
    // A training that started from a model goes on only with that model.
    let long = format!("train good.csv -o n.model {LONG}");
    end(&folder, &format!("{long} --warm-start old.model --checkpoint c.ckpt"), "c.ckpt", "TERM");
    let said = "which had another model to start from";
    folder.fails_saying(2, &format!("{long} --resume c.ckpt"), &[said]);
}
