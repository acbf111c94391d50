//! Files under temporary names, and what becomes of them when a process ends early.
//!
//! They are called `.foretaste-*.tmp`, and the process that writes one holds a lock on it. So
//! whoever gets the lock of such a file knows that it is nobody's, and removes it. Processes that a
//! signal ends remove theirs themselves ([`abandon_outputs`]).

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{Builder, NamedTempFile};

use crate::target::Target;
use crate::write::{Step, Watch};
use crate::{OutputProblem, Overwrite};

const PREFIX: &str = ".foretaste-";
const SUFFIX: &str = ".tmp";

/// The temporary files of this process.
static OURS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Held while files that belong together get their names.
static NAMING: Mutex<()> = Mutex::new(());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Neither holds anything that a panic could leave half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps [`abandon_outputs`] from coming between the renames of files that belong together.
pub(crate) fn uninterrupted() -> MutexGuard<'static, ()> {
    lock(&NAMING)
}

/// Removes the temporary files of all outputs that are being written, and stops whoever would
/// write on: for a process that is about to exit because of a signal.
pub fn abandon_outputs() {
    let naming = lock(&NAMING);
    let ours = lock(&OURS);
    for path in ours.iter() {
        // What can't be removed now is for the next run.
        let _ = fs::remove_file(path);
    }
    // Never released: a file that would be made now would be left behind.
    std::mem::forget((naming, ours));
}

/// A file that does not have its name yet; removed with the value.
#[derive(Debug)]
pub(crate) struct Temporary {
    /// Taken when the file gets its name.
    file: Option<BufWriter<NamedTempFile>>,
    path: PathBuf,
    target: Target,
}

impl Temporary {
    /// Makes a file in the folder of the target.
    pub(crate) fn create(target: Target) -> Result<Self, OutputProblem> {
        let replaced = target.found().is_some();
        let file = locked_file(target.folder(), replaced)
            .map_err(|source| unwritable(target.folder(), source))?;
        let path = file.path().to_owned();
        Ok(Self { file: Some(BufWriter::with_capacity(1 << 16, file)), path, target })
    }

    fn file(&mut self) -> &mut BufWriter<NamedTempFile> {
        self.file.as_mut().expect("the file is there until it has its name")
    }

    pub(crate) fn write(
        &mut self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        content(self.file())?;
        self.file().flush()
    }

    /// Brings the file to the disk, with the mode and the owner of the one that it replaces.
    pub(crate) fn sync(&mut self, watch: Watch<'_>) -> io::Result<()> {
        let file = self.file.as_ref().expect("the file is there until it has its name");
        let file = file.get_ref().as_file();
        if let Some(found) = self.target.found() {
            take_after(file, found);
        }
        watch(Step::Sync)?;
        file.sync_all()
    }

    /// Gives the file its name; returns the folder, which is yet to be synced.
    pub(crate) fn place(
        mut self,
        overwrite: Overwrite,
        watch: Watch<'_>,
    ) -> Result<PathBuf, OutputProblem> {
        let target = self.target.path();
        watch(Step::Rename(target))?;
        let file = self.file.take().expect("a file gets its name once");
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let persisted = match overwrite {
            Overwrite::Refuse => file.persist_noclobber(target),
            Overwrite::Replace => file.persist(target),
        };
        persisted.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => OutputProblem::Exists,
            _ => OutputProblem::Io(error.error),
        })?;
        Ok(self.target.folder().to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.file = None;
        lock(&OURS).remove(&self.path);
    }
}

fn unwritable(folder: &Path, source: io::Error) -> OutputProblem {
    OutputProblem::Unwritable { folder: folder.display().to_string(), source }
}

/// Makes a file in a folder and removes it again.
pub(crate) fn probe(folder: &Path) -> Result<(), OutputProblem> {
    let file = locked_file(folder, true).map_err(|source| unwritable(folder, source))?;
    let path = file.path().to_owned();
    drop(file);
    lock(&OURS).remove(&path);
    Ok(())
}

/// A new temporary file, known as ours and under our lock. It is the owner's alone if it is to
/// replace another, whose mode it gets later; else it is everyone's whom the umask lets.
fn locked_file(folder: &Path, private: bool) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    if !private {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = private;
    loop {
        let file = {
            let mut ours = lock(&OURS);
            let file = builder.tempfile_in(folder)?;
            ours.insert(file.path().to_owned());
            file
        };
        // Where there are no locks, nobody gets one, and nothing is taken for nobody's.
        if file.as_file().lock().is_err() || is_there(file.as_file()) {
            return Ok(file);
        }
        // Another process had the lock before us, and took the file for nobody's.
        lock(&OURS).remove(file.path());
    }
}

#[cfg(unix)]
fn is_there(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|found| found.nlink() > 0)
}

#[cfg(not(unix))]
fn is_there(_: &File) -> bool {
    true
}

/// Removes what killed processes left in a folder: temporary files that nobody holds a lock on.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_temporary = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes())
        };
        // To open a pipe would be to wait.
        if !is_temporary(&name) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            // What may not be removed may stay.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Gives a file the mode of another and, if that is permitted, its owner.
#[cfg(unix)]
fn take_after(file: &File, found: &Metadata) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    // Only root may give files away; a group that we are in may be had by itself.
    let (owner, group) = (Some(found.uid()), Some(found.gid()));
    let _ = fchown(file, owner, group).or_else(|_| fchown(file, None, group));
    // A file system without modes has none to keep.
    let _ = file.set_permissions(fs::Permissions::from_mode(found.mode() & 0o777));
}

#[cfg(not(unix))]
fn take_after(_: &File, _: &Metadata) {}

/// Brings the names in a folder to the disk, on systems where a folder can be synced.
pub(crate) fn sync_folder(folder: &Path, watch: Watch<'_>) -> io::Result<()> {
    watch(Step::SyncFolder(folder))?;
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        return match folder.sync_all() {
            // Some file systems have nothing to sync about folders.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        };
    }
    Ok(())
}
