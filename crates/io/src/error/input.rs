//! What can be wrong with an input file as a whole.

use std::io;

use crate::error::{RowProblem, suggestion};

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputProblem {
    /// There is no such file.
    #[error("no such file")]
    NotFound,
    /// A folder where a file is needed.
    #[error("is a folder, not a file")]
    Folder,
    /// No byte, or blank lines only.
    #[error("the file is empty")]
    Empty,
    /// A header, and no row below it.
    #[error("the file has a header and no rows")]
    HeaderOnly,
    /// Adjacency lists of users without items.
    #[error("no user in the file has an item")]
    NoItems,
    /// Bytes that aren't text.
    #[error("this is a binary file, not text ({found})")]
    Binary {
        /// What gave it away.
        found: &'static str,
    },
    /// Compressed data that ends too early.
    #[error("the {compression} data ends too early: the file is truncated")]
    Truncated {
        /// `gzip` or `zstd`.
        compression: &'static str,
    },
    /// Compressed data that can't be unpacked.
    #[error("the {compression} data is damaged: {reason}")]
    Damaged {
        /// `gzip` or `zstd`.
        compression: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// A JSON array where lines of JSON are read.
    #[error("this is one JSON array, not an object a line")]
    JsonArray,
    /// A delimiter or a header, said of a file that has neither.
    #[error("{kind} has neither a delimiter nor a header")]
    NoTable {
        /// What the file is: a line of JSON, or Parquet.
        kind: &'static str,
    },
    /// JSON lines of which no field is known to be the users' or items'.
    #[error("no field is known to be the {side}; there are: {available}")]
    NoField {
        /// `user` or `item`.
        side: &'static str,
        /// The names of the fields, joined by commas.
        available: String,
    },
    /// A column that was asked for by a name that the header lacks.
    #[error("there is no column \"{name}\"; there are: {available}")]
    MissingColumn {
        /// The name asked for.
        name: String,
        /// The names in the header, joined by commas.
        available: String,
    },
    /// A column asked for by name in a file that has no header.
    #[error("column \"{name}\" was asked for by name, and the file has no header")]
    NoHeader {
        /// The name asked for.
        name: String,
    },
    /// A Parquet file, in a build that reads none.
    #[error("this is a Parquet file, and this build reads none")]
    NoParquet,
    /// A file that is called Parquet, or begins so, and is none.
    #[error("is no Parquet file: PAR1 is missing at its {place}")]
    NotParquet {
        /// `beginning` or `end`.
        place: &'static str,
    },
    /// A Parquet file with something that is not read.
    #[error("this is a Parquet file with {what}, which is not read")]
    UnreadParquet {
        /// What it has.
        what: String,
    },
    /// A needed column that holds nothing that can be read.
    #[error("column \"{column}\" is {what}")]
    ColumnKind {
        /// Its name.
        column: String,
        /// What it is.
        what: &'static str,
    },
    /// Fewer columns than are needed.
    #[error("has {found} column(s), expected at least {expected}")]
    TooFewColumns {
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// One column in two roles.
    #[error("column {column} can't be both {first} and {second}")]
    SameColumn {
        /// The column, counted from 1.
        column: usize,
        /// One role.
        first: &'static str,
        /// The other role.
        second: &'static str,
    },
    /// Weights of data that have no such column.
    #[error("no column holds weights")]
    NoWeights,
    /// A threshold on ratings of data without ratings.
    #[error("the threshold {threshold} needs a rating column, and none was found")]
    NoRating {
        /// The threshold.
        threshold: String,
        /// The column that it names, if there is such a one.
        column: Option<String>,
    },
    /// A threshold on a column that isn't the rating.
    #[error("the threshold {threshold} is on \"{column}\", and the rating column is \"{rating}\"")]
    NotTheRating {
        /// The threshold.
        threshold: String,
        /// The column it names.
        column: String,
        /// The rating column.
        rating: String,
        /// Whether there is such a column.
        exists: bool,
    },
    /// A rule on a column that isn't there.
    #[error("the rule {rule} is on \"{column}\", and there is no such column")]
    NoRuleColumn {
        /// The rule.
        rule: String,
        /// The column it names.
        column: String,
    },
    /// A rule that no row passes.
    #[error("no rows left: none of {rows} passes {threshold}")]
    NothingPasses {
        /// The rule.
        threshold: String,
        /// Rows that were looked at.
        rows: u64,
        /// What the column holds, if the rule is on a column of few words.
        kinds: Vec<String>,
    },
    /// Several feedbacks of a file that does not say which row is of which.
    #[error("no column says which rows are {names}")]
    NoEvents {
        /// The feedbacks asked for, by comma.
        names: String,
    },
    /// A feedback that no row is of.
    #[error("no row is of \"{name}\"{}; there are: {found}", suggestion(near))]
    NoSuchEvent {
        /// The feedback.
        name: String,
        /// What may have been meant.
        near: Option<String>,
        /// The events in the file with their rows, joined by commas.
        found: String,
    },
    /// Vectors without ids.
    #[error("there is no {file} to say whose vectors these are")]
    NoIds {
        /// The file that has to be beside it.
        file: String,
    },
    /// Not as many ids as vectors.
    #[error("has {rows} vector(s), and {file} has {ids} id(s)")]
    IdCount {
        /// How many vectors there are.
        rows: usize,
        /// The file of ids.
        file: String,
        /// How many ids it has.
        ids: usize,
    },
    /// A number of a vector that is not finite.
    #[error("number {column} of vector {row} (of \"{id}\") is {value}, not finite")]
    NotFinite {
        /// Which vector, counted from 1.
        row: usize,
        /// Which of its numbers, counted from 1.
        column: usize,
        /// Whose it is.
        id: String,
        /// What stands there.
        value: String,
    },
    /// A file that is no matrix.
    #[error("{reason}")]
    Vectors {
        /// What it is instead.
        reason: String,
    },
    /// Rows of one field, where an id and a text are needed.
    #[error("there is no text: its rows have the field {field} alone")]
    Texts {
        /// What it is called.
        field: String,
    },
    /// Bad rows, and nothing else.
    #[error("no rows left: {skipped} bad row(s) skipped, the first at line {line}: {first}")]
    NothingUsable {
        /// How many were skipped.
        skipped: u64,
        /// Line of the first.
        line: u64,
        /// What is wrong with the first.
        first: RowProblem,
    },
    /// The system could not read on.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl InputProblem {
    pub(crate) fn help(&self) -> Option<String> {
        let help = match self {
            Self::Folder => "name one of the files in it",
            Self::Binary { .. } => {
                "save it as UTF-8 text, such as csv; gzip and zstd are read as they are"
            }
            Self::Truncated { .. } | Self::Damaged { .. } => "copy or download the file again",
            Self::HeaderOnly => "if the first line is data, say so with --no-header",
            Self::MissingColumn { .. } | Self::NoHeader { .. } | Self::SameColumn { .. } => {
                "--columns user=1,item=2,rating=3,time=4 names columns by number or header name"
            }
            Self::NoParquet => {
                "releases read Parquet; `cargo install foretaste-cli --features parquet` builds one \
                 that does"
            }
            Self::NotParquet { place: "end" } => "copy or download the file again",
            Self::NotParquet { .. } => "--layout table reads it as text, whatever it is called",
            Self::UnreadParquet { .. } => "write it with zstd, snappy or gzip, or as csv",
            Self::ColumnKind { .. } | Self::TooFewColumns { .. } => {
                "--columns user=NAME,item=NAME names the columns"
            }
            Self::NoWeights => "--weight names their column; lists of items have none",
            Self::JsonArray => "`jq -c '.[]' FILE` writes its objects a line each",
            Self::NoTable { .. } => {
                "leave out --delimiter, --header and --no-header; --layout table reads text as a table"
            }
            Self::NoField { .. } => "--columns user=NAME,item=NAME names the fields",
            Self::NoRating { column: Some(column), .. }
            | Self::NotTheRating { column, exists: true, .. } => {
                return Some(format!("--columns rating={column} takes it for the rating"));
            }
            Self::NoRating { .. } => "--columns rating=N names the rating column",
            Self::NotTheRating { .. } => {
                "write the threshold as rating>=N; --columns rating=N names the column"
            }
            Self::NoRuleColumn { .. } => {
                "--columns event=N names the column of events; or name a column of the header, or \
                 its number, as 3=buy"
            }
            Self::NothingPasses { kinds, .. } if !kinds.is_empty() => {
                return Some(format!("the column holds {}", kinds.join(", ")));
            }
            Self::NoEvents { .. } => "--columns event=N names the column of events",
            Self::NoSuchEvent { .. } => {
                "--feedback takes events of the file, weakest first; --columns event=N names \
                 their column"
            }
            Self::NoIds { .. } | Self::IdCount { .. } => {
                "a file of ids has one a line, in the order of the vectors"
            }
            Self::NotFinite { .. } => "leave out vectors that are not known, and their ids",
            Self::Vectors { .. } => {
                "np.save(file, array) of a float32 array writes .npy, a row an id; \
                 save_file({\"features\": array}, file) writes .safetensors"
            }
            Self::Texts { .. } => "a file of texts has a column of ids and one called text",
            Self::NothingPasses { .. } => "lower the threshold, or leave it out to take every row",
            Self::NothingUsable { .. } => {
                "--columns, --delimiter and --layout override what was sniffed"
            }
            Self::NotFound | Self::Empty | Self::NoItems | Self::Io(_) => return None,
        };
        Some(help.to_owned())
    }
}
