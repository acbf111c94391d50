//! What goes to stdout, what to stderr, and what happens when either is closed.

use crate::support::{Folder, foretaste, rows};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// A folder with `many.model`, whose lists fill a pipe many times over.
fn many() -> Folder {
    let folder = Folder::new();
    let rows: String = (0..9000).map(|user| format!("{user},{}\n", user % 20)).collect();
    folder.write("many.csv", ["user,item\n", &rows].concat());
    folder.ok("train many.csv -o many.model --model popularity");
    folder
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = many();
    for format in ["table", "csv", "json"] {
        let arguments = format!("recommend many.model --all --format {format}");
        let mut child = foretaste(&folder, &arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("user"), "{format}: {first}");
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}

/// Standard output on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn results_that_can_not_be_written_are_a_failure() {
    let folder = Folder::trained();
    for arguments in [
        "inspect good.csv",
        "recommend good.model --all --json",
        "model info good.model --format csv",
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = foretaste(&folder, arguments).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let error = stderr.lines().find(|line| !line.starts_with("read ")).unwrap();
        assert!(error.starts_with("error: could not write the results to stdout: "), "{stderr}");
    }
}

/// A model written to a full disk; such a file is written to directly.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_of_the_system_not_of_usage() {
    let folder = Folder::trained();
    let ran = folder.run("train good.csv -o /dev/full --model popularity");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.lines("error: ")[0].starts_with("error: /dev/full: "), "{ran:?}");
}

#[test]
fn quiet_leaves_errors_alone_on_stderr() {
    let folder = Folder::trained();
    folder.write("twice.csv", "user,item\n1,2\n1,2\n2,3\n");
    // Of all items the user had some in training, which is worth a note.
    let all: String = (0..30).map(|item| format!("0,{item}\n")).collect();
    folder.write("all.csv", format!("user,item\n{all}"));
    for arguments in [
        "inspect twice.csv",
        "train twice.csv -o twice.model --epochs 1",
        "evaluate good.model all.csv",
        "split good.csv -o parts",
    ] {
        let quiet = folder.ok(&format!("{arguments} --quiet"));
        assert_eq!(quiet.stderr, "", "{quiet:?}");
        assert!(!quiet.stdout.is_empty(), "{quiet:?}");
    }
    let ran = folder.fails(3, "inspect none.csv -q");
    assert_eq!(ran.stderr, "error: none.csv: no such file\n");
}

#[test]
fn nothing_but_results_is_on_stdout() {
    let folder = Folder::trained();
    let ran = folder.ok("train good.csv -o new.model --epochs 3 --factors 4 --verbose --json");
    assert_eq!(ran.stdout.lines().count(), 1);
    assert_eq!(
        ran.lines(&format!(
            "training bpr on {} interactions of 40 users and 30 items, seed 42",
            rows().len()
        ))
        .len(),
        1
    );
    assert_eq!(ran.lines("epoch ").len(), 3);
    assert!(ran.stdout.starts_with('{') && !ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn every_command_explains_itself() {
    let folder = Folder::new();
    for command in [
        "",
        "demo",
        "inspect",
        "split",
        "methods",
        "train",
        "evaluate",
        "recommend",
        "score",
        "similar",
        "explain",
        "model",
        "model info",
        "model verify",
        "simulate",
    ] {
        let ran = folder.ok(&format!("{command} --help"));
        assert!(ran.stdout.contains("Usage: foretaste"), "{ran:?}");
        assert!(ran.stdout.contains("--threads <N>") && ran.stdout.contains("--quiet"), "{ran:?}");
        assert_eq!(ran.stderr, "");
    }
    let version = format!("foretaste {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(folder.ok("--version").stdout, version);
}
