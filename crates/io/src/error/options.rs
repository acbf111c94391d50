//! What can be wrong with a reading option.

/// Why a reading option can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionProblem {
    /// A part of a column list that isn't `role=column`.
    #[error("columns: \"{part}\" is not role=column")]
    ColumnPart {
        /// The part.
        part: String,
    },
    /// A role other than the five.
    #[error("columns: \"{role}\" is not user, item, rating, time or event")]
    ColumnRole {
        /// The role.
        role: String,
    },
    /// A role given twice.
    #[error("columns: \"{role}\" is given twice")]
    RepeatedRole {
        /// The role.
        role: String,
    },
    /// Column 0.
    #[error("columns: \"{role}=0\": columns are counted from 1")]
    ColumnZero {
        /// The role.
        role: String,
    },
    /// A column that is none.
    #[error("column \"{text}\" is neither a number from 1 nor a header name")]
    Column {
        /// What stands there.
        text: String,
    },
    /// A rule that isn't column, operator, number or words.
    #[error("rule \"{text}\" is not of the form rating>=4 or event=buy")]
    Threshold {
        /// The threshold.
        text: String,
    },
    /// A delimiter that isn't read.
    #[error("delimiter \"{text}\" is not one of , tab ; | :: space")]
    Delimiter {
        /// The delimiter.
        text: String,
    },
    /// A format that isn't read.
    #[error("format \"{text}\" is not table or adjacency")]
    Format {
        /// The format.
        text: String,
    },
    /// A feedback without a name.
    #[error("feedback \"{text}\" has an empty name")]
    NoName {
        /// The names.
        text: String,
    },
    /// A feedback that is named twice.
    #[error("feedback \"{name}\" is given twice")]
    RepeatedName {
        /// The name.
        name: String,
    },
    /// A rule for bad rows that doesn't exist.
    #[error("bad-row rule \"{text}\" is not fail or skip")]
    BadRow {
        /// The rule.
        text: String,
    },
}

impl OptionProblem {
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Threshold { .. } => {
                "the operators are >= > < <= before a finite number, and = before one or more values by comma"
            }
            Self::Column { .. } => "for example --weight 3, or --weight plays",
            Self::Delimiter { .. } => "leave it out to have it sniffed",
            Self::NoName { .. } | Self::RepeatedName { .. } => {
                "for example --feedback view,cart,buy: weakest first, the last is what is \
                 recommended for"
            }
            Self::Format { .. } | Self::BadRow { .. } => "the names are lower-case",
            _ => {
                "for example --columns user=1,item=2,rating=3,time=4, or header names for the numbers"
            }
        }
    }
}
