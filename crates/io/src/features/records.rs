//! A table of features, record by record.

use std::path::Path;

use crate::error::RowProblem;
use crate::read::{
    RawInput, Record, RecordError, Records, Sample, Text, choose, in_file, open, record_error,
};
use crate::{Delimiter, Error};

/// Reads a file: `start` looks at its beginning and says whether the first record is a header, `take`
/// gets the others. Returns what came of it, and the file's SHA-256.
pub(super) fn read<T>(
    path: &Path,
    delimiters: &[Delimiter],
    start: impl FnOnce(&Sample, Delimiter) -> (T, bool),
    mut take: impl FnMut(&mut T, &Record<'_>) -> Result<(), RowProblem>,
) -> Result<(T, String), Error> {
    let name = path.display().to_string();
    let (file, size) = open(path).map_err(|problem| in_file(&name, problem))?;
    let mut raw = RawInput::new(file, size, None, true);
    let text = Text::open(&mut raw).map_err(|problem| in_file(&name, problem))?;
    let compression = text.compression;
    let (dialect, sample) = choose(&text.sample, text.complete, delimiters, |_| false);
    let (mut found, mut header) = start(&sample, dialect.delimiter);
    let mut records = Records::new(text.into_read(), dialect);
    while let Some(record) =
        records.next().map_err(|error| record_error(error, &name, compression))?
    {
        if std::mem::take(&mut header) {
            continue;
        }
        take(&mut found, &record).map_err(|problem| {
            record_error(RecordError::Bad { line: record.line, problem }, &name, compression)
        })?;
    }
    drop(records);
    let (_, sha256) = raw.finish().map_err(|error| in_file(&name, error.into()))?;
    Ok((found, sha256.expect("a checksum was asked for")))
}
