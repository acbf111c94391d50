use std::fs;

use serde_json::json;

use super::*;

fn key(n: u8) -> Key {
    [n; 32]
}

/// A question and its name.
fn question() -> (Key, Value) {
    let question = json!({ "input": "a" });
    (question::key(&question), question)
}

fn vectors_file(folder: &Path) -> PathBuf {
    folder.join("embeddings-2.f32")
}

#[test]
fn a_completion_is_found_again_in_a_file_called_after_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let (key, question) = question();
    let cache = Cache::open(folder.path()).unwrap();
    assert_eq!(cache.completion(&key), None);
    cache.keep_completion(&key, &question, &json!({ "x": 1 })).unwrap();
    assert_eq!(cache.completion(&key), Some(json!({ "x": 1 })));
    let name = hex(&key);
    let path = folder.path().join(&name[..2]).join(format!("{name}.json"));
    let kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept, json!({ "question": question, "answer": { "x": 1 } }));

    // Half a file, and the answer to another question, are no answer; both can be replaced.
    let whole = fs::read(&path).unwrap();
    for bad in [whole[..whole.len() / 2].to_vec(), b"{\"question\": 1, \"answer\": 2}".to_vec()] {
        fs::write(&path, bad).unwrap();
        assert_eq!(cache.completion(&key), None);
        cache.keep_completion(&key, &question, &json!({ "x": 2 })).unwrap();
        assert_eq!(cache.completion(&key), Some(json!({ "x": 2 })));
    }
}

#[test]
fn vectors_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    {
        let cache = Cache::open(folder.path()).unwrap();
        cache.keep_vectors(&[(key(1), &[1.0, 2.0]), (key(2), &[3.0, 4.0])]).unwrap();
        cache.keep_vectors(&[(key(3), &[5.0, 6.0, 7.0])]).unwrap();
        assert_eq!(cache.vector(&key(2)).unwrap(), Some(vec![3.0, 4.0]));
    }
    let cache = Cache::read(folder.path()).unwrap();
    assert_eq!(cache.vector(&key(1)).unwrap(), Some(vec![1.0, 2.0]));
    assert_eq!(cache.vector(&key(3)).unwrap(), Some(vec![5.0, 6.0, 7.0]));
    assert_eq!(cache.vector(&key(4)).unwrap(), None);
    // Who only reads keeps nothing.
    cache.keep_vectors(&[(key(4), &[1.0, 2.0])]).unwrap();
    assert_eq!(cache.vector(&key(4)).unwrap(), None);
}

#[test]
fn a_torn_end_is_cut_off_and_what_was_before_stays() {
    for torn in [1, 8, 39, 47] {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        cache.keep_vectors(&[(key(1), &[1.0, 2.0]), (key(2), &[3.0, 4.0])]).unwrap();
        drop(cache);
        let path = vectors_file(folder.path());
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - torn]).unwrap();
        // Who only reads leaves the file as it is.
        let cache = Cache::read(folder.path()).unwrap();
        assert_eq!(cache.vector(&key(2)).unwrap(), None);
        assert_eq!(fs::read(&path).unwrap().len(), bytes.len() - torn);
        drop(cache);
        let cache = Cache::open(folder.path()).unwrap();
        assert_eq!(cache.vector(&key(1)).unwrap(), Some(vec![1.0, 2.0]));
        assert_eq!(cache.vector(&key(2)).unwrap(), None);
        cache.keep_vectors(&[(key(2), &[3.0, 4.0])]).unwrap();
        drop(cache);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn no_changed_byte_gets_through() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    cache.keep_vectors(&[(key(1), &[1.0, 2.0]), (key(2), &[3.0, 4.0])]).unwrap();
    drop(cache);
    let path = vectors_file(folder.path());
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() / 2 {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        fs::write(&path, changed).unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        assert_eq!(cache.vector(&key(1)).unwrap(), None, "{at}");
        assert_eq!(cache.vector(&key(2)).unwrap(), Some(vec![3.0, 4.0]), "{at}");
        // It is written again, behind the others.
        cache.keep_vectors(&[(key(1), &[1.0, 2.0])]).unwrap();
        assert_eq!(cache.vector(&key(1)).unwrap(), Some(vec![1.0, 2.0]));
    }
}

#[test]
fn other_files_are_let_be() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["embeddings-0.f32", "embeddings-02.f32", "embeddings-99999999999.f32", "notes"] {
        fs::write(folder.path().join(name), "some text").unwrap();
    }
    let cache = Cache::open(folder.path()).unwrap();
    assert_eq!(cache.vector(&key(1)).unwrap(), None);
    assert_eq!(fs::read(folder.path().join("embeddings-02.f32")).unwrap(), b"some text");
}

#[test]
fn one_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    assert!(matches!(Cache::open(folder.path()), Err(Error::Busy { .. })));
    assert!(Cache::read(folder.path()).is_ok());
    drop(cache);
    assert!(Cache::open(folder.path()).is_ok());
}

#[test]
fn a_folder_that_can_t_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for error in [
        Cache::open(&file).unwrap_err(),
        Cache::open(file.join("in")).unwrap_err(),
        Cache::read(&file).unwrap_err(),
        Cache::read(folder.path().join("none")).unwrap_err(),
    ] {
        assert!(error.to_string().starts_with(&folder.path().display().to_string()), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_told_before_anything_is_asked() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    cache.keep_vectors(&[(key(1), &[1.0, 2.0])]).unwrap();
    drop(cache);
    let mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    let is_root = fs::write(folder.path().join("probe"), "").is_ok();
    let (opened, read) = (Cache::open(folder.path()), Cache::read(folder.path()));
    mode(0o755);
    assert_eq!(read.unwrap().vector(&key(1)).unwrap(), Some(vec![1.0, 2.0]));
    // Nothing is read-only to root.
    assert!(is_root || opened.is_err_and(|error| error.to_string().contains("can't be written")));
}
