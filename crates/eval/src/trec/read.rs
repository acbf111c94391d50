//! Reading runs and qrels.

use super::unescape_id;
use crate::Error;
use foretaste_data::IdTable;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::io::{self, BufRead};

/// Relevance of items for users, from a qrels file.
#[derive(Clone, Debug, PartialEq)]
pub struct Qrels(Table);

/// Ranked lists, from a run file.
#[derive(Clone, Debug, PartialEq)]
pub struct Run(Table);

/// A number for some pairs of users and items.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) users: IdTable,
    pub(super) items: IdTable,
    /// Where each user's entries start.
    starts: Vec<usize>,
    /// Dense index of the item, and the number.
    entries: Vec<(u32, f64)>,
}

impl Qrels {
    /// Reads lines of `user 0 item rel`; blank ones are skipped. `rel` may be any finite number;
    /// an item is relevant if it is above 0. `file` names the input in errors.
    ///
    /// # Errors
    /// [`Error::Line`] if a line breaks the format or repeats a pair; [`Error::Io`].
    pub fn read(input: impl BufRead, file: &str) -> Result<Self, Error> {
        let format = Format { fields: &["user", "0", "item", "rel"], value: 3 };
        Ok(Self(read_table(input, file, &format)?))
    }

    /// The ids of the users, relevant items or not.
    pub fn users(&self) -> &IdTable {
        &self.0.users
    }

    pub(super) fn table(&self) -> &Table {
        &self.0
    }
}

impl Run {
    /// Reads lines of `user Q0 item rank score tag`; blank ones are skipped. The lines may come in
    /// any order: a list is sorted by score, descending, and ties by item id, ascending. `file`
    /// names the input in errors.
    ///
    /// # Errors
    /// [`Error::Line`] if a line breaks the format or repeats a pair; [`Error::Io`].
    pub fn read(input: impl BufRead, file: &str) -> Result<Self, Error> {
        let format = Format { fields: &["user", "Q0", "item", "rank", "score", "tag"], value: 4 };
        let mut table = read_table(input, file, &format)?;
        for bounds in table.starts.windows(2) {
            // Stable: ties stay in the order of items, which is ascending.
            let by_score = |a: &(u32, f64), b: &(u32, f64)| b.1.partial_cmp(&a.1);
            table.entries[bounds[0]..bounds[1]]
                .sort_by(|a, b| by_score(a, b).expect("the reader refuses NaN"));
        }
        Ok(Self(table))
    }

    /// The ids of the users.
    pub fn users(&self) -> &IdTable {
        &self.0.users
    }

    /// The list of a user, best first: items and scores; empty if the run holds none.
    pub fn list(&self, user: &str) -> impl Iterator<Item = (Cow<'_, str>, f64)> {
        let row = self.0.users.index_of(user).map_or(&[][..], |user| self.0.row(user));
        let name = |item| self.0.items.name(item).expect("entries index the table of items");
        row.iter().map(move |&(item, score)| (name(item), score))
    }

    pub(super) fn table(&self) -> &Table {
        &self.0
    }
}

impl Table {
    /// The entries of one user.
    pub(super) fn row(&self, user: u32) -> &[(u32, f64)] {
        &self.entries[self.starts[user as usize]..self.starts[user as usize + 1]]
    }
}

/// What a line holds.
struct Format {
    fields: &'static [&'static str],
    /// Which field is the number.
    value: usize,
}

impl Format {
    /// User, item and number of a line; none if it is blank.
    fn parse<'a>(&self, line: &'a str) -> Result<Option<(&'a str, &'a str, f64)>, String> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        if fields.is_empty() {
            return Ok(None);
        }
        if fields.len() != self.fields.len() {
            let (expected, names) = (self.fields.len(), self.fields.join(" "));
            return Err(format!("{} fields instead of {expected} ({names})", fields.len()));
        }
        match fields[self.value].parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some((fields[0], fields[2], value))),
            _ => {
                let (name, value) = (self.fields[self.value], fields[self.value]);
                Err(format!("{name} {value:?} is not a finite number"))
            }
        }
    }
}

/// One line, by order of appearance of its ids.
struct Row {
    user: u32,
    item: u32,
    value: f64,
    line: usize,
}

/// Numbers ids in order of appearance, then by their order in a table.
#[derive(Default)]
struct Ids(FxHashMap<String, u32>);

impl Ids {
    fn number(&mut self, token: &str) -> u32 {
        let (id, next) = (unescape_id(token), self.0.len() as u32);
        match self.0.get(id.as_ref()) {
            Some(&number) => number,
            None => *self.0.entry(id.into_owned()).or_insert(next),
        }
    }

    /// The table, and the dense index of each number. (The table sorts, and each index has one
    /// place: the order of the map does not matter.)
    fn into_table(self) -> (IdTable, Vec<u32>) {
        let table = IdTable::from_text(self.0.keys());
        let mut indices = vec![0; self.0.len()];
        for (id, number) in &self.0 {
            indices[*number as usize] = table.index_of(id).expect("the table was made of these");
        }
        (table, indices)
    }
}

fn read_table(input: impl BufRead, file: &str, format: &Format) -> Result<Table, Error> {
    let at_line = |line, problem| Error::Line { file: file.to_owned(), line, problem };
    let (mut users, mut items, mut rows) = (Ids::default(), Ids::default(), Vec::new());
    for (line, text) in (1..).zip(input.lines()) {
        let text = text.map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => at_line(line, "is not UTF-8 text".to_owned()),
            _ => Error::Io { file: file.to_owned(), source },
        })?;
        if let Some((user, item, value)) = format.parse(&text).map_err(|p| at_line(line, p))? {
            rows.push(Row { user: users.number(user), item: items.number(item), value, line });
        }
    }
    let ((users, user_of), (items, item_of)) = (users.into_table(), items.into_table());
    for row in &mut rows {
        (row.user, row.item) = (user_of[row.user as usize], item_of[row.item as usize]);
    }
    rows.sort_unstable_by_key(|row| (row.user, row.item, row.line));
    let is_repeat = |two: &&[Row]| (two[0].user, two[0].item) == (two[1].user, two[1].item);
    if let Some([first, again]) = rows.windows(2).find(is_repeat) {
        let (user, item) = (users.name(again.user), items.name(again.item));
        let (user, item) = (user.unwrap_or_default(), item.unwrap_or_default());
        let problem = format!("user {user:?}, item {item:?} again, after line {}", first.line);
        return Err(at_line(again.line, problem));
    }
    Ok(compress(users, items, &rows))
}

/// Rows, sorted by user, then item, as sparse rows.
fn compress(users: IdTable, items: IdTable, rows: &[Row]) -> Table {
    let mut starts = vec![0; users.len() + 1];
    rows.iter().for_each(|row| starts[row.user as usize + 1] += 1);
    (0..users.len()).for_each(|user| starts[user + 1] += starts[user]);
    let entries = rows.iter().map(|row| (row.item, row.value)).collect();
    Table { users, items, starts, entries }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<Run, Error> {
        Run::read(text.as_bytes(), "run.txt")
    }

    fn list(run: &Run, user: &str) -> Vec<String> {
        run.list(user).map(|(item, _)| item.into_owned()).collect()
    }

    #[test]
    fn lists_are_sorted_by_score_and_ties_by_id() {
        let numbers =
            run("u Q0 10 1 .5 t\nu Q0 9 2 .5 t\n\nu\tQ0 7 3  1e3 t\r\nv Q0 9 1 -1 t").unwrap();
        assert_eq!(list(&numbers, "u"), ["7", "9", "10"]);
        assert_eq!(list(&numbers, "v"), ["9"]);
        assert!(list(&numbers, "w").is_empty());
        let text = run("u Q0 10 1 1 t\nu Q0 9 1 1 t\nu Q0 x 1 1 t").unwrap();
        assert_eq!(list(&text, "u"), ["10", "9", "x"]);
    }

    #[test]
    fn ids_are_unescaped() {
        let found = run("a%20b Q0 50%25 1 1 t\n% Q0 % 1 1 t").unwrap();
        assert_eq!((list(&found, "a b"), list(&found, "")), (vec!["50%".into()], vec!["".into()]));
        // Two tokens of another tool that name one id here are not merged unnoticed.
        assert!(run("u Q0 50%25 1 1 t\nu Q0 50% 2 0 t").is_err());
    }

    #[test]
    fn errors_name_file_line_and_value() {
        let message = |text: &str| run(text).unwrap_err().to_string();
        assert_eq!(
            message("u Q0 1 1 1 t\nu Q0 1 1 1"),
            "run.txt:2: 5 fields instead of 6 (user Q0 item rank score tag)"
        );
        assert_eq!(message("u Q0 1 1 nan t"), r#"run.txt:1: score "nan" is not a finite number"#);
        assert_eq!(message("u Q0 1 1 five t"), r#"run.txt:1: score "five" is not a finite number"#);
        assert_eq!(
            message("u Q0 1 1 1 t\nu Q0 2 1 1 t\nu Q0 1 1 2 t"),
            r#"run.txt:3: user "u", item "1" again, after line 1"#
        );
        let latin = Qrels::read(&b"u 0 1 1\nu 0 \xe9 1"[..], "q").unwrap_err();
        assert_eq!(latin.to_string(), "q:2: is not UTF-8 text");
    }
}
