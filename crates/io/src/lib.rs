//! Readers and writers of interaction files.
//!
//! A file of rows, of whatever shape, becomes a [`Dataset`](foretaste_data::Dataset).
//!
//! | to | use |
//! |---|---|
//! | read a file of unknown shape | [`read_interactions`], [`ReadOptions`] |
//! | say what was found in it | [`ReadReport`] |
//! | write interactions | [`write_interactions`] |
//! | show titles for ids | [`read_titles`] |
//! | read any other table | [`read_rows`] |
//!
//! The same rows in any order, format or compression give the same data set, to the bit.

mod error;
mod read;
mod rows;
mod titles;
mod write;

pub use error::{Error, InputProblem, OptionProblem, RowProblem};
pub use read::{
    BadRow, BadRowNote, Column, Columns, Compression, Delimiter, Doubt, Format, FormatKind,
    FoundColumn, Kind, OddIds, RatingStats, ReadOptions, ReadReport, Threshold, read_interactions,
    read_interactions_from, read_interactions_with_progress,
};
pub use rows::{TextRow, read_rows};
pub use titles::{Titles, read_titles, read_titles_from};
pub use write::write_interactions;
