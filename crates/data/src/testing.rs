//! Data sets for tests.

use crate::{Dataset, HeldOut, IdTable, Interactions, ItemId, Keep, Pair, SplitMethod, UserId};

/// The data set of lines `user,item` or `user,item,weight`.
pub(crate) fn dataset(text: &str, keep: Keep) -> Dataset {
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let users = IdTable::from_text(rows.iter().map(|row| row[0]));
    let items = IdTable::from_text(rows.iter().map(|row| row[1]));
    let pair = |row: &Vec<&str>| Pair {
        user: UserId(users.index_of(row[0]).unwrap()),
        item: ItemId(items.index_of(row[1]).unwrap()),
        weight: row.get(2).map_or(1.0, |weight| weight.parse().unwrap()),
        time: 0,
    };
    let pairs = rows.iter().map(pair).collect();
    let (interactions, _) =
        Interactions::from_pairs(pairs, users.len(), items.len(), keep).unwrap();
    Dataset::new(users, items, interactions).unwrap()
}

/// Every way to split, a quarter for each part but the first.
pub(crate) fn methods() -> Vec<SplitMethod> {
    let (valid, test) = (0.25, 0.25);
    vec![
        SplitMethod::Random { valid, test },
        SplitMethod::LeaveOneOut { held_out: HeldOut::Random, valid: true },
        SplitMethod::LeaveOneOut { held_out: HeldOut::Latest, valid: true },
        SplitMethod::UserTime { valid, test },
        SplitMethod::GlobalTime { valid, test },
    ]
}
