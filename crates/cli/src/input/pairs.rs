//! Pairs of users and items in the order of their file, a row at a time.

use crate::failure::{Failure, Outcome};
use foretaste::io::{self, TextRow, read_rows};
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

/// Calls `take` with each pair of a file, in their order, repeated ones, too. A first row that names
/// a column of users and one of items is a header; without one these are the first two.
///
/// # Errors
/// Those of `take`; and files that can't be read, or have a row without a user or an item.
pub(crate) fn pairs<E: From<Failure>>(
    path: &Path,
    mut take: impl FnMut(Pair) -> Result<(), E>,
) -> Result<(), E> {
    let mut columns = None;
    let mut rows = 0_u64;
    let result = read_rows(path, |row: TextRow<'_>| {
        let (user, item) = match columns {
            Some(columns) => columns,
            None => {
                let (found, header) = columns_of(&row);
                columns = Some(found);
                if header {
                    return Ok(());
                }
                found
            }
        };
        rows += 1;
        let pair =
            pair(&row, (user, item), path).map_err(|failure| Stopped::Taker(failure.into()))?;
        take(pair).map_err(Stopped::Taker)
    });
    let help = "a line of pairs is a user and an item, as in user,item";
    match result {
        Err(Stopped::Taker(error)) => Err(error),
        Err(Stopped::Reader(error)) => Err(Failure::from(error).help(help).into()),
        Ok(()) if rows == 0 => {
            let message = format_args!("{}: the file has a header and no rows", path.display());
            Err(Failure::data(message).help(help).into())
        }
        Ok(()) => Ok(()),
    }
}

/// The columns of users and items, and whether the row is a header.
fn columns_of(row: &TextRow<'_>) -> ((usize, usize), bool) {
    match row.named_columns() {
        (Some(user), Some(item)) => ((user, item), true),
        _ => ((0, 1), false),
    }
}

fn pair(row: &TextRow<'_>, (user, item): (usize, usize), path: &Path) -> Outcome<Pair> {
    let field = |at: usize, what: &str| match row.fields.get(at) {
        Some(id) if !id.is_empty() => Ok(id.to_string()),
        _ => {
            let message = format!("{}:{}: there is no {what}", path.display(), row.line);
            Err(Failure::data(message)
                .help("a line of pairs is a user and an item, as in user,item"))
        }
    };
    Ok(Pair { line: row.line, user: field(user, "user")?, item: field(item, "item")? })
}
