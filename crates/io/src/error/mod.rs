//! What can be wrong with files of interactions.
//!
//! Every message is one line, `where: what`, and [`Error::help`] says what to do about it.

mod input;
mod options;
mod row;

pub use input::InputProblem;
pub use options::OptionProblem;
pub use row::RowProblem;

use foretaste_data::is_printable;

/// An error of reading or writing files of interactions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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
    /// Rows that make no data set.
    #[error(transparent)]
    Data(#[from] foretaste_data::Error),
}

impl Error {
    /// What the user can do about it, if there is something to say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Row { problem, .. } => Some(problem.help().to_owned()),
            Self::Input { problem, .. } => problem.help(),
            Self::Options(problem) => Some(problem.help().to_owned()),
            Self::Data(error) => error.help().map(str::to_owned),
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

/// The nearest of some names, if less than half of it would have to change.
pub(crate) fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let near = known.min_by_key(|known| strsim::osa_distance(known, name))?;
    let longest = near.chars().count().max(name.chars().count());
    (2 * strsim::osa_distance(near, name) < longest).then(|| shown(near))
}

/// What may have been meant, in a message.
fn suggestion(near: &Option<String>) -> String {
    near.as_ref().map_or(String::new(), |near| format!(" (did you mean \"{near}\"?)"))
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
