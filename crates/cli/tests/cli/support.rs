//! A folder to work in, and a run of the binary in it.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// For machines under load: no command on these inputs takes longer than some seconds.
const PATIENCE: Duration = Duration::from_secs(300);

/// A folder of a test's own, gone with it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with `good.csv` and `good.model`, which was trained on it.
    pub(crate) fn trained() -> Self {
        let folder = Self::new();
        folder.write("good.csv", ratings());
        folder.ok("train good.csv -o good.model --factors 8 --epochs 5");
        folder
    }

    /// The same, and `good.csv` split into `parts`, and `part.model`, trained on their training part.
    pub(crate) fn split() -> Self {
        let folder = Self::trained();
        folder.ok("split good.csv -o parts --valid 0.2 --test 0.2");
        folder.ok("train parts -o part.model --factors 8 --epochs 20");
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The names of all files and folders in the folder.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    /// Runs `foretaste` in the folder with the blank-separated arguments.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.run_with(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_with(&self, arguments: &[&str]) -> Ran {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_foretaste"));
        let output = command.args(arguments).current_dir(self.0.path()).timeout(PATIENCE).output();
        let output = output.unwrap();
        Ran {
            what: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Options under which a training diverges at once. Adaptive steps, where there are such, are
    /// bounded: nothing makes them diverge.
    pub(crate) fn diverging(&self) -> &'static str {
        let adaptive = self.ok("train --help").stdout.contains("--steps <STEPS>");
        if adaptive { "--lr 10 --reg 0 --steps sgd" } else { "--lr 10 --reg 0" }
    }

    /// Runs what has to succeed.
    pub(crate) fn ok(&self, arguments: &str) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!ran.stderr.contains("error: "), "{ran:?}");
        ran
    }

    /// Runs what has to fail with this code, and checks what holds for every failure: nothing on
    /// stdout, one error line, at most one help line, and no file that was not there before.
    pub(crate) fn fails(&self, code: i32, arguments: &str) -> Ran {
        let before = self.names();
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert_eq!(ran.stdout, "", "{ran:?}");
        assert_eq!(self.names(), before, "{ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        assert!(!ran.stderr.contains("os error"), "{ran:?}");
        assert_eq!(ran.lines("error: ").len(), 1, "{ran:?}");
        if !ran.is_clap() {
            assert!(ran.lines("help: ").len() <= 1, "{ran:?}");
            let known = ["error: ", "help: ", "note: ", "read ", "training "];
            let starts = |line: &str| known.iter().any(|start| line.starts_with(start));
            let known = |line: &str| starts(line) || line.contains(" learns from ");
            assert!(ran.stderr.lines().all(known), "{ran:?}");
        }
        ran
    }

    /// [`Folder::fails`], with all of these in the error and help lines.
    pub(crate) fn fails_saying(&self, code: i32, arguments: &str, said: &[&str]) {
        let ran = self.fails(code, arguments);
        for text in said {
            assert!(ran.complaint().contains(text), "{text:?} is not in {ran:?}");
        }
    }
}

/// A command to run in the folder, whose streams the caller sets up.
pub(crate) fn foretaste(folder: &Folder, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foretaste"));
    command.args(arguments.split_whitespace()).current_dir(folder.path(""));
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    #[allow(dead_code, reason = "shown by Debug")]
    pub(crate) what: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The lines on stderr that start so.
    pub(crate) fn lines(&self, start: &str) -> Vec<&str> {
        self.stderr.lines().filter(|line| line.starts_with(start)).collect()
    }

    /// Whether the argument parser wrote the message, in its own format.
    fn is_clap(&self) -> bool {
        self.stderr.contains("For more information, try '--help'.")
    }

    /// The error and the help line; all of it if the argument parser wrote it.
    fn complaint(&self) -> String {
        match self.is_clap() {
            true => self.stderr.clone(),
            false => [self.lines("error: "), self.lines("help: ")].concat().join("\n"),
        }
    }

    /// A value a line.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What `evaluate --json` says of a metric.
    pub(crate) fn mean(&self, metric: &str) -> f64 {
        let mean = self.json()["metrics"][metric]["mean"].as_f64();
        mean.unwrap_or_else(|| panic!("{metric}: {self:?}"))
    }

    /// The cells of a CSV result, header included; no cell here needs quotes.
    pub(crate) fn cells(&self) -> Vec<Vec<&str>> {
        self.stdout.lines().map(|line| line.split(',').collect()).collect()
    }
}

/// The rows of 40 users, each with some of 30 items, rated and timed. A third of the items is to a
/// user's taste; no user has all items.
pub(crate) fn rows() -> Vec<[u32; 4]> {
    let pairs = (0..40).flat_map(|user| (0..30).map(move |item| (user, item)));
    let has = |&(user, item): &(u32, u32)| {
        let noise = (user * 1000 + item).wrapping_mul(2_654_435_761) >> 20;
        noise % 10 < if user % 3 == item % 3 { 9 } else { 2 }
    };
    let row = |(user, item)| [user, item, 1 + (user + item) % 5, 1000 + 31 * user + 17 * item];
    pairs.filter(has).map(row).collect()
}

/// [`rows`] as a CSV file with a header.
pub(crate) fn ratings() -> String {
    let line = |[user, item, rating, time]: [u32; 4]| format!("{user},{item},{rating},{time}\n");
    "user,item,rating,time\n".to_owned() + &rows().into_iter().map(line).collect::<String>()
}

/// The ids of the items of a list.
pub(crate) fn items(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["item"].as_str().unwrap().to_owned()).collect()
}

/// The names of an object's members, in alphabetical order.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}
