//! Leaving out users and items with too few interactions.

use crate::dataset::user_counts;
use crate::{Dataset, Error};

/// The k-core: users with fewer than `min_per_user` interactions go, then items with fewer than
/// `min_per_item`, and again until all that are left have enough. Users and items that are left
/// with nothing go in any case.
///
/// Of several feedbacks the target's pairs count, and who is not in the core goes with all that is
/// known of them: pairs of other feedbacks, what is not positive, and features.
///
/// The core is unique: it does not depend on the order in which things go. It may be empty.
/// Time is the number of pairs per pass, and the usual data needs some ten passes.
///
/// # Errors
/// [`Error::TooLarge`] if the matrix does not fit the id tables.
pub fn k_core(dataset: &Dataset, min_per_user: u32, min_per_item: u32) -> Result<Dataset, Error> {
    let matrix = dataset.interactions();
    let mut alive_users = vec![true; matrix.n_users()];
    let mut item_counts = matrix.item_counts();
    let mut alive_items = vec![true; matrix.n_items()];
    let mut user_counts = user_counts(matrix);
    loop {
        if bury(&mut alive_users, &user_counts, min_per_user) {
            item_counts = count(dataset, &alive_users, &alive_items).1;
        }
        if !bury(&mut alive_items, &item_counts, min_per_item) {
            break;
        }
        user_counts = count(dataset, &alive_users, &alive_items).0;
    }
    let mut row = 0;
    let alive: Vec<bool> = (matrix.items().iter().enumerate())
        .map(|(at, item)| {
            while matrix.starts()[row + 1] <= at {
                row += 1;
            }
            alive_users[row] && alive_items[item.index()]
        })
        .collect();
    dataset.clone().with_target(matrix.select(|at| alive[at])).compact_to_target()
}

/// Marks what has too few as gone; whether anything went.
fn bury(alive: &mut [bool], counts: &[u32], least: u32) -> bool {
    let mut went = false;
    for (alive, &count) in alive.iter_mut().zip(counts) {
        if *alive && count < least {
            *alive = false;
            went = true;
        }
    }
    went
}

/// Interactions of each user and of each item among those that are left.
fn count(dataset: &Dataset, users: &[bool], items: &[bool]) -> (Vec<u32>, Vec<u32>) {
    let matrix = dataset.interactions();
    let mut user_counts = vec![0; matrix.n_users()];
    let mut item_counts = vec![0; matrix.n_items()];
    for (user, bounds) in matrix.starts().windows(2).enumerate() {
        if !users[user] {
            continue;
        }
        for item in &matrix.items()[bounds[0]..bounds[1]] {
            if items[item.index()] {
                user_counts[user] += 1;
                item_counts[item.index()] += 1;
            }
        }
    }
    (user_counts, item_counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keep;
    use crate::testing::dataset;
    use proptest::prelude::*;

    fn data(rows: &[(u32, u32)]) -> Dataset {
        let text: String = rows.iter().map(|(user, item)| format!("u{user},{item}\n")).collect();
        dataset(&text, Keep::default())
    }

    #[test]
    fn what_falls_short_goes_and_takes_others_along() {
        // Item 9 has one user; without it user 3 has one item; without user 3 item 2 has one user.
        let rows = [(1, 1), (1, 5), (2, 1), (2, 5), (3, 9), (3, 2), (1, 2)];
        let core = k_core(&data(&rows), 2, 2).unwrap();
        assert_eq!(core, data(&rows[..4]));
        assert_eq!(k_core(&data(&rows), 0, 0).unwrap(), data(&rows));
        assert_eq!(k_core(&data(&rows), 9, 0).unwrap().interactions().nnz(), 0);
    }

    #[test]
    fn ids_left_over_are_what_a_file_of_them_would_give() {
        let all = dataset("1,10\n1,9\n1,x\n2,10\n2,9\n", Keep::default());
        let integers = dataset("1,10\n1,9\n2,10\n2,9\n", Keep::default());
        assert_eq!(k_core(&all, 1, 2).unwrap(), integers);
    }

    proptest! {
        #[test]
        fn agrees_with_removing_rows_one_by_one(
            rows in prop::collection::btree_set((0..8u32, 0..8u32), 1..40),
            per_user in 0..4usize,
            per_item in 0..4usize,
        ) {
            let mut left: Vec<_> = rows.iter().copied().collect();
            let all = data(&left);
            while let Some(at) = left.iter().position(|&(user, item)| {
                left.iter().filter(|row| row.0 == user).count() < per_user
                    || left.iter().filter(|row| row.1 == item).count() < per_item
            }) {
                left.remove(at);
            }
            let core = k_core(&all, per_user as u32, per_item as u32).unwrap();
            if left.is_empty() {
                prop_assert_eq!(core.interactions().nnz(), 0);
            } else {
                prop_assert_eq!(core, data(&left));
            }
        }
    }
}
