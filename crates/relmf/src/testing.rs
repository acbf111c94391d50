//! Data sets for tests.

use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};

/// The data set of pairs of a user and an item, by their places in the tables of ids.
pub(crate) fn dataset(
    users: IdTable,
    items: IdTable,
    pairs: impl IntoIterator<Item = (u32, u32)>,
) -> Dataset {
    let pair = |(user, item)| Pair { user: UserId(user), item: ItemId(item), weight: 1.0, time: 0 };
    let pairs = pairs.into_iter().map(pair).collect();
    let (interactions, _) =
        Interactions::from_pairs(pairs, users.len(), items.len(), Keep::default()).unwrap();
    Dataset::new(users, items, interactions).unwrap()
}

/// The ids 0 to `n` − 1.
pub(crate) fn ids(n: u32) -> IdTable {
    IdTable::from_integers((0..i64::from(n)).collect())
}

/// Users 1 to 4; item a has 4 clicks, b 1, c 2.
pub(crate) fn abc() -> Dataset {
    let pairs = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (0, 2), (1, 2)];
    dataset(IdTable::from_integers(vec![1, 2, 3, 4]), IdTable::from_text(["a", "b", "c"]), pairs)
}
