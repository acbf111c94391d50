//! Readers and writers of interaction files.
//!
//! A file of rows, of whatever shape, becomes a [`Dataset`](foretaste_data::Dataset).
//!
//! | to | use |
//! |---|---|
//! | read a file of unknown shape | [`read_interactions`], [`ReadOptions`] |
//! | keep what was seen and is not positive | [`ReadOptions::not_positive`], [`read_interactions_apart`] |
//! | read several feedbacks out of one | [`read_events`], [`FeedbackNames`] |
//! | say what was found in it | [`ReadReport`] |
//! | write interactions | [`write_interactions`] |
//! | read and write vectors and tags | [`read_vectors`], [`read_tags`], [`write_vectors`] |
//! | read texts | [`read_texts`] |
//! | write vectors that are made as they are written | [`NamedVectors`] |
//! | show titles for ids | [`read_titles`] |
//! | read a list of ids | [`read_ids`] |
//! | write a table of any rows, a part at a time | [`TableWriter`] |
//! | write lists as lines of JSON | [`list_lines`] |
//! | read any other table | [`read_rows`] |
//!
//! The same rows in any order, format or compression give the same data set, to the bit.

mod error;
mod features;
mod feedback;
mod id_list;
mod preferences;
mod read;
mod rows;
mod table;
mod titles;
mod write;

pub use error::{Error, InputProblem, OptionProblem, RowProblem};
pub use features::{
    FeatureReport, NamedVectors, Side, Texts, read_tags, read_texts, read_vectors, write_ids,
    write_tags, write_vectors,
};
pub use feedback::FeedbackNames;
pub use id_list::{ListedId, read_ids, read_ids_from};
pub use preferences::{PreferenceReport, read_preferences};
#[cfg(feature = "parquet")]
pub use read::panics_are_caught;
pub use read::{
    BadRow, BadRowNote, Column, Columns, Compression, Delimiter, Doubt, Format, FormatKind,
    FoundColumn, Kind, OddIds, RatingStats, ReadApart, ReadEvents, ReadFeedback, ReadOptions,
    ReadReport, Threshold, read_events, read_events_from, read_interactions,
    read_interactions_apart, read_interactions_apart_from, read_interactions_from,
    read_interactions_with_progress,
};
pub use rows::{TextRow, named_columns, read_rows, read_rows_from};
pub use table::{Cells, ListLine, Listed, Rows, TableFormat, TableWriter, list_lines};
pub use titles::{Titles, read_titles, read_titles_from};
pub use write::{write_interactions, write_pairs};
