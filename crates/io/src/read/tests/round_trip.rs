//! What is written reads as it was, and the order of rows leaves no trace.

use super::*;
use crate::write_interactions;
use foretaste_data::{Coordinates, IdTable, Interactions, ItemId, UserId};
use proptest::prelude::*;

/// Any text but control characters, with what is syntax somewhere more often than not.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,3}",
        "[\",;|:\\t 0-9a-z'é]{1,6}".prop_map(|id| id.replace('\t', " ")),
        "\\PC{1,8}",
    ]
}

type Row = (String, String, i8, i64);

/// Distinct pairs with their weight and time.
fn rows_strategy() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((id(), id(), any::<i8>(), any::<i64>()), 1..20).prop_map(|mut rows| {
        rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        rows.dedup_by(|a, b| (&a.0, &a.1) == (&b.0, &b.1));
        rows
    })
}

fn build(rows: &[Row], keep: Keep) -> Dataset {
    let users = IdTable::from_text(rows.iter().map(|row| &row.0));
    let items = IdTable::from_text(rows.iter().map(|row| &row.1));
    let columns = Coordinates {
        users: rows.iter().map(|row| UserId(users.index_of(&row.0).unwrap())).collect(),
        items: rows.iter().map(|row| ItemId(items.index_of(&row.1).unwrap())).collect(),
        weights: keep.weights.then(|| rows.iter().map(|row| f32::from(row.2) / 8.0).collect()),
        times: keep.times.then(|| rows.iter().map(|row| row.3).collect()),
    };
    let (interactions, _) =
        Interactions::from_coordinates(columns, users.len(), items.len()).unwrap();
    Dataset::new(users, items, interactions).unwrap()
}

proptest! {
    #[test]
    fn what_is_written_reads_as_it_was(rows in rows_strategy(), weights: bool, times: bool) {
        let keep = Keep { weights, times };
        let dataset = build(&rows, keep);
        let mut text = Vec::new();
        write_interactions(&dataset, &mut text).unwrap();
        let options = ReadOptions { keep, ..ReadOptions::default() };
        let (again, report) = read_with(&text, &options).unwrap();
        prop_assert_eq!(&again, &dataset, "{}", String::from_utf8_lossy(&text));
        prop_assert_eq!(report.duplicates, 0);
    }

    #[test]
    fn shuffled_rows_give_the_identical_data(
        (rows, shuffled) in prop::collection::vec((0..9u8, id(), 0..3u8, 0..3i64), 1..40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let text = |rows: &[(u8, String, u8, i64)]| {
            let mut text = String::from("user,item,rating,time\n");
            for (user, item, rating, time) in rows {
                text += &format!("{user},\"{}\",{rating},{time}\n", item.replace('"', "\"\""));
            }
            text
        };
        prop_assert_eq!(read_all(text(&rows)).0, read_all(text(&shuffled)).0);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(read_with(&bytes, &ReadOptions::default()));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[0-9a,;|: \t\"\r\n.é-]{0,120}") {
        drop(read_with(&text, &ReadOptions { keep: ALL, ..ReadOptions::default() }));
    }
}
