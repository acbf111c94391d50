//! Records into rows.

use crate::error::{RowProblem, shown};
use crate::read::intern::decode;
use crate::read::layout::Layout;
use crate::read::plain::digits::with_tenths;
use crate::read::records::Record;
use crate::read::report::{BadRowNote, RatingStats};
use crate::read::sink::{Row, RowSink};
use crate::read::sum::ExactSum;
use crate::read::time::time;
use crate::{BadRow, Error, FormatKind, ReadOptions, Threshold};
use foretaste_data::{Keep, Repeats};

/// Checks records and hands their rows to the sink.
#[derive(Debug)]
pub(crate) struct RowReader<'a> {
    rules: Rules<'a>,
    pub(crate) sink: RowSink,
    /// Rows that do not pass the rule for positive ones; none unless they are to be kept.
    pub(crate) rest: RowSink,
    pub(crate) tally: Tally,
}

/// What makes a record of a table a row that is kept. Either reader goes by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) layout: &'a Layout,
    options: &'a ReadOptions,
    /// The rule for positive rows, if it is about the rating.
    bound: Option<&'a Threshold>,
    /// What is to be kept and in the file.
    pub(crate) keep: Keep,
}

/// A record of a table that can be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interaction<'a> {
    pub(crate) user: &'a [u8],
    pub(crate) item: &'a [u8],
    pub(crate) rating: Option<f64>,
    /// 0 unless times are kept.
    pub(crate) time: i64,
    /// Whether the row passes the rule for positive rows, unless that is about the rating.
    pub(crate) accepted: bool,
}

/// What was met on the way.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    /// Users of adjacency lists, also those without an item.
    pub(crate) lists: u64,
    pub(crate) below_threshold: u64,
    pub(crate) bad_rows: u64,
    pub(crate) first_bad: Option<(u64, RowProblem)>,
    /// The first time that could not be read, if reading went on without times.
    pub(crate) no_times: Option<(u64, RowProblem)>,
    /// Rows rated 0 or below.
    pub(crate) at_most_zero: u64,
    ratings: u64,
    sum: ExactSum,
    min: f64,
    max: f64,
}

/// Why a record is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    Row(RowProblem),
    Fatal(foretaste_data::Error),
}

impl Refusal {
    /// The error that it is, of a file and a line.
    pub(crate) fn of(self, file: &str, line: u64) -> Error {
        match self {
            Self::Row(problem) => Error::Row { file: file.to_owned(), line, problem },
            Self::Fatal(error) => error.into(),
        }
    }
}

impl From<RowProblem> for Refusal {
    fn from(problem: RowProblem) -> Self {
        Self::Row(problem)
    }
}

impl<'a> Rules<'a> {
    pub(crate) fn new(layout: &'a Layout, options: &'a ReadOptions) -> Self {
        let mut keep = options.keep;
        keep.weights &= layout.roles.rating.is_some();
        keep.times &= layout.roles.time.is_some();
        let bound = options.positive.as_ref().filter(|_| layout.rule.is_none());
        Self { layout, options, bound, keep }
    }

    /// The row in a record. Inlined into the loop of the general reader: a tenth of its time.
    #[inline(always)]
    pub(crate) fn interaction<'r>(
        &self,
        record: &Record<'r>,
    ) -> Result<Interaction<'r>, RowProblem> {
        let roles = &self.layout.roles;
        let user = id(record, roles.user, "user", self.layout)?;
        let item = id(record, roles.item, "item", self.layout)?;
        let rating = roles.rating.map(|at| rating(self.needed_field(record, at)?)).transpose()?;
        if self.options.weighted && rating.is_some_and(is_no_weight) {
            return Err(self.not_a_weight(record));
        }
        let time = match roles.time {
            Some(at) if self.keep.times => time(self.needed_field(record, at)?)?,
            _ => 0,
        };
        let accepted = match (self.layout.rule, &self.options.positive) {
            (Some(at), Some(rule)) => rule.accepts(self.needed_field(record, at)?),
            _ => true,
        };
        Ok(Interaction { user, item, rating, time, accepted })
    }

    #[cold]
    fn not_a_weight(&self, record: &Record<'_>) -> RowProblem {
        let field = self.layout.roles.rating.and_then(|at| record.field(at));
        RowProblem::Weight { value: shown(&decode(field.unwrap_or_default())) }
    }

    /// What becomes of repeated pairs.
    pub(crate) fn repeats(&self) -> Repeats {
        if self.options.weighted { Repeats::Sum } else { Repeats::Latest }
    }

    /// Whether rows that were read without a look at their weights may have one that is none.
    pub(crate) fn is_in_doubt(&self, tally: &Tally) -> bool {
        self.options.weighted && is_no_weight(tally.min)
    }

    /// Whether rows that do not pass are kept apart.
    pub(crate) fn keeps_rest(&self) -> bool {
        self.options.not_positive && self.options.positive.is_some()
    }

    fn needed_field<'r>(&self, record: &Record<'r>, at: usize) -> Result<&'r [u8], RowProblem> {
        record.field(at).ok_or_else(|| too_few(record, at, self.layout))
    }

    /// Whether a row with this rating is kept; counts it either way.
    #[inline(always)]
    pub(crate) fn admit(&self, rating: Option<f64>, accepted: bool, tally: &mut Tally) -> bool {
        let mut passes = accepted;
        if let Some(rating) = rating {
            tally.rate(rating);
            passes &= self.bound.is_none_or(|bound| bound.passes(rating));
        }
        tally.below_threshold += u64::from(!passes);
        passes
    }
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(layout: &'a Layout, options: &'a ReadOptions) -> Self {
        let rules = Rules::new(layout, options);
        let new = || RowSink::new(rules.keep, rules.repeats());
        let (sink, rest) = (new(), new());
        Self { rules, sink, rest, tally: Tally::default() }
    }

    /// Takes a record; a bad row is skipped if that is wanted.
    pub(crate) fn take(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let taken = match self.rules.layout.kind {
            FormatKind::Adjacency => self.take_list(record),
            _ => {
                self.tally.rows += 1;
                let checked = record.check().map_err(Refusal::Row);
                checked.and_then(|()| self.take_interaction(record))
            }
        };
        match taken {
            Err(Refusal::Row(problem)) => self.skip(record.line, problem),
            other => other,
        }
    }

    /// Counts a row that can't be used and is not even looked at; as [`RowReader::take`].
    pub(crate) fn refuse(&mut self, line: u64, problem: RowProblem) -> Result<(), Refusal> {
        self.tally.rows += 1;
        self.skip(line, problem)
    }

    fn skip(&mut self, line: u64, problem: RowProblem) -> Result<(), Refusal> {
        if self.rules.options.on_bad_row != BadRow::Skip || !problem.can_skip() {
            return Err(problem.into());
        }
        self.tally.skip(line, problem);
        Ok(())
    }

    fn take_interaction(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let found = match self.rules.interaction(record) {
            Err(problem) if self.rules.options.lenient_times && self.rules.keep.times => {
                self.without_times(record, problem)?
            }
            found => found?,
        };
        let Interaction { user, item, rating, time, accepted } = found;
        let passes = self.rules.admit(rating, accepted, &mut self.tally);
        let row = Row { line: record.line, user, item, weight: weight(rating), time };
        let sink = match passes {
            true => &mut self.sink,
            false if self.rules.keeps_rest() => &mut self.rest,
            false => return Ok(()),
        };
        sink.push(row).map_err(Refusal::Fatal)
    }

    /// The row in a record that can be used but for its time. No times are kept from here on.
    #[cold]
    fn without_times<'r>(
        &mut self,
        record: &Record<'r>,
        problem: RowProblem,
    ) -> Result<Interaction<'r>, RowProblem> {
        let keep = Keep { times: false, ..self.rules.keep };
        let Ok(found) = (Rules { keep, ..self.rules }).interaction(record) else {
            return Err(problem);
        };
        self.rules.keep = keep;
        self.sink.forget_times();
        self.rest.forget_times();
        self.tally.no_times = Some((record.line, problem));
        Ok(found)
    }

    fn take_list(&mut self, record: &Record<'_>) -> Result<(), Refusal> {
        let mut user = id(record, 0, "user", self.rules.layout)?;
        let mut first = 1;
        if self.rules.layout.colon {
            user = user.strip_suffix(b":").unwrap_or(user);
            first += usize::from(record.field(1) == Some(b":"));
        }
        if user.is_empty() {
            return Err(RowProblem::EmptyId { side: "user" }.into());
        }
        self.tally.lists += 1;
        for at in first..record.len() {
            let item = id(record, at, "item", self.rules.layout)?;
            self.tally.rows += 1;
            let row = Row { line: record.line, user, item, weight: 1.0, time: 0 };
            self.sink.push(row).map_err(Refusal::Fatal)?;
        }
        Ok(())
    }
}

impl Default for Tally {
    fn default() -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        let (sum, first_bad, no_times) = (ExactSum::default(), None, None);
        Self {
            rows: 0,
            lists: 0,
            below_threshold: 0,
            bad_rows: 0,
            first_bad,
            no_times,
            at_most_zero: 0,
            ratings: 0,
            sum,
            min,
            max,
        }
    }
}

impl Tally {
    fn skip(&mut self, line: u64, problem: RowProblem) {
        self.bad_rows += 1;
        self.first_bad.get_or_insert((line, problem));
    }

    #[inline]
    fn rate(&mut self, rating: f64) {
        // -0.0 becomes 0.0: which of two equal numbers is the smaller is not for the order to say.
        let rating = rating + 0.0;
        self.min = self.min.min(rating);
        self.max = self.max.max(rating);
        self.at_most_zero += u64::from(rating <= 0.0);
        self.ratings += 1;
        self.sum.add(rating);
    }

    /// Adds what was met in another part of the same file. Line numbers are not compared: parts
    /// with bad rows are not merged.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.below_threshold += other.below_threshold;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.at_most_zero += other.at_most_zero;
        self.ratings += other.ratings;
        self.sum.merge(&other.sum);
    }

    pub(crate) fn rating_stats(&self) -> Option<RatingStats> {
        let mean = self.sum.value() / self.ratings as f64;
        (self.ratings > 0).then_some(RatingStats { min: self.min, max: self.max, mean })
    }

    pub(crate) fn first_bad_note(&self) -> Option<BadRowNote> {
        let (line, problem) = self.first_bad.as_ref()?;
        Some(BadRowNote { line: *line, reason: problem.to_string() })
    }
}

/// The weight of an interaction with or without a rating.
#[inline]
pub(crate) fn weight(rating: Option<f64>) -> f32 {
    rating.unwrap_or(1.0) as f32
}

/// Whether nothing is left of a weight above 0, as it is kept.
fn is_no_weight(rating: f64) -> bool {
    weight(Some(rating)) <= 0.0
}

fn id<'r>(
    record: &Record<'r>,
    at: usize,
    side: &'static str,
    layout: &Layout,
) -> Result<&'r [u8], RowProblem> {
    let id = record.field(at).ok_or_else(|| too_few(record, at, layout))?;
    if id.is_empty() {
        return Err(RowProblem::EmptyId { side });
    }
    if memchr::memchr2(b'\n', b'\r', id).is_some() {
        return Err(RowProblem::LineBreak { side, value: shown(&decode(id)) });
    }
    Ok(id)
}

/// What is wrong with a record that has no such field.
pub(crate) fn too_few(record: &Record<'_>, at: usize, layout: &Layout) -> RowProblem {
    let name = || layout.column(at).name.map_or((at + 1).to_string(), |name| shown(&name));
    match layout.kind {
        FormatKind::JsonLines => RowProblem::MissingField { name: name() },
        FormatKind::Parquet => RowProblem::Null { name: name() },
        FormatKind::Table | FormatKind::Adjacency => RowProblem::TooFewFields {
            found: record.len(),
            expected: at + 1,
            delimiter: layout.dialect.delimiter.name(),
        },
    }
}

/// A rating: finite, also as `f32`.
fn rating(field: &[u8]) -> Result<f64, RowProblem> {
    if let [ones @ b'0'..=b'9', b'.', tenths @ b'0'..=b'9'] = *field {
        return Ok(with_tenths(ones, tenths));
    }
    match fast_float2::parse::<f64, _>(field.trim_ascii()) {
        Ok(rating) if (rating as f32).is_finite() => Ok(rating),
        Ok(_) => Err(RowProblem::RatingNotFinite { value: shown(&decode(field)) }),
        Err(_) => Err(RowProblem::Rating { value: shown(&decode(field)) }),
    }
}
