//! The pairs of a matrix from one side: of its users or of its items, in one form.

use crate::Interactions;
use std::ops::Range;

/// The pairs of [`Interactions`] row by row, where a row is a user or an item, and a column is what
/// the other is. Takes 8 B a row and 4 B a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    starts: Vec<usize>,
    columns: Vec<u32>,
}

impl Side {
    /// The users' side: a row is a user.
    pub fn of_users(data: &Interactions) -> Self {
        let columns = data.items().iter().map(|item| item.0).collect();
        Self { starts: data.starts().to_vec(), columns }
    }

    /// The items' side: a row is an item.
    pub fn of_items(data: &Interactions) -> Self {
        let starts = item_starts(data);
        let (mut next, mut columns) = (starts.clone(), vec![0; data.nnz()]);
        for pair in data.pairs() {
            let at = &mut next[pair.item.index()];
            columns[*at] = pair.user.0;
            *at += 1;
        }
        Self { starts, columns }
    }

    /// A number a pair, given in the order of [`Interactions::items`], in that of the items' side.
    ///
    /// # Panics
    /// If there is not one for each.
    pub fn by_items(data: &Interactions, numbers: &[f32]) -> Vec<f32> {
        assert_eq!(numbers.len(), data.nnz(), "a number a pair");
        let (mut next, mut ordered) = (item_starts(data), vec![0.0; data.nnz()]);
        for (item, number) in data.items().iter().zip(numbers) {
            let at = &mut next[item.index()];
            ordered[*at] = *number;
            *at += 1;
        }
        ordered
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The columns of a row, ascending.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn columns(&self, row: usize) -> &[u32] {
        &self.columns[self.places(row)]
    }

    /// Where the pairs of a row are in the order of this side.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn places(&self, row: usize) -> Range<usize> {
        self.starts[row]..self.starts[row + 1]
    }
}

/// Where the pairs of each item start, ordered by items.
fn item_starts(data: &Interactions) -> Vec<usize> {
    let mut starts = vec![0; data.n_items() + 1];
    for item in data.items() {
        starts[item.index() + 1] += 1;
    }
    for item in 0..data.n_items() {
        starts[item + 1] += starts[item];
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemId, Keep, Pair, UserId};

    #[test]
    fn either_side_has_every_pair_once_in_its_order() {
        let pairs = [(0, 3), (1, 0), (1, 3), (2, 1), (2, 3)].map(|(user, item)| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        });
        let (data, _) = Interactions::from_pairs(pairs.to_vec(), 3, 5, Keep::default()).unwrap();
        let all = |side: &Side| -> Vec<(usize, u32, usize)> {
            let row = |row| {
                let columns = side.columns(row).iter();
                columns.zip(side.places(row)).map(move |(&column, place)| (row, column, place))
            };
            (0..side.rows()).flat_map(row).collect()
        };
        let (users, items) = (Side::of_users(&data), Side::of_items(&data));
        assert_eq!(all(&users), [(0, 3, 0), (1, 0, 1), (1, 3, 2), (2, 1, 3), (2, 3, 4)]);
        assert_eq!(all(&items), [(0, 1, 0), (1, 2, 1), (3, 0, 2), (3, 1, 3), (3, 2, 4)]);
        assert_eq!((users.rows(), items.rows()), (3, 5));
        assert_eq!(Side::by_items(&data, &[0.0, 1.0, 2.0, 3.0, 4.0]), [1.0, 3.0, 0.0, 2.0, 4.0]);
    }
}
