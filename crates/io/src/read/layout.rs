//! What a file is: its format, and which column is what.

use std::io::Read;

use crate::error::shown;
use crate::read::columns::Role;
use crate::read::doubt::{self, Doubt, Kind};
use crate::read::guess::{Roles, is_number, locate, resolve};
use crate::read::json::{self, JsonFields};
use crate::read::records::{Dialect, Records};
use crate::read::report::{Compression, Format, FoundColumn};
use crate::read::sample::{Sample, choose};
use crate::read::source::Text;
use crate::read::time::Written;
use crate::{Column, Columns, Delimiter, FormatKind, InputProblem, ReadOptions, Threshold};

/// Lines that are cut up by no delimiter.
pub(crate) const LINES: Dialect =
    Dialect { delimiter: Delimiter::Comma, quotes: false, terminator: b'\n' };

/// Everything that must be known before the first row is read.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) dialect: Dialect,
    pub(crate) kind: FormatKind,
    /// Whether a colon follows the user of an adjacency list.
    pub(crate) colon: bool,
    pub(crate) roles: Roles,
    /// The names in the header, if there is one.
    pub(crate) header: Option<Vec<String>>,
    /// The column whose text the rule for positive rows is about, if it isn't about the rating.
    pub(crate) rule: Option<usize>,
    /// What that column holds, if it is few words.
    pub(crate) kinds: Vec<Kind>,
    /// What looks wrong at the beginning of the file.
    pub(crate) doubts: Vec<Doubt>,
}

impl Layout {
    /// Works the layout out of what `options` say and what the text looks like.
    pub(crate) fn detect(text: &Text<'_>, options: &ReadOptions) -> Result<Self, InputProblem> {
        let sniffed = options.format.is_none() && options.delimiter.is_none();
        if options.format == Some(FormatKind::JsonLines) || sniffed && json::is_lines(&text.sample)
        {
            return Self::of_json(text, options);
        }
        if sniffed && json::is_array(&text.sample) {
            return Err(InputProblem::JsonArray);
        }
        let given = match (options.delimiter, options.format) {
            (Some(delimiter), _) => Some([delimiter]),
            (None, Some(FormatKind::Adjacency)) => Some([Delimiter::Space]),
            (None, _) => None,
        };
        let delimiters = given.as_ref().map_or(&Delimiter::ALL[..], |given| &given[..]);
        let (mut dialect, sample) = choose(&text.sample, text.complete, delimiters, names_both);
        let header = (options.header).unwrap_or_else(|| has_header(&sample, &options.columns));
        let colon = !header && has_colons(&sample, dialect.delimiter);
        let kind = options.format.unwrap_or_else(|| match (header, colon) {
            (true, _) => FormatKind::Table,
            (false, true) => FormatKind::Adjacency,
            (false, false) => kind(dialect.delimiter, &sample),
        });
        let header = (header && kind == FormatKind::Table).then(|| sample.first().to_vec());
        let colon = colon && kind == FormatKind::Adjacency;
        if colon && options.delimiter.is_none() {
            dialect = Dialect { delimiter: Delimiter::Space, quotes: false, ..dialect };
        }
        let roles = match kind {
            FormatKind::Adjacency => Roles::of_lists(),
            _ => resolve(&options.columns, header.as_deref(), &sample)?,
        };
        Self::new(dialect, kind, colon, roles, header).completed(&sample, options)
    }

    fn new(
        dialect: Dialect,
        kind: FormatKind,
        colon: bool,
        roles: Roles,
        header: Option<Vec<String>>,
    ) -> Self {
        let (rule, kinds, doubts) = (None, Vec::new(), Vec::new());
        Self { dialect, kind, colon, roles, header, rule, kinds, doubts }
    }

    /// Of lines of JSON. There is no order of columns to go by: users and items are found by name.
    fn of_json(text: &Text<'_>, options: &ReadOptions) -> Result<Self, InputProblem> {
        if text.sample.trim_ascii().is_empty() && text.complete {
            return Err(InputProblem::Empty);
        }
        let sample = json::sample(&text.sample, text.complete);
        if sample.first().is_empty() {
            // No line of it can be read: reading says why.
            let roles = Roles { user_guessed: false, item_guessed: false, ..Roles::of_lists() };
            return Ok(Self::new(LINES, FormatKind::JsonLines, false, roles, Some(Vec::new())));
        }
        let layout = Self::named(FormatKind::JsonLines, &sample, options)?;
        let roles = &layout.roles;
        for (side, guessed) in [("user", roles.user_guessed), ("item", roles.item_guessed)] {
            if guessed {
                let names: Vec<String> = sample.first().iter().map(|name| shown(name)).collect();
                return Err(InputProblem::NoField { side, available: names.join(", ") });
            }
        }
        Ok(layout)
    }

    /// Of rows under names that are no line of text.
    pub(crate) fn named(
        kind: FormatKind,
        sample: &Sample,
        options: &ReadOptions,
    ) -> Result<Self, InputProblem> {
        if options.delimiter.is_some() || options.header.is_some() {
            let is_json = kind == FormatKind::JsonLines;
            let kind = if is_json { "a line of JSON" } else { "Parquet" };
            return Err(InputProblem::NoTable { kind });
        }
        let names = sample.first().to_vec();
        let roles = resolve(&options.columns, Some(&names), sample)?;
        Self::new(LINES, kind, false, roles, Some(names)).completed(sample, options)
    }

    /// With the column that the rule is about, and what looks wrong.
    fn completed(mut self, sample: &Sample, options: &ReadOptions) -> Result<Self, InputProblem> {
        if options.weighted && self.roles.rating.is_none() {
            return Err(InputProblem::NoWeights);
        }
        if let Some(rule) = &options.positive {
            self.settle(rule, &options.columns)?;
        }
        if let Some(at) = self.rule {
            self.kinds = doubt::kinds_of(&self, sample, at);
        }
        if self.kind != FormatKind::Adjacency {
            self.doubts = doubt::of_sample(&self, sample, options.positive.is_none());
        }
        Ok(self)
    }

    /// Whether the names of the columns are the first line of the text.
    pub(crate) fn has_header_line(&self) -> bool {
        self.kind == FormatKind::Table && self.header.is_some()
    }

    /// The columns that reading needs.
    pub(crate) fn needed(&self) -> impl Iterator<Item = usize> {
        let Roles { user, item, rating, time, event, .. } = self.roles;
        [Some(user), Some(item), rating, time, event, self.rule].into_iter().flatten()
    }

    /// The records of a text.
    pub(crate) fn records<R: Read>(&self, input: R) -> Records<R> {
        match self.kind {
            FormatKind::JsonLines => {
                let names = self.header.clone().unwrap_or_default();
                Records::of_json(input, self.dialect, JsonFields::new(names, self.needed()))
            }
            _ => Records::new(input, self.dialect),
        }
    }

    /// The rows at the beginning of a text, below the names if there are any.
    pub(crate) fn sample(&self, text: &Text<'_>) -> Sample {
        match self.kind {
            FormatKind::JsonLines => json::sample(&text.sample, text.complete),
            _ => Sample::split(&text.sample, text.complete, self.dialect),
        }
    }

    /// Finds the column that a rule for positive rows is about.
    fn settle(&mut self, rule: &Threshold, asked: &Columns) -> Result<(), InputProblem> {
        let name = rule.column();
        let rating = self.roles.rating.map(|at| self.column(at));
        let is_rating = |rating: &FoundColumn| {
            let header = rating.name.as_deref().unwrap_or("rating");
            name.eq_ignore_ascii_case("rating") || name.eq_ignore_ascii_case(header)
        };
        let on_rating = rating.as_ref().is_some_and(is_rating);
        if on_rating && rule.is_numeric() {
            return Ok(());
        }
        if !rule.is_equality() {
            let (threshold, column) = (rule.to_string(), name.to_owned());
            let exists = self.locate(name).is_some();
            return Err(match rating {
                None => InputProblem::NoRating { threshold, column: exists.then_some(column) },
                Some(rating) => InputProblem::NotTheRating {
                    threshold,
                    column,
                    rating: rating.name.unwrap_or_else(|| "rating".into()),
                    exists,
                },
            });
        }
        let at = match self.roles.event {
            Some(event) if name.eq_ignore_ascii_case("event") => Some(event),
            _ if on_rating => self.roles.rating,
            _ => self.locate(name),
        };
        let missing = || InputProblem::NoRuleColumn { rule: rule.to_string(), column: name.into() };
        let at = at.ok_or_else(missing)?;
        self.rule = Some(at);
        if asked.event.is_none() && !on_rating {
            self.roles.event = Some(at);
        }
        Ok(())
    }

    /// A column by header name or number.
    fn locate(&self, name: &str) -> Option<usize> {
        if self.kind == FormatKind::Adjacency {
            return None;
        }
        let by_name = locate(&Column::Name(name.to_owned()), self.header.as_deref());
        let number = || name.parse().ok().filter(|&number| number > 0).map(Column::Number);
        by_name.ok().or_else(|| locate(&number()?, self.header.as_deref()).ok())
    }

    pub(crate) fn format(&self, compression: Compression) -> Format {
        let delimited = matches!(self.kind, FormatKind::Table | FormatKind::Adjacency);
        Format {
            compression,
            kind: self.kind,
            delimiter: delimited.then_some(self.dialect.delimiter),
            header: self.has_header_line(),
            colon: self.colon,
            user: self.column(self.roles.user),
            item: self.column(self.roles.item),
            rating: self.roles.rating.map(|at| self.column(at)),
            time: self.roles.time.map(|at| self.column(at)),
            event: self.roles.event.map(|at| self.column(at)),
        }
    }

    pub(crate) fn column(&self, at: usize) -> FoundColumn {
        let name = self.header.as_ref().and_then(|header| header.get(at)).cloned();
        FoundColumn { number: at + 1, name }
    }
}

fn names_both(row: &[String]) -> bool {
    Role::User.find(row).is_some() && Role::Item.find(row).is_some()
}

/// Blanks make a table where all rows are alike and at least three wide. Two wide it means the
/// same either way, and lists don't lose what a later row may hold beyond.
fn kind(delimiter: Delimiter, sample: &Sample) -> FormatKind {
    let (width, share) = sample.width();
    let wider = sample.rows.iter().any(|row| row.len() > width);
    if delimiter != Delimiter::Space || (width > 2 && share >= 0.9 && !wider) {
        FormatKind::Table
    } else {
        FormatKind::Adjacency
    }
}

/// Whether most lines are like `1: 31 45` or `1 : 31 45`.
fn has_colons(sample: &Sample, delimiter: Delimiter) -> bool {
    let ends = |field: &str| field.len() > 1 && field.ends_with(':');
    matches!(delimiter, Delimiter::Space | Delimiter::Tab)
        && (sample.share(0, 0, ends) > 0.5 || sample.share(1, 0, |field| field == ":") > 0.5)
}

/// A header names a user or item column or is asked for by name; or it has no number in it,
/// above a column of numbers.
fn has_header(sample: &Sample, columns: &Columns) -> bool {
    if columns.named().any(|(_, column)| matches!(column, Column::Name(_))) {
        return true;
    }
    let first = sample.first();
    let is_value = |field: &str| is_number(field) || Written::of(field).is_some();
    if first.is_empty() || first.iter().any(|field| is_value(field)) {
        return false;
    }
    let known = Role::User.find(first).is_some() || Role::Item.find(first).is_some();
    known || (0..first.len()).any(|column| sample.share(column, 1, is_value) > 0.5)
}
