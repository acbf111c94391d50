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
    /// Feedbacks that make no data set.
    #[error("feedback \"{name}\" {problem}")]
    Feedback {
        /// What it is called.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Vectors that are not one a row, all of one width.
    #[error("{values} values are no {rows} vectors of {width}")]
    Width {
        /// How many values there are.
        values: usize,
        /// How many vectors they should be.
        rows: usize,
        /// How long each should be.
        width: usize,
    },
    /// A value of a vector that is no number.
    #[error("value {column} of vector {row} is {value}", row = row + 1, column = column + 1)]
    NotFinite {
        /// Which vector, counted from 0.
        row: usize,
        /// Which of its values, counted from 0.
        column: usize,
        /// What stands there.
        value: f32,
    },
    /// Two vectors of one id.
    #[error("vectors {} and {} are both of id \"{id}\"", first + 1, row + 1)]
    RepeatedId {
        /// The id.
        id: String,
        /// Where it is first, counted from 0.
        first: usize,
        /// Where it is again.
        row: usize,
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
    /// Weights of a pair whose sum is too large.
    #[error("the weights of a pair add up to {value:.1e}, beyond 32-bit floating point")]
    Sum {
        /// What they add up to.
        value: f64,
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
            Self::Sum { .. } => Some("count in larger units, so that weights are smaller"),
            Self::Fraction { .. } | Self::Fractions { .. } => {
                Some("for example valid 0.1 and test 0.2")
            }
            _ => None,
        }
    }
}
