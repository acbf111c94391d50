//! Tags: rows of an id and a tag.

use std::path::Path;

use super::{FeatureReport, Side, check_id, records};
use crate::error::{RowProblem, shown};
use crate::read::{Record, Sample, decode, find_tag, in_file};
use crate::{Delimiter, Error, InputProblem};
use foretaste_data::FeatureTable;

/// Those that may stand between an id and a tag; blanks are part of tags.
const DELIMITERS: [Delimiter; 5] = [
    Delimiter::DoubleColon,
    Delimiter::Tab,
    Delimiter::Comma,
    Delimiter::Semicolon,
    Delimiter::Pipe,
];

/// Reads the tags of users or items: a row has an id and a tag.
///
/// Delimiter, header and compression are sniffed as for interactions. A header names the columns;
/// without one the first is the id and the second the tag. Other columns are left out. A tag that one
/// has twice counts once, and is counted as a repeat.
///
/// # Errors
/// [`Error::Row`] for a row without id and tag, [`Error::Input`] for a file that can't be read.
pub fn read_tags(
    path: impl AsRef<Path>,
    side: Side,
) -> Result<(FeatureTable, FeatureReport), Error> {
    let (path, name) = (path.as_ref(), path.as_ref().display().to_string());
    let start = |sample: &Sample, delimiter| Rows::start(sample.first(), side, delimiter);
    let (found, sha256) = records::read(path, &DELIMITERS, start, Rows::take)?;
    if found.rows.is_empty() {
        let problem = if found.header { InputProblem::HeaderOnly } else { InputProblem::Empty };
        return Err(in_file(&name, problem));
    }
    let (table, repeats) = FeatureTable::of_tags(&found.rows)?;
    let (rows, repeats) = (found.rows.len() as u64, repeats as u64);
    Ok((
        table,
        FeatureReport { file: name, side, of_tags: true, sha256, ids_sha256: None, rows, repeats },
    ))
}

#[derive(Debug)]
struct Rows {
    side: Side,
    delimiter: Delimiter,
    header: bool,
    /// The columns of ids and of tags.
    id: usize,
    tag: usize,
    rows: Vec<(String, String)>,
}

impl Rows {
    /// The first row is a header if it names both columns.
    fn start(first: &[String], side: Side, delimiter: Delimiter) -> (Self, bool) {
        let named = side.role().find(first).zip(find_tag(first)).filter(|(id, tag)| id != tag);
        let (id, tag) = named.unwrap_or((0, 1));
        let header = named.is_some();
        (Self { side, delimiter, header, id, tag, rows: Vec::new() }, header)
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), RowProblem> {
        let (Some(id), Some(tag)) = (record.field(self.id), record.field(self.tag)) else {
            let (found, expected) = (record.len(), self.id.max(self.tag) + 1);
            let delimiter = self.delimiter.name();
            return Err(RowProblem::TooFewFields { found, expected, delimiter });
        };
        check_id(id, self.side)?;
        let text = decode(tag).into_owned();
        if text.is_empty() {
            return Err(RowProblem::NoTag);
        }
        if text.contains(['\n', '\r']) {
            return Err(RowProblem::LineBreak { side: "tag", value: shown(&text) });
        }
        self.rows.push((decode(id).into_owned(), text));
        Ok(())
    }
}
