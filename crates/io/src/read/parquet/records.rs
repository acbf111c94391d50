//! Rows as records of text: everything that a table may hold.

use parquet::errors::Result;

use crate::Error;
use crate::read::fields::Fields;
use crate::read::in_file;
use crate::read::layout::Layout;
use crate::read::parquet::Table;
use crate::read::parquet::column::Column;
use crate::read::parquet::table::damaged;
use crate::read::records::Record;

/// Rows that are read at once.
const BATCH: usize = 8192;

/// Shows every row in the order of the file, with its number in the place of a line.
pub(crate) fn each(
    table: &Table,
    layout: &Layout,
    name: &str,
    take: impl FnMut(&Record<'_>) -> std::result::Result<(), Error>,
) -> std::result::Result<(), Error> {
    let mut needed: Vec<usize> = layout.needed().collect();
    needed.sort_unstable();
    needed.dedup();
    each_of(table, &needed, name, take)
}

/// The same of some columns, ascending; the others are missing.
pub(crate) fn each_of(
    table: &Table,
    needed: &[usize],
    name: &str,
    mut take: impl FnMut(&Record<'_>) -> std::result::Result<(), Error>,
) -> std::result::Result<(), Error> {
    let width = needed.last().map_or(0, |last| last + 1);
    let (mut fields, mut text, mut line) = (Fields::default(), Vec::new(), 0);
    let broken = |error| in_file(name, damaged(error));
    for group in 0..table.groups() {
        let columns = needed.iter().map(|&at| Ok((at, table.column(group, at)?)));
        let mut columns: Vec<(usize, Column)> = columns.collect::<Result<_>>().map_err(broken)?;
        let rows = table.rows(group);
        for start in (0..rows).step_by(BATCH) {
            let batch = BATCH.min(rows - start);
            columns.iter_mut().try_for_each(|(_, column)| column.read(batch)).map_err(broken)?;
            let mut values = vec![0; columns.len()];
            for row in 0..batch {
                fields.start(width);
                for ((at, column), value) in columns.iter().zip(&mut values) {
                    if column.has(row) {
                        text.clear();
                        column.write(*value, &mut text);
                        fields.put(*at, &text);
                        *value += 1;
                    }
                }
                line += 1;
                take(&Record::of_fields(line, &fields, None))?;
            }
        }
    }
    Ok(())
}
