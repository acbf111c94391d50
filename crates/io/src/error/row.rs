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
    /// A time that is neither a number nor a date of ISO 8601.
    #[error("time \"{value}\" is neither a number nor a date such as 2024-05-01 12:30:00")]
    Time {
        /// What stands there.
        value: String,
    },
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
            Self::UnterminatedQuote => "close the quote, or double a quote that is part of a field",
            Self::TooLong { .. } => {
                "is it a table of interactions? --delimiter and --layout say how to read it"
            }
            _ => "--on-bad-row skip drops such rows; --columns names the columns",
        }
    }
}
