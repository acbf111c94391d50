//! Pairs of users and items in the order of their file, a row at a time.

use super::stdin::{self, is_stdin};
use crate::failure::{Failure, Outcome};
use foretaste::io::{self, TextRow, read_rows, read_rows_from};
use std::path::Path;

/// A row of a file of pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) line: u64,
    pub(crate) user: String,
    pub(crate) item: String,
}

/// Why reading stops: the reader, or who takes the rows.
enum Stopped<E> {
    Reader(io::Error),
    Taker(E),
}

impl<E> From<io::Error> for Stopped<E> {
    fn from(error: io::Error) -> Self {
        Self::Reader(error)
    }
}

/// Calls `take` with each pair of a file, - for stdin, in their order, repeated ones, too. A first row
/// that names a column of users and one of items is a header; without one these are the first two. Of
/// JSON lines they are the fields of such names.
///
/// # Errors
/// Those of `take`; and files that can't be read, or have a row without a user or an item.
pub(crate) fn pairs<E: From<Failure>>(
    path: &Path,
    mut take: impl FnMut(Pair) -> Result<(), E>,
) -> Result<(), E> {
    let mut columns = None;
    let mut rows = 0_u64;
    let name = stdin::name(path);
    let failed = |failure: Failure| Stopped::Taker(failure.into());
    let each = |row: TextRow<'_>| {
        let (user, item) = match columns {
            Some(columns) => columns,
            None => {
                let (found, header) = columns_of(&row, &name).map_err(failed)?;
                columns = Some(found);
                if header {
                    return Ok(());
                }
                found
            }
        };
        rows += 1;
        take(pair(&row, (user, item), &name).map_err(failed)?).map_err(Stopped::Taker)
    };
    let result = match is_stdin(path) {
        true => read_rows_from(stdin::take()?, &name, each),
        false => read_rows(path, each),
    };
    let help = "a line of pairs is a user and an item, as in user,item";
    match result {
        Err(Stopped::Taker(error)) => Err(error),
        Err(Stopped::Reader(error)) => Err(Failure::from(error).help(help).into()),
        Ok(()) if rows == 0 => {
            let message = format_args!("{name}: the file has a header and no rows");
            Err(Failure::data(message).help(help).into())
        }
        Ok(()) => Ok(()),
    }
}

/// The columns of users and items, and whether the row is a header.
fn columns_of(row: &TextRow<'_>, file: &str) -> Outcome<((usize, usize), bool)> {
    match row.named_columns() {
        (Some(user), Some(item)) => Ok(((user, item), true)),
        (user, _) if row.names => {
            let what = if user.is_none() { "user" } else { "item" };
            let message = format!("{file}: no field is known to be the {what}");
            Err(Failure::data(message).help("call the fields user and item"))
        }
        _ => Ok(((0, 1), false)),
    }
}

fn pair(row: &TextRow<'_>, (user, item): (usize, usize), file: &str) -> Outcome<Pair> {
    let field = |at: usize, what: &str| match row.fields.get(at) {
        Some(id) if !id.is_empty() => Ok(id.to_string()),
        _ => {
            let message = format!("{file}:{}: there is no {what}", row.line);
            Err(Failure::data(message)
                .help("a line of pairs is a user and an item, as in user,item"))
        }
    };
    Ok(Pair { line: row.line, user: field(user, "user")?, item: field(item, "item")? })
}
