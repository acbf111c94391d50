//! Tables that are no interactions: rows of text fields, for whoever knows what they mean.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use crate::error::RowProblem;
use crate::read::{
    JsonFields, LINES, RecordError, Records, Role, Text, choose, decode, in_file, json_names, open,
    record_error,
};
use crate::{Delimiter, Error, InputProblem};

/// A row of a table.
#[derive(Debug)]
#[non_exhaustive]
pub struct TextRow<'a> {
    /// The line where it starts, counted from 1.
    pub line: u64,
    /// Its fields.
    pub fields: Vec<Cow<'a, str>>,
    /// Whether these are the names of fields of JSON, and nothing else.
    pub names: bool,
}

impl TextRow<'_> {
    /// Of a row of names: the columns that are users and items by their names, in any spelling
    /// that a header of interactions may have.
    pub fn named_columns(&self) -> (Option<usize>, Option<usize>) {
        let names: Vec<String> = self.fields.iter().map(ToString::to_string).collect();
        named_columns(&names)
    }
}

/// The columns that are users and items by their names, in any spelling that a header of interactions may have.
///
/// ```
/// let names = ["rating", "movieId", "userId"].map(str::to_owned);
/// assert_eq!(foretaste_io::named_columns(&names), (Some(2), Some(1)));
/// ```
pub fn named_columns(names: &[String]) -> (Option<usize>, Option<usize>) {
    (Role::User.find(names), Role::Item.find(names))
}

/// Calls `take` with each row of a file such as `propensities.csv`, the header included.
///
/// Delimiter and compression are sniffed as for interactions. Text is UTF-8 or else windows-1252. Of
/// JSON lines the first row has the names of the fields, and those below have what is single of them;
/// what is missing, null or nested is empty.
///
/// # Errors
/// Those of `take`, and [`Error::Row`] and [`Error::Input`] for what can't be read, as the
/// caller's.
pub fn read_rows<E: From<Error>>(
    path: impl AsRef<Path>,
    take: impl FnMut(TextRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let name = path.as_ref().display().to_string();
    let (file, _) = open(path.as_ref()).map_err(|problem| in_file(&name, problem))?;
    read_rows_from(file, &name, take)
}

/// [`read_rows`] from any input, which messages call `name`.
///
/// # Errors
/// As [`read_rows`].
pub fn read_rows_from<E: From<Error>>(
    input: impl Read,
    name: &str,
    mut take: impl FnMut(TextRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let text = Text::open(input).map_err(|problem| in_file(name, problem))?;
    let compression = text.compression;
    let names = json_names(&text).map_err(|problem| in_file(name, problem))?;
    let mut records = match &names {
        Some(names) => {
            let fields = names.iter().map(|name| Cow::Borrowed(name.as_str())).collect();
            take(TextRow { line: 1, fields, names: true })?;
            let all = JsonFields::new(names.clone(), 0..names.len());
            Records::of_json(text.into_read(), LINES, all)
        }
        None => {
            let (dialect, _) = choose(&text.sample, text.complete, &Delimiter::ALL, |_| false);
            Records::new(text.into_read(), dialect)
        }
    };
    let mut rows = 0_u64;
    while let Some(record) =
        records.next().map_err(|error| record_error(error, name, compression))?
    {
        let line = record.line;
        match record.check() {
            Ok(()) | Err(RowProblem::Nested { .. }) => {}
            Err(problem) => {
                let error = RecordError::Bad { line, problem };
                return Err(record_error(error, name, compression).into());
            }
        }
        let field = |n| record.field(n).map_or(Cow::Borrowed(""), decode);
        take(TextRow { line, fields: (0..record.len()).map(field).collect(), names: false })?;
        rows += 1;
    }
    match rows {
        0 => Err(in_file(name, InputProblem::Empty).into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        std::fs::write(&path, bytes).unwrap();
        let mut rows = Vec::new();
        read_rows(&path, |row| {
            rows.push((row.line, row.fields.iter().map(|field| field.to_string()).collect()));
            Ok::<(), Error>(())
        })?;
        Ok(rows)
    }

    #[test]
    fn users_and_items_are_known_by_name() {
        let columns = |names: &[&'static str]| {
            let fields = names.iter().map(|&name| Cow::Borrowed(name)).collect();
            TextRow { line: 1, fields, names: true }.named_columns()
        };
        assert_eq!(columns(&["p", "Movie ID", "userId"]), (Some(2), Some(1)));
        assert_eq!(columns(&["a", "0.5"]), (None, None));
    }

    #[test]
    fn rows_come_with_their_lines_whatever_the_delimiter() {
        let expected = [(1, vec!["item", "p"]), (3, vec!["a b", "0.5"]), (4, vec!["c", "1"])];
        for text in [
            "item,p\n\n\"a b\",0.5\nc,1\n",
            "item;p\r\n\r\na b;0.5\r\nc;1",
            "item\tp\n\na b\t0.5\nc\t1\n",
        ] {
            let found = rows(text.as_bytes()).unwrap();
            let found: Vec<_> = (found.iter())
                .map(|(line, row)| (*line, row.iter().map(String::as_str).collect::<Vec<_>>()))
                .collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn rows_of_json_come_below_their_names() {
        let text = b"{\"user\":1,\"at\":[2],\"item\":\"a b\"}\n\n{\"item\":null,\"user\":\"u\"}\n";
        let expected = [(1, ["user", "at", "item"]), (1, ["1", "", "a b"]), (3, ["u", "", ""])];
        let expected = expected.map(|(line, row)| (line, row.map(str::to_owned).to_vec()));
        assert_eq!(rows(text).unwrap(), expected);
        let error = rows(b"{\"user\":1}\n{\"user\":\n").unwrap_err().to_string();
        assert!(error.contains("table:2: "), "{error}");
    }

    #[test]
    fn what_is_no_table_is_an_error_that_names_the_file() {
        for bytes in [&b""[..], b"\n \n", b"\0\x01\x02\0"] {
            let error = rows(bytes).unwrap_err().to_string();
            assert!(error.contains("table: "), "{error}");
        }
        let error = rows(b"a,b\n\"c,d\n").unwrap_err().to_string();
        assert!(error.contains("table:2: "), "{error}");
    }
}
