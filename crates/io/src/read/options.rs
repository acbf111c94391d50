//! How a file is to be read.

use std::fmt;
use std::path::Path;
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
    /// What the file is; `None` sniffs, and goes by the ending `.jsonl`, `.ndjson` or `.parquet`.
    pub format: Option<FormatKind>,
    /// What separates fields; `None` sniffs.
    pub delimiter: Option<Delimiter>,
    /// Whether the first row is a header; `None` sniffs.
    pub header: Option<bool>,
    /// What to keep besides user and item, where the file has it.
    pub keep: Keep,
    /// The ratings are weights, as plays and counts are: each is above 0, and those of a repeated pair add
    /// up. Without it the latest of them stays.
    pub weighted: bool,
    /// What to do about a bad row.
    pub on_bad_row: BadRow,
    /// Go on without times where one can't be read, instead of failing.
    pub lenient_times: bool,
    /// Keep only rows that pass.
    pub positive: Option<Threshold>,
    /// Keep the rows that don't, too, as pairs that were seen and are not positive.
    pub not_positive: bool,
    /// Compute the SHA-256 of the file while reading it.
    pub checksum: bool,
}

impl ReadOptions {
    /// The same with what the name of a file says, where nothing else is said.
    pub(crate) fn of_file(&self, path: &Path) -> Self {
        let said = FormatKind::of_name(path).filter(|_| self.delimiter.is_none());
        Self { format: self.format.or(said), ..self.clone() }
    }
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
    /// One interaction a line, a JSON object.
    #[serde(rename = "jsonl")]
    JsonLines,
    /// One interaction a row of a Parquet file.
    Parquet,
}

impl FormatKind {
    /// The name, as an option takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Adjacency => "adjacency",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
        }
    }

    /// What the name of a file says of it, behind any compression.
    fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let packed = [".gz", ".zst"].into_iter().find_map(|ending| name.strip_suffix(ending));
        match packed.unwrap_or(&name).rsplit_once('.')?.1 {
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
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
            "jsonl" => Ok(Self::JsonLines),
            "parquet" => Ok(Self::Parquet),
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
        use FormatKind::{Adjacency, JsonLines, Parquet, Table};
        for kind in [Table, Adjacency, JsonLines, Parquet] {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        for (name, kind) in [
            ("a/b.jsonl", Some(JsonLines)),
            ("b.ndjson.gz", Some(JsonLines)),
            ("B.PARQUET", Some(Parquet)),
            ("b.csv", None),
            ("jsonl", None),
        ] {
            assert_eq!(FormatKind::of_name(Path::new(name)), kind, "{name}");
        }
        assert_eq!("skip".parse(), Ok(BadRow::Skip));
        assert!("Skip".parse::<BadRow>().is_err());
        assert!("csv".parse::<FormatKind>().is_err());
    }
}
