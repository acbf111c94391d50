//! Parquet: typed columns in groups of rows.
//!
//! What comes out is what a csv file of the same table gives. The columns are found by their names and,
//! where these say nothing, by position; dates and timestamps are times in seconds. Two paths, as for
//! text:
//!
//! ```text
//! Source     the bytes of the file at any place, or all of them where they came through a pipe
//! Table      the footer: columns, groups of rows; pages packed by Zstandard are unpacked here
//! Column     a column of a group, some rows at a time, so that the size of a group does not matter
//! numbers    ids that are whole numbers: groups in parallel, straight to raw ids
//! records    everything else: rows as records of text for the general reader
//! ```
//!
//! The first gives up at what it does not understand (nulls, negative and large ids, rules on text), and
//! the second starts over: so what is an error, and in which row, is said in one place. Rows are counted
//! from 1 and stand where lines do elsewhere.
//!
//! # Not handled
//! Columns inside others (lists, structs) and of types that are no ids, numbers or times, if they are
//! needed; encryption; the compressions LZO and Brotli.

#[cfg(feature = "parquet")]
mod column;
#[cfg(feature = "parquet")]
mod guard;
#[cfg(feature = "parquet")]
mod kind;
#[cfg(feature = "parquet")]
mod numbers;
#[cfg(feature = "parquet")]
mod pages;
#[cfg(feature = "parquet")]
mod records;
#[cfg(feature = "parquet")]
mod source;
#[cfg(feature = "parquet")]
mod table;
#[cfg(feature = "parquet")]
mod whole;

#[cfg(feature = "parquet")]
#[cfg(test)]
mod tests;

#[cfg(feature = "parquet")]
pub use guard::panics_are_caught;
#[cfg(feature = "parquet")]
pub(crate) use records::each as each_record;
#[cfg(feature = "parquet")]
pub(crate) use source::Source;
#[cfg(feature = "parquet")]
pub(crate) use table::Table;

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

#[cfg(not(feature = "parquet"))]
use crate::InputProblem;
use crate::read::source::Progress;
use crate::read::{ReadApart, in_file};
use crate::{Error, ReadOptions};

/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";

/// Whether a file is Parquet by its first bytes; leaves it at its beginning.
pub(crate) fn announced(mut file: impl Read + Seek) -> io::Result<bool> {
    let mut first = Vec::new();
    (&mut file).take(MAGIC.len() as u64).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(first == MAGIC)
}

/// An input with its first bytes looked at.
pub(crate) fn peeked<R: Read>(mut input: R) -> io::Result<(bool, impl Read)> {
    let mut first = Vec::new();
    (&mut input).take(MAGIC.len() as u64).read_to_end(&mut first)?;
    Ok((first == MAGIC, Cursor::new(first).chain(input)))
}

/// Reads a file that begins as Parquet does.
pub(crate) fn read_file(
    file: File,
    size: u64,
    name: &str,
    options: &ReadOptions,
    progress: Progress<'_>,
) -> Result<ReadApart, Error> {
    read(Source::of_file(file, size), name, options, progress)
}

/// Reads what begins as Parquet does, and can't be read from any place: all of it is held.
pub(crate) fn read_input(
    input: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<ReadApart, Error> {
    read(Source::of_input(input), name, options, None)
}

#[cfg(feature = "parquet")]
fn read(
    source: io::Result<Source>,
    name: &str,
    options: &ReadOptions,
    progress: Progress<'_>,
) -> Result<ReadApart, Error> {
    let source = source.map_err(|error| in_file(name, error.into()))?;
    whole::read(source, name, options, progress)
}

/// In the place of what reads Parquet.
#[cfg(not(feature = "parquet"))]
pub(crate) struct Source;

#[cfg(not(feature = "parquet"))]
impl Source {
    pub(crate) fn of_file(_: File, _: u64) -> io::Result<Self> {
        Ok(Self)
    }

    pub(crate) fn of_input(_: impl Read) -> io::Result<Self> {
        Ok(Self)
    }
}

#[cfg(not(feature = "parquet"))]
fn read(
    _: io::Result<Source>,
    name: &str,
    _: &ReadOptions,
    _: Progress<'_>,
) -> Result<ReadApart, Error> {
    Err(in_file(name, InputProblem::NoParquet))
}
