//! The pairs of a matrix from one side: of its users or of its items, in one form.

use crate::Interactions;

/// The pairs of [`Interactions`] row by row, where a row is a user or an item, and a column is what
/// the other is. Takes 8 B a row and 8 B a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    starts: Vec<usize>,
    columns: Vec<u32>,
    places: Vec<u32>,
}

impl Side {
    /// The users' side: a row is a user.
    pub fn of_users(data: &Interactions) -> Self {
        let columns = data.items().iter().map(|item| item.0).collect();
        Self { starts: data.starts().to_vec(), columns, places: (0..data.nnz() as u32).collect() }
    }

    /// The items' side: a row is an item.
    pub fn of_items(data: &Interactions) -> Self {
        let mut starts = vec![0; data.n_items() + 1];
        for item in data.items() {
            starts[item.index() + 1] += 1;
        }
        for item in 0..data.n_items() {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let (mut columns, mut places) = (vec![0; data.nnz()], vec![0; data.nnz()]);
        for (place, pair) in data.pairs().enumerate() {
            let at = &mut next[pair.item.index()];
            (columns[*at], places[*at]) = (pair.user.0, place as u32);
            *at += 1;
        }
        Self { starts, columns, places }
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
        &self.columns[self.starts[row]..self.starts[row + 1]]
    }

    /// Where the pairs of a row are in [`Interactions::items`].
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn places(&self, row: usize) -> &[u32] {
        &self.places[self.starts[row]..self.starts[row + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemId, Keep, Pair, UserId};

    #[test]
    fn either_side_has_every_pair_once_with_its_place() {
        let pairs = [(0, 3), (1, 0), (1, 3), (2, 1), (2, 3)].map(|(user, item)| Pair {
            user: UserId(user),
            item: ItemId(item),
            weight: 1.0,
            time: 0,
        });
        let (data, _) = Interactions::from_pairs(pairs.to_vec(), 3, 5, Keep::default()).unwrap();
        let all = |side: &Side| -> Vec<(usize, u32, u32)> {
            let row = |row| {
                let places = side.places(row).iter();
                side.columns(row).iter().zip(places).map(move |(&c, &place)| (row, c, place))
            };
            (0..side.rows()).flat_map(row).collect()
        };
        let (users, items) = (Side::of_users(&data), Side::of_items(&data));
        assert_eq!(all(&users), [(0, 3, 0), (1, 0, 1), (1, 3, 2), (2, 1, 3), (2, 3, 4)]);
        assert_eq!(all(&items), [(0, 1, 1), (1, 2, 3), (3, 0, 0), (3, 1, 2), (3, 2, 4)]);
        assert_eq!((users.rows(), items.rows()), (3, 5));
    }
}
