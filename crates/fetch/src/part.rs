//! What came of a download so far.
//!
//! `NAME.part` holds the bytes, `NAME.part.json` says of which file: without that, nobody knows whether
//! what comes later belongs to what came before. A lock keeps two processes from writing to one part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use foretaste_files::{Overwrite, plain, write_file};
use serde::{Deserialize, Serialize};

use crate::Error;

/// How often a part is opened that others end.
const TRIES: u32 = 100;

/// Of which file the bytes are, as its server has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Origin {
    /// As the registry has it, before redirects.
    pub(crate) url: String,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    /// When the server sent it, by its clock.
    pub(crate) date: Option<String>,
    pub(crate) bytes: Option<u64>,
}

impl Origin {
    /// What the server can tell by whether the file is still the same.
    pub(crate) fn validator(&self) -> Option<&str> {
        // A weak tag may be that of other bytes.
        let strong = self.etag.as_deref().filter(|tag| !tag.starts_with("W/"));
        strong.or(self.last_modified.as_deref())
    }
}

#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Where it is kept.
    kept: Option<PathBuf>,
    pub(crate) origin: Origin,
}

impl Part {
    /// Opens what came of a file, or begins with nothing.
    pub(crate) fn open(folder: &Path, name: &str, url: &str) -> Result<Self, Error> {
        let path = folder.join(format!("{name}.part"));
        let failed = |error: io::Error| io_at(&path, &error);
        let Some(mut file) = alone(&path).map_err(failed)? else {
            return Err(Error::Busy { part: path });
        };
        let origin = fs::read(origin_path(&path)).ok();
        let origin = origin.and_then(|json| serde_json::from_slice::<Origin>(&json).ok());
        let bytes = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let origin = origin.unwrap_or_default();
        let mut part = Self { path, file, bytes, kept: None, origin };
        if part.origin.url != url {
            part.restart(Origin { url: url.to_owned(), ..Origin::default() })?;
        }
        Ok(part)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How much came.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether all came.
    pub(crate) fn is_whole(&self) -> bool {
        self.origin.bytes == Some(self.bytes)
    }

    /// Begins with nothing.
    pub(crate) fn restart(&mut self, origin: Origin) -> Result<(), Error> {
        let failed = |error| io_at(&self.path, &error);
        self.file.set_len(0).map_err(failed)?;
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        self.bytes = 0;
        self.origin = origin;
        let json = serde_json::to_string_pretty(&self.origin).expect("it is strings and numbers");
        let written =
            write_file(origin_path(&self.path), Overwrite::Replace, |out| writeln!(out, "{json}"));
        Ok(written?)
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Err(error) = self.file.write_all(bytes) {
            // What was written of it is not counted on.
            let _ = self.file.set_len(self.bytes);
            return Err(io_at(&self.path, &error));
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Brings it to the disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(|error| io_at(&self.path, &error))
    }

    /// Removes it, but for the file that is kept.
    pub(crate) fn discard(self) {
        // What can't be removed is replaced by the next download. The lock is held until then.
        let _ = fs::remove_file(origin_path(&self.path));
        if self.kept.is_none() {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Gives the file its own name.
    pub(crate) fn keep(&mut self, name: &str) -> Result<(), Error> {
        let path = self.path.with_file_name(name);
        fs::rename(&self.path, &path).map_err(|error| io_at(&path, &error))?;
        self.kept = Some(path);
        Ok(())
    }

    /// Makes a part again of the file that is kept.
    pub(crate) fn take_back(&mut self) {
        // Where that fails, the whole file is there.
        if let Some(path) = self.kept.take() {
            let _ = fs::rename(path, &self.path);
        }
    }
}

/// Opens a file, or makes it, and locks it; nothing if another process has the lock.
fn alone(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    for _ in 0..TRIES {
        let file = options.open(path)?;
        // Where files can't be locked, nobody is kept away.
        if matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            return Ok(None);
        }
        // Who had the lock may have removed the file, or given it another name, after it was opened.
        if is_at(&file, path) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Whether a path leads to an open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    file.metadata().map(id).ok() == fs::metadata(path).map(id).ok()
}

/// Whether a path leads to a file, as far as can be known.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

fn origin_path(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

pub(crate) fn io_at(path: &Path, error: &io::Error) -> Error {
    Error::Io { path: path.to_owned(), problem: plain(error), kind: error.kind() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One opens, downloads and ends, over and over, while the other does.
    #[test]
    fn a_part_that_is_held_is_where_its_path_says() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let held = std::sync::atomic::AtomicBool::new(false);
        let work = || {
            for _ in 0..200 {
                let Ok(mut part) = Part::open(folder, "x", "https://x.org/x") else { continue };
                use std::sync::atomic::Ordering::SeqCst;
                assert!(!held.swap(true, SeqCst), "two hold it");
                part.append(b"abc").unwrap();
                assert_eq!(fs::read(part.path()).unwrap(), b"abc");
                held.store(false, SeqCst);
                part.discard();
            }
        };
        std::thread::scope(|scope| {
            let others = [scope.spawn(work), scope.spawn(work)];
            others.into_iter().for_each(|other| other.join().unwrap());
        });
    }
}
