//! Building the matrix from columns of coordinates, in little memory.
//!
//! [`Interactions::from_pairs`] sorts 24-byte pairs; a file of 20 million rows would take half a
//! gigabyte that way. Here the columns stay apart (8 B a row for users and items), a counting sort
//! deals them to their users, and only the short rows are sorted by comparison. At the peak a row
//! takes 12 B, and with weights and times 36 B.

use crate::interactions::{check_index, check_size};
use crate::{Error, Interactions, ItemId, UserId};

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

impl Coordinates {
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
        rows.check(n_users, n_items)?;
        let Coordinates { users, items, weights, times } = rows;
        let starts = row_starts(&users, n_users);
        // One column at a time, so that each original is freed before the next copy is made.
        let items = deal(&users, items, &starts, ItemId(0));
        let weights = weights.map(|column| deal(&users, column, &starts, 0.0));
        let times = times.map(|column| deal(&users, column, &starts, 0));
        drop(users);
        let mut sorter = RowSorter { items, weights, times, scratch: Vec::new(), kept: 0 };
        let before = sorter.items.len();
        let mut kept_starts = Vec::with_capacity(starts.len());
        kept_starts.push(0);
        for bounds in starts.windows(2) {
            sorter.finish_row(bounds[0], bounds[1]);
            kept_starts.push(sorter.kept);
        }
        let matrix = sorter.into_matrix(kept_starts, n_items);
        let repeats = before - matrix.nnz();
        Ok((matrix, repeats))
    }
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

/// Sorts rows, drops repeats and closes the gaps they leave, in place.
struct RowSorter {
    items: Vec<ItemId>,
    weights: Option<Vec<f32>>,
    times: Option<Vec<i64>>,
    scratch: Vec<(ItemId, i64, f32)>,
    /// Where the next row goes: never past the row that is being read.
    kept: usize,
}

impl RowSorter {
    fn finish_row(&mut self, start: usize, end: usize) {
        let row = start..end;
        if self.items[row.clone()].is_sorted_by(|a, b| a < b) {
            self.keep_as_is(start, end);
        } else if self.weights.is_none() && self.times.is_none() {
            self.items[row].sort_unstable();
            self.keep_distinct(start, end);
        } else {
            self.load(start, end);
            self.scratch.sort_unstable_by(|a, b| {
                (a.0.cmp(&b.0)).then_with(|| b.1.cmp(&a.1)).then_with(|| b.2.total_cmp(&a.2))
            });
            self.scratch.dedup_by_key(|entry| entry.0);
            self.store();
        }
    }

    fn keep_as_is(&mut self, start: usize, end: usize) {
        if start != self.kept {
            self.items.copy_within(start..end, self.kept);
            if let Some(weights) = &mut self.weights {
                weights.copy_within(start..end, self.kept);
            }
            if let Some(times) = &mut self.times {
                times.copy_within(start..end, self.kept);
            }
        }
        self.kept += end - start;
    }

    fn keep_distinct(&mut self, start: usize, end: usize) {
        for at in start..end {
            if at == start || self.items[at] != self.items[self.kept - 1] {
                self.items[self.kept] = self.items[at];
                self.kept += 1;
            }
        }
    }

    fn load(&mut self, start: usize, end: usize) {
        let (weights, times) = (self.weights.as_ref(), self.times.as_ref());
        self.scratch.clear();
        self.scratch.extend((start..end).map(|at| {
            let weight = weights.map_or(1.0, |weights| weights[at]);
            (self.items[at], times.map_or(0, |times| times[at]), weight)
        }));
    }

    fn store(&mut self) {
        for &(item, time, weight) in &self.scratch {
            self.items[self.kept] = item;
            if let Some(weights) = &mut self.weights {
                weights[self.kept] = weight;
            }
            if let Some(times) = &mut self.times {
                times[self.kept] = time;
            }
            self.kept += 1;
        }
    }

    fn into_matrix(mut self, starts: Vec<usize>, n_items: usize) -> Interactions {
        // The columns grew by doubling: give back what they do not use.
        self.items.truncate(self.kept);
        self.items.shrink_to_fit();
        if let Some(weights) = &mut self.weights {
            weights.truncate(self.kept);
            weights.shrink_to_fit();
        }
        if let Some(times) = &mut self.times {
            times.truncate(self.kept);
            times.shrink_to_fit();
        }
        Interactions::from_parts(starts, self.items, n_items, self.weights, self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keep, Pair};
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
