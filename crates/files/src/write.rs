//! Single files.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::target::{Target, folder_of};
use crate::temporary::{Temporary, probe, sweep, sync_folder};
use crate::{Error, OutputProblem};

/// What to do about a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Leave it, with an error.
    Refuse,
    /// Replace it; the new file has the mode of the old one and, where that is permitted, its
    /// owner.
    Replace,
}

/// A change of the file system whose order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// What was written under a temporary name is brought to the disk.
    Sync,
    /// A temporary file gets its name.
    Rename(&'a Path),
    /// A file is removed.
    Remove(&'a Path),
    /// The names in a folder are brought to the disk.
    SyncFolder(&'a Path),
}

/// Called before each step, which an error prevents: how tests look on and interrupt.
pub(crate) type Watch<'a> = &'a mut dyn FnMut(Step<'_>) -> io::Result<()>;

/// Writes a file under a temporary name in the same folder, then renames it.
///
/// So an interrupted or failed run leaves what was there before, and never half a file; nor does a
/// power cut, where the file system keeps to what it says it has synced. A link stays a link: what
/// it names is written, whether that is there or not. What is no regular file, such as a pipe or
/// `/dev/null`, is written to directly. Temporary files that a killed run left in the folder are
/// removed.
///
/// # Errors
/// [`Error`] if the file exists and isn't to be replaced, if there is no such folder, or
/// if writing fails, `content` included.
pub fn write_file(
    path: impl AsRef<Path>,
    overwrite: Overwrite,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let path = path.as_ref();
    write(path, overwrite, content, &mut |_| Ok(())).map_err(|problem| at(path, problem))
}

fn write(
    path: &Path,
    overwrite: Overwrite,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    watch: Watch<'_>,
) -> Result<(), OutputProblem> {
    let target = Target::new(path, overwrite)?;
    if target.is_special() {
        return write_through(target.path(), content);
    }
    sweep(target.folder());
    let mut temporary = Temporary::create(target)?;
    temporary.write(content)?;
    temporary.sync(watch)?;
    let folder = temporary.place(overwrite, watch)?;
    Ok(sync_folder(&folder, watch)?)
}

/// What [`write_file`] would refuse, before the work that is to be written: it makes a file in the
/// folder and removes it again.
///
/// # Errors
/// [`Error`] if the file exists and isn't to be replaced, if there is no such folder, or
/// if the system lets no file be made in it.
pub fn check_writable(path: impl AsRef<Path>, overwrite: Overwrite) -> Result<(), Error> {
    let path = path.as_ref();
    let check = || -> Result<(), OutputProblem> {
        let target = Target::new(path, overwrite)?;
        if target.is_special() { Ok(()) } else { Temporary::create(target).map(drop) }
    };
    check().map_err(|problem| at(path, problem))
}

/// Whether files can be written in a folder, which need not exist if it can be made.
///
/// # Errors
/// [`Error`] if it is no folder, or if the system lets nothing be made in it.
pub fn check_folder(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let check = || {
        // Of what is to be made, the first that is there decides.
        let mut found = path;
        loop {
            match fs::symlink_metadata(found) {
                Ok(_) if found.is_dir() => return probe(found),
                Ok(_) => return Err(OutputProblem::NoDirectory),
                Err(_) => found = folder_of(found),
            }
        }
    };
    check().map_err(|problem| at(path, problem))
}

pub(crate) fn at(path: &Path, problem: OutputProblem) -> Error {
    Error { file: path.display().to_string(), problem }
}

fn write_through(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputProblem> {
    let mut file = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
    content(&mut file)?;
    Ok(file.flush()?)
}

#[cfg(test)]
mod tests;
