//! Propensities from a table `item,propensity` or `user,item,propensity`.
//!
//! The number of fields tells which, and the last is the propensity. A first row whose last field
//! is no number is a header. Delimiter, quotes and compression are sniffed.

use crate::{Error, FileProblem, Propensities, RowProblem};
use foretaste_data::{Dataset, ItemId, TextRow, UserId, read_rows};
use std::borrow::Cow;
use std::path::Path;

/// What is known so far.
struct Table<'a> {
    file: String,
    data: &'a Dataset,
    /// 2 or 3; 0 before the first row.
    columns: usize,
    /// θ and the line where it was, of each item or each click; the line is 0 where there is none.
    found: Vec<(f32, u64)>,
    unknown: usize,
}

/// Reads the propensities of what was clicked in `data`.
pub(crate) fn read(path: &Path, data: &Dataset) -> Result<Propensities, Error> {
    let file = path.display().to_string();
    let mut table = Table { file, data, columns: 0, found: Vec::new(), unknown: 0 };
    read_rows(path, |row| table.take(&row))?;
    table.finish()
}

impl Table<'_> {
    fn take(&mut self, row: &TextRow<'_>) -> Result<(), Error> {
        let TextRow { line, fields, .. } = row;
        let wrong =
            |file: &str, problem| Error::Row { file: file.to_owned(), line: *line, problem };
        if self.columns == 0 {
            self.start(fields.len())?;
            if fields.last().is_some_and(|last| last.trim().parse::<f64>().is_err()) {
                return Ok(());
            }
        }
        if fields.len() != self.columns {
            let problem = RowProblem::Fields { found: fields.len(), expected: self.columns };
            return Err(wrong(&self.file, problem));
        }
        let theta =
            number(&fields[fields.len() - 1]).map_err(|problem| wrong(&self.file, problem))?;
        let Some(at) = self.place(fields) else {
            self.unknown += 1;
            return Ok(());
        };
        let (_, first) = self.found[at];
        if first != 0 {
            let what = match &fields[..] {
                [user, item, _] => format!("user {user}, item {item}"),
                others => format!("item {}", others[0]),
            };
            return Err(wrong(&self.file, RowProblem::Repeated { what, first }));
        }
        self.found[at] = (theta, *line);
        Ok(())
    }

    fn start(&mut self, columns: usize) -> Result<(), Error> {
        let clicks = &self.data.interactions;
        let places = match columns {
            2 => clicks.n_items(),
            3 => clicks.nnz(),
            _ => {
                let problem = FileProblem::Columns { columns };
                return Err(Error::File { file: self.file.clone(), problem });
            }
        };
        self.columns = columns;
        self.found = vec![(0.0, 0); places];
        Ok(())
    }

    /// Where the θ of a row belongs; nowhere, if the data does not know the item, or the pair was
    /// not clicked.
    fn place(&self, fields: &[Cow<'_, str>]) -> Option<usize> {
        let Dataset { users, items, interactions } = self.data;
        match fields {
            [item, _] => items.index_of(item).map(|item| item as usize),
            [user, item, ..] => {
                let user = UserId(users.index_of(user)?);
                let item = ItemId(items.index_of(item)?);
                let place = interactions.row(user).binary_search(&item).ok()?;
                Some(interactions.starts()[user.index()] + place)
            }
            _ => None,
        }
    }

    fn finish(self) -> Result<Propensities, Error> {
        self.check_complete()?;
        let theta = self.found.iter().map(|(theta, _)| *theta).collect();
        let found = match self.columns {
            2 => Propensities::of_items(theta),
            _ => Propensities::of_pairs(theta, self.data.interactions.n_items()),
        };
        Ok(found.with_unknown(self.unknown))
    }

    fn check_complete(&self) -> Result<(), Error> {
        let Dataset { users, items, interactions } = self.data;
        let name = |item: u32| items.name(item).expect("the item is the data's");
        let (mut first, mut missing) = (None, 0_usize);
        let mut miss = |what: String| {
            first.get_or_insert(what);
            missing += 1;
        };
        if self.columns == 2 {
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

fn number(text: &str) -> Result<f32, RowProblem> {
    let value = || text.trim().to_owned();
    let theta: f32 = value().parse().map_err(|_| RowProblem::NotANumber { value: value() })?;
    match (f32::MIN_POSITIVE..=1.0).contains(&theta) {
        true => Ok(theta),
        false => Err(RowProblem::OutOfRange { value: value() }),
    }
}
