//! Propensities from a table `item,propensity` or `user,item,propensity`.
//!
//! The number of fields tells which. A first row whose last field is no number is a header; its
//! names tell the order of columns if they are known. Delimiter, quotes and compression are sniffed.

use crate::{Error, FileProblem, Propensities, RowProblem};
use foretaste_data::{Dataset, ItemId, UserId};
use foretaste_io::{TextRow, read_rows};
use std::borrow::Cow;
use std::path::Path;

/// Where the columns are.
#[derive(Clone, Copy)]
struct Columns {
    /// `None` in a table of items.
    user: Option<usize>,
    item: usize,
    theta: usize,
}

/// What is known so far.
struct Table<'a> {
    file: String,
    data: &'a Dataset,
    /// `None` before the first row.
    columns: Option<Columns>,
    /// θ and the line where it was, of each item or each click; the line is 0 where there is none.
    found: Vec<(f32, u64)>,
    unknown: usize,
}

/// Reads the propensities of what was clicked in `data`.
pub(crate) fn read(path: &Path, data: &Dataset) -> Result<Propensities, Error> {
    let file = path.display().to_string();
    let mut table = Table { file, data, columns: None, found: Vec::new(), unknown: 0 };
    read_rows(path, |row| table.take(&row))?;
    table.finish()
}

impl Table<'_> {
    fn take(&mut self, row: &TextRow<'_>) -> Result<(), Error> {
        let TextRow { line, fields, .. } = row;
        let wrong =
            |file: &str, problem| Error::Row { file: file.to_owned(), line: *line, problem };
        let columns = match self.columns {
            Some(columns) => columns,
            None => {
                let named = is_header(fields);
                let columns = self.start(row, named)?;
                if named {
                    return Ok(());
                }
                columns
            }
        };
        let expected = if columns.user.is_some() { 3 } else { 2 };
        if fields.len() != expected {
            let problem = RowProblem::Fields { found: fields.len(), expected };
            return Err(wrong(&self.file, problem));
        }
        let theta = number(&fields[columns.theta]).map_err(|problem| wrong(&self.file, problem))?;
        let item = &fields[columns.item];
        let user = columns.user.map(|user| &fields[user]);
        let Some(at) = self.place(user.map(Cow::as_ref), item) else {
            self.unknown += 1;
            return Ok(());
        };
        let (_, first) = self.found[at];
        if first != 0 {
            let what = match user {
                Some(user) => format!("user {user}, item {item}"),
                None => format!("item {item}"),
            };
            return Err(wrong(&self.file, RowProblem::Repeated { what, first }));
        }
        self.found[at] = (theta, *line);
        Ok(())
    }

    /// Finds the columns, by their names if the row has names.
    fn start(&mut self, row: &TextRow<'_>, named: bool) -> Result<Columns, Error> {
        let fields = &row.fields;
        let wrong = |problem| Err(Error::File { file: self.file.clone(), problem });
        if !(2..=3).contains(&fields.len()) {
            return wrong(FileProblem::Columns { columns: fields.len() });
        }
        let (user, item) = if named { row.named_columns() } else { (None, None) };
        let theta = fields.iter().position(|name| named && is_theta(name));
        let theta = theta.unwrap_or(fields.len() - 1);
        let others: Vec<usize> = (0..fields.len()).filter(|&at| at != theta).collect();
        let columns = match (&others[..], user, item) {
            (&[only], None, item) if item.is_none_or(|item| item == only) => {
                Columns { user: None, item: only, theta }
            }
            (&[user, item], None, None) => Columns { user: Some(user), item, theta },
            (&[_, _], Some(user), Some(item)) if user != theta && item != theta => {
                Columns { user: Some(user), item, theta }
            }
            _ => return wrong(FileProblem::Names { names: fields.join(",") }),
        };
        let clicks = self.data.interactions();
        let places = if columns.user.is_some() { clicks.nnz() } else { clicks.n_items() };
        self.found = vec![(0.0, 0); places];
        self.columns = Some(columns);
        Ok(columns)
    }

    /// Where the θ of a row belongs; nowhere, if the data does not know the item, or the pair was
    /// not clicked.
    fn place(&self, user: Option<&str>, item: &str) -> Option<usize> {
        let (users, interactions) = (self.data.users(), self.data.interactions());
        let item = self.data.items().index_of(item)?;
        let Some(user) = user else { return Some(item as usize) };
        let user = UserId(users.index_of(user)?);
        let place = interactions.row(user).binary_search(&ItemId(item)).ok()?;
        Some(interactions.starts()[user.index()] + place)
    }

    fn finish(self) -> Result<Propensities, Error> {
        self.check_complete()?;
        let theta = self.found.iter().map(|(theta, _)| *theta).collect();
        let found = match self.of_pairs() {
            false => Propensities::of_items(theta),
            true => Propensities::of_pairs(theta, self.data.interactions().n_items()),
        };
        Ok(found.with_unknown(self.unknown))
    }

    fn of_pairs(&self) -> bool {
        self.columns.is_some_and(|columns| columns.user.is_some())
    }

    fn check_complete(&self) -> Result<(), Error> {
        let (users, items) = (self.data.users(), self.data.items());
        let interactions = self.data.interactions();
        let name = |item: u32| items.name(item).expect("the item is the data's");
        let (mut first, mut missing) = (None, 0_usize);
        let mut miss = |what: String| {
            first.get_or_insert(what);
            missing += 1;
        };
        if !self.of_pairs() {
            for (item, count) in interactions.item_counts().into_iter().enumerate() {
                if count > 0 && self.found[item].1 == 0 {
                    miss(format!("item {}", name(item as u32)));
                }
            }
        } else {
            for (pair, found) in interactions.pairs().zip(&self.found) {
                if found.1 == 0 {
                    let user = users.name(pair.user.0).expect("the user is the data's");
                    miss(format!("user {user}, item {}", name(pair.item.0)));
                }
            }
        }
        first.map_or(Ok(()), |what| {
            let problem = FileProblem::Missing { what, others: missing - 1 };
            Err(Error::File { file: self.file.clone(), problem })
        })
    }
}

/// Whether a first row is of names: what starts like a number is one, right or wrong.
fn is_header(fields: &[Cow<'_, str>]) -> bool {
    let last = fields.last().map_or("", |last| last.trim());
    let number = last.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    !number && last.parse::<f64>().is_err()
}

/// Whether a column's name is one that propensities have.
fn is_theta(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    ["propensity", "propensities", "theta", "pscore", "exposure"].contains(&&name[..])
}

fn number(text: &str) -> Result<f32, RowProblem> {
    let value = || text.trim().to_owned();
    let theta: f32 = value().parse().map_err(|_| RowProblem::NotANumber { value: value() })?;
    match (f32::MIN_POSITIVE..=1.0).contains(&theta) {
        true => Ok(theta),
        false => Err(RowProblem::OutOfRange { value: value() }),
    }
}

#[cfg(test)]
mod tests;
