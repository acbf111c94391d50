//! Writing files that are there whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::{Dataset, Error, IdTable, OutputProblem};

/// What to do about a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Leave it, with an error.
    Refuse,
    /// Replace it.
    Replace,
}

/// Writes a file under a temporary name in the same folder, then renames it.
///
/// So an interrupted or failed run leaves what was there before, and never half a file. What is
/// no regular file, such as a pipe or `/dev/null`, is written to directly.
///
/// # Errors
/// [`Error::Output`] if the file exists and isn't to be replaced, if there is no such folder, or
/// if writing fails, `content` included.
pub fn write_file(
    path: impl AsRef<Path>,
    overwrite: Overwrite,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let path = path.as_ref();
    write(path, overwrite, content)
        .map_err(|problem| Error::Output { file: path.display().to_string(), problem })
}

fn write(
    path: &Path,
    overwrite: Overwrite,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputProblem> {
    let target = check(path, overwrite)?;
    if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
        return write_through(&target, content);
    }
    let mut file = BufWriter::with_capacity(1 << 16, temporary(folder_of(&target))?);
    content(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    let persisted = match overwrite {
        Overwrite::Refuse => file.persist_noclobber(&target),
        Overwrite::Replace => file.persist(&target),
    };
    persisted.map(drop).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => OutputProblem::Exists,
        _ => OutputProblem::Io(error.error),
    })
}

/// What [`write_file`] would refuse, before the work that is to be written.
///
/// # Errors
/// [`Error::Output`] if the file exists and isn't to be replaced, or if there is no such folder.
pub fn check_writable(path: impl AsRef<Path>, overwrite: Overwrite) -> Result<(), Error> {
    let path = path.as_ref();
    let checked = check(path, overwrite).map(drop);
    checked.map_err(|problem| Error::Output { file: path.display().to_string(), problem })
}

/// The file to write: a link stays a link, what it points to is replaced.
fn check(path: &Path, overwrite: Overwrite) -> Result<PathBuf, OutputProblem> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&target) {
        Ok(found) if found.is_dir() => return Err(OutputProblem::Folder),
        Ok(found) if found.is_file() && overwrite == Overwrite::Refuse => {
            return Err(OutputProblem::Exists);
        }
        _ => {}
    }
    let folder = folder_of(&target);
    if !folder.is_dir() {
        return Err(OutputProblem::NoFolder { folder: folder.display().to_string() });
    }
    Ok(target)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn write_through(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputProblem> {
    let mut file = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
    content(&mut file)?;
    Ok(file.flush()?)
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".foretaste-").suffix(".tmp");
    // Temporary files are the owner's alone; results are everyone's whom the umask lets.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Writes `user,item`, and `rating` and `time` if they were kept, as csv with a header, by user,
/// then item.
///
/// [`read_interactions`](crate::read_interactions) gives the same data set again, as long as no
/// id is empty or holds a line break, and every user and item has an interaction.
///
/// # Errors
/// What `output` returns.
pub fn write_interactions(dataset: &Dataset, output: &mut dyn Write) -> io::Result<()> {
    let kept = dataset.interactions.kept();
    output.write_all(b"user,item")?;
    output.write_all(if kept.weights { b",rating" } else { b"" })?;
    output.write_all(if kept.times { b",time\n" } else { b"\n" })?;
    // Text in quotes always: blanks around an id are part of it, and readers trim them.
    let style = csv::QuoteStyle::NonNumeric;
    let mut csv = csv::WriterBuilder::new().quote_style(style).from_writer(output);
    let name = |ids: &IdTable, index| ids.name(index).unwrap_or_default().into_owned();
    let items: Vec<String> =
        (0..dataset.items.len() as u32).map(|item| name(&dataset.items, item)).collect();
    let (mut user, mut user_name) = (u32::MAX, String::new());
    for pair in dataset.interactions.pairs() {
        if pair.user.0 != user {
            (user, user_name) = (pair.user.0, name(&dataset.users, pair.user.0));
        }
        csv.write_field(&user_name)?;
        csv.write_field(&items[pair.item.index()])?;
        if kept.weights {
            csv.write_field(pair.weight.to_string())?;
        }
        if kept.times {
            csv.write_field(pair.time.to_string())?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
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
        assert_eq!(error.help().as_deref(), Some("--force replaces it"));
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
        assert!(matches!(error, Error::Output { problem: OutputProblem::Folder, .. }));
        let error = put(&folder.path().join("no/out"), Overwrite::Replace, "").unwrap_err();
        assert!(matches!(error, Error::Output { problem: OutputProblem::NoFolder { .. }, .. }));
    }
}
