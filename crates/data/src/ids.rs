//! Dense indices and the original ids behind them.
//!
//! A table is sorted: integers by value, text by bytes. So the dense index of an id depends only
//! on the *set* of ids, never on the order of the rows in a file, look-ups need no hash map, and
//! "ties are broken by item id" and "ties are broken by dense index" say the same thing.

use std::borrow::Cow;

/// Dense index of a user: a row of the interaction matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct UserId(pub u32);

/// Dense index of an item: a column of the interaction matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct ItemId(pub u32);

impl UserId {
    /// The index as a `usize`, to subscript with.
    #[inline(always)]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl ItemId {
    /// The index as a `usize`, to subscript with.
    #[inline(always)]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The original ids of one side (users or items), in dense order.
///
/// Ids that are all canonical integers (`7`, `-3`; not `007`, `+7` or `7.0`) are held as `i64`;
/// one id that is not turns the whole table into text. Either way [`IdTable::name`] returns
/// exactly the characters that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTable(Ids);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ids {
    Integers(Vec<i64>),
    Text { bytes: String, ends: Vec<u64> },
}

/// How an [`IdTable`] holds its ids, to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdView<'a> {
    /// Sorted, distinct integers.
    Integers(&'a [i64]),
    /// Sorted, distinct strings: string `n` is `bytes[ends[n-1]..ends[n]]`.
    Text {
        /// All strings, one after the other.
        bytes: &'a str,
        /// The end of each string in `bytes`.
        ends: &'a [u64],
    },
}

impl IdTable {
    /// A table of integer ids; sorts, and drops repeats.
    pub fn from_integers(mut ids: Vec<i64>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self(Ids::Integers(ids))
    }

    /// The table of an [`IdView::Text`]; `None` if its strings are not sorted and distinct.
    pub fn from_sorted_text(bytes: String, ends: Vec<u64>) -> Option<Self> {
        let bounds = || std::iter::once(0).chain(ends.iter().map(|&end| end as usize));
        let whole = bounds().is_sorted()
            && bounds().all(|end| bytes.is_char_boundary(end))
            && bounds().last() == Some(bytes.len());
        let table = whole.then_some(Self(Ids::Text { bytes, ends }))?;
        let sorted = (1..table.len()).all(|n| table.text_at(n - 1) < table.text_at(n));
        sorted.then_some(table)
    }

    /// The table of an [`IdView::Integers`]; `None` if they are not sorted and distinct.
    pub fn from_sorted_integers(ids: Vec<i64>) -> Option<Self> {
        ids.is_sorted_by(|a, b| a < b).then_some(Self(Ids::Integers(ids)))
    }

    /// How the ids are held.
    pub fn view(&self) -> IdView<'_> {
        match &self.0 {
            Ids::Integers(ids) => IdView::Integers(ids),
            Ids::Text { bytes, ends } => IdView::Text { bytes, ends },
        }
    }

    /// The ids, if all are integers.
    pub fn integers(&self) -> Option<&[i64]> {
        match &self.0 {
            Ids::Integers(ids) => Some(ids),
            Ids::Text { .. } => None,
        }
    }

    /// A table of ids as text; sorts, drops repeats, and stores integers if all ids are canonical
    /// ones.
    pub fn from_text<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> Self {
        let mut ids: Vec<S> = ids.into_iter().collect();
        if let Some(integers) =
            ids.iter().map(|id| Self::canonical_integer(id.as_ref().as_bytes())).collect()
        {
            return Self::from_integers(integers);
        }
        ids.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        ids.dedup_by(|a, b| a.as_ref() == b.as_ref());
        let (mut bytes, mut ends) = (String::new(), Vec::with_capacity(ids.len()));
        for id in &ids {
            bytes.push_str(id.as_ref());
            ends.push(bytes.len() as u64);
        }
        Self(Ids::Text { bytes, ends })
    }

    /// A table of the ids that any of some tables has.
    pub fn union<'a>(tables: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut tables = tables.into_iter();
        let first = tables.next().cloned().unwrap_or_else(|| Self::from_integers(Vec::new()));
        tables.fold(first, |all, more| match (&all.0, &more.0) {
            _ if all == *more => all,
            (Ids::Integers(a), Ids::Integers(b)) => Self::from_integers([&a[..], b].concat()),
            _ => Self::from_text(all.names().chain(more.names())),
        })
    }

    /// All ids as they were written, in dense order.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len() as u32).filter_map(|index| self.name(index))
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        match &self.0 {
            Ids::Integers(ids) => ids.len(),
            Ids::Text { ends, .. } => ends.len(),
        }
    }

    /// Whether there is no id.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id at a dense index, as it was written; `None` past the end.
    pub fn name(&self, index: u32) -> Option<Cow<'_, str>> {
        let at = index as usize;
        match &self.0 {
            Ids::Integers(ids) => ids.get(at).map(|id| Cow::Owned(id.to_string())),
            Ids::Text { .. } => (at < self.len()).then(|| Cow::Borrowed(self.text_at(at))),
        }
    }

    /// The dense index of an id; `None` if the table does not hold it.
    pub fn index_of(&self, id: &str) -> Option<u32> {
        let found = match &self.0 {
            Ids::Integers(ids) => {
                ids.binary_search(&Self::canonical_integer(id.as_bytes())?).ok()?
            }
            Ids::Text { ends, .. } => {
                let at = partition_point(ends.len(), |n| self.text_at(n) < id);
                (at < ends.len() && self.text_at(at) == id).then_some(at)?
            }
        };
        Some(found as u32)
    }

    /// For each id of `self`, its dense index in `other`.
    pub fn indices_in(&self, other: &Self) -> Vec<Option<u32>> {
        if self == other {
            return (0..self.len() as u32).map(Some).collect();
        }
        self.names().map(|name| other.index_of(&name)).collect()
    }

    /// `id` as an integer, if printing that integer gives `id` again: what a table of integers
    /// holds. The bytes need not be UTF-8.
    ///
    /// ```
    /// use foretaste_data::IdTable;
    ///
    /// assert_eq!(IdTable::canonical_integer(b"-3"), Some(-3));
    /// assert_eq!(IdTable::canonical_integer(b"007"), None);
    /// ```
    #[inline]
    pub fn canonical_integer(id: &[u8]) -> Option<i64> {
        let (negative, digits) = match id {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        match digits {
            [b'0'] => return (!negative).then_some(0),
            [b'1'..=b'9', ..] => {}
            _ => return None,
        }
        // Summed below zero, because `i64::MIN` has no positive twin.
        let mut value = 0i64;
        for digit in digits {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
        }
        if negative { Some(value) } else { value.checked_neg() }
    }

    fn text_at(&self, at: usize) -> &str {
        match &self.0 {
            Ids::Text { bytes, ends } => {
                let start = if at == 0 { 0 } else { ends[at - 1] as usize };
                &bytes[start..ends[at] as usize]
            }
            Ids::Integers(_) => "",
        }
    }
}

/// The first `n` in `0..len` for which `before(n)` is false.
fn partition_point(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_kept_as_integers_and_sorted_by_value() {
        let table = IdTable::from_text(["10", "9", "-3", "9"]);
        assert_eq!(table.view(), IdView::Integers(&[-3, 9, 10]));
        assert_eq!(table.name(2).as_deref(), Some("10"));
        assert_eq!(table.index_of("9"), Some(1));
        assert_eq!(table.index_of("09"), None);
    }

    #[test]
    fn one_id_that_is_no_integer_makes_the_table_text() {
        for odd in ["007", "+7", "7.0", "", " 7", "-0", "99999999999999999999", "x"] {
            let table = IdTable::from_text(["10", odd, "9"]);
            assert!(matches!(table.view(), IdView::Text { .. }), "{odd:?}");
            for id in ["10", odd, "9"] {
                let index = table.index_of(id).unwrap();
                assert_eq!(table.name(index).as_deref(), Some(id));
            }
            assert_eq!(table.index_of("8"), None);
        }
    }

    #[test]
    fn the_ends_of_the_integer_range_are_integers_and_what_lies_beyond_is_text() {
        for integer in [i64::MIN, -1, 0, 1, i64::MAX] {
            let text = integer.to_string();
            assert_eq!(IdTable::canonical_integer(text.as_bytes()), Some(integer));
        }
        for beyond in ["9223372036854775808", "-9223372036854775809", "-", "1-"] {
            assert_eq!(IdTable::canonical_integer(beyond.as_bytes()), None, "{beyond}");
        }
    }

    #[test]
    fn indices_in_maps_by_id_and_marks_the_unknown() {
        let (a, b) = (IdTable::from_text(["1", "2", "x"]), IdTable::from_text(["2", "x", "z"]));
        assert_eq!(a.indices_in(&b), [None, Some(0), Some(1)]);
    }

    #[test]
    fn only_what_is_sorted_and_distinct_is_taken_as_a_table() {
        for ids in [&["10", "9", "x"][..], &["7"], &[]] {
            let table = IdTable::from_text(ids);
            let again = match table.view() {
                IdView::Integers(ids) => IdTable::from_sorted_integers(ids.to_vec()),
                IdView::Text { bytes, ends } => {
                    IdTable::from_sorted_text(bytes.to_owned(), ends.to_vec())
                }
            };
            assert_eq!(again, Some(table));
        }
        assert_eq!(IdTable::from_sorted_integers(vec![1, 1]), None);
        assert_eq!(IdTable::from_sorted_integers(vec![2, 1]), None);
        for (bytes, ends) in [
            ("ba", vec![1, 2]),
            ("aa", vec![1, 2]),
            ("ab", vec![1]),
            ("é", vec![1, 2]),
            ("ab", vec![2, 1]),
        ] {
            assert_eq!(IdTable::from_sorted_text(bytes.to_owned(), ends), None, "{bytes}");
        }
    }
}
