//! Tables of many rows in files, a part at a time: csv, JSON lines, and with the feature `parquet`
//! Parquet. And lists of recommendations as lines of JSON.

mod lines;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
mod text;

use std::fmt;
use std::io::{self, Write};

pub use lines::{ListLine, Listed, list_lines};

/// The cells of a column.
#[derive(Clone, Debug)]
pub enum Cells<'a> {
    /// Text, or nothing.
    Text(Vec<Option<&'a str>>),
    /// Ids, or nothing. `integers`: all of them, in all parts, are whole numbers as [`IdTable`] has
    /// them, and Parquet holds them as such.
    ///
    /// [`IdTable`]: foretaste_data::IdTable
    Ids {
        /// The ids as their author wrote them.
        ids: Vec<Option<&'a str>>,
        /// Whether all are whole numbers.
        integers: bool,
    },
    /// Whole numbers.
    Whole(Vec<u32>),
    /// Scores, or nothing. Csv has them with the fewest digits that read back as the same f32.
    Scores(Vec<Option<f32>>),
}

impl Cells<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Text(cells) | Self::Ids { ids: cells, .. } => cells.len(),
            Self::Whole(cells) => cells.len(),
            Self::Scores(cells) => cells.len(),
        }
    }
}

/// Some rows, column by column. All columns are of one length, and those of a table have the same
/// names and kinds in all its parts.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// The columns with their names.
    pub columns: Vec<(&'static str, Cells<'a>)>,
}

impl Rows<'_> {
    fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated, with a header; text in quotes.
    Csv,
    /// An object a line.
    JsonLines,
    /// Parquet, compressed by Snappy.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl TableFormat {
    /// The endings of files with what they stand for.
    pub const ENDINGS: &[(&str, Self)] = &[
        (".csv", Self::Csv),
        (".jsonl", Self::JsonLines),
        #[cfg(feature = "parquet")]
        (".parquet", Self::Parquet),
    ];

    /// The format that the ending of a file's name says, whatever the case of its letters.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format)
    }

    /// Whether a file of it may be packed as a whole; Parquet packs its columns.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::JsonLines)
    }
}

/// Writes a table of any number of rows. Memory: that of a part, of Parquet that of a group of 2²⁰
/// rows. The same rows are the same bytes, however they are dealt to parts.
pub struct TableWriter<'a>(Box<dyn WriteRows + 'a>);

impl fmt::Debug for TableWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter").finish_non_exhaustive()
    }
}

trait WriteRows {
    fn write(&mut self, rows: &Rows<'_>) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl<'a> TableWriter<'a> {
    /// Begins a table.
    pub fn new(out: &'a mut dyn Write, format: TableFormat) -> Self {
        Self(match format {
            TableFormat::Csv => Box::new(text::Text::csv(out)),
            TableFormat::JsonLines => Box::new(text::Text::json_lines(out)),
            #[cfg(feature = "parquet")]
            TableFormat::Parquet => Box::new(parquet::Groups::new(out)),
        })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// What the output returns; [`io::ErrorKind::InvalidInput`] for an id that is no whole number
    /// where all are to be, and a part with other columns than the first, in Parquet.
    pub fn write(&mut self, rows: &Rows<'_>) -> io::Result<()> {
        self.0.write(rows)
    }

    /// Writes what is left. A table without any part has no columns, and its file no content.
    ///
    /// # Errors
    /// What the output returns.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests;
