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
pub(crate) use records::{each as each_record, each_of};
#[cfg(feature = "parquet")]
pub(crate) use source::Source;
#[cfg(feature = "parquet")]
pub(crate) use table::Table;

#[cfg(feature = "parquet")]
pub(crate) use whole::read;

#[cfg(not(feature = "parquet"))]
pub(crate) use absent::{Source, read};

/// In the place of what reads Parquet.
#[cfg(not(feature = "parquet"))]
mod absent {
    use std::io::Read;

    use crate::read::ReadApart;
    use crate::read::source::Progress;
    use crate::{Error, InputProblem, ReadOptions};

    /// There is none.
    #[derive(Debug)]
    pub(crate) enum Source {}

    impl Source {
        pub(crate) fn of_file(_: impl Read, _: u64) -> Result<Self, InputProblem> {
            Err(InputProblem::NoParquet)
        }

        pub(crate) fn of_input(_: impl Read) -> Result<Self, InputProblem> {
            Err(InputProblem::NoParquet)
        }
    }

    pub(crate) fn read(
        source: Source,
        _: &str,
        _: &ReadOptions,
        _: Progress<'_>,
    ) -> Result<ReadApart, Error> {
        match source {}
    }
}
