//! Data sets for tests.

use foretaste_data::{Dataset, IdTable, Interactions, ItemId, Keep, Pair, UserId};

/// A feedback of users and items from 0 on.
pub(crate) fn part(pairs: &[(u32, u32)], (users, items): (usize, usize)) -> Dataset {
    let ids = |n: usize| IdTable::from_integers((0..n as i64).collect());
    let pair = |&(user, item): &(u32, u32)| Pair {
        user: UserId(user),
        item: ItemId(item),
        weight: 1.0,
        time: 0,
    };
    let pairs = pairs.iter().map(pair).collect();
    let (matrix, _) = Interactions::from_pairs(pairs, users, items, Keep::default()).unwrap();
    Dataset::new(ids(users), ids(items), matrix).unwrap()
}
