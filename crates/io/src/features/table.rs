//! Vectors as a table: an id and its numbers a row.

use std::path::Path;

use super::{FeatureReport, Side, check_id, records, repeated};
use crate::error::{RowProblem, shown};
use crate::read::{Record, Sample, decode, in_file};
use crate::{Delimiter, Error, InputProblem};
use foretaste_data::FeatureTable;

pub(super) fn read(path: &Path, side: Side) -> Result<(FeatureTable, FeatureReport), Error> {
    let name = path.display().to_string();
    let start = |sample: &Sample, _| Table::start(sample.first(), side);
    let (table, sha256) = records::read(path, &Delimiter::ALL, start, Table::take)?;
    let Table { ids, lines, values, width, header, .. } = table;
    if ids.is_empty() {
        let problem = if header { InputProblem::HeaderOnly } else { InputProblem::Empty };
        return Err(in_file(&name, problem));
    }
    let rows = ids.len() as u64;
    let table = FeatureTable::of_vectors(&ids, width, &values)
        .map_err(|error| repeated(error, &name, side, |row| lines[row]))?;
    Ok((
        table,
        FeatureReport {
            file: name,
            side,
            of_tags: false,
            sha256,
            ids_sha256: None,
            rows,
            repeats: 0,
        },
    ))
}

/// The rows so far.
#[derive(Debug)]
struct Table {
    side: Side,
    header: bool,
    /// The column of ids.
    id: usize,
    width: usize,
    ids: Vec<String>,
    lines: Vec<u64>,
    values: Vec<f32>,
}

impl Table {
    /// The first row is a header if it names the ids, or has no number among the values.
    fn start(first: &[String], side: Side) -> (Self, bool) {
        let named = side.role().find(first);
        let values = || first.iter().skip(1);
        let words = values().next().is_some() && values().all(|field| number(field).is_none());
        let header = named.is_some() || words;
        let (ids, lines, values) = (Vec::new(), Vec::new(), Vec::new());
        let (id, width) = (named.unwrap_or(0), first.len().saturating_sub(1));
        (Self { side, header, id, width, ids, lines, values }, header)
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), RowProblem> {
        let found = record.len() - 1;
        if found != self.width || found == 0 {
            return Err(RowProblem::Width { found, expected: self.width.max(1) });
        }
        let field = |at| record.field(at).unwrap_or_default();
        let id = field(self.id);
        check_id(id, self.side)?;
        for at in (0..record.len()).filter(|&at| at != self.id) {
            let text = decode(field(at));
            let value = number(&text).filter(|value| value.is_finite());
            let problem = || RowProblem::Value { column: at + 1, value: shown(&text) };
            self.values.push(value.ok_or_else(problem)?);
        }
        self.ids.push(decode(id).into_owned());
        self.lines.push(record.line);
        Ok(())
    }
}

/// A number, rounded once; also one that is not finite.
fn number(field: &str) -> Option<f32> {
    fast_float2::parse(field.trim()).ok()
}
