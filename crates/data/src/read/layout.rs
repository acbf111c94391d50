//! What a file is: its format, and which column is what.

use crate::read::columns::Role;
use crate::read::records::Dialect;
use crate::read::report::{Compression, Format, FoundColumn};
use crate::read::sample::{Sample, choose};
use crate::read::source::Text;
use crate::{Column, Columns, Delimiter, FormatKind, InputProblem, ReadOptions, Threshold};

/// Everything that must be known before the first row is read.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) dialect: Dialect,
    pub(crate) kind: FormatKind,
    pub(crate) roles: Roles,
    /// The names in the header, if there is one.
    pub(crate) header: Option<Vec<String>>,
}

/// The column of each role, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) user: usize,
    pub(crate) item: usize,
    pub(crate) rating: Option<usize>,
    pub(crate) time: Option<usize>,
}

impl Layout {
    /// Works the layout out of what `options` say and what the text looks like.
    pub(crate) fn detect(text: &Text<'_>, options: &ReadOptions) -> Result<Self, InputProblem> {
        let given = match (options.delimiter, options.format) {
            (Some(delimiter), _) => Some([delimiter]),
            (None, Some(FormatKind::Adjacency)) => Some([Delimiter::Space]),
            (None, _) => None,
        };
        let delimiters = given.as_ref().map_or(&Delimiter::ALL[..], |given| &given[..]);
        let (dialect, sample) = choose(&text.sample, text.complete, delimiters, names_both);
        let header = (options.header).unwrap_or_else(|| has_header(&sample, &options.columns));
        let kind = options.format.unwrap_or_else(|| {
            if header { FormatKind::Table } else { kind(dialect.delimiter, &sample) }
        });
        let header = (header && kind == FormatKind::Table).then(|| sample.first().to_vec());
        let roles = match kind {
            FormatKind::Adjacency => Roles { user: 0, item: 1, rating: None, time: None },
            FormatKind::Table => resolve(&options.columns, header.as_deref(), &sample)?,
        };
        let layout = Self { dialect, kind, roles, header };
        options.positive.as_ref().map_or(Ok(()), |threshold| layout.check(threshold))?;
        Ok(layout)
    }

    /// Whether a threshold can be held against this file.
    fn check(&self, threshold: &Threshold) -> Result<(), InputProblem> {
        let Some(rating) = self.roles.rating else {
            return Err(InputProblem::NoRating { threshold: threshold.to_string() });
        };
        let name = self.column(rating).name.unwrap_or_else(|| "rating".into());
        let column = &threshold.column;
        if column.eq_ignore_ascii_case("rating") || column.eq_ignore_ascii_case(&name) {
            return Ok(());
        }
        Err(InputProblem::NotTheRating {
            threshold: threshold.to_string(),
            column: column.clone(),
            rating: name,
        })
    }

    pub(crate) fn format(&self, compression: Compression) -> Format {
        Format {
            compression,
            kind: self.kind,
            delimiter: self.dialect.delimiter,
            header: self.header.is_some(),
            user: self.column(self.roles.user),
            item: self.column(self.roles.item),
            rating: self.roles.rating.map(|at| self.column(at)),
            time: self.roles.time.map(|at| self.column(at)),
        }
    }

    fn column(&self, at: usize) -> FoundColumn {
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

/// A header names a user or item column or is asked for by name; or it has no number in it,
/// above a column of numbers.
fn has_header(sample: &Sample, columns: &Columns) -> bool {
    if columns.named().any(|(_, column)| matches!(column, Column::Name(_))) {
        return true;
    }
    let first = sample.first();
    if first.is_empty() || first.iter().any(|field| is_number(field)) {
        return false;
    }
    let known = Role::User.find(first).is_some() || Role::Item.find(first).is_some();
    known || (0..first.len()).any(|column| sample.share(column, 1, is_number) > 0.5)
}

fn resolve(
    columns: &Columns,
    header: Option<&[String]>,
    sample: &Sample,
) -> Result<Roles, InputProblem> {
    let mut found = Found::default();
    for (role, column) in columns.named() {
        found.claim(role, locate(column, header)?)?;
    }
    for role in Role::ALL {
        if let Some(at) = header.and_then(|header| role.find(header)) {
            found.offer(role, at);
        }
    }
    let by_name = header.is_some() && (found.0[0].is_some() || found.0[1].is_some());
    let by_position = !by_name && columns.user.is_none() && columns.item.is_none();
    let user = found.first_free(Role::User);
    let item = found.first_free(Role::Item);
    if by_position {
        found.guess_numbers(sample, usize::from(header.is_some()));
    }
    Ok(Roles { user, item, rating: found.0[2], time: found.0[3] })
}

/// The columns found so far, by role.
#[derive(Default)]
struct Found([Option<usize>; 4]);

impl Found {
    /// Gives a role the column that was asked for.
    fn claim(&mut self, role: Role, at: usize) -> Result<(), InputProblem> {
        if let Some(other) = Role::ALL.into_iter().find(|&other| self.0[other as usize] == Some(at))
        {
            let (first, second) = (other.name(), role.name());
            return Err(InputProblem::SameColumn { column: at + 1, first, second });
        }
        self.0[role as usize] = Some(at);
        Ok(())
    }

    /// Gives a role a column, unless either has been settled.
    fn offer(&mut self, role: Role, at: usize) {
        if self.0[role as usize].is_none() && !self.0.contains(&Some(at)) {
            self.0[role as usize] = Some(at);
        }
    }

    fn first_free(&mut self, role: Role) -> usize {
        let free = (0..).find(|&at| !self.0.contains(&Some(at))).unwrap_or_default();
        self.offer(role, free);
        self.0[role as usize].unwrap_or(free)
    }

    /// Ratings and times in the third and fourth column. Half of a column decides, so that a bad
    /// value is reported and doesn't hide what the column is.
    fn guess_numbers(&mut self, sample: &Sample, skip: usize) {
        let mostly = |at, passes| sample.share(at, skip, passes) >= 0.5;
        if mostly(3, is_integer) {
            self.offer(Role::Time, 3);
        } else if mostly(2, is_clock) {
            self.offer(Role::Time, 2);
        }
        if mostly(2, is_number) {
            self.offer(Role::Rating, 2);
        }
    }
}

/// The place of a column that was asked for.
fn locate(column: &Column, header: Option<&[String]>) -> Result<usize, InputProblem> {
    let missing = |name: String, header: &[String]| InputProblem::MissingColumn {
        name: crate::error::shown(&name),
        available: header
            .iter()
            .map(|name| crate::error::shown(name))
            .collect::<Vec<_>>()
            .join(", "),
    };
    match (column, header) {
        (Column::Number(number), Some(header)) if *number > header.len() => {
            Err(missing(number.to_string(), header))
        }
        (Column::Number(number), _) => Ok(number.saturating_sub(1)),
        (Column::Name(name), None) => Err(InputProblem::NoHeader { name: name.clone() }),
        (Column::Name(name), Some(header)) => (header.iter())
            .position(|other| other == name)
            .or_else(|| header.iter().position(|other| other.eq_ignore_ascii_case(name)))
            .ok_or_else(|| missing(name.clone(), header)),
    }
}

fn is_number(field: &str) -> bool {
    field.parse::<f64>().is_ok()
}

fn is_integer(field: &str) -> bool {
    field.parse::<i64>().is_ok()
}

/// No rating is this large, and seconds are since 1973.
fn is_clock(field: &str) -> bool {
    field.parse::<i64>().is_ok_and(|number| number >= 100_000_000)
}
