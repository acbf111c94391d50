//! Reading interactions: from a file of unknown shape to a [`Dataset`].
//!
//! The bytes flow through a chain of small parts, each of which knows only its neighbours:
//!
//! ```text
//! RawInput   counts and hashes what is on disk
//! Text       unpacks gzip and zstd, drops the byte-order mark, takes a sample
//! Layout     delimiter, header and columns, from the options and the sample
//! Records    lines, or several where a quoted field holds line breaks; then fields
//! RowReader  checks ids, ratings and times; applies the threshold; counts
//! RowSink    numbers the ids, collects rows, sorts both at the end
//! ```
//!
//! Everything is read once and nothing is held but one record, the distinct ids and 8 B a row
//! (12 B with weights, 8 B more with times); dealing the rows to their users takes 4 B more, if
//! they are not in the users' order.
//!
//! That is the general reader, which reads everything. Files are tried by the fast path first,
//! which reads plain ones in parallel, to the same result ([`plain`]).

mod columns;
mod doubt;
mod events;
mod fields;
mod guess;
mod gzip;
mod intern;
mod json;
mod layout;
mod opened;
mod options;
mod parquet;
mod plain;
mod records;
mod report;
mod rows;
mod sample;
mod sink;
mod source;
mod sum;
mod threshold;
mod time;
mod zstd;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;

pub use columns::{Column, Columns};
pub(crate) use columns::{Role, find_tag, find_text, find_title};
pub use doubt::{Doubt, Kind};
pub use events::{ReadEvents, ReadFeedback, read_events, read_events_from};
pub(crate) use intern::decode;
pub(crate) use json::JsonFields;
pub(crate) use layout::LINES;
pub(crate) use opened::{Opened, open};
pub use options::{BadRow, Delimiter, FormatKind, ReadOptions};
pub(crate) use parquet::Source;
#[cfg(feature = "parquet")]
pub use parquet::panics_are_caught;
#[cfg(feature = "parquet")]
pub(crate) use parquet::{Table as ParquetTable, each_of};
pub(crate) use records::{Dialect, Record, RecordError, Records};
pub use report::{BadRowNote, Compression, Format, FoundColumn, OddIds, RatingStats, ReadReport};
pub(crate) use sample::{Sample, choose};
pub(crate) use source::{RawInput, Text, explain, hex};
pub use threshold::Threshold;

use crate::error::shown;
use crate::{Error, InputProblem};
use foretaste_data::Dataset;
use layout::Layout;
use rows::{RowReader, Tally};
use sink::Collected;
use source::Progress;

/// Reads the interactions in a file.
///
/// Repeated pairs are resolved as by [`Interactions::from_pairs`](foretaste_data::Interactions::from_pairs);
/// weights and times are there if they are to be kept and the file has them. If
/// [`ReadOptions::not_positive`] asks for them, rows that are not positive are in
/// [`Dataset::not_positive`], but for those of users and items without a positive one.
///
/// # Errors
/// [`Error::Row`] for a row that can't be used, [`Error::Input`] for a file that can't, and
/// [`Error::Data`] for more rows or ids than 32 bits count.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ratings.csv");
/// # std::fs::write(&path, "userId,movieId,rating\n1,31,2.5\n1,1029,4\n")?;
/// use foretaste_io::{ReadOptions, read_interactions};
///
/// let options = ReadOptions { positive: Some("rating>=4".parse()?), ..ReadOptions::default() };
/// let (dataset, report) = read_interactions(&path, &options)?;
/// assert_eq!(dataset.interactions().nnz(), 1);
/// assert_eq!(report.below_threshold, 1);
/// # Ok(())
/// # }
/// ```
pub fn read_interactions(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<(Dataset, ReadReport), Error> {
    read_path(path.as_ref(), options, None)?.joined()
}

/// [`read_interactions`], calling `progress` with the bytes read and the size of the file, every
/// few MiB and at the end. The bytes start over once if the file turns out to be less plain than
/// it looked.
///
/// # Errors
/// As [`read_interactions`].
pub fn read_interactions_with_progress(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Dataset, ReadReport), Error> {
    read_path(path.as_ref(), options, Some(progress))?.joined()
}

/// [`read_interactions_with_progress`] that gives the rows that are not positive by themselves: for
/// whoever adds ids to the data, by features or other feedbacks, before they are put together.
///
/// # Errors
/// As [`read_interactions`].
pub fn read_interactions_apart(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ReadApart, Error> {
    read_path(path.as_ref(), options, Some(progress))
}

/// [`read_interactions`] from any input, which messages call `name`.
///
/// # Errors
/// As [`read_interactions`].
pub fn read_interactions_from(
    input: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<(Dataset, ReadReport), Error> {
    read_interactions_apart_from(input, name, options)?.joined()
}

/// [`read_interactions_apart`] from any input, which messages call `name`.
///
/// # Errors
/// As [`read_interactions`].
pub fn read_interactions_apart_from(
    input: impl Read,
    name: &str,
    options: &ReadOptions,
) -> Result<ReadApart, Error> {
    match Opened::input(input, options).map_err(|problem| in_file(name, problem))? {
        Opened::Parquet(source) => parquet::read(source, name, options, None),
        Opened::Text(text) => read(RawInput::new(text, 0, None, options.checksum), name, options),
    }
}

/// What was read of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadApart {
    /// The interactions.
    pub data: Dataset,
    /// Rows that were seen and are not positive, over their own ids; `None` if there are none, or
    /// [`ReadOptions::not_positive`] does not ask for them.
    pub not_positive: Option<Dataset>,
    /// What was found.
    pub report: ReadReport,
}

impl ReadApart {
    /// The interactions with the pairs of their users and items that are not positive, and the report.
    fn joined(self) -> Result<(Dataset, ReadReport), Error> {
        let data = match &self.not_positive {
            Some(rows) => self.data.with_not_positive(rows)?.0,
            None => self.data,
        };
        Ok((data, self.report))
    }
}

/// The names of the fields, if a text is lines of JSON.
pub(crate) fn json_names(text: &Text<'_>) -> Result<Option<Vec<String>>, InputProblem> {
    if json::is_array(&text.sample) {
        return Err(InputProblem::JsonArray);
    }
    let names = || json::sample(&text.sample, text.complete).first().to_vec();
    Ok(json::is_lines(&text.sample).then(names))
}

fn read_path(
    path: &Path,
    options: &ReadOptions,
    mut progress: Progress<'_>,
) -> Result<ReadApart, Error> {
    let name = path.display().to_string();
    let (opened, size, options) =
        Opened::file(path, options).map_err(|problem| in_file(&name, problem))?;
    let text = match opened {
        Opened::Parquet(source) => return parquet::read(source, &name, &options, progress),
        Opened::Text(text) => text,
    };
    // Positional reads leave the file where it was, to be read from its beginning after all.
    if let Some(found) = plain::read(text.get_ref().1, size, &options, &mut progress) {
        return Ok(found.conclude(&name, size, &options));
    }
    read(RawInput::new(text, size, progress, options.checksum), &name, &options)
}

pub(crate) fn in_file(name: &str, problem: InputProblem) -> Error {
    Error::Input { file: name.to_owned(), problem }
}

fn read<R: Read>(
    mut raw: RawInput<'_, R>,
    name: &str,
    options: &ReadOptions,
) -> Result<ReadApart, Error> {
    let text = Text::open(&mut raw).map_err(|problem| in_file(name, problem))?;
    let compression = text.compression;
    let layout = Layout::detect(&text, options).map_err(|problem| in_file(name, problem))?;
    let mut reader = RowReader::new(&layout, options);
    let records = layout.records(text.into_read());
    read_records(records, &layout, &mut reader, name, compression)?;
    check_some(&reader, &layout, options).map_err(|problem| in_file(name, problem))?;
    let (collected, tally) = collect(reader)?;
    let (bytes, sha256) = raw.finish().map_err(|error| in_file(name, error.into()))?;
    let found = Found { layout, compression, tally, collected, sha256 };
    Ok(found.conclude(name, bytes, options))
}

/// What came of the rows.
fn collect(reader: RowReader<'_>) -> Result<(Collected, Tally), Error> {
    let RowReader { sink, rest, tally, .. } = reader;
    let rest = (!rest.is_empty()).then(|| rest.finish()).transpose()?;
    Ok((sink.finish()?.with_rest(rest), tally))
}

/// All that came of reading a file.
#[derive(Debug)]
struct Found {
    layout: Layout,
    compression: Compression,
    tally: Tally,
    collected: Collected,
    sha256: Option<String>,
}

impl Found {
    /// The data and the report.
    fn conclude(self, name: &str, bytes: u64, options: &ReadOptions) -> ReadApart {
        let doubts = self.doubts(options);
        let Self { layout, compression, tally, collected, sha256 } = self;
        let report = ReadReport {
            file: name.to_owned(),
            bytes,
            sha256,
            format: layout.format(compression),
            rows: tally.rows,
            positive: options.positive.as_ref().map(ToString::to_string),
            below_threshold: tally.below_threshold,
            bad_rows: tally.bad_rows,
            first_bad: tally.first_bad_note(),
            duplicates: collected.duplicates,
            odd_users: collected.odd_users,
            odd_items: collected.odd_items,
            ratings: tally.rating_stats(),
            weighted: options.weighted,
            times: collected.times,
            doubts,
        };
        ReadApart { data: collected.dataset, not_positive: collected.not_positive, report }
    }

    fn doubts(&self, options: &ReadOptions) -> Vec<Doubt> {
        /// Fewer rows than this say nothing about a column.
        const FEW: usize = 10;
        let Self { layout, tally, .. } = self;
        let dataset = &self.collected.dataset;
        let mut doubts = Vec::new();
        if let Some((line, problem)) = &tally.no_times {
            doubts.push(Doubt::NoTimes { line: *line, reason: problem.to_string() });
        }
        if options.positive.is_none()
            && tally.at_most_zero > 0
            && let Some(ratings) = tally.rating_stats()
        {
            let (rows, smallest) = (tally.at_most_zero, ratings.min);
            doubts.push(Doubt::NotPositive { rows, smallest });
        }
        doubts.extend(layout.doubts.iter().cloned());
        for (side, id) in ["user", "item"].into_iter().zip(&self.collected.old_text) {
            doubts.extend(id.iter().map(|id| Doubt::OldText { side, example: shown(id) }));
        }
        let roles = &layout.roles;
        let rows = dataset.interactions().nnz() + self.collected.duplicates as usize;
        let enough = rows >= FEW;
        if enough && roles.user_guessed && dataset.users().len() == rows {
            doubts.push(Doubt::UsersOnce { column: layout.column(roles.user) });
        }
        if enough && roles.item_guessed && dataset.items().len() == 1 {
            doubts.push(Doubt::OneItem { column: layout.column(roles.item) });
        }
        doubts
    }
}

fn read_records(
    mut records: Records<impl Read>,
    layout: &Layout,
    reader: &mut RowReader<'_>,
    name: &str,
    compression: Compression,
) -> Result<(), Error> {
    let mut header = layout.has_header_line();
    loop {
        let record = match records.next() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(()),
            Err(error) => return Err(record_error(error, name, compression)),
        };
        if std::mem::take(&mut header) {
            continue;
        }
        reader.take(&record).map_err(|refusal| refusal.of(name, record.line))?;
    }
}

pub(crate) fn record_error(error: RecordError, name: &str, compression: Compression) -> Error {
    match error {
        RecordError::Io(error) => in_file(name, explain(error, compression)),
        RecordError::Bad { line, problem } => Error::Row { file: name.to_owned(), line, problem },
    }
}

/// Data without a row is an error that says where the rows went.
fn check_some(
    reader: &RowReader<'_>,
    layout: &Layout,
    options: &ReadOptions,
) -> Result<(), InputProblem> {
    let tally = &reader.tally;
    if !reader.sink.is_empty() {
        return Ok(());
    }
    if let Some(threshold) = options.positive.as_ref().filter(|_| tally.below_threshold > 0) {
        let (threshold, rows) = (threshold.to_string(), tally.below_threshold);
        let kinds = layout.kinds.iter().map(|kind| kind.value.clone()).collect();
        return Err(InputProblem::NothingPasses { threshold, rows, kinds });
    }
    if let Some((line, first)) = tally.first_bad.clone() {
        return Err(InputProblem::NothingUsable { skipped: tally.bad_rows, line, first });
    }
    let header = layout.header.as_ref().filter(|_| layout.has_header_line());
    Err(match (header, layout.kind) {
        (Some(header), _) if !header.is_empty() => InputProblem::HeaderOnly,
        (None, FormatKind::Adjacency) if tally.lists > 0 => InputProblem::NoItems,
        _ => InputProblem::Empty,
    })
}
