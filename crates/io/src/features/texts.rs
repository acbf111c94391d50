//! Texts of users or items: rows of an id and a text.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::{FeatureReport, Side, check_id};
use crate::error::{RowProblem, shown};
use crate::read::{
    JsonFields, LINES, Opened, RawInput, Record, RecordError, Records, Source, Text, choose,
    decode, find_text, in_file, json_names, record_error,
};
use crate::{Delimiter, Error, InputProblem, ReadOptions};

/// Texts with the ids of those that they are of, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Texts {
    /// Of whom each is; none twice.
    pub ids: Vec<String>,
    /// The texts, as many; some may be empty.
    pub texts: Vec<String>,
}

/// Those that may stand between an id and a text; blanks are part of texts.
const DELIMITERS: [Delimiter; 5] = [
    Delimiter::Comma,
    Delimiter::Tab,
    Delimiter::Semicolon,
    Delimiter::Pipe,
    Delimiter::DoubleColon,
];

/// Reads the texts of users or items, all of them into memory: a table, JSON lines or Parquet.
///
/// The text is the column called `text`, else the first beside the ids; the ids are the column that its
/// name gives away, else the first of the others. Delimiter, header and compression are sniffed as for
/// interactions; a text in quotes may have line breaks. Text is UTF-8 or else windows-1252. A text that is
/// missing or null is empty.
///
/// # Errors
/// [`Error::Row`] for a row that can't be used, or an id that is there twice, [`Error::Input`] for a file
/// that can't be read.
pub fn read_texts(path: impl AsRef<Path>, side: Side) -> Result<(Texts, FeatureReport), Error> {
    let (path, name) = (path.as_ref(), path.as_ref().display().to_string());
    let opened = Opened::file(path, &ReadOptions::default());
    let (opened, size, _) = opened.map_err(|problem| in_file(&name, problem))?;
    let (rows, sha256) = match opened {
        Opened::Parquet(source) => of_parquet(source, &name, side)?,
        Opened::Text(input) => {
            let mut raw = RawInput::new(input, size, None, true);
            let text = Text::open(&mut raw).map_err(|problem| in_file(&name, problem))?;
            let rows = of_text(text, &name, side)?;
            let (_, sha256) = raw.finish().map_err(|error| in_file(&name, error.into()))?;
            (rows, sha256.expect("a checksum was asked for"))
        }
    };
    let Texts { ids, texts } = rows.found;
    if ids.is_empty() {
        let problem = if rows.header { InputProblem::HeaderOnly } else { InputProblem::Empty };
        return Err(in_file(&name, problem));
    }
    let (of_tags, ids_sha256, repeats) = (false, None, 0);
    let count = ids.len() as u64;
    let report =
        FeatureReport { file: name, side, of_tags, sha256, ids_sha256, rows: count, repeats };
    Ok((Texts { ids, texts }, report))
}

fn of_text(text: Text<'_>, name: &str, side: Side) -> Result<Rows, Error> {
    let compression = text.compression;
    let names = json_names(&text).map_err(|problem| in_file(name, problem))?;
    let (mut rows, mut records) = match names {
        Some(mut names) => {
            // The first line may be longer than what is looked at: its text is not among the names then.
            if names.len() == 1 && !text.complete {
                names.push("text".to_owned());
            }
            let rows = Rows::named(&names, side).map_err(|problem| in_file(name, problem))?;
            let fields = JsonFields::new(names, [rows.id, rows.text]);
            (rows, Records::of_json(text.into_read(), LINES, fields))
        }
        None => {
            let knows = |row: &[String]| is_header(row, side);
            let (dialect, sample) = choose(&text.sample, text.complete, &DELIMITERS, knows);
            let rows = Rows::of_table(sample.first(), side, dialect.delimiter);
            (rows, Records::new(text.into_read(), dialect))
        }
    };
    let mut header = rows.header;
    while let Some(record) =
        records.next().map_err(|error| record_error(error, name, compression))?
    {
        if std::mem::take(&mut header) {
            continue;
        }
        rows.take(&record).map_err(|problem| {
            record_error(RecordError::Bad { line: record.line, problem }, name, compression)
        })?;
    }
    Ok(rows)
}

#[cfg(feature = "parquet")]
fn of_parquet(source: Source, name: &str, side: Side) -> Result<(Rows, String), Error> {
    use crate::read::{ParquetTable, each_of};
    let read = || {
        let table = ParquetTable::open(source)?;
        let rows = Rows::named(table.names(), side)?;
        table.check([rows.id, rows.text])?;
        Ok((table, rows))
    };
    let (table, mut rows) = read().map_err(|problem| in_file(name, problem))?;
    let needed = vec![rows.id.min(rows.text), rows.id.max(rows.text)];
    each_of(&table, &needed, name, |record| {
        let (file, line) = (name.to_owned(), record.line);
        rows.take(record).map_err(|problem| Error::Row { file, line, problem })
    })?;
    let sha256 = table.source.checksum().map_err(|error| in_file(name, error.into()))?;
    Ok((rows, sha256))
}

#[cfg(not(feature = "parquet"))]
fn of_parquet(source: Source, _: &str, _: Side) -> Result<(Rows, String), Error> {
    match source {}
}

/// The rows so far.
#[derive(Debug)]
struct Rows {
    side: Side,
    /// What is between the fields of a table; where fields have names, one that is missing is empty.
    delimiter: Option<Delimiter>,
    header: bool,
    /// The columns of ids and of texts.
    id: usize,
    text: usize,
    found: Texts,
    /// Where each id was first.
    lines: FxHashMap<String, u64>,
}

/// A header names the texts or the ids, and has no number.
fn is_header(row: &[String], side: Side) -> bool {
    let named = find_text(row).is_some() || side.role().find(row).is_some();
    named && row.len() > 1 && row.iter().all(|field| field.parse::<f64>().is_err())
}

/// The columns of ids and of texts by their names, else by position.
fn columns(names: &[String], side: Side) -> (usize, usize) {
    let (id, text) = (side.role().find(names), find_text(names));
    let id = id.filter(|id| text != Some(*id)).unwrap_or(usize::from(text == Some(0)));
    (id, text.unwrap_or(usize::from(id == 0)))
}

impl Rows {
    fn new(side: Side, (id, text): (usize, usize)) -> Self {
        let (found, lines) = (Texts::default(), FxHashMap::default());
        Self { side, delimiter: None, header: false, id, text, found, lines }
    }

    /// Of fields with these names.
    fn named(names: &[String], side: Side) -> Result<Self, InputProblem> {
        match names.len() {
            0 => Err(InputProblem::Empty),
            1 => Err(InputProblem::Texts { field: shown(&names[0]) }),
            _ => Ok(Self::new(side, columns(names, side))),
        }
    }

    fn of_table(first: &[String], side: Side, delimiter: Delimiter) -> Self {
        let header = is_header(first, side);
        let columns = if header { columns(first, side) } else { (0, 1) };
        Self { delimiter: Some(delimiter), header, ..Self::new(side, columns) }
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), RowProblem> {
        record.check()?;
        let (id, text) = (record.field(self.id), record.field(self.text));
        if let Some(delimiter) = self.delimiter.filter(|_| id.is_none() || text.is_none()) {
            let (found, expected) = (record.len(), self.id.max(self.text) + 1);
            return Err(RowProblem::TooFewFields { found, expected, delimiter: delimiter.name() });
        }
        let (id, text) = (id.unwrap_or_default(), text.unwrap_or_default());
        check_id(id, self.side)?;
        let id = decode(id).into_owned();
        if let Some(&first) = self.lines.get(&id) {
            let (side, value) = (self.side.name(), shown(&id));
            return Err(RowProblem::RepeatedId { side, value, first });
        }
        self.lines.insert(id.clone(), record.line);
        self.found.ids.push(id);
        self.found.texts.push(decode(text).into_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
