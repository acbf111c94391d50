//! Tables of many rows in files, of the format that the ending says.

use crate::args::Global;
use crate::destination::Destination;
use crate::failure::{Failure, Outcome};
use flate2::write::GzEncoder;
use foretaste::io::{Rows, TableFormat, TableWriter};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a table is not written to its end.
pub(crate) enum Stop {
    Write(io::Error),
    Failure(Failure),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Of what is written to stdout.
impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Write(error) => error.into(),
            Stop::Failure(failure) => failure,
        }
    }
}

/// A file for a table.
#[derive(Debug)]
pub(crate) struct TableFile {
    destination: Destination,
    path: PathBuf,
    format: TableFormat,
    gzip: bool,
}

impl TableFile {
    /// A file that can be written, of a format that its ending names.
    pub(crate) fn new(
        path: &Path,
        force: bool,
        inputs: &[PathBuf],
        global: &Global,
    ) -> Outcome<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let (plain, gzip) = match name.strip_suffix(".gz") {
            Some(plain) => (plain, true),
            None => (&name[..], false),
        };
        let format = TableFormat::of_name(plain).filter(|format| format.is_text() || !gzip);
        let format = format.ok_or_else(|| {
            let message = format!("{}: the ending names no format of tables", path.display());
            Failure::usage(message).help(endings())
        })?;
        let destination = Destination::new(path, force, inputs, global)?;
        Ok(Self { destination, path: path.to_owned(), format, gzip })
    }

    /// Whether nothing else may be printed.
    pub(crate) fn is_stdout(&self) -> bool {
        self.destination.is_stdout()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file, whole or not at all, by the parts that `content` gives.
    pub(crate) fn write(
        &self,
        content: impl FnOnce(&mut dyn FnMut(&Rows<'_>) -> io::Result<()>) -> Result<(), Stop>,
    ) -> Outcome {
        let mut failed = None;
        let result = self.destination.write(|out| {
            let result = match self.gzip {
                false => write_rows(self.format, out, content),
                true => {
                    let mut packed = GzEncoder::new(out, flate2::Compression::default());
                    write_rows(self.format, &mut packed, content)
                        .and_then(|()| Ok(packed.finish().map(drop)?))
                }
            };
            result.map_err(|stop| match stop {
                Stop::Write(error) => error,
                Stop::Failure(failure) => {
                    failed = Some(failure);
                    io::ErrorKind::Other.into()
                }
            })
        });
        match failed {
            Some(failure) => Err(failure),
            None => result,
        }
    }
}

fn write_rows(
    format: TableFormat,
    out: &mut dyn Write,
    content: impl FnOnce(&mut dyn FnMut(&Rows<'_>) -> io::Result<()>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut writer = TableWriter::new(out, format);
    content(&mut |rows| writer.write(rows))?;
    Ok(writer.finish()?)
}

/// What endings there are.
fn endings() -> String {
    let of = |text: bool| {
        let endings = TableFormat::ENDINGS.iter().filter(|(_, format)| format.is_text() == text);
        endings.map(|(ending, _)| *ending).collect::<Vec<_>>().join(", ")
    };
    let also = match of(false) {
        none if none.is_empty() => {
            "; .parquet with the feature `parquet`: `cargo install foretaste-cli --features parquet`"
                .to_owned()
        }
        others => format!(", and {others}"),
    };
    format!("there are {}, each also with .gz{also}", of(true))
}
