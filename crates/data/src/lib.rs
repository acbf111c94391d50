//! Implicit-feedback interactions: what they are, how they are read, filtered and split.
//!
//! The flow is one way. A file of rows becomes a [`Dataset`]: two [`IdTable`]s, which keep every
//! id as its author wrote it, and [`Interactions`], the same rows as a compressed sparse matrix
//! over dense indices. Filters and splits turn data sets into data sets.
//!
//! | to | use |
//! |---|---|
//! | read a file of unknown shape | [`read_interactions`], [`ReadOptions`] |
//! | say what was found in it | [`ReadReport`] |
//! | show titles for ids | [`read_titles`] |
//! | read any other table | [`read_rows`] |
//! | drop rare users and items | [`k_core`] |
//! | hold out test data | [`split()`], [`SplitMethod`] |
//! | score test data on a model's ids | [`align()`] |
//! | write them again | [`write_interactions`] |
//! | show what others wrote on a terminal | [`printable`] |
//! | name the data a model has seen | [`Dataset::fingerprint`] |
//!
//! The same rows in any order, format or compression give the same [`Dataset`], to the bit.

mod align;
mod coordinates;
mod dataset;
mod error;
mod filter;
mod fingerprint;
mod ids;
mod interactions;
mod printable;
mod read;
mod rows;
mod side;
mod split;
#[cfg(test)]
mod testing;
mod titles;
mod write;

pub use align::{Aligned, align};
pub use coordinates::Coordinates;
pub use dataset::Dataset;
pub use error::{Error, InputProblem, OptionProblem, RowProblem};
pub use filter::k_core;
pub use fingerprint::{Fingerprint, fingerprint};
pub use ids::{IdTable, ItemId, UserId};
pub use interactions::{Interactions, Keep, Pair};
pub use printable::{is_printable, printable};
pub use read::{
    BadRow, BadRowNote, Column, Columns, Compression, Delimiter, Doubt, Format, FormatKind,
    FoundColumn, Kind, OddIds, RatingStats, ReadOptions, ReadReport, Threshold, read_interactions,
    read_interactions_from, read_interactions_with_progress,
};
pub use rows::{TextRow, read_rows};
pub use side::Side;
pub use split::{HeldOut, Split, SplitMethod, split};
pub use titles::{Titles, read_titles, read_titles_from};
pub use write::write_interactions;
