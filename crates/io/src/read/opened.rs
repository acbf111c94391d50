//! Inputs that were looked at, to be read from their beginning.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;

use crate::read::parquet::Source;
use crate::{FormatKind, InputProblem, ReadOptions};

/// What a Parquet file begins and ends with.
pub(crate) const MAGIC: &[u8] = b"PAR1";

/// An input with its first bytes looked at.
pub(crate) type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// An input by what reads it.
pub(crate) enum Opened<R> {
    Parquet(Source),
    Text(Peeked<R>),
}

impl<R: Read> Opened<R> {
    /// Of an input that can't be read from any place.
    pub(crate) fn input(input: R, options: &ReadOptions) -> Result<Self, InputProblem> {
        let (begins_so, input) = peeked(input)?;
        Ok(match is_parquet(options, begins_so)? {
            true => Self::Parquet(Source::of_input(input)?),
            false => Self::Text(input),
        })
    }
}

impl Opened<File> {
    /// Of a file, with its size and the options that its name may add to.
    pub(crate) fn file(
        path: &Path,
        options: &ReadOptions,
    ) -> Result<(Self, u64, ReadOptions), InputProblem> {
        let (file, size) = open(path)?;
        let (begins_so, file) = peeked(file)?;
        let options = if begins_so { options.clone() } else { options.of_file(path) };
        let opened = match is_parquet(&options, begins_so)? {
            false => Self::Text(file),
            // Pipes and devices have no size, and no way back.
            true if size == 0 => Self::Parquet(Source::of_input(file)?),
            true => Self::Parquet(Source::of_file(file, size)?),
        };
        Ok((opened, size, options))
    }
}

/// Opens a file to read, and tells its size.
pub(crate) fn open(path: &Path) -> Result<(File, u64), InputProblem> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => InputProblem::NotFound,
        _ => InputProblem::Io(error),
    })?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(InputProblem::Folder);
    }
    Ok((file, metadata.len()))
}

/// Whether an input begins as Parquet does, and the input from its beginning.
fn peeked<R: Read>(mut input: R) -> io::Result<(bool, Peeked<R>)> {
    let mut first = Vec::new();
    (&mut input).take(MAGIC.len() as u64).read_to_end(&mut first)?;
    Ok((first == MAGIC, Cursor::new(first).chain(input)))
}

/// Whether an input is to be read as Parquet: as `options` say, else because it begins so.
fn is_parquet(options: &ReadOptions, begins_so: bool) -> Result<bool, InputProblem> {
    match options.format {
        Some(FormatKind::Parquet) if !begins_so => {
            Err(InputProblem::NotParquet { place: "beginning" })
        }
        Some(format) => Ok(format == FormatKind::Parquet),
        None => Ok(begins_so),
    }
}
