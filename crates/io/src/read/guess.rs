//! Which column is what, where it isn't said: by header names, and by position.

use crate::read::columns::{Role, find_mark, is_unnamed};
use crate::read::sample::Sample;
use crate::read::time::Written;
use crate::{Column, Columns, InputProblem};

/// The column of each role, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) user: usize,
    pub(crate) item: usize,
    pub(crate) rating: Option<usize>,
    pub(crate) time: Option<usize>,
    pub(crate) event: Option<usize>,
    /// Whether only its position makes it the users' column.
    pub(crate) user_guessed: bool,
    /// Whether only its position makes it the items' column.
    pub(crate) item_guessed: bool,
}

impl Roles {
    /// Of adjacency lists.
    pub(crate) fn of_lists() -> Self {
        let (rating, time, event) = (None, None, None);
        Self { user: 0, item: 1, rating, time, event, user_guessed: false, item_guessed: false }
    }
}

/// Columns as asked for, else by name, else by position.
pub(crate) fn resolve(
    columns: &Columns,
    header: Option<&[String]>,
    sample: &Sample,
) -> Result<Roles, InputProblem> {
    let skip = usize::from(header.is_some());
    let mut found = Found::default();
    for (role, column) in columns.named() {
        found.claim(role, locate(column, header)?)?;
    }
    for role in Role::ALL {
        if let Some(at) = header.and_then(|header| role.find(header)) {
            found.offer(role, at);
        }
    }
    // A name such as "liked" makes ratings of numbers only.
    let mark = header.and_then(find_mark);
    if let Some(at) = mark.filter(|&at| sample.share(at, skip, is_number) == 1.0) {
        found.offer(Role::Rating, at);
    }
    let [user, item, ..] = found.0;
    let by_name = header.is_some() && (user.is_some() || item.is_some());
    let by_position = !by_name && columns.user.is_none() && columns.item.is_none();
    let (user_guessed, item_guessed) = (user.is_none(), item.is_none());
    let places = places(header, sample);
    let user = found.first_free(Role::User, &places);
    let item = found.first_free(Role::Item, &places);
    if by_position {
        found.guess_numbers(sample, skip, &places);
    }
    let [_, _, rating, time, event] = found.0;
    Ok(Roles { user, item, rating, time, event, user_guessed, item_guessed })
}

/// The columns that count where columns are told by position: not those without a name in the
/// header, which number the rows, nor those of dates and times of day; unless no two are left.
fn places(header: Option<&[String]>, sample: &Sample) -> Vec<usize> {
    let skip = usize::from(header.is_some());
    let unnamed =
        |at: usize| header.and_then(|names| names.get(at)).is_some_and(|name| is_unnamed(name));
    let all = 0..sample.rows.iter().map(Vec::len).max().unwrap_or(0);
    let counts = |at: &usize| !unnamed(*at) && sample.written(*at, skip).is_none();
    let places: Vec<usize> = all.clone().filter(counts).collect();
    if places.len() < 2 { all.collect() } else { places }
}

/// The columns found so far, by role.
#[derive(Default)]
struct Found([Option<usize>; 5]);

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

    fn first_free(&mut self, role: Role, places: &[usize]) -> usize {
        let mut all = places.iter().copied().chain(0..);
        let free = all.find(|&at| !self.0.contains(&Some(at))).unwrap_or_default();
        self.offer(role, free);
        self.0[role as usize].unwrap_or(free)
    }

    /// Ratings and times in the third and fourth place, and dates anywhere. Half of a column
    /// decides, so that a bad value is reported and doesn't hide what the column is.
    fn guess_numbers(&mut self, sample: &Sample, skip: usize, places: &[usize]) {
        let mostly = |at: &usize, passes: fn(&str) -> bool| sample.share(*at, skip, passes) >= 0.5;
        let width = sample.rows.iter().map(Vec::len).max().unwrap_or(0);
        let (third, fourth) = (places.get(2).copied(), places.get(3).copied());
        let is_date = |at: &usize| sample.written(*at, skip) == Some(Written::Date);
        let time = (0..width)
            .find(is_date)
            .or(fourth.filter(|at| mostly(at, is_time)))
            .or(third.filter(|at| mostly(at, is_clock)));
        if let Some(at) = time {
            self.offer(Role::Time, at);
        }
        if let Some(at) = third.filter(|at| mostly(at, is_number)) {
            self.offer(Role::Rating, at);
        }
    }
}

/// The place of a column that was asked for.
pub(crate) fn locate(column: &Column, header: Option<&[String]>) -> Result<usize, InputProblem> {
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

pub(crate) fn is_number(field: &str) -> bool {
    field.parse::<f64>().is_ok()
}

fn is_time(field: &str) -> bool {
    field.parse::<i64>().is_ok() || Written::of(field) == Some(Written::Date)
}

/// No rating is this large, and seconds are since 1973.
fn is_clock(field: &str) -> bool {
    field.parse::<i64>().is_ok_and(|number| number >= 100_000_000)
}
