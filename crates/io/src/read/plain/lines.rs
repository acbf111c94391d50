//! The lines of a chunk into columns.

use std::ops::Range;

use crate::read::fields::Fields;
use crate::read::plain::digits::{number, short_decimal};
use crate::read::plain::raw::{RawRow, RawRows};
use crate::read::plain::{Plan, Unclear};
use crate::read::records::{Record, without_returns};
use crate::read::rows::Rules;
use foretaste_data::IdTable;

/// What a column is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Skipped,
    User,
    Item,
    Rating,
    Time,
    /// Text that a rule is about: lines that have it are all read as unusual ones are.
    Text,
}

/// The columns up to the last that matters.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    front: Vec<Field>,
    last: Field,
    delimiter: u8,
    width: usize,
}

impl Shape {
    pub(crate) fn of(rules: &Rules<'_>) -> Self {
        let roles = &rules.layout.roles;
        let mut columns = vec![(roles.user, Field::User), (roles.item, Field::Item)];
        columns.extend(roles.rating.map(|at| (at, Field::Rating)));
        columns.extend(roles.time.filter(|_| rules.keep.times).map(|at| (at, Field::Time)));
        // In front of a rating that a rule is about as text.
        columns.extend(rules.layout.rule.map(|at| (at, Field::Text)));
        columns.sort_by_key(|&(at, field)| (at, field != Field::Text));
        columns.dedup_by_key(|&mut (at, _)| at);
        let (last_at, last) = columns[columns.len() - 1];
        let mut front = vec![Field::Skipped; last_at];
        for &(at, field) in &columns[..columns.len() - 1] {
            front[at] = field;
        }
        let (delimiter, width) = match rules.layout.dialect.delimiter.byte() {
            Some(byte) => (byte, 1),
            None => (b':', 2),
        };
        Self { front, last, delimiter, width }
    }

    /// Where the field behind the delimiter at `at` starts.
    #[inline]
    fn behind_delimiter(&self, text: &[u8], at: usize) -> Option<usize> {
        let found = text.get(at) == Some(&self.delimiter)
            && (self.width == 1 || text.get(at + 1) == Some(&self.delimiter));
        found.then_some(at + self.width)
    }

    /// Where the field that starts at `at` ends, if a delimiter ends it.
    #[inline]
    fn skip(&self, text: &[u8], mut at: usize) -> Option<usize> {
        loop {
            at += memchr::memchr2(self.delimiter, b'\n', text.get(at..)?)?;
            if text[at] == b'\n' {
                return None;
            }
            if self.behind_delimiter(text, at).is_some() {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Where the next line starts, given the end of the last field that matters.
    #[inline]
    fn next_line(&self, text: &[u8], at: usize) -> Option<usize> {
        match *text.get(at..)? {
            [b'\n', ..] => Some(at + 1),
            [b'\r', b'\n', ..] => Some(at + 2),
            _ => {
                let at = self.behind_delimiter(text, at)?;
                Some(at + memchr::memchr(b'\n', text.get(at..)?)? + 1)
            }
        }
    }
}

/// The rows of a chunk; reused from chunk to chunk.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) rows: RawRows,
    fields: Fields,
}

impl Lines {
    pub(crate) fn new(plan: &Plan<'_>) -> Self {
        Self { rows: RawRows::new(plan.rules.keep), fields: Fields::default() }
    }

    /// Reads the lines in a range of `text`.
    pub(crate) fn read(
        &mut self,
        text: &[u8],
        records: Range<usize>,
        rules: &Rules<'_>,
        shape: &Shape,
    ) -> Result<(), Unclear> {
        self.rows.clear();
        if rules.layout.dialect.quotes && memchr::memchr(b'"', &text[records.clone()]).is_some() {
            return Err(Unclear);
        }
        let mut at = records.start;
        while at < records.end {
            at = match read_row(text, at, shape) {
                Some((row, next)) => {
                    self.rows.take(row, true, rules);
                    next
                }
                None => self.read_unusual(text, at, rules)?,
            };
        }
        Ok(())
    }

    /// Reads a line as the general reader does; returns where the next one starts.
    #[cold]
    fn read_unusual(
        &mut self,
        text: &[u8],
        at: usize,
        rules: &Rules<'_>,
    ) -> Result<usize, Unclear> {
        let end = at + memchr::memchr(b'\n', &text[at..]).ok_or(Unclear)?;
        let (line, dialect) = (without_returns(&text[at..end]), rules.layout.dialect);
        if dialect.is_blank(line) {
            return Ok(end + 1);
        }
        let record = Record::split(0, line, dialect, &mut self.fields);
        let found = rules.interaction(&record).map_err(|_| Unclear)?;
        let (user, item) = (small_id(found.user)?, small_id(found.item)?);
        let row = RawRow { user, item, rating: found.rating, time: found.time };
        self.rows.take(row, found.accepted, rules);
        Ok(end + 1)
    }
}

fn small_id(id: &[u8]) -> Result<u32, Unclear> {
    IdTable::canonical_integer(id).and_then(|id| id.try_into().ok()).ok_or(Unclear)
}

/// The row in the line at `at`, and where the next line starts; `None` if it is unusual.
#[inline(always)]
fn read_row(text: &[u8], mut at: usize, shape: &Shape) -> Option<(RawRow, usize)> {
    let mut row = RawRow::default();
    for &field in &shape.front {
        at = read_field(text, at, field, &mut row, shape)?;
        at = shape.behind_delimiter(text, at)?;
    }
    at = read_field(text, at, shape.last, &mut row, shape)?;
    Some((row, shape.next_line(text, at)?))
}

/// Reads the field at `at`; returns where it ends.
#[inline(always)]
fn read_field(
    text: &[u8],
    at: usize,
    field: Field,
    row: &mut RawRow,
    shape: &Shape,
) -> Option<usize> {
    let length = match field {
        Field::Skipped => return shape.skip(text, at),
        Field::Text => return None,
        Field::User => id(text, at, &mut row.user)?,
        Field::Item => id(text, at, &mut row.item)?,
        Field::Rating => {
            let (rating, length) = short_decimal(text, at)?;
            row.rating = Some(rating);
            length
        }
        Field::Time => {
            let (time, length) = number(text, at)?;
            row.time = time as i64;
            length
        }
    };
    Some(at + length)
}

/// Reads an id; returns its length.
#[inline(always)]
fn id(text: &[u8], at: usize, id: &mut u32) -> Option<usize> {
    let (value, length) = number(text, at)?;
    *id = value.try_into().ok()?;
    // 007 is not 7.
    (length == 1 || text[at] != b'0').then_some(length)
}
