use std::collections::BTreeMap;

use super::*;

const ALL: [&str; 4] = ["train", "valid", "test", "seal"];
const NOTE: &str = "being replaced";

fn staged(folder: &Path, overwrite: Overwrite, names: &[&str], text: &str) -> FileSet {
    try_staged(folder, overwrite, names, text).unwrap()
}

fn try_staged(
    folder: &Path,
    overwrite: Overwrite,
    names: &[&str],
    text: &str,
) -> Result<FileSet, Error> {
    let mut set = FileSet::new(folder, overwrite);
    let mut seal = String::new();
    for name in names {
        let sha256 = set.stage(name, |out| write!(out, "{name} of {text}"))?;
        seal += &format!("{name} {sha256}\n");
    }
    set.stage("seal", |out| out.write_all(seal.as_bytes()))?;
    Ok(set)
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(file).filter(|(name, _)| !name.starts_with(".foretaste-")).collect()
}

/// What a reader makes of the files: the text that all are of, or nothing of them.
fn read(files: &BTreeMap<String, String>) -> Option<String> {
    let seal = files.get("seal").filter(|seal| *seal != NOTE)?;
    let mut texts = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| *name != "seal") {
        let sha256 = hex(&Sha256::digest(text));
        if !seal.contains(&format!("{name} {sha256}\n")) {
            return None;
        }
        texts.push(text.split(" of ").nth(1).unwrap().to_owned());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "parts of two sets under one seal: {files:?}");
    texts.pop()
}

const OLD: [&str; 3] = ["train", "valid", "test"];

/// What is there before each step is what a kill at that step leaves.
#[test]
fn at_every_step_there_is_a_whole_set_or_a_note() {
    let cases: [(&[&str], &[&str]); 4] =
        [(&OLD, &OLD), (&OLD, &["train", "test"]), (&["train"], &OLD), (&[], &OLD)];
    for (before, after) in cases {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        if !before.is_empty() {
            staged(folder, Overwrite::Refuse, before, "old").place(NOTE, &ALL).unwrap();
        }
        let mut seen = Vec::new();
        let set = staged(folder, Overwrite::Replace, after, "new");
        set.place_watched(NOTE, &ALL, &mut |_| {
            seen.push(files(folder));
            Ok(())
        })
        .unwrap();
        seen.push(files(folder));
        assert!(seen.len() > 2 * after.len() + 3, "{before:?}, {after:?}: {seen:?}");
        let found: Vec<Option<String>> = seen.iter().map(read).collect();
        let noted = |files: &BTreeMap<String, String>| files.get("seal").is_some_and(|s| s == NOTE);
        for (files, found) in seen.iter().zip(&found) {
            let empty = files.is_empty() && before.is_empty();
            assert!(found.is_some() || noted(files) || empty, "{before:?}, {after:?}: {files:?}");
        }
        assert_eq!(found.last().unwrap().as_deref(), Some("new"));
        assert_eq!(seen.last().unwrap().len(), after.len() + 1, "nothing of the old is left");
        assert_eq!(fs::read_dir(folder).unwrap().count(), after.len() + 1, "nothing temporary");
    }
}

#[test]
fn a_failure_at_any_step_can_be_made_good() {
    for stop in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        staged(folder, Overwrite::Refuse, &OLD, "old").place(NOTE, &ALL).unwrap();
        let mut step = 0..;
        let set = staged(folder, Overwrite::Replace, &["train", "test"], "new");
        let placed = set.place_watched(NOTE, &ALL, &mut |_| match step.next() {
            Some(step) if step == stop => Err(io::Error::other("stop")),
            _ => Ok(()),
        });
        if placed.is_ok() {
            assert!(stop > 8, "{stop} steps");
            return;
        }
        let left = files(folder);
        assert!(read(&left).is_some() || left["seal"] == NOTE, "{left:?}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), left.len(), "nothing temporary");
        staged(folder, Overwrite::Replace, &OLD, "next").place(NOTE, &ALL).unwrap();
        assert_eq!(read(&files(folder)).as_deref(), Some("next"));
    }
}

#[test]
fn sets_that_are_written_at_the_same_time_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |overwrite, text: &str| {
        try_staged(folder, overwrite, &OLD, text).and_then(|set| set.place(NOTE, &ALL))
    };
    for overwrite in [Overwrite::Refuse, Overwrite::Replace] {
        let done: usize = std::thread::scope(|scope| {
            let write = |text: String| scope.spawn(move || write(overwrite, &text).is_ok());
            let writers: Vec<_> = (0..8).map(|n| write(n.to_string())).collect();
            writers.into_iter().map(|writer| usize::from(writer.join().unwrap())).sum()
        });
        assert_eq!(done, if overwrite == Overwrite::Refuse { 1 } else { 8 });
        assert!(read(&files(folder)).is_some(), "{:?}", files(folder));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 4);
    }
}

#[test]
fn what_is_there_is_refused_before_anything_is_touched() {
    for name in ALL {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let set = staged(folder, Overwrite::Refuse, &["train", "test"], "new");
        fs::write(folder.join(name), "mine").unwrap();
        let error = set.place(NOTE, &ALL).unwrap_err();
        assert!(error.to_string().ends_with(&format!("{name}: exists already")), "{error}");
        assert_eq!(files(folder), BTreeMap::from([(name.to_owned(), "mine".to_owned())]));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_part() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.path().join("train")).unwrap();
    let mut set = FileSet::new(folder.path(), Overwrite::Replace);
    let error = set.stage("train", |_| Ok(())).unwrap_err();
    assert!(error.to_string().ends_with("is a pipe or a device, not a file"), "{error}");
}
