//! Data in the id space of other data: test rows against a trained model's ids.

use crate::dataset::{map, user_counts};
use crate::{Dataset, Error, IdTable, Interactions};

/// Interactions by the indices of other id tables, and what those tables lack.
///
/// A user's rows with unknown items are not in the matrix, but they count: a recall that forgot
/// them would be too good.
#[derive(Clone, Debug, PartialEq)]
pub struct Aligned {
    /// The rows whose user and item are both known; weights and times as in the source.
    pub interactions: Interactions,
    /// For each known user, the rows with an unknown item.
    pub unknown_items_per_user: Vec<u32>,
    /// Distinct users with rows whom the table lacks.
    pub unknown_users: usize,
    /// The rows of those users.
    pub unknown_user_rows: usize,
    /// Distinct items with rows that the table lacks.
    pub unknown_items: usize,
}

impl Aligned {
    /// All rows that are not in the matrix.
    pub fn rows_lost(&self) -> usize {
        let unknown_items = self.unknown_items_per_user.iter().map(|&rows| rows as usize);
        self.unknown_user_rows + unknown_items.sum::<usize>()
    }
}

/// Maps a data set onto other id tables, by the original ids.
///
/// # Errors
/// [`Error::TooLarge`] if a table has more ids than 32 bits count.
pub fn align(dataset: &Dataset, users: &IdTable, items: &IdTable) -> Result<Aligned, Error> {
    let matrix = dataset.interactions();
    let user_map = dataset.users().indices_in(users);
    let item_map = dataset.items().indices_in(items);
    let mut unknown_items_per_user = vec![0; users.len()];
    for pair in matrix.pairs() {
        if let (Some(user), None) = (user_map[pair.user.index()], item_map[pair.item.index()]) {
            unknown_items_per_user[user as usize] += 1;
        }
    }
    let rows = map(matrix, |user| user_map[user], |item| item_map[item]);
    let (interactions, _) = Interactions::from_coordinates(rows, users.len(), items.len())?;
    let (unknown_users, unknown_user_rows) = unknown(&user_map, &user_counts(matrix));
    let (unknown_items, _) = unknown(&item_map, &matrix.item_counts());
    Ok(Aligned {
        interactions,
        unknown_items_per_user,
        unknown_users,
        unknown_user_rows,
        unknown_items,
    })
}

/// How many ids with rows are unknown, and how many rows they have.
fn unknown(known: &[Option<u32>], counts: &[u32]) -> (usize, usize) {
    let unknown = known.iter().zip(counts).filter(|(known, count)| known.is_none() && **count > 0);
    unknown.fold((0, 0), |(ids, rows), (_, &count)| (ids + 1, rows + count as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::dataset;
    use crate::{ItemId, Keep, UserId};

    #[test]
    fn rows_are_mapped_by_id_and_what_is_lost_is_counted() {
        let text = "2,b,1\n2,zz,2\n2,a,3\n7,a,4\n7,zz,5\n3,yy,6\n";
        let data = dataset(text, Keep { weights: true, times: false });
        let users = IdTable::from_text(["1", "2", "3"]);
        let items = IdTable::from_text(["a", "b", "c"]);
        let aligned = align(&data, &users, &items).unwrap();
        assert_eq!((aligned.interactions.n_users(), aligned.interactions.n_items()), (3, 3));
        assert_eq!(aligned.interactions.row(UserId(1)), [ItemId(0), ItemId(1)]);
        assert_eq!(aligned.interactions.weights().unwrap(), [3.0, 1.0]);
        assert_eq!(aligned.unknown_items_per_user, [0, 1, 1]);
        assert_eq!((aligned.unknown_users, aligned.unknown_user_rows), (1, 2));
        assert_eq!((aligned.unknown_items, aligned.rows_lost()), (2, 4));
    }

    #[test]
    fn a_data_set_aligned_with_itself_is_itself() {
        let data = dataset("1,2\n3,4\n", Keep::default());
        let aligned = align(&data, data.users(), data.items()).unwrap();
        assert_eq!(&aligned.interactions, data.interactions());
        assert_eq!(aligned.rows_lost(), 0);
    }
}
