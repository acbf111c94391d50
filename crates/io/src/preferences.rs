//! What users are said to prefer: rows of a user, an item that is liked and one that is not.

use std::path::Path;

use serde::Serialize;

use crate::error::{RowProblem, shown};
use crate::read::Role;
use crate::{Error, TextRow, read_rows};
use foretaste_data::{IdTable, ItemId, Preference, UserId};

/// The names of the columns, in the order that they have where they are not named.
const NAMES: [&str; 3] = ["user", "liked", "disliked"];

/// Unknown ids that are told.
const FEW: usize = 3;

/// What reading a file of preferences found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PreferenceReport {
    /// The file, as it was named.
    pub file: String,
    /// Its rows, without the header.
    pub rows: u64,
    /// Rows with a user or an item that is not known: left out.
    pub unknown: u64,
    /// The first few of these ids.
    pub unknown_ids: Vec<String>,
    /// Rows that prefer an item to itself: left out.
    pub same: u64,
    /// Rows that were there before: they count once.
    pub repeats: u64,
}

/// Reads preferences of users and items that are known: `user,liked,disliked`.
///
/// Delimiter and compression are sniffed as for interactions. A first row that names these columns is a
/// header, and without one they are the first three; of JSON lines they are fields of these names. The
/// result is in the order of users and items, whatever that of the file.
///
/// # Errors
/// [`Error::Row`] for a row without one of the three, [`Error::Input`] for a file that can't be read.
pub fn read_preferences(
    path: impl AsRef<Path>,
    users: &IdTable,
    items: &IdTable,
) -> Result<(Vec<Preference>, PreferenceReport), Error> {
    let name = path.as_ref().display().to_string();
    let mut report = PreferenceReport { file: name.clone(), ..PreferenceReport::default() };
    let mut found = Vec::new();
    let mut columns = None;
    read_rows(path, |row| {
        let in_row = |problem| Error::Row { file: name.clone(), line: row.line, problem };
        let at = match columns {
            Some(columns) => columns,
            None => {
                let (at, header) = columns_of(&row).map_err(in_row)?;
                columns = Some(at);
                if header {
                    return Ok(());
                }
                at
            }
        };
        report.rows += 1;
        let [user, liked, disliked] = fields(&row, at).map_err(in_row)?;
        let ids = [users.index_of(user), items.index_of(liked), items.index_of(disliked)];
        match ids {
            [Some(_), Some(liked), Some(disliked)] if liked == disliked => report.same += 1,
            [Some(user), Some(liked), Some(disliked)] => found.push(Preference {
                user: UserId(user),
                liked: ItemId(liked),
                disliked: ItemId(disliked),
            }),
            ids => {
                report.unknown += 1;
                let of = ids.into_iter().zip([user, liked, disliked]);
                for id in of.filter(|(known, _)| known.is_none()).map(|(_, id)| shown(id)) {
                    if report.unknown_ids.len() < FEW && !report.unknown_ids.contains(&id) {
                        report.unknown_ids.push(id);
                    }
                }
            }
        }
        Ok::<(), Error>(())
    })?;
    found.sort_unstable();
    let all = found.len();
    found.dedup();
    report.repeats = (all - found.len()) as u64;
    Ok((found, report))
}

/// Where the three are, and whether the row says so.
fn columns_of(row: &TextRow<'_>) -> Result<([usize; 3], bool), RowProblem> {
    let names: Vec<String> =
        row.fields.iter().map(|field| field.trim().to_ascii_lowercase()).collect();
    let named = |name: &str| names.iter().position(|other| other == name);
    let user = named(NAMES[0]).or_else(|| Role::User.find(&names));
    match [user, named(NAMES[1]), named(NAMES[2])] {
        [Some(user), Some(liked), Some(disliked)] => Ok(([user, liked, disliked], true)),
        all if row.names => {
            let missing = all.iter().position(Option::is_none).unwrap_or_default();
            Err(RowProblem::MissingField { name: NAMES[missing].to_owned() })
        }
        _ => Ok(([0, 1, 2], false)),
    }
}

fn fields<'a>(row: &'a TextRow<'_>, at: [usize; 3]) -> Result<[&'a str; 3], RowProblem> {
    let mut all = [""; 3];
    for ((at, name), field) in at.into_iter().zip(NAMES).zip(&mut all) {
        *field = row.fields.get(at).map_or("", |field| field.as_ref());
        if field.is_empty() {
            return Err(RowProblem::MissingField { name: name.to_owned() });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<[u32; 3]>, PreferenceReport), Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("extra.csv");
        std::fs::write(&path, text).unwrap();
        let (users, items) = (IdTable::from_text(["u", "v"]), IdTable::from_text(["a", "b,", "c"]));
        let (rows, report) = read_preferences(&path, &users, &items)?;
        let plain = |one: Preference| [one.user.0, one.liked.0, one.disliked.0];
        Ok((rows.into_iter().map(plain).collect(), report))
    }

    #[test]
    fn rows_are_read_in_any_order_and_form() {
        let expected = [[0, 0, 2], [0, 1, 0], [1, 2, 1]];
        for text in [
            "user,liked,disliked\nv,c,\"b,\"\nu,a,c\nu,\"b,\",a\n",
            "v;c;b,\nu;a;c\nu;b,;a\n",
            "Disliked\tUser_ID\tx\tLiked\nb,\tv\t1\tc\nc\tu\t\ta\na\tu\t\tb,\n",
            "{\"user\": \"v\", \"liked\": \"c\", \"disliked\": \"b,\"}\n\
             {\"liked\": \"a\", \"user\": \"u\", \"disliked\": \"c\"}\n\
             {\"liked\": \"b,\", \"user\": \"u\", \"disliked\": \"a\"}\n",
        ] {
            let (rows, report) = read(text).unwrap();
            assert_eq!(rows, expected, "{text}");
            assert_eq!((report.rows, report.unknown, report.repeats), (3, 0, 0));
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let text = "user,liked,disliked\nu,a,c\nu,a,c\nu,a,a\nx,a,c\nu,y,z\nx,a,a\n";
        let (rows, report) = read(text).unwrap();
        assert_eq!(rows, [[0, 0, 2]]);
        assert_eq!((report.rows, report.unknown), (6, 3));
        assert_eq!((report.same, report.repeats), (1, 1));
        assert_eq!(report.unknown_ids, ["x", "y", "z"]);
    }

    #[test]
    fn rows_that_are_wrong_are_told_with_their_place() {
        for (text, said) in [
            ("user,liked,disliked\nu,a\n", "extra.csv:2: there is no field \"disliked\""),
            ("u,a,c\nu,,c\n", "extra.csv:2: there is no field \"liked\""),
            ("{\"user\": 1, \"liked\": 2}\n", "extra.csv:1: there is no field \"disliked\""),
            ("", "the file is empty"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(said), "{said:?} is not in {error:?}");
        }
    }
}
