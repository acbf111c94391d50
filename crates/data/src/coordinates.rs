//! Building the matrix from columns of coordinates, in little memory.
//!
//! [`Interactions::from_pairs`] sorts 24-byte pairs; a file of 20 million rows would take half a
//! gigabyte that way. Here the columns stay apart (8 B a row for users and items), a counting sort
//! deals them to their users, and only the short rows are sorted by comparison, in parallel. At the
//! peak a row takes 12 B, and with weights and times 36 B.

mod part;

use crate::interactions::{check_index, check_size};
use crate::{Error, Interactions, ItemId, Keep, Pair, UserId};
use part::Part;

/// Interactions as parallel columns, in any order, with repeats allowed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coordinates {
    /// Who, row by row.
    pub users: Vec<UserId>,
    /// What, row by row.
    pub items: Vec<ItemId>,
    /// The weights, if they are to be kept.
    pub weights: Option<Vec<f32>>,
    /// The times, if they are to be kept.
    pub times: Option<Vec<i64>>,
}

/// What becomes of the weights of a pair that is there more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeats {
    /// Of the latest, the heaviest stays: ratings.
    #[default]
    Latest,
    /// They add up: plays, counts.
    Sum,
}

impl Coordinates {
    /// No rows, with the columns that are to be kept.
    pub fn for_keep(keep: Keep) -> Self {
        Self {
            weights: keep.weights.then(Vec::new),
            times: keep.times.then(Vec::new),
            ..Self::default()
        }
    }

    /// Adds a row; what is not kept of it is left out.
    pub(crate) fn push(&mut self, pair: Pair) {
        self.users.push(pair.user);
        self.items.push(pair.item);
        self.weights.iter_mut().for_each(|weights| weights.push(pair.weight));
        self.times.iter_mut().for_each(|times| times.push(pair.time));
    }

    /// Removes the rows, and keeps the columns and their memory.
    pub fn clear(&mut self) {
        self.users.clear();
        self.items.clear();
        self.weights.iter_mut().for_each(Vec::clear);
        self.times.iter_mut().for_each(Vec::clear);
    }

    /// Adds the rows of `other`, which must have the same columns: what one of the two lacks is not
    /// added, and the columns may then differ in length.
    pub fn append(&mut self, other: &Self) {
        self.users.extend_from_slice(&other.users);
        self.items.extend_from_slice(&other.items);
        for (weights, more) in self.weights.iter_mut().zip(&other.weights) {
            weights.extend_from_slice(more);
        }
        for (times, more) in self.times.iter_mut().zip(&other.times) {
            times.extend_from_slice(more);
        }
    }

    fn check(&self, n_users: usize, n_items: usize) -> Result<(), Error> {
        check_size("users", n_users)?;
        check_size("items", n_items)?;
        let expected = self.users.len();
        check_size("interactions", expected)?;
        let columns = [
            ("items", Some(self.items.len())),
            ("weights", self.weights.as_ref().map(Vec::len)),
            ("times", self.times.as_ref().map(Vec::len)),
        ];
        for (what, len) in columns {
            if let Some(found) = len.filter(|&len| len != expected) {
                return Err(Error::UnequalColumns { what, found, expected });
            }
        }
        self.users.iter().try_for_each(|user| check_index("users", user.0, n_users))?;
        self.items.iter().try_for_each(|item| check_index("items", item.0, n_items))
    }
}

impl Interactions {
    /// Builds the matrix of `n_users` × `n_items` from columns of coordinates.
    ///
    /// Repeated pairs are resolved as by [`Interactions::from_pairs`]: the latest, then the
    /// heaviest stays. Columns that are absent take no part. Returns the matrix and the number of
    /// rows dropped as repeats.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if an index is not below its dimension, or if a dimension or the number
    /// of rows exceeds `u32::MAX`; [`Error::UnequalColumns`] if the columns differ in length.
    pub fn from_coordinates(
        rows: Coordinates,
        n_users: usize,
        n_items: usize,
    ) -> Result<(Self, usize), Error> {
        Self::from_repeated(rows, n_users, n_items, Repeats::Latest)
    }

    /// [`Interactions::from_coordinates`] by another rule for repeated pairs. The sum of their weights
    /// is taken in 64 bits and from the latest and heaviest on, so that it does not depend on the order
    /// of the rows.
    ///
    /// # Errors
    /// As there, and [`Error::Sum`] if a sum is beyond 32 bits.
    pub fn from_repeated(
        rows: Coordinates,
        n_users: usize,
        n_items: usize,
        repeats: Repeats,
    ) -> Result<(Self, usize), Error> {
        rows.check(n_users, n_items)?;
        let Coordinates { users, items, weights, times } = rows;
        let starts = row_starts(&users, n_users);
        // One column at a time, so that each original is freed before the next copy is made.
        let mut items = deal(&users, items, &starts, ItemId(0));
        let mut weights = weights.map(|column| deal(&users, column, &starts, 0.0));
        let mut times = times.map(|column| deal(&users, column, &starts, 0));
        drop(users);
        let (before, mut starts) = (items.len(), starts);
        let all = Part {
            items: &mut items,
            weights: weights.as_deref_mut(),
            times: times.as_deref_mut(),
        };
        let kept = all.sort_rows(&mut starts, repeats)?;
        trim(&mut items, kept);
        weights.iter_mut().for_each(|column| trim(column, kept));
        times.iter_mut().for_each(|column| trim(column, kept));
        let matrix = Self::from_parts(starts, items, n_items, weights, times);
        Ok((matrix, before - kept))
    }
}

/// Columns grow by doubling: gives back what is not used.
fn trim<T>(column: &mut Vec<T>, length: usize) {
    column.truncate(length);
    column.shrink_to_fit();
}

fn row_starts(users: &[UserId], n_users: usize) -> Vec<usize> {
    let mut starts = vec![0; n_users + 1];
    for user in users {
        starts[user.index() + 1] += 1;
    }
    for user in 0..n_users {
        starts[user + 1] += starts[user];
    }
    starts
}

/// `column` with the values of each user together, in their original order.
fn deal<T: Copy>(users: &[UserId], column: Vec<T>, starts: &[usize], blank: T) -> Vec<T> {
    if users.is_sorted() {
        return column;
    }
    let mut next = starts.to_vec();
    let mut dealt = vec![blank; column.len()];
    for (user, value) in users.iter().zip(column) {
        dealt[next[user.index()]] = value;
        next[user.index()] += 1;
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns(pairs: &[Pair], keep: Keep) -> Coordinates {
        Coordinates {
            users: pairs.iter().map(|pair| pair.user).collect(),
            items: pairs.iter().map(|pair| pair.item).collect(),
            weights: keep.weights.then(|| pairs.iter().map(|pair| pair.weight).collect()),
            times: keep.times.then(|| pairs.iter().map(|pair| pair.time).collect()),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_sorting_all_pairs(
            rows in prop::collection::vec((0..6u32, 0..6u32, 0..3u8, 0..3i64), 0..80),
            weights: bool,
            times: bool,
        ) {
            let keep = Keep { weights, times };
            let pairs: Vec<Pair> = rows
                .into_iter()
                .map(|(user, item, weight, time)| Pair {
                    user: UserId(user),
                    item: ItemId(item),
                    weight: if weights { f32::from(weight) } else { 1.0 },
                    time: if times { time } else { 0 },
                })
                .collect();
            let dealt = Interactions::from_coordinates(columns(&pairs, keep), 6, 6).unwrap();
            let sorted = Interactions::from_pairs(pairs, 6, 6, keep).unwrap();
            prop_assert_eq!(dealt, sorted);
        }

        #[test]
        fn weights_of_repeated_pairs_add_up(
            rows in prop::collection::vec((0..4u32, 0..4u32, 1..9u8, 0..3i64), 1..60),
            times: bool,
        ) {
            let keep = Keep { weights: true, times };
            let pair = |&(user, item, weight, time): &(u32, u32, u8, i64)| Pair {
                user: UserId(user),
                item: ItemId(item),
                weight: f32::from(weight),
                time,
            };
            let mut pairs: Vec<Pair> = rows.iter().map(pair).collect();
            let summed = |pairs: &[Pair]| {
                Interactions::from_repeated(columns(pairs, keep), 4, 4, Repeats::Sum).unwrap()
            };
            let (matrix, dropped) = summed(&pairs);
            prop_assert_eq!(matrix.nnz() + dropped, rows.len());
            for found in matrix.pairs() {
                let same = |pair: &&Pair| (pair.user, pair.item) == (found.user, found.item);
                let sum: f32 = pairs.iter().filter(same).map(|pair| pair.weight).sum();
                let latest = pairs.iter().filter(same).map(|pair| pair.time).max().unwrap();
                prop_assert_eq!((found.weight, found.time), (sum, if times { latest } else { 0 }));
            }
            pairs.reverse();
            prop_assert_eq!(summed(&pairs).0, matrix);
        }
    }

    #[test]
    fn sums_lose_nothing_and_do_not_overflow() {
        let rows = |weights: &[f32], sorted: bool| {
            let mut items = vec![ItemId(1); weights.len()];
            items[0] = ItemId(u32::from(sorted));
            let users = vec![UserId(0); weights.len()];
            let rows = Coordinates { users, items, weights: Some(weights.to_vec()), times: None };
            Interactions::from_repeated(rows, 1, 2, Repeats::Sum)
        };
        let large = 16_777_216.0;
        let (matrix, dropped) = rows(&[large, 1.0, 1.0, 1.0, 1.0], true).unwrap();
        assert_eq!((matrix.weights(), dropped), (Some(&[large + 4.0][..]), 4));
        let error = rows(&[1.0, 3e38, 3e38], false).unwrap_err();
        assert!(error.to_string().starts_with("the weights of a pair add up to 6.0e38"));
        // Of the first pair.
        assert!(matches!(rows(&[f32::MAX; 3], true), Err(Error::Sum { value }) if value > 1e39));
    }

    #[test]
    fn columns_of_different_length_and_indices_outside_are_errors() {
        let uneven = Coordinates { users: vec![UserId(0)], ..Coordinates::default() };
        let error = Interactions::from_coordinates(uneven, 1, 1).unwrap_err();
        assert_eq!(error.to_string(), "the items column has 0 values and the users column 1");
        let outside = Coordinates {
            users: vec![UserId(1)],
            items: vec![ItemId(0)],
            ..Coordinates::default()
        };
        let error = Interactions::from_coordinates(outside, 1, 1).unwrap_err();
        assert!(matches!(error, Error::TooLarge { what: "users", value: 1 }));
    }
}
