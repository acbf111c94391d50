//! Records into rows.

use crate::error::{RowProblem, shown};
use crate::read::intern::decode;
use crate::read::layout::Layout;
use crate::read::records::Record;
use crate::read::report::{BadRowNote, RatingStats};
use crate::read::sink::{Row, RowSink};
use crate::{BadRow, Delimiter, Error, FormatKind, ReadOptions};

/// Checks records and hands their rows to the sink.
#[derive(Debug)]
pub(crate) struct RowReader<'a> {
    layout: &'a Layout,
    options: &'a ReadOptions,
    keeps_times: bool,
    pub(crate) sink: RowSink,
    pub(crate) tally: Tally,
}

/// What was met on the way.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    /// Users of adjacency lists, also those without an item.
    pub(crate) lists: u64,
    pub(crate) below_threshold: u64,
    pub(crate) bad_rows: u64,
    pub(crate) first_bad: Option<(u64, RowProblem)>,
    ratings: u64,
    sum: f64,
    min: f64,
    max: f64,
}

/// Why a record is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    Row(RowProblem),
    Fatal(Error),
}

impl From<RowProblem> for Refusal {
    fn from(problem: RowProblem) -> Self {
        Self::Row(problem)
    }
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(layout: &'a Layout, options: &'a ReadOptions) -> Self {
        let mut keep = options.keep;
        keep.weights &= layout.roles.rating.is_some();
        keep.times &= layout.roles.time.is_some();
        let (sink, tally) = (RowSink::new(keep), Tally::default());
        Self { layout, options, keeps_times: keep.times, sink, tally }
    }

    /// Takes a record; a bad row is skipped if that is wanted.
    pub(crate) fn take(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let taken = match self.layout.kind {
            FormatKind::Table => {
                self.tally.rows += 1;
                self.take_interaction(record)
            }
            FormatKind::Adjacency => self.take_list(record),
        };
        match taken {
            Err(Refusal::Row(problem))
                if self.options.on_bad_row == BadRow::Skip && problem.can_skip() =>
            {
                self.tally.skip(record.line, problem);
                Ok(())
            }
            other => other,
        }
    }

    fn take_interaction(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let roles = &self.layout.roles;
        let user = id(record, roles.user, "user", self.layout)?;
        let item = id(record, roles.item, "item", self.layout)?;
        let rating = roles.rating.map(|at| rating(self.number_field(record, at)?)).transpose()?;
        let time = match roles.time {
            Some(at) if self.keeps_times => time(self.number_field(record, at)?)?,
            _ => 0,
        };
        if let Some(rating) = rating {
            self.tally.rate(rating);
        }
        if let Some((threshold, rating)) = self.options.positive.as_ref().zip(rating)
            && !threshold.passes(rating)
        {
            self.tally.below_threshold += 1;
            return Ok(());
        }
        let weight = rating.unwrap_or(1.0) as f32;
        self.sink.push(Row { line: record.line, user, item, weight, time }).map_err(Refusal::Fatal)
    }

    fn number_field<'r>(&self, record: &Record<'r>, at: usize) -> Result<&'r [u8], RowProblem> {
        record.field(at).ok_or_else(|| too_few(record, at, self.layout.dialect.delimiter))
    }

    fn take_list(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let user = id(record, 0, "user", self.layout)?;
        self.tally.lists += 1;
        for at in 1..record.len() {
            let item = id(record, at, "item", self.layout)?;
            self.tally.rows += 1;
            let row = Row { line: record.line, user, item, weight: 1.0, time: 0 };
            self.sink.push(row).map_err(Refusal::Fatal)?;
        }
        Ok(())
    }
}

impl Tally {
    fn skip(&mut self, line: u64, problem: RowProblem) {
        self.bad_rows += 1;
        self.first_bad.get_or_insert((line, problem));
    }

    fn rate(&mut self, rating: f64) {
        (self.min, self.max) = if self.ratings == 0 {
            (rating, rating)
        } else {
            (self.min.min(rating), self.max.max(rating))
        };
        self.ratings += 1;
        self.sum += rating;
    }

    pub(crate) fn rating_stats(&self) -> Option<RatingStats> {
        let mean = self.sum / self.ratings as f64;
        (self.ratings > 0).then_some(RatingStats { min: self.min, max: self.max, mean })
    }

    pub(crate) fn first_bad_note(&self) -> Option<BadRowNote> {
        let (line, problem) = self.first_bad.as_ref()?;
        Some(BadRowNote { line: *line, reason: problem.to_string() })
    }
}

fn id<'r>(
    record: &Record<'r>,
    at: usize,
    side: &'static str,
    layout: &Layout,
) -> Result<&'r [u8], RowProblem> {
    let id = record.field(at).ok_or_else(|| too_few(record, at, layout.dialect.delimiter))?;
    if id.is_empty() {
        return Err(RowProblem::EmptyId { side });
    }
    if memchr::memchr2(b'\n', b'\r', id).is_some() {
        return Err(RowProblem::LineBreak { side, value: shown(&decode(id)) });
    }
    Ok(id)
}

fn too_few(record: &Record<'_>, at: usize, delimiter: Delimiter) -> RowProblem {
    RowProblem::TooFewFields { found: record.len(), expected: at + 1, delimiter: delimiter.name() }
}

/// A rating: finite, also as `f32`.
fn rating(field: &[u8]) -> Result<f64, RowProblem> {
    match fast_float2::parse::<f64, _>(field.trim_ascii()) {
        Ok(rating) if (rating as f32).is_finite() => Ok(rating),
        Ok(_) => Err(RowProblem::RatingNotFinite { value: shown(&decode(field)) }),
        Err(_) => Err(RowProblem::Rating { value: shown(&decode(field)) }),
    }
}

/// A time: an integer, or any other number without its fraction.
fn time(field: &[u8]) -> Result<i64, RowProblem> {
    let text = field.trim_ascii();
    if let Some(integer) = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
        return Ok(integer);
    }
    match fast_float2::parse::<f64, _>(text) {
        // 2^63: what is below fits an i64.
        Ok(number) if number.abs() < 9_223_372_036_854_775_808.0 => Ok(number as i64),
        _ => Err(RowProblem::Time { value: shown(&decode(field)) }),
    }
}
