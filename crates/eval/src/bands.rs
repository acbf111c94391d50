//! Items by how popular they were in training.

use foretaste_data::ItemId;

/// A third of the training interactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// The most popular items.
    Head,
    /// Those between.
    Mid,
    /// The least popular items, and those that nobody had in training.
    Tail,
}

impl Band {
    /// All bands, the most popular first.
    pub const ALL: [Self; 3] = [Self::Head, Self::Mid, Self::Tail];

    /// `head`, `mid` or `tail`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Mid => "mid",
            Self::Tail => "tail",
        }
    }
}

/// The band of each item: items by falling number of training interactions, ties by item, cut where a
/// third and two thirds of all interactions are reached. An item belongs to the band in which its
/// first interaction falls.
#[derive(Clone, Debug, PartialEq)]
pub struct Bands {
    of: Vec<Band>,
}

impl Bands {
    /// Bands from the number of training interactions of each item.
    pub fn new(counts: &[u32]) -> Self {
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(counts[item]), item));
        let all: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        let mut of = vec![Band::Tail; counts.len()];
        let mut before = 0;
        for item in order.into_iter().take_while(|&item| counts[item] > 0) {
            of[item] = match 3 * before / all {
                0 => Band::Head,
                1 => Band::Mid,
                _ => Band::Tail,
            };
            before += u64::from(counts[item]);
        }
        Self { of }
    }

    /// The band of an item; of one that the model does not know (`None`), the tail.
    ///
    /// # Panics
    /// If there is no such item.
    pub fn of(&self, item: Option<ItemId>) -> Band {
        item.map_or(Band::Tail, |item| self.of[item.index()])
    }

    /// The number of items in a band.
    pub fn n_items(&self, band: Band) -> usize {
        self.of.iter().filter(|of| **of == band).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_thirds_of_the_interactions() {
        let bands = Bands::new(&[1, 4, 0, 2, 1, 1, 3]);
        let of: Vec<Band> = (0..7).map(|item| bands.of(Some(ItemId(item)))).collect();
        // In order 4 | 3 | 2, 1, 1, 1, 0 of 12: before item 3 lie 7, before the first 1 lie 9.
        let (head, mid, tail) = (Band::Head, Band::Mid, Band::Tail);
        assert_eq!(of, [tail, head, tail, mid, tail, tail, mid]);
        assert_eq!(Band::ALL.map(|band| bands.n_items(band)), [1, 2, 4]);
        assert_eq!(bands.of(None), tail);
        assert_eq!(Bands::new(&[0, 0]).n_items(tail), 2);
    }
}
