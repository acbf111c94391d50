//! What can be wrong with parameters and propensities.

/// An error of this crate; every message is one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter outside its range.
    #[error("{name} must be {rule}, not {value}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// What its values may be.
        rule: String,
        /// Its value.
        value: String,
    },
    /// A text that names no propensity.
    #[error("\"{text}\" is no propensity; write pop^0.5, const:0.1, file:PATH or from:FEEDBACK")]
    Text {
        /// The text.
        text: String,
    },
    /// A row of a propensity file that can't be used.
    #[error("{file}:{line}: {problem}")]
    Row {
        /// The file, as it was named.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: RowProblem,
    },
    /// A propensity file that lacks what the training needs.
    #[error("{file}: {problem}")]
    File {
        /// The file, as it was named.
        file: String,
        /// What it lacks.
        problem: FileProblem,
    },
    /// A propensity that is no probability above 0.
    #[error("propensity {at} is {value}; it must be above 0 and at most 1")]
    Value {
        /// Which one, counted from 0.
        at: usize,
        /// Its value.
        value: f32,
    },
    /// Propensities of another shape than the data's.
    #[error("there are {found} propensities and {expected} {what}")]
    Shape {
        /// `items` or `interactions`.
        what: &'static str,
        /// How many there are of them.
        expected: usize,
        /// How many propensities there are.
        found: usize,
    },
    /// A feedback that the data do not have.
    #[error("the data have no feedback \"{name}\" beside the target; {}", there(others))]
    NoFeedback {
        /// The name.
        name: String,
        /// Those that there are beside the target.
        others: Vec<String>,
    },
    /// A feedback that is the target itself: of what was shown it knows what was clicked.
    #[error(
        "\"{name}\" is the target itself; propensities come from what was shown, clicked or not"
    )]
    Target {
        /// Its name.
        name: String,
    },
    /// A feedback without a pair of the target's users and items.
    #[error("the feedback \"{name}\" is empty: nothing was shown to users with a click")]
    EmptyFeedback {
        /// Its name.
        name: String,
    },
    /// Propensities from a file, in a build that has no reader.
    #[error("{file}: this build reads no files of propensities; the feature `io` does")]
    NoReader {
        /// The file, as it was named.
        file: String,
    },
    /// A file that can't be read.
    #[cfg(feature = "io")]
    #[error(transparent)]
    Io(#[from] foretaste_io::Error),
    /// A log of more impressions than a matrix holds.
    #[error(transparent)]
    Data(#[from] foretaste_data::Error),
    /// The training.
    #[error(transparent)]
    Training(#[from] foretaste_mf::Error),
}

/// As techniques say it.
impl From<Error> for foretaste_mf::Error {
    fn from(error: Error) -> Self {
        use foretaste_model::Concern;
        let message = error.to_string();
        let (concern, help) = match error {
            Error::Training(error) => return error,
            Error::Parameter { name, rule, value } if !name.contains(' ') => {
                return Self::parameter(name, rule, value);
            }
            Error::Parameter { .. } | Error::Text { .. } => {
                (Concern::Parameters, Some("--propensity pop^0.5 is the paper's".to_owned()))
            }
            Error::NoFeedback { .. } | Error::Target { .. } => {
                let help = "--feedback impression,click names feedbacks, the target last";
                (Concern::Parameters, Some(help.to_owned()))
            }
            Error::EmptyFeedback { .. } => {
                let help = "is it a log of the same users and items, by the same ids?";
                (Concern::Data, Some(help.to_owned()))
            }
            Error::Data(_) => (Concern::Data, None),
            #[cfg(feature = "io")]
            Error::Io(error) => (Concern::File, error.help()),
            _ => {
                let help = "a propensity file has item,propensity or user,item,propensity";
                (Concern::File, Some(help.to_owned()))
            }
        };
        Self::Method { concern, message, help }
    }
}

/// What is wrong with a row of a propensity file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// More or fewer fields than an item (or a user and an item) and a number.
    #[error("{found} fields; there must be {expected}")]
    Fields {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A field that is no number.
    #[error("propensity \"{value}\" is not a number")]
    NotANumber {
        /// The field.
        value: String,
    },
    /// A number that is no probability above 0.
    #[error("propensity {value} is not above 0 and at most 1")]
    OutOfRange {
        /// The field.
        value: String,
    },
    /// An item, or a pair of user and item, that was there before.
    #[error("{what} comes twice, first in line {first}")]
    Repeated {
        /// `item 17`, or `user 3, item 17`.
        what: String,
        /// The line where it was.
        first: u64,
    },
}

/// What a propensity file lacks.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// No propensity for something that was clicked.
    #[error("no propensity for {what}, which was clicked{}", more(*.others))]
    Missing {
        /// The first that is missing: `item 17`, or `user 3, item 17`.
        what: String,
        /// How many are missing besides.
        others: usize,
    },
    /// A header that names other columns.
    #[error("columns {names}; there must be item,propensity or user,item,propensity")]
    Names {
        /// The names.
        names: String,
    },
    /// Not a table of two or three columns.
    #[error("{columns} columns; there must be item,propensity or user,item,propensity")]
    Columns {
        /// How many columns its first row has.
        columns: usize,
    },
}

fn there(others: &[String]) -> String {
    match others {
        [] => "there is no other".to_owned(),
        others => format!("there are: {}", others.join(", ")),
    }
}

fn more(others: usize) -> String {
    if others > 0 { format!(", and {others} more") } else { String::new() }
}
