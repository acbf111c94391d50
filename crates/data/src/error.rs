//! What can be wrong with interactions.
//!
//! Every message is one line, and [`Error::help`] says what to do about it.

/// An error of building or splitting interactions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An index or a size that does not fit the matrix or 32 bits.
    #[error("{what}: {value} is out of range (indices and sizes are below 4294967296)")]
    TooLarge {
        /// Which dimension.
        what: &'static str,
        /// The offending number.
        value: u64,
    },
    /// Rows that are not in ascending order.
    #[error("rows must be in strictly ascending item order (user {user:?})")]
    Unsorted {
        /// The first offending row; `None` if the row bounds themselves are wrong.
        user: Option<usize>,
    },
    /// A matrix that does not have a row or column for each id.
    #[error("a matrix of {found} {what}, and {expected} ids of {what}")]
    Shape {
        /// Which side: users or items.
        what: &'static str,
        /// What the matrix has.
        found: usize,
        /// How many ids there are.
        expected: usize,
    },
    /// Columns of coordinates that differ in length.
    #[error("the {what} column has {found} values and the users column {expected}")]
    UnequalColumns {
        /// Which column.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length of the users column.
        expected: usize,
    },
    /// A fraction of a split outside [0, 1).
    #[error("{part} fraction {value}: must be at least 0 and below 1")]
    Fraction {
        /// Which part.
        part: &'static str,
        /// The offending number.
        value: f64,
    },
    /// Fractions of a split that leave nothing to train on.
    #[error("valid fraction {valid} and test fraction {test} must sum to less than 1")]
    Fractions {
        /// The fraction for validation.
        valid: f64,
        /// The fraction for testing.
        test: f64,
    },
    /// A split by time of data without times.
    #[error("a split by time needs times, and the data has none")]
    NoTimes,
}

impl Error {
    /// What the user can do about it, if there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoTimes => Some("keep the times when reading; --columns time=N names them"),
            Self::Fraction { .. } | Self::Fractions { .. } => {
                Some("for example valid 0.1 and test 0.2")
            }
            _ => None,
        }
    }
}
