//! Lists of ids: one a line, or a column of a table.

use std::path::Path;

use crate::error::RowProblem;
use crate::read::{RecordError, Records, Text, choose, decode, in_file, open, record_error};
use crate::{Delimiter, Error, InputProblem, Side};

/// An id of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedId {
    /// The line where it stands, counted from 1.
    pub line: u64,
    /// The id.
    pub id: String,
}

/// The delimiters of a table; blanks are part of ids.
const DELIMITERS: [Delimiter; 5] = [
    Delimiter::Comma,
    Delimiter::Tab,
    Delimiter::Semicolon,
    Delimiter::Pipe,
    Delimiter::DoubleColon,
];

/// Reads the ids of a list, in the order of the file.
///
/// A file whose first line names a column of such ids and other columns, as in `item,title`, is a
/// table, of which that column is taken. Any other file has one id a line: the whole line if
/// `is_known`, else without blanks around it. A first line that is the name of such a column alone is
/// no id, unless `is_known`, and below it ids may be in quotes. Compression is sniffed. Text is UTF-8
/// or else windows-1252.
///
/// # Errors
/// [`Error::Row`] for a row of a table without an id, [`Error::Input`] for a file that can't be read
/// or has no id.
pub fn read_ids(
    path: impl AsRef<Path>,
    side: Side,
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<ListedId>, Error> {
    let name = path.as_ref().display().to_string();
    let (file, _) = open(path.as_ref()).map_err(|problem| in_file(&name, problem))?;
    let text = Text::open(file).map_err(|problem| in_file(&name, problem))?;
    let compression = text.compression;
    let of_table = |row: &[String]| side.role().find(row).filter(|_| row.len() > 1);
    let is_table = |row: &[String]| of_table(row).is_some();
    let (mut dialect, sample) = choose(&text.sample, text.complete, &DELIMITERS, is_table);
    let column = of_table(sample.first());
    // Of lines, neither quotes nor delimiters mean anything.
    dialect.quotes &= column.is_some();
    let mut records = Records::new(text.into_read(), dialect);
    let (mut ids, mut first, mut header) = (Vec::new(), true, false);
    while let Some(record) =
        records.next().map_err(|error| record_error(error, &name, compression))?
    {
        let line = record.line;
        let id = match column {
            Some(column) => decode(record.field(column).unwrap_or_default()).into_owned(),
            None => line_id(&decode(record.text()), header, &is_known),
        };
        if std::mem::take(&mut first) {
            let named = || side.role().find(std::slice::from_ref(&id)).is_some() && !is_known(&id);
            header = column.is_some() || named();
            if header {
                continue;
            }
        }
        if id.is_empty() {
            let problem = RowProblem::EmptyId { side: side.role().name() };
            return Err(record_error(RecordError::Bad { line, problem }, &name, compression));
        }
        ids.push(ListedId { line, id });
    }
    match (ids.is_empty(), header) {
        (false, _) => Ok(ids),
        (true, true) => Err(in_file(&name, InputProblem::HeaderOnly)),
        (true, false) => Err(in_file(&name, InputProblem::Empty)),
    }
}

/// The id in a line; below the name of its column it may be in quotes.
fn line_id(line: &str, below_name: bool, is_known: impl Fn(&str) -> bool) -> String {
    let trimmed = line.trim();
    match unquoted(trimmed).filter(|_| below_name) {
        _ if is_known(line) => line.to_owned(),
        Some(id) if !is_known(trimmed) => id,
        _ => trimmed.to_owned(),
    }
}

/// What is in quotes, if all of it is.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let whole = !inner.replace("\"\"", "").contains('"');
    whole.then(|| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], side: Side) -> Result<Vec<(u64, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        std::fs::write(&path, bytes).unwrap();
        let is_known = |id: &str| ["users", " a", "\"k\""].contains(&id);
        let ids = read_ids(&path, side, is_known).map_err(|error| error.to_string())?;
        Ok(ids.into_iter().map(|listed| (listed.line, listed.id)).collect())
    }

    #[test]
    fn ids_are_whole_lines_or_a_column() {
        for (text, expected) in [
            ("5\n\n 7 \r\n", &[(1, "5"), (3, "7")][..]),
            ("\u{feff}a,b\nblue tea\n\"c\n", &[(1, "a,b"), (2, "blue tea"), (3, "\"c")]),
            ("item\n5\n", &[(2, "5")]),
            ("5\nitem\n", &[(1, "5"), (2, "item")]),
            ("title,movieId\n\"Tea, no. 1\",5\n", &[(2, "5")]),
            ("item_id\ttitle\nblue tea\tTea\n", &[(2, "blue tea")]),
            ("caf\u{e9}\n", &[(1, "caf\u{e9}")]),
            ("item,title\n\" a\",A\n b ,B\n", &[(2, " a"), (3, "b")]),
            (" a\n b\n", &[(1, " a"), (2, "b")]),
            ("item\n\"b\"\n\" c \"\n", &[(2, "b"), (3, " c ")]),
            ("\"item\"\n\"d \"\"e\"\"\"\n", &[(2, "d \"e\"")]),
            ("item\n\"f\n\"g\" h\"\n", &[(2, "\"f"), (3, "\"g\" h\"")]),
            ("item\n\"k\"\n", &[(2, "\"k\"")]),
            ("\"b\"\n", &[(1, "\"b\"")]),
        ] {
            let found = read(text.as_bytes(), Side::Item).unwrap();
            let found: Vec<_> = found.iter().map(|(line, id)| (*line, id.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        // A name of a column that is an id is an id.
        assert_eq!(read(b"users\n5\n", Side::User).unwrap().len(), 2);
        assert_eq!(read(b"user\n5\n", Side::User).unwrap(), [(2, "5".to_owned())]);
    }

    #[test]
    fn what_has_no_id_is_an_error_that_names_file_and_line() {
        for (text, said) in [
            (&b""[..], "list: the file is empty"),
            (b"\n \n", "list: the file is empty"),
            (b"item\n", "list: the file has a header and no rows"),
            (b"item,title\n", "list: the file has a header and no rows"),
            (b"title,item\nTea,5\nTea\n", "list:3: the item id is empty"),
            (b"\0\x01\x02\0", "list: this is a binary file"),
        ] {
            let error = read(text, Side::Item).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
