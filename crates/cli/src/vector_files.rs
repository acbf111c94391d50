//! Vectors in a file, with their ids in another beside it.

use crate::destination::{check_inputs, overwrite, refuse_stdout};
use crate::failure::{Failure, Outcome};
use foretaste::files::{FileSet, Overwrite, check_writable};
use foretaste::io::NamedVectors;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Two files that belong together.
#[derive(Debug)]
pub(crate) struct VectorFiles {
    vectors: PathBuf,
    pub(crate) ids: PathBuf,
    overwrite: Overwrite,
}

impl VectorFiles {
    /// The file of vectors, and one of ids that is called after it; both can be written, and neither is
    /// an input.
    pub(crate) fn new(vectors: &Path, force: bool, inputs: &[PathBuf]) -> Outcome<Self> {
        refuse_stdout(vectors)?;
        let (vectors, ids) = (vectors.to_owned(), vectors.with_extension("ids"));
        for path in [&vectors, &ids] {
            check_writable(path, overwrite(force))?;
        }
        check_inputs(&[vectors.clone(), ids.clone()], inputs)?;
        Ok(Self { vectors, ids, overwrite: overwrite(force) })
    }

    /// Writes both, or neither.
    pub(crate) fn write(
        &self,
        named: &NamedVectors<'_>,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Outcome {
        if let Some(id) = named.id_of_no_line() {
            let message = format!("{}: the id {id:?} can't be a line", self.ids.display());
            return Err(Failure::usage(message).help("write a table, .csv or .parquet"));
        }
        let name = |path: &Path| {
            path.file_name().and_then(OsStr::to_str).map(str::to_owned).ok_or_else(|| {
                Failure::usage(format_args!("{}: its name is not UTF-8 text", path.display()))
                    .help("name another file to write")
            })
        };
        let names = [name(&self.ids)?, name(&self.vectors)?];
        let folder = self.vectors.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut set = FileSet::new(folder.unwrap_or(Path::new(".")), self.overwrite);
        set.stage(&names[0], |out| named.write_ids(out))?;
        set.stage(&names[1], content)?;
        Ok(set.place("being replaced", &[&names[0], &names[1]])?)
    }
}
