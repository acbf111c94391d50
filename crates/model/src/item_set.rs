//! A set of items.

use foretaste_data::ItemId;

/// Bits of a word.
const BITS: usize = u64::BITS as usize;

/// Some of the items 0, 1, …, `n_items` − 1, a bit each.
///
/// No item panics: one that is not below `n_items` is in no set, and can't be put into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSet {
    words: Vec<u64>,
    n_items: usize,
}

impl ItemSet {
    /// None of `n_items` items.
    pub fn new(n_items: usize) -> Self {
        Self { words: vec![0; n_items.div_ceil(BITS)], n_items }
    }

    /// Those of `items` that are below `n_items`, in any order and any number of times.
    pub fn from_items(n_items: usize, items: impl IntoIterator<Item = ItemId>) -> Self {
        let mut set = Self::new(n_items);
        for item in items {
            set.insert(item);
        }
        set
    }

    /// Puts an item into the set; `false` if it is not below [`ItemSet::n_items`], and is not put in.
    pub fn insert(&mut self, item: ItemId) -> bool {
        let known = item.index() < self.n_items;
        if known {
            self.words[item.index() / BITS] |= 1 << (item.index() % BITS);
        }
        known
    }

    /// Whether the set holds an item.
    #[inline]
    pub fn contains(&self, item: ItemId) -> bool {
        let word = self.words.get(item.index() / BITS).copied().unwrap_or(0);
        word >> (item.index() % BITS) & 1 == 1
    }

    /// The items of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ItemId> + '_ {
        (0..).step_by(BITS).zip(&self.words).flat_map(|(start, &word)| {
            // A word without its lowest bit, until none is left.
            let rest = std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)));
            let rest = rest.take_while(|word| *word != 0);
            rest.map(move |word| ItemId(start + word.trailing_zeros()))
        })
    }

    /// Number of items in the set: counts them.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Number of items in the set that are not in another: counts them.
    pub(crate) fn len_without(&self, other: &Self) -> usize {
        let others = other.words.iter().chain(std::iter::repeat(&0));
        self.words.iter().zip(others).map(|(own, other)| (own & !other).count_ones() as usize).sum()
    }

    /// Whether no item is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Number of items that there are, in the set or not.
    pub fn n_items(&self) -> usize {
        self.n_items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn equals_a_set_of_numbers(
            n_items in 0usize..300,
            items in prop::collection::vec(0u32..320, 0..200),
        ) {
            let set = ItemSet::from_items(n_items, items.iter().copied().map(ItemId));
            let known = items.iter().copied().filter(|&item| (item as usize) < n_items);
            let expected: BTreeSet<ItemId> = known.map(ItemId).collect();
            prop_assert_eq!(set.len(), expected.len());
            prop_assert_eq!(set.is_empty(), expected.is_empty());
            prop_assert_eq!(set.n_items(), n_items);
            for item in (0..400).map(ItemId) {
                prop_assert_eq!(set.contains(item), expected.contains(&item));
            }
            prop_assert!(set.iter().eq(expected.iter().copied()));
            let evens = ItemSet::from_items(n_items / 2, (0..400).step_by(2).map(ItemId));
            let odd_or_later = expected.iter().filter(|item| !evens.contains(**item)).count();
            prop_assert_eq!(set.len_without(&evens), odd_or_later);
        }
    }

    #[test]
    fn an_item_that_there_is_not_stays_outside() {
        let mut set = ItemSet::new(65);
        assert!(set.insert(ItemId(64)) && set.insert(ItemId(64)) && set.insert(ItemId(0)));
        assert!(!set.insert(ItemId(65)) && !set.insert(ItemId(u32::MAX)));
        assert!(!set.contains(ItemId(65)) && !set.contains(ItemId(u32::MAX)));
        assert!(set.iter().eq([ItemId(0), ItemId(64)]));
    }
}
