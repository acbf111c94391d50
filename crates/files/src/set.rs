//! Files that belong together.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::target::Target;
use crate::temporary::{Temporary, sweep, sync_folder, uninterrupted};
use crate::write::{Step, Watch, at};
use crate::{Error, OutputProblem, Overwrite};

/// Files of one folder that replace others together, as the parts of a split do.
///
/// All are written and synced under temporary names first. Then, under a lock on the folder, one of
/// them, the seal, is replaced by a note that the files are being replaced; files of a former set
/// that this one lacks are removed, the others get their names, and the seal comes last. So whoever
/// finds a seal finds the files that it is about, or the note; whatever interrupts, and however
/// many processes write to the folder.
#[derive(Debug)]
pub struct FileSet {
    folder: PathBuf,
    overwrite: Overwrite,
    staged: Vec<(PathBuf, Temporary)>,
}

impl FileSet {
    /// A set for a folder, which has to exist.
    pub fn new(folder: impl Into<PathBuf>, overwrite: Overwrite) -> Self {
        let folder = folder.into();
        sweep(&folder);
        Self { folder, overwrite, staged: Vec::new() }
    }

    /// Writes a file of the set under a temporary name; returns its SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// [`Error`] as for [`write_file`](crate::write_file), or if what is there is no
    /// regular file.
    pub fn stage(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, Error> {
        let path = self.folder.join(name);
        let (temporary, sha256) =
            stage(&path, self.overwrite, content).map_err(|problem| at(&path, problem))?;
        self.staged.push((path, temporary));
        Ok(sha256)
    }

    /// Puts all files in their places.
    ///
    /// The seal is the file that was staged last; `note` is what stands in its place while the others
    /// are replaced. `all` are the names that files of such a set may have: those that this one
    /// lacks are removed.
    ///
    /// # Errors
    /// [`Error`] if there is any of `all` and it is not to be replaced, or if the system
    /// refuses.
    pub fn place(self, note: &str, all: &[&str]) -> Result<(), Error> {
        self.place_watched(note, all, &mut |_| Ok(()))
    }

    fn place_watched(mut self, note: &str, all: &[&str], watch: Watch<'_>) -> Result<(), Error> {
        let Some((seal, sealed)) = self.staged.pop() else { return Ok(()) };
        let noted = stage(&seal, self.overwrite, |out| out.write_all(note.as_bytes()));
        let (noted, _) = noted.map_err(|problem| at(&seal, problem))?;
        let paths = all.iter().map(|name| self.folder.join(name));
        // Another process that writes to the folder is waited for.
        let _alone = lock_folder(&self.folder);
        let _whole = uninterrupted();
        if self.overwrite == Overwrite::Refuse
            && let Some(path) = paths.clone().find(|path| path.exists())
        {
            return Err(at(&path, OutputProblem::Exists));
        }
        place(noted, &seal, self.overwrite, watch)?;
        let stale =
            |path: &PathBuf| *path != seal && self.staged.iter().all(|(new, _)| new != path);
        for path in paths.filter(stale).filter(|path| path.is_file()) {
            let removed = watch(Step::Remove(&path)).and_then(|()| fs::remove_file(&path));
            removed.map_err(|error| at(&path, error.into()))?;
        }
        for (path, temporary) in self.staged {
            place(temporary, &path, self.overwrite, watch)?;
        }
        place(sealed, &seal, Overwrite::Replace, watch)
    }
}

/// Gives a file of the set its name, and sees to it that the name stays.
fn place(
    temporary: Temporary,
    path: &Path,
    overwrite: Overwrite,
    watch: Watch<'_>,
) -> Result<(), Error> {
    let folder = temporary.place(overwrite, watch).map_err(|problem| at(path, problem))?;
    sync_folder(&folder, watch).map_err(|error| at(path, error.into()))
}

fn stage(
    path: &Path,
    overwrite: Overwrite,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(Temporary, String), OutputProblem> {
    let target = Target::new(path, overwrite)?;
    if target.is_special() {
        return Err(OutputProblem::NoFile);
    }
    let mut temporary = Temporary::create(target)?;
    let mut hash = Sha256::new();
    temporary.write(|out| content(&mut Hashing { out, hash: &mut hash }))?;
    temporary.sync(&mut |_| Ok(()))?;
    Ok((temporary, hex(&hash.finalize())))
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hashes what passes.
struct Hashing<'a> {
    out: &'a mut dyn Write,
    hash: &'a mut Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A lock on a folder, held as long as the value; nothing where folders can't be locked.
fn lock_folder(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

#[cfg(test)]
mod tests;
