//! What can be wrong with one row.

/// Why a row can't be used. Values are clipped to 40 characters, with control characters escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// Fewer fields than the columns need.
    #[error("found {found} field(s), expected at least {expected} (delimiter {delimiter})")]
    TooFewFields {
        /// How many there are.
        found: usize,
        /// How many the columns need.
        expected: usize,
        /// The delimiter that was sniffed or given.
        delimiter: &'static str,
    },
    /// An id without a character.
    #[error("the {side} id is empty")]
    EmptyId {
        /// `user` or `item`.
        side: &'static str,
    },
    /// An id that runs over the end of its line.
    #[error("the {side} id \"{value}\" holds a line break")]
    LineBreak {
        /// `user` or `item`.
        side: &'static str,
        /// The id.
        value: String,
    },
    /// A line that is no JSON object.
    #[error("the line is no JSON object: {reason} (column {column})")]
    Json {
        /// What is wrong with it.
        reason: String,
        /// Where, counted from 1.
        column: usize,
    },
    /// A JSON object without a field that is needed, or with null in it.
    #[error("there is no field \"{name}\"")]
    MissingField {
        /// Its name.
        name: String,
    },
    /// A field of a JSON object that holds more than one value.
    #[error("the field \"{name}\" holds an array or an object")]
    Nested {
        /// Its name.
        name: String,
    },
    /// A row of a Parquet file without a value that is needed.
    #[error("the column \"{name}\" is null")]
    Null {
        /// Its name.
        name: String,
    },
    /// A rating that isn't a number.
    #[error("rating \"{value}\" is not a number")]
    Rating {
        /// What stands there.
        value: String,
    },
    /// A rating that is NaN, infinite, or too large for 32-bit floating point.
    #[error("rating \"{value}\" is not a finite number")]
    RatingNotFinite {
        /// What stands there.
        value: String,
    },
    /// A weight that is not above 0.
    #[error("weight \"{value}\" is not above 0")]
    Weight {
        /// What stands there.
        value: String,
    },
    /// A time that is neither a number nor a date of ISO 8601.
    #[error("time \"{value}\" is neither a number nor a date such as 2024-05-01 12:30:00")]
    Time {
        /// What stands there.
        value: String,
    },
    /// A value of a vector that is no finite number.
    #[error("column {column} is \"{value}\", not a finite number")]
    Value {
        /// The column, counted from 1.
        column: usize,
        /// What stands there.
        value: String,
    },
    /// A vector of another width than those above it.
    #[error("the vector has {found} number(s), expected {expected}")]
    Width {
        /// How many there are.
        found: usize,
        /// How many the others have.
        expected: usize,
    },
    /// An id that has a vector already.
    #[error("the {side} id \"{value}\" is here again, first in line {first}")]
    RepeatedId {
        /// `user` or `item`.
        side: &'static str,
        /// The id.
        value: String,
        /// Its first line.
        first: u64,
    },
    /// A tag without a character.
    #[error("the tag is empty")]
    NoTag,
    /// A quote that is never closed.
    #[error("a quoted field starts in this row and never ends")]
    UnterminatedQuote,
    /// A row of excessive length.
    #[error("the row is longer than {limit} bytes")]
    TooLong {
        /// The longest row that is read.
        limit: usize,
    },
}

impl RowProblem {
    /// Whether reading can go on behind the row.
    pub(crate) fn can_skip(&self) -> bool {
        !matches!(self, Self::UnterminatedQuote | Self::TooLong { .. })
    }

    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::TooFewFields { .. } => {
                "--on-bad-row skip drops such rows; --delimiter and --columns override what was \
                 sniffed"
            }
            Self::Time { .. } => {
                "write times as seconds since 1970, or as ISO 8601; --on-bad-row skip drops such \
                 rows; --columns names the columns"
            }
            Self::Rating { .. } => {
                "a rating is a number with a decimal point, such as 3.5; --on-bad-row skip drops \
                 such rows; --columns names the columns"
            }
            Self::Value { .. } | Self::Width { .. } => {
                "a row of features is an id and its numbers, as many in each row"
            }
            Self::RepeatedId { .. } => "leave one of the two in the file",
            Self::NoTag => "a row of tags is an id and a tag",
            Self::Weight { .. } => {
                "--on-bad-row skip drops such rows; rows of no weight are no interactions"
            }
            Self::Json { .. } => {
                "a line is an object, as {\"user\": 1, \"item\": 2}; --on-bad-row skip drops others"
            }
            Self::MissingField { .. } | Self::Nested { .. } => {
                "--on-bad-row skip drops such lines; --columns user=NAME,item=NAME names the fields"
            }
            Self::UnterminatedQuote => "close the quote, or double a quote that is part of a field",
            Self::TooLong { .. } => {
                "is it a table of interactions? --delimiter and --layout say how to read it"
            }
            _ => "--on-bad-row skip drops such rows; --columns names the columns",
        }
    }
}
