//! Item titles from a side file, to show beside ids.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crate::error::RowProblem;
use crate::features::check_id;
use crate::read::{
    RecordError, Records, Role, Text, choose, decode, find_title, in_file, open, record_error,
};
use crate::{Delimiter, Error, InputProblem, Side};

/// Titles by item id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Titles {
    by_id: BTreeMap<Box<str>, Box<str>>,
}

impl Titles {
    /// The title of an item.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(AsRef::as_ref)
    }

    /// Number of items with a title.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no title.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All ids with their titles, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_id.iter().map(|(id, title)| (id.as_ref(), title.as_ref()))
    }
}

/// Of an item that comes twice, the first title counts.
impl<I: AsRef<str>, T: AsRef<str>> FromIterator<(I, T)> for Titles {
    fn from_iter<P: IntoIterator<Item = (I, T)>>(pairs: P) -> Self {
        let mut titles = Self::default();
        for (id, title) in pairs {
            titles.by_id.entry(id.as_ref().into()).or_insert_with(|| title.as_ref().into());
        }
        titles
    }
}

/// The delimiters of a table; blanks are part of titles.
const DELIMITERS: [Delimiter; 5] = [
    Delimiter::DoubleColon,
    Delimiter::Tab,
    Delimiter::Comma,
    Delimiter::Semicolon,
    Delimiter::Pipe,
];

/// Reads the titles in a file such as `movies.csv`, `movies.dat` or `u.item`.
///
/// Delimiter, header and compression are sniffed as for interactions. A header names the columns;
/// without one the first is the id and the second the title. Text is UTF-8 or else windows-1252.
///
/// # Errors
/// [`Error::Row`] for a row without id and title, [`Error::Input`] for a file that can't be read.
pub fn read_titles(path: impl AsRef<Path>) -> Result<Titles, Error> {
    let name = path.as_ref().display().to_string();
    let (file, _) = open(path.as_ref()).map_err(|problem| in_file(&name, problem))?;
    read_titles_from(file, &name)
}

/// [`read_titles`] from any input, which messages call `name`.
///
/// # Errors
/// As [`read_titles`].
pub fn read_titles_from(input: impl Read, name: &str) -> Result<Titles, Error> {
    let text = Text::open(input).map_err(|problem| in_file(name, problem))?;
    let compression = text.compression;
    let (dialect, sample) = choose(&text.sample, text.complete, &DELIMITERS, is_header);
    let columns = columns(sample.first());
    let mut records = Records::new(text.into_read(), dialect);
    let (mut titles, mut first) = (Titles::default(), true);
    loop {
        let record = match records.next() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(error) => return Err(record_error(error, name, compression)),
        };
        if std::mem::take(&mut first) && columns.header {
            continue;
        }
        let (Some(id), Some(title)) = (record.field(columns.id), record.field(columns.title))
        else {
            let problem = RowProblem::TooFewFields {
                found: record.len(),
                expected: columns.id.max(columns.title) + 1,
                delimiter: dialect.delimiter.name(),
            };
            let error = RecordError::Bad { line: record.line, problem };
            return Err(record_error(error, name, compression));
        };
        check_id(id, Side::Item).map_err(|problem| {
            record_error(RecordError::Bad { line: record.line, problem }, name, compression)
        })?;
        let (id, title) = (decode(id), decode(title));
        titles.by_id.entry(id.as_ref().into()).or_insert_with(|| title.as_ref().into());
    }
    if titles.is_empty() {
        let problem = if columns.header { InputProblem::HeaderOnly } else { InputProblem::Empty };
        return Err(in_file(name, problem));
    }
    Ok(titles)
}

struct TitleColumns {
    id: usize,
    title: usize,
    header: bool,
}

/// A header names a title column and, by name or as the first other one, an id column. A file
/// without a header may well hold an item called "Title": its first row has a number for an id.
fn is_header(row: &[String]) -> bool {
    find_title(row).is_some()
        && row.len() > 1
        && row.iter().all(|field| field.parse::<f64>().is_err())
}

fn columns(first: &[String]) -> TitleColumns {
    if !is_header(first) {
        return TitleColumns { id: 0, title: 1, header: false };
    }
    let title = find_title(first).unwrap_or(1);
    let id = Role::Item.find(first).filter(|&id| id != title);
    TitleColumns { id: id.unwrap_or(usize::from(title == 0)), title, header: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Titles, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("titles");
        std::fs::write(&path, text).unwrap();
        read_titles(&path)
    }

    #[test]
    fn the_usual_title_files_are_read() {
        let csv =
            read(b"movieId,title,genres\n1,\"Usual, The\",A|B\n2,\"A \"\"B\"\"\",C|D\n").unwrap();
        assert_eq!(csv.get("1"), Some("Usual, The"));
        assert_eq!(csv.get("2"), Some("A \"B\""));
        let dat = read(b"1::Caf\xe9, Le::A|B\n2::Up::C\n").unwrap();
        assert_eq!(
            (dat.get("1"), dat.get("2"), dat.get("3")),
            (Some("Café, Le"), Some("Up"), None)
        );
        let item = read(b"1|Title (1995)|01-Jan-1995||0|1\n2|Four, Rooms|x||0|0\n").unwrap();
        assert_eq!(item.get("2"), Some("Four, Rooms"));
        assert_eq!(item.len(), 2);
        let swapped = read(b"name;item_id\nUp;7\n").unwrap();
        assert_eq!(swapped.iter().collect::<Vec<_>>(), [("7", "Up")]);
    }

    #[test]
    fn the_first_of_two_titles_counts() {
        assert_eq!(read(b"1,a\n1,b\n").unwrap().get("1"), Some("a"));
    }

    #[test]
    fn bad_title_files_are_errors() {
        let message = |text: &[u8]| {
            let message = read(text).unwrap_err().to_string();
            message[message.rfind("titles:").unwrap()..].to_owned()
        };
        assert_eq!(message(b""), "titles: the file is empty");
        assert_eq!(message(b"id,title\n"), "titles: the file has a header and no rows");
        assert_eq!(
            message(b"1,a\n2\n"),
            "titles:2: found 1 field(s), expected at least 2 (delimiter ',')"
        );
        assert_eq!(message(b"1,a\n,b\n"), "titles:2: the item id is empty");
    }
}
