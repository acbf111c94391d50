//! What was found in a file.

use serde::Serialize;

use crate::read::doubt::Doubt;
use crate::{Delimiter, FormatKind};

/// What reading a file found and did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadReport {
    /// The file, as it was named.
    pub file: String,
    /// Size on disk in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes on disk in hexadecimal, if it was asked for.
    pub sha256: Option<String>,
    /// What the file turned out to be.
    pub format: Format,
    /// Interactions in the file: `bad_rows`, `below_threshold`, `duplicates` and those read.
    pub rows: u64,
    /// The rule by which rows count as positive; all do without one.
    pub positive: Option<String>,
    /// Rows dropped because they didn't pass that rule.
    pub below_threshold: u64,
    /// Bad rows skipped.
    pub bad_rows: u64,
    /// The first bad row.
    pub first_bad: Option<BadRowNote>,
    /// Rows dropped because their pair occurs again, later or heavier.
    pub duplicates: u64,
    /// User ids that look out of place.
    pub odd_users: Option<OddIds>,
    /// Item ids that look out of place.
    pub odd_items: Option<OddIds>,
    /// The ratings of all good rows, if there is a rating column.
    pub ratings: Option<RatingStats>,
    /// Whether the ratings are weights, which add up.
    pub weighted: bool,
    /// First and last time of the rows read, if times were kept.
    pub times: Option<(i64, i64)>,
    /// What looks wrong about how the file was understood.
    pub doubts: Vec<Doubt>,
}

/// A bad row that was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRowNote {
    /// Its line, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Ids that are no plain non-negative integers, in a column where at least nine of ten are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OddIds {
    /// Rows with such an id.
    pub rows: u64,
    /// Line of the first.
    pub first_line: u64,
    /// The first, clipped to 40 characters.
    pub first_value: String,
}

/// Ratings in brief.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatingStats {
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Format {
    /// How it is packed.
    pub compression: Compression,
    /// One interaction a row, or one user a row.
    pub kind: FormatKind,
    /// What separates fields, where something does.
    pub delimiter: Option<Delimiter>,
    /// Whether the first row is a header; the names of JSON and Parquet stand elsewhere.
    pub header: bool,
    /// Of adjacency lists, whether a colon follows the user; it is no part of the id.
    pub colon: bool,
    /// The users' column.
    pub user: FoundColumn,
    /// The items' column; of adjacency lists, the first of them.
    pub item: FoundColumn,
    /// The ratings' column.
    pub rating: Option<FoundColumn>,
    /// The times' column.
    pub time: Option<FoundColumn>,
    /// The column that says what happened.
    pub event: Option<FoundColumn>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundColumn {
    /// Counted from 1.
    pub number: usize,
    /// Its name in the header.
    pub name: Option<String>,
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// As text.
    None,
    /// gzip, of any number of members.
    Gzip,
    /// Zstandard, of any number of frames.
    Zstd,
}

impl Compression {
    /// The compression that the first bytes of a file announce.
    pub(crate) fn of(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Self::Zstd,
            // A skippable frame in front, as pzstd writes.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Self::Zstd,
            _ => Self::None,
        }
    }
}
