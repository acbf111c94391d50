//! What can be wrong with interaction data.
//!
//! Every message is one line, `where: what`, and [`Error::help`] says what to do about it.

mod input;
mod options;
mod row;

pub use input::InputProblem;
pub use options::OptionProblem;
pub use row::RowProblem;

use crate::is_printable;

/// An error of reading, building or splitting interactions.
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
    /// A row of a file that can't be read.
    #[error("{file}:{line}: {problem}")]
    Row {
        /// The file, as it was named.
        file: String,
        /// The line where the row starts, counted from 1 with header and blank lines.
        line: u64,
        /// What is wrong with it.
        problem: RowProblem,
    },
    /// A file that can't be read as a whole.
    #[error("{file}: {problem}")]
    Input {
        /// The file, as it was named.
        file: String,
        /// What is wrong with it.
        problem: InputProblem,
    },
    /// A reading option that can't be understood.
    #[error(transparent)]
    Options(#[from] OptionProblem),
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
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Row { problem, .. } => Some(problem.help().to_owned()),
            Self::Input { problem, .. } => problem.help(),
            Self::Options(problem) => Some(problem.help().to_owned()),
            Self::NoTimes => {
                Some("keep the times when reading; --columns time=N names them".into())
            }
            Self::Fraction { .. } | Self::Fractions { .. } => {
                Some("for example valid 0.1 and test 0.2".into())
            }
            _ => None,
        }
    }
}

/// `text` fit for a one-line message: control characters escaped, at most 40 characters.
pub(crate) fn shown(text: &str) -> String {
    const LIMIT: usize = 40;
    let mut clipped = String::new();
    for (n, character) in text.chars().enumerate() {
        if n == LIMIT {
            clipped.push('…');
            break;
        }
        // What hides in text is escaped like a control character: a value is shown as it is.
        let hidden = matches!(character, '\u{200b}'..='\u{200d}');
        if !is_printable(character) || hidden {
            clipped.extend(character.escape_default());
        } else {
            clipped.push(character);
        }
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_clipped_and_escaped() {
        assert_eq!(shown("a\tb\u{1b}[31m"), r"a\tb\u{1b}[31m");
        assert_eq!(shown(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
        assert_eq!(shown(&"é".repeat(40)), "é".repeat(40));
    }
}
