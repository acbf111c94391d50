//! Lists of ids: one a line, or a column of a table.

use std::io::Read;
use std::path::Path;

use crate::error::{RowProblem, shown};
use crate::read::{
    Dialect, JsonFields, LINES, RecordError, Records, Sample, Text, choose, decode, in_file,
    json_names, open, record_error,
};
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

/// Where ids are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A line is an id.
    Line,
    /// A column of a table.
    Column(usize),
    /// Each field of the only line is an id.
    Fields,
}

/// Reads the ids of a list, in the order of the file.
///
/// A file whose first line names a column of such ids and other columns, as in `item,title`, is a
/// table, of which that column is taken; of JSON lines it is the field of such a name. Any other file
/// has one id a line: the whole line if `is_known`, else what is in its quotes if that is, else the line
/// without blanks around it. Only where more fields of a column than lines are known, that column is
/// taken, the first of several; of a single line all fields, if all are known. A first line that is the
/// name of such a column alone is no id, unless `is_known`, and below it ids may be in quotes.
/// Compression is sniffed. Text is UTF-8 or else windows-1252.
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
    read_ids_from(file, &name, side, is_known)
}

/// [`read_ids`] from any input, which messages call `name`.
///
/// # Errors
/// As [`read_ids`].
pub fn read_ids_from(
    input: impl Read,
    name: &str,
    side: Side,
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<ListedId>, Error> {
    let text = Text::open(input).map_err(|problem| in_file(name, problem))?;
    if let Some(names) = json_names(&text).map_err(|problem| in_file(name, problem))? {
        return of_json(text, name, side, names);
    }
    let compression = text.compression;
    let of_table = |row: &[String]| side.role().find(row).filter(|_| row.len() > 1);
    let is_table = |row: &[String]| of_table(row).is_some();
    let (mut dialect, sample) = choose(&text.sample, text.complete, &DELIMITERS, is_table);
    let named = of_table(sample.first());
    let place = match named {
        Some(column) => Place::Column(column),
        None => unnamed(&text.sample, text.complete, dialect, &sample, &is_known),
    };
    // Of lines, neither quotes nor delimiters mean anything.
    dialect.quotes &= place != Place::Line;
    let mut records = Records::new(text.into_read(), dialect);
    let (mut ids, mut first, mut header) = (Vec::new(), true, false);
    while let Some(record) =
        records.next().map_err(|error| record_error(error, name, compression))?
    {
        let line = record.line;
        let field = |at: usize| decode(record.field(at).unwrap_or_default()).into_owned();
        let found = match place {
            Place::Line => vec![line_id(&decode(record.text()), header, &is_known)],
            Place::Column(column) => vec![field(column)],
            Place::Fields => (0..record.len()).map(field).collect(),
        };
        if std::mem::take(&mut first) {
            let is_name = || side.role().find(&found).is_some() && !is_known(&found[0]);
            header = named.is_some() || (place == Place::Line && is_name());
            if header {
                continue;
            }
        }
        for id in found {
            let checked = checked(id, line, side);
            ids.push(checked.map_err(|error| record_error(error, name, compression))?);
        }
    }
    match (ids.is_empty(), header) {
        (false, _) => Ok(ids),
        (true, true) => Err(in_file(name, InputProblem::HeaderOnly)),
        (true, false) => Err(in_file(name, InputProblem::Empty)),
    }
}

fn checked(id: String, line: u64, side: Side) -> Result<ListedId, RecordError> {
    match id.is_empty() {
        true => Err(RecordError::Bad {
            line,
            problem: RowProblem::EmptyId { side: side.role().name() },
        }),
        false => Ok(ListedId { line, id }),
    }
}

/// Ids of JSON lines with these fields.
fn of_json(
    text: Text<'_>,
    name: &str,
    side: Side,
    names: Vec<String>,
) -> Result<Vec<ListedId>, Error> {
    let compression = text.compression;
    let column = side.role().find(&names);
    // Where no line can be read, reading says why.
    if column.is_none() && !names.is_empty() {
        let available = names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        let problem = InputProblem::NoField { side: side.role().name(), available };
        return Err(in_file(name, problem));
    }
    let mut records = Records::of_json(text.into_read(), LINES, JsonFields::new(names, column));
    let mut ids = Vec::new();
    while let Some(record) =
        records.next().map_err(|error| record_error(error, name, compression))?
    {
        let line = record.line;
        let bytes = column.and_then(|column| record.field(column)).unwrap_or_default();
        let id = record.check().map_err(|problem| RecordError::Bad { line, problem });
        let id = id.and_then(|()| checked(decode(bytes).into_owned(), line, side));
        ids.push(id.map_err(|error| record_error(error, name, compression))?);
    }
    Ok(ids)
}

/// Where ids are in a file that does not name them, by its beginning.
fn unnamed(
    text: &[u8],
    complete: bool,
    dialect: Dialect,
    sample: &Sample,
    is_known: impl Fn(&str) -> bool,
) -> Place {
    let lines = text.split(|byte| *byte == dialect.terminator).map(decode);
    let lines = lines.filter(|line| is_known(&line_id(line, false, &is_known))).count();
    let known = |column: usize| {
        let fields = sample.rows.iter().filter_map(|row| row.get(column));
        fields.filter(|field| is_known(field)).count()
    };
    let columns = (0..sample.width().0).map(|column| (known(column), column));
    let best = columns.rev().max_by_key(|(known, _)| *known).filter(|(known, _)| *known > lines);
    match (&sample.rows[..], best) {
        (_, None) => Place::Line,
        ([only], _) if complete && only.iter().all(|field| is_known(field)) => Place::Fields,
        (_, Some((_, column))) => Place::Column(column),
    }
}

/// The id in a line; below the name of its column, or if it is known so, it may be in quotes.
fn line_id(line: &str, below_name: bool, is_known: impl Fn(&str) -> bool) -> String {
    let trimmed = line.trim();
    match unquoted(trimmed).filter(|id| below_name || is_known(id)) {
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
        let known = ["users", " a", "\"k\"", "2987", "2947", "a,c", "q"];
        let is_known = |id: &str| known.contains(&id);
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
            ("\"q\"\n", &[(1, "q")]),
            ("2987,sold out\n2947,late\n1,new\n", &[(1, "2987"), (2, "2947"), (3, "1")]),
            ("\"sold, out\";2987\nlate;2947\n", &[(1, "2987"), (2, "2947")]),
            ("2987,2947\n2947,2987\n", &[(1, "2987"), (2, "2947")]),
            ("2987,2947,q\n", &[(1, "2987"), (1, "2947"), (1, "q")]),
            ("2987,2947,r\n", &[(1, "2987")]),
            ("a,c\nq\n", &[(1, "a,c"), (2, "q")]),
            ("{\"item\":2987,\"why\":[1]}\n{\"item\":\"q\"}\n", &[(1, "2987"), (2, "q")]),
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
            (b"2987,a\n2947,b\n,c\n", "list:3: the item id is empty"),
            (b"{\"item\":1}\n{}\n", "list:2: the item id is empty"),
            (b"{\"item\":1}\n{\n", "list:2: "),
            (b"{\"thing\":1}\n", "list: no field is known to be the item; there are: thing"),
            (b"[{\"item\":1}]\n", "list: this is one JSON array"),
        ] {
            let error = read(text, Side::Item).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
