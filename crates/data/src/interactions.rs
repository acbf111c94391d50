//! Interactions as a sparse matrix, compressed by user.

use crate::{Confidence, Error, ItemId, UserId};

/// One observed interaction, by dense indices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Who.
    pub user: UserId,
    /// What.
    pub item: ItemId,
    /// Rating, count or dwell time; 1 where the source has none.
    pub weight: f32,
    /// Seconds since 1970, or any other number that grows with time; 0 where the source has none.
    pub time: i64,
}

/// The observed (user, item) pairs in compressed sparse rows: one row a user, items ascending,
/// no pair twice.
///
/// Memory: 8 B per user + 4 B per pair, and per pair 4 B more with weights and 8 B with times.
#[derive(Clone, Debug, PartialEq)]
pub struct Interactions {
    starts: Vec<usize>,
    items: Vec<ItemId>,
    n_items: usize,
    weights: Option<Vec<f32>>,
    times: Option<Vec<i64>>,
}

/// What to keep of each [`Pair`] besides user and item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Keep the weights.
    pub weights: bool,
    /// Keep the times.
    pub times: bool,
}

impl Interactions {
    /// Builds the matrix of `n_users` × `n_items` from pairs in any order.
    ///
    /// A repeated pair is kept once, with the latest time, and of equally late ones the largest
    /// weight: so the result does not depend on the order of the pairs. Returns the matrix and the
    /// number of pairs dropped as repeats.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if an index is not below its dimension, or if a dimension or the
    /// number of pairs exceeds `u32::MAX`.
    pub fn from_pairs(
        mut pairs: Vec<Pair>,
        n_users: usize,
        n_items: usize,
        keep: Keep,
    ) -> Result<(Self, usize), Error> {
        check_size("users", n_users)?;
        check_size("items", n_items)?;
        check_size("interactions", pairs.len())?;
        for pair in &pairs {
            check_index("users", pair.user.0, n_users)?;
            check_index("items", pair.item.0, n_items)?;
        }
        pairs.sort_unstable_by(|a, b| {
            (a.user, a.item)
                .cmp(&(b.user, b.item))
                .then_with(|| (b.time.cmp(&a.time)).then_with(|| b.weight.total_cmp(&a.weight)))
        });
        let before = pairs.len();
        pairs.dedup_by_key(|pair| (pair.user, pair.item));
        let mut starts = vec![0; n_users + 1];
        for pair in &pairs {
            starts[pair.user.index() + 1] += 1;
        }
        for user in 0..n_users {
            starts[user + 1] += starts[user];
        }
        let matrix = Self {
            starts,
            items: pairs.iter().map(|pair| pair.item).collect(),
            n_items,
            weights: keep.weights.then(|| pairs.iter().map(|pair| pair.weight).collect()),
            times: keep.times.then(|| pairs.iter().map(|pair| pair.time).collect()),
        };
        let repeats = before - matrix.nnz();
        Ok((matrix, repeats))
    }

    /// Builds the matrix from finished rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`] as for [`Interactions::from_pairs`]; [`Error::Unsorted`] if `starts`
    /// does not ascend from 0 to `items.len()` or a row is not strictly ascending.
    pub fn from_rows(
        starts: Vec<usize>,
        items: Vec<ItemId>,
        n_items: usize,
    ) -> Result<Self, Error> {
        check_size("users", starts.len().saturating_sub(1))?;
        check_size("items", n_items)?;
        check_size("interactions", items.len())?;
        let ascending =
            starts.first() == Some(&0) && starts.last() == Some(&items.len()) && starts.is_sorted();
        if !ascending {
            return Err(Error::Unsorted { user: None });
        }
        for (user, bounds) in starts.windows(2).enumerate() {
            let row = &items[bounds[0]..bounds[1]];
            if !row.is_sorted_by(|a, b| a < b) {
                return Err(Error::Unsorted { user: Some(user) });
            }
            if let Some(last) = row.last() {
                check_index("items", last.0, n_items)?;
            }
        }
        Ok(Self { starts, items, n_items, weights: None, times: None })
    }

    /// Number of users: rows, also empty ones.
    pub fn n_users(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of items: columns, also empty ones.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// Number of pairs.
    pub fn nnz(&self) -> usize {
        self.items.len()
    }

    /// Where each row starts in [`Interactions::items`]; `n_users + 1` numbers.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The items of all rows, one row after the other.
    pub fn items(&self) -> &[ItemId] {
        &self.items
    }

    /// The weights of all pairs in the order of [`Interactions::items`], if they were kept.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The weights of a user's items, in their order, if they were kept.
    ///
    /// # Panics
    /// If `user` is not below [`Interactions::n_users`].
    pub fn row_weights(&self, user: UserId) -> Option<&[f32]> {
        let row = self.starts[user.index()]..self.starts[user.index() + 1];
        self.weights.as_ref().map(|weights| &weights[row])
    }

    /// The times of all pairs in the order of [`Interactions::items`], if they were kept.
    pub fn times(&self) -> Option<&[i64]> {
        self.times.as_deref()
    }

    /// The items of one user, ascending.
    ///
    /// # Panics
    /// If `user` is not below [`Interactions::n_users`].
    #[inline]
    pub fn row(&self, user: UserId) -> &[ItemId] {
        &self.items[self.starts[user.index()]..self.starts[user.index() + 1]]
    }

    /// Whether a pair was observed; false outside the matrix.
    pub fn contains(&self, user: UserId, item: ItemId) -> bool {
        user.index() < self.n_users() && self.row(user).binary_search(&item).is_ok()
    }

    /// All pairs, by user, then item.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        (0..self.n_users()).flat_map(move |user| {
            (self.starts[user]..self.starts[user + 1]).map(move |at| Pair {
                user: UserId(user as u32),
                item: self.items[at],
                weight: self.weights.as_ref().map_or(1.0, |weights| weights[at]),
                time: self.times.as_ref().map_or(0, |times| times[at]),
            })
        })
    }

    /// How many users each item has: the item's popularity, `n_items` numbers.
    pub fn item_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.n_items];
        for item in &self.items {
            counts[item.index()] += 1;
        }
        counts
    }

    /// A matrix of the same shape with the pairs whose position in [`Interactions::items`] passes.
    pub(crate) fn select(&self, passes: impl Fn(usize) -> bool) -> Self {
        let mut starts = Vec::with_capacity(self.starts.len());
        let mut kept = 0;
        starts.push(0);
        for bounds in self.starts.windows(2) {
            kept += (bounds[0]..bounds[1]).filter(|&at| passes(at)).count();
            starts.push(kept);
        }
        Self {
            starts,
            items: pick(&self.items, &passes),
            n_items: self.n_items,
            weights: self.weights.as_ref().map(|weights| pick(weights, &passes)),
            times: self.times.as_ref().map(|times| pick(times, &passes)),
        }
    }

    /// The matrix of parts that are known to fit together.
    pub(crate) fn from_parts(
        starts: Vec<usize>,
        items: Vec<ItemId>,
        n_items: usize,
        weights: Option<Vec<f32>>,
        times: Option<Vec<i64>>,
    ) -> Self {
        Self { starts, items, n_items, weights, times }
    }

    /// The same pairs with what their weights count. Nothing changes without weights.
    pub fn weighed(mut self, by: Confidence) -> Self {
        self.weights.iter_mut().flatten().for_each(|weight| *weight = by.of(*weight));
        self
    }

    /// The same pairs with these weights, in the order of [`Interactions::items`].
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one for each pair.
    pub fn with_weights(self, weights: Vec<f32>) -> Result<Self, Error> {
        let (expected, found) = (self.nnz(), weights.len());
        if expected != found {
            return Err(Error::Shape { what: "weights", found, expected });
        }
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The same pairs, all of the same weight.
    pub fn without_weights(self) -> Self {
        Self { weights: None, ..self }
    }

    /// What was kept besides user and item.
    pub fn kept(&self) -> Keep {
        Keep { weights: self.weights.is_some(), times: self.times.is_some() }
    }
}

fn pick<T: Copy>(column: &[T], passes: impl Fn(usize) -> bool) -> Vec<T> {
    column.iter().enumerate().filter(|&(at, _)| passes(at)).map(|(_, &value)| value).collect()
}

pub(crate) fn check_size(what: &'static str, len: usize) -> Result<(), Error> {
    if len > u32::MAX as usize { Err(Error::TooLarge { what, value: len as u64 }) } else { Ok(()) }
}

pub(crate) fn check_index(what: &'static str, index: u32, len: usize) -> Result<(), Error> {
    if (index as usize) < len {
        Ok(())
    } else {
        Err(Error::TooLarge { what, value: u64::from(index) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(user: u32, item: u32, weight: f32, time: i64) -> Pair {
        Pair { user: UserId(user), item: ItemId(item), weight, time }
    }

    #[test]
    fn rows_are_sorted_and_repeats_resolved_whatever_the_order() {
        let pairs =
            vec![pair(1, 2, 1.0, 5), pair(0, 1, 2.0, 0), pair(1, 0, 1.0, 1), pair(1, 2, 4.0, 5)];
        let keep = Keep { weights: true, times: true };
        let (forward, repeats) = Interactions::from_pairs(pairs.clone(), 3, 3, keep).unwrap();
        let reversed = pairs.into_iter().rev().collect();
        let (backward, _) = Interactions::from_pairs(reversed, 3, 3, keep).unwrap();
        assert_eq!(forward, backward);
        assert_eq!(repeats, 1);
        assert_eq!(forward.row(UserId(1)), [ItemId(0), ItemId(2)]);
        assert_eq!(forward.weights().unwrap(), [2.0, 1.0, 4.0]);
        assert!(forward.row(UserId(2)).is_empty());
        assert_eq!(forward.item_counts(), [1, 1, 1]);
        assert!(forward.contains(UserId(1), ItemId(2)) && !forward.contains(UserId(9), ItemId(2)));
    }

    #[test]
    fn an_index_outside_the_matrix_is_an_error() {
        let outside = Interactions::from_pairs(vec![pair(0, 3, 1.0, 0)], 1, 3, Keep::default());
        assert!(matches!(outside, Err(Error::TooLarge { what: "items", value: 3 })));
    }

    #[test]
    fn from_rows_refuses_what_is_not_sorted() {
        let row = |items: &[u32]| items.iter().map(|&i| ItemId(i)).collect::<Vec<_>>();
        assert!(Interactions::from_rows(vec![0, 2], row(&[0, 1]), 2).is_ok());
        assert!(Interactions::from_rows(vec![0, 2], row(&[1, 0]), 2).is_err());
        assert!(Interactions::from_rows(vec![0, 2], row(&[1, 1]), 2).is_err());
        assert!(Interactions::from_rows(vec![0, 1], row(&[0, 1]), 2).is_err());
        assert!(Interactions::from_rows(vec![0, 2], row(&[0, 2]), 2).is_err());
    }
}
