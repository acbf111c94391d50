//! A Parquet file as a data set.

use crate::read::layout::Layout;
use crate::read::parquet::{Source, Table, numbers, records};
use crate::read::rows::{RowReader, Rules, Tally};
use crate::read::sink::Collected;
use crate::read::source::Progress;
use crate::read::{Found, ReadApart, check_some, collect, in_file};
use crate::{Compression, Error, ReadOptions};
use parquet::file::reader::Length;

/// Reads all rows; the checksum is computed beside.
pub(crate) fn read(
    source: Source,
    name: &str,
    options: &ReadOptions,
    mut progress: Progress<'_>,
) -> Result<ReadApart, Error> {
    let size = source.len();
    let table = Table::open(source).map_err(|problem| in_file(name, problem))?;
    let sample = table.sample().map_err(|problem| in_file(name, problem))?;
    let layout = table.layout(&sample, options).map_err(|problem| in_file(name, problem))?;
    let checksum = || options.checksum.then(|| table.source.checksum()).transpose();
    // Only the thread that is called may tell of progress.
    let (sha256, fast) = std::thread::scope(|scope| {
        let checksum = scope.spawn(checksum);
        let fast = fast(&table, &layout, options, &mut progress, size);
        (checksum.join(), fast)
    });
    let sha256 = sha256.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let sha256 = sha256.map_err(|error| in_file(name, error.into()))?;
    let (tally, collected) = match fast {
        Some(found) => found,
        None => general(&table, &layout, name, options)?,
    };
    if let Some(progress) = &mut progress {
        progress(size, size);
    }
    let found = Found { layout, compression: Compression::None, tally, collected, sha256 };
    Ok(found.conclude(name, size, options))
}

type Taken = (Tally, Collected);

fn fast(
    table: &Table,
    layout: &Layout,
    options: &ReadOptions,
    progress: &mut Progress<'_>,
    size: u64,
) -> Option<Taken> {
    let rules = Rules::new(layout, options);
    numbers::read(table, &rules, progress, size).and_then(|rows| rows.finish(&rules)).ok()
}

fn general(
    table: &Table,
    layout: &Layout,
    name: &str,
    options: &ReadOptions,
) -> Result<Taken, Error> {
    let mut reader = RowReader::new(layout, options);
    records::each(table, layout, name, |record| {
        reader.take(record).map_err(|refusal| refusal.of(name, record.line))
    })?;
    check_some(&reader, layout, options).map_err(|problem| in_file(name, problem))?;
    let (collected, tally) = collect(reader)?;
    Ok((tally, collected))
}
