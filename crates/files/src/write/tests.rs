use super::*;

fn put(path: &Path, overwrite: Overwrite, text: &str) -> Result<(), Error> {
    write_file(path, overwrite, |output| output.write_all(text.as_bytes()))
}

#[test]
fn a_file_is_replaced_only_when_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    put(&path, Overwrite::Refuse, "a").unwrap();
    let error = put(&path, Overwrite::Refuse, "b").unwrap_err();
    assert!(error.to_string().ends_with("out: exists already"), "{error}");
    assert_eq!(error.help(), Some("--force replaces it"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a");
    put(&path, Overwrite::Replace, "b").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "b");
}

#[test]
fn a_failure_leaves_what_was_there_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    put(&path, Overwrite::Refuse, "a").unwrap();
    let failed = write_file(&path, Overwrite::Replace, |output| {
        output.write_all(b"half")?;
        Err(io::Error::other("full"))
    });
    assert!(failed.unwrap_err().to_string().ends_with("out: full"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_would_be_refused_can_be_told_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    assert!(check_writable(&path, Overwrite::Refuse).is_ok());
    put(&path, Overwrite::Refuse, "a").unwrap();
    assert!(check_writable(&path, Overwrite::Refuse).is_err());
    assert!(check_writable(&path, Overwrite::Replace).is_ok());
    assert!(check_writable(folder.path(), Overwrite::Replace).is_err());
    assert!(check_writable(folder.path().join("no/out"), Overwrite::Replace).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "checking writes nothing");
}

#[test]
fn folders_are_not_files_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let error = put(folder.path(), Overwrite::Replace, "").unwrap_err();
    assert!(matches!(error, Error { problem: OutputProblem::Folder, .. }));
    let error = put(&folder.path().join("no/out"), Overwrite::Replace, "").unwrap_err();
    assert!(matches!(error, Error { problem: OutputProblem::NoFolder { .. }, .. }));
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_synced_before_it_has_its_name_and_its_folder_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut steps = Vec::new();
    let content = |out: &mut dyn Write| out.write_all(b"a");
    let mut watch = |step: Step<'_>| {
        steps.push(format!("{step:?}"));
        Ok(())
    };
    write(&path, Overwrite::Refuse, content, &mut watch).unwrap();
    let expected = [Step::Sync, Step::Rename(&path), Step::SyncFolder(folder.path())]
        .map(|s| format!("{s:?}"));
    assert_eq!(steps, expected);
}

#[test]
fn an_interrupt_leaves_the_old_file_or_the_new_one() {
    for (stop, expected) in [(0, "old"), (1, "old"), (2, "new")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        put(&path, Overwrite::Refuse, "old").unwrap();
        let mut done = 0..;
        let mut watch = |_: Step<'_>| match done.next() {
            Some(step) if step == stop => Err(io::Error::other("stop")),
            _ => Ok(()),
        };
        let content = |out: &mut dyn Write| out.write_all(b"new");
        write(&path, Overwrite::Replace, content, &mut watch).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), expected, "step {stop}");
        assert_eq!(names(folder.path()), ["out"], "step {stop}");
    }
}

#[test]
fn what_killed_processes_left_is_removed_and_what_others_write_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in [".foretaste-dead.tmp", ".foretaste-live.tmp", ".foretaste-x", "x.tmp"] {
        fs::write(at(name), "half").unwrap();
    }
    fs::create_dir(at(".foretaste-folder.tmp")).unwrap();
    let live = fs::File::open(at(".foretaste-live.tmp")).unwrap();
    live.lock().unwrap();
    // Of this very process, too.
    write_file(at("out"), Overwrite::Refuse, |_| {
        put(&at("other"), Overwrite::Refuse, "").map_err(io::Error::other)
    })
    .unwrap();
    let left = [".foretaste-folder.tmp", ".foretaste-live.tmp", ".foretaste-x"];
    assert_eq!(names(folder.path()), [&left[..], &["other", "out", "x.tmp"]].concat());
}

/// Of many who write a file that is not there, one does; of those who replace it, the last.
#[test]
fn who_writes_at_the_same_time_does_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("out");
    for overwrite in [Overwrite::Refuse, Overwrite::Replace] {
        let one = |text: u8| {
            let content = [text; 1 << 17];
            write_file(path, overwrite, |out| out.write_all(&content)).is_ok()
        };
        let written: usize = std::thread::scope(|scope| {
            let writers: Vec<_> =
                (b'a'..=b'h').map(|text| scope.spawn(move || one(text))).collect();
            writers.into_iter().map(|writer| usize::from(writer.join().unwrap())).sum()
        });
        assert_eq!(written, if overwrite == Overwrite::Refuse { 1 } else { 8 });
        let found = fs::read(path).unwrap();
        assert!(found.len() == 1 << 17 && found.iter().all(|text| *text == found[0]));
        assert_eq!(names(folder.path()), ["out"]);
    }
}

/// Places in which nobody may write, root included.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_told_before() {
    for folder in ["/sys", "/proc"].iter().filter(|folder| Path::new(folder).is_dir()) {
        for error in [
            check_writable(format!("{folder}/out"), Overwrite::Replace).unwrap_err(),
            check_folder(format!("{folder}/made/within")).unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(
                text.contains(&format!(": the folder {folder} can't be written to: ")),
                "{text}"
            );
            assert!(!text.contains("os error") && !text.contains(".tmp"), "{text}");
        }
    }
}

#[test]
fn a_folder_may_be_one_that_is_yet_to_be_made() {
    let folder = tempfile::tempdir().unwrap();
    check_folder(folder.path()).unwrap();
    check_folder(folder.path().join("a/b/c")).unwrap();
    assert!(names(folder.path()).is_empty(), "checking writes nothing");
    put(&folder.path().join("file"), Overwrite::Refuse, "").unwrap();
    for name in ["file", "file/a"] {
        let error = check_folder(folder.path().join(name)).unwrap_err();
        assert!(matches!(error, Error { problem: OutputProblem::NoDirectory, .. }));
    }
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    /// A folder `here`, where links are, and a folder `there`.
    fn two() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let [here, there] = ["here", "there"].map(|name| folder.path().join(name));
        fs::create_dir(&here).unwrap();
        fs::create_dir(&there).unwrap();
        (folder, here, there)
    }

    #[test]
    fn a_link_stays_a_link() {
        let (_folder, here, there) = two();
        symlink("../there/file", here.join("link")).unwrap();
        symlink("link", here.join("chain")).unwrap();
        let link = here.join("chain");
        // To nothing, in a folder that exists.
        for (overwrite, text) in [(Overwrite::Refuse, "a"), (Overwrite::Replace, "b")] {
            check_writable(&link, overwrite).unwrap();
            put(&link, overwrite, text).unwrap();
            assert_eq!(fs::read_to_string(there.join("file")).unwrap(), text);
        }
        assert!(put(&link, Overwrite::Refuse, "c").unwrap_err().to_string().contains("exists"));
        assert_eq!(
            (names(&here), names(&there)),
            (vec!["chain".into(), "link".into()], vec!["file".into()])
        );
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("link"));
    }

    #[test]
    fn a_link_into_nowhere_is_an_error() {
        let (_folder, here, there) = two();
        symlink("../gone/file", here.join("dead")).unwrap();
        symlink("loop", here.join("loop")).unwrap();
        symlink("b", here.join("a")).unwrap();
        symlink("a", here.join("b")).unwrap();
        symlink(&there, here.join("folder")).unwrap();
        for (name, said) in [
            ("dead", "is a link to "),
            ("dead", "../gone/file, in a folder that does not exist"),
            ("loop", "is a link that leads back to itself"),
            ("a", "is a link that leads back to itself"),
            ("folder", "is a folder"),
        ] {
            let path = here.join(name);
            for error in [
                check_writable(&path, Overwrite::Replace).unwrap_err(),
                put(&path, Overwrite::Replace, "a").unwrap_err(),
            ] {
                assert!(error.to_string().contains(said), "{error}");
                assert!(error.help().is_some());
            }
            assert!(fs::symlink_metadata(&path).unwrap().is_symlink(), "{name}");
        }
        assert!(names(&there).is_empty());
    }

    #[test]
    fn a_replaced_file_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        put(&path, Overwrite::Refuse, "a").unwrap();
        for mode in [0o600, 0o640, 0o444, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            put(&path, Overwrite::Replace, "b").unwrap();
            let found = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(found & 0o7777, mode, "{mode:o}");
        }
    }

    /// While it is written, a file that is to replace a private one is private, too.
    #[test]
    fn a_secret_is_one_before_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        put(&path, Overwrite::Refuse, "a").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write_file(&path, Overwrite::Replace, |_| {
            for name in names(folder.path()) {
                let mode = fs::metadata(folder.path().join(&name))?.permissions().mode();
                assert_eq!(mode & 0o077, 0, "{name}");
            }
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn the_owner_of_a_replaced_file_stays_where_the_system_lets() {
        use std::os::unix::fs::{MetadataExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        put(&path, Overwrite::Refuse, "a").unwrap();
        // Only root gives files away; whoever else runs this checks that the owner stays.
        let given = chown(&path, Some(1234), Some(1234)).is_ok();
        let before = fs::metadata(&path).unwrap();
        assert!(!given || before.uid() == 1234);
        put(&path, Overwrite::Replace, "b").unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid()), (before.uid(), before.gid()));
    }
}
