//! How a file is to be read.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::error::{OptionProblem, shown};
use crate::{Columns, Threshold};
use foretaste_data::Keep;

/// How to read interactions. The default sniffs everything and fails at the first bad row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// Which column is what.
    pub columns: Columns,
    /// One interaction a row, or one user a row; `None` sniffs.
    pub format: Option<FormatKind>,
    /// What separates fields; `None` sniffs.
    pub delimiter: Option<Delimiter>,
    /// Whether the first row is a header; `None` sniffs.
    pub header: Option<bool>,
    /// What to keep besides user and item, where the file has it.
    pub keep: Keep,
    /// What to do about a bad row.
    pub on_bad_row: BadRow,
    /// Go on without times where one can't be read, instead of failing.
    pub lenient_times: bool,
    /// Keep only rows that pass.
    pub positive: Option<Threshold>,
    /// Compute the SHA-256 of the file while reading it.
    pub checksum: bool,
}

/// What to do about a row that can't be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BadRow {
    /// Stop with an error.
    #[default]
    Fail,
    /// Drop the row and count it.
    Skip,
}

/// How rows and interactions relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FormatKind {
    /// One interaction a row.
    Table,
    /// One user a row: the user, then the items, separated by blanks.
    Adjacency,
}

/// What separates the fields of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// A tab.
    Tab,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
    /// `::`
    DoubleColon,
    /// A run of blanks: spaces and tabs.
    Space,
}

impl Delimiter {
    /// All of them; where a sample fits several equally well, the first wins.
    pub(crate) const ALL: [Self; 6] =
        [Self::DoubleColon, Self::Tab, Self::Comma, Self::Semicolon, Self::Pipe, Self::Space];

    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "','",
            Self::Tab => "tab",
            Self::Semicolon => "';'",
            Self::Pipe => "'|'",
            Self::DoubleColon => "'::'",
            Self::Space => "space",
        }
    }

    /// Whether a quote has a meaning beside this delimiter.
    pub(crate) fn quotes(self) -> bool {
        matches!(self, Self::Comma | Self::Tab | Self::Semicolon)
    }

    /// The delimiter as a byte, if it is one byte.
    pub(crate) fn byte(self) -> Option<u8> {
        match self {
            Self::Comma => Some(b','),
            Self::Tab => Some(b'\t'),
            Self::Semicolon => Some(b';'),
            Self::Pipe => Some(b'|'),
            Self::DoubleColon | Self::Space => None,
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Delimiter {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        match text {
            "," | "comma" => Ok(Self::Comma),
            "\t" | "\\t" | "tab" => Ok(Self::Tab),
            ";" | "semicolon" => Ok(Self::Semicolon),
            "|" | "pipe" => Ok(Self::Pipe),
            "::" | "doublecolon" => Ok(Self::DoubleColon),
            " " | "space" => Ok(Self::Space),
            _ => Err(OptionProblem::Delimiter { text: shown(text) }),
        }
    }
}

impl FromStr for FormatKind {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        match text {
            "table" => Ok(Self::Table),
            "adjacency" => Ok(Self::Adjacency),
            _ => Err(OptionProblem::Format { text: shown(text) }),
        }
    }
}

impl FromStr for BadRow {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        match text {
            "fail" => Ok(Self::Fail),
            "skip" => Ok(Self::Skip),
            _ => Err(OptionProblem::BadRow { text: shown(text) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line_are_understood() {
        for delimiter in Delimiter::ALL {
            assert_eq!(delimiter.name().trim_matches('\'').parse(), Ok(delimiter));
            // As manifests have it.
            let written = serde_json::to_value(delimiter).unwrap();
            assert_eq!(written.as_str().unwrap().parse(), Ok(delimiter));
        }
        assert!("x".parse::<Delimiter>().is_err());
        assert_eq!("adjacency".parse(), Ok(FormatKind::Adjacency));
        assert_eq!("skip".parse(), Ok(BadRow::Skip));
        assert!("Skip".parse::<BadRow>().is_err());
        assert!("csv".parse::<FormatKind>().is_err());
    }
}
