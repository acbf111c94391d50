//! Ids as they come, into dense indices.

use crate::{Error, IdTable};
use rustc_hash::FxHashMap;

/// Integers below this are looked up in an array (of at most 16 MiB) instead of a hash map.
const DIRECT: i64 = 1 << 22;
const ABSENT: u32 = u32::MAX;

/// Numbers ids in the order of their first appearance, until [`Interner::finish`] sorts them.
///
/// Canonical integers and other text can't collide, so that each has its own map.
///
/// ```
/// use foretaste_data::Interner;
///
/// # fn main() -> Result<(), foretaste_data::Error> {
/// let mut ids = Interner::default();
/// assert_eq!([ids.intern_integer(7)?, ids.intern("x")?, ids.intern("7")?], [0, 1, 0]);
/// let (table, ranks) = ids.finish();
/// assert_eq!(table.name(ranks[1]).as_deref(), Some("x"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Interner {
    direct: Vec<u32>,
    integers: FxHashMap<i64, u32>,
    text: FxHashMap<Box<str>, u32>,
    len: u32,
}

impl Interner {
    /// The provisional index of an id of any kind.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if indices run out.
    pub fn intern(&mut self, id: &str) -> Result<u32, Error> {
        match IdTable::canonical_integer(id.as_bytes()) {
            Some(integer) => self.intern_integer(integer),
            None => self.intern_text(id),
        }
    }

    /// [`Interner::intern`] of a canonical integer.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn intern_integer(&mut self, integer: i64) -> Result<u32, Error> {
        let slot = if (0..DIRECT).contains(&integer) {
            let at = integer as usize;
            if at >= self.direct.len() {
                self.direct.resize((at + 1).next_power_of_two().max(1024), ABSENT);
            }
            &mut self.direct[at]
        } else {
            self.integers.entry(integer).or_insert(ABSENT)
        };
        if *slot == ABSENT {
            *slot = next_index(&mut self.len)?;
        }
        Ok(*slot)
    }

    /// [`Interner::intern`] of what is no canonical integer.
    ///
    /// # Errors
    /// As there.
    pub fn intern_text(&mut self, id: &str) -> Result<u32, Error> {
        if let Some(&index) = self.text.get(id) {
            return Ok(index);
        }
        let index = next_index(&mut self.len)?;
        self.text.insert(id.into(), index);
        Ok(index)
    }

    /// How many ids there are so far.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The sorted table, and for each provisional index the index in that table.
    pub fn finish(self) -> (IdTable, Vec<u32>) {
        let mut ranks = vec![0; self.len as usize];
        let direct = (self.direct.into_iter().enumerate())
            .filter(|&(_, index)| index != ABSENT)
            .map(|(integer, index)| (integer as i64, index));
        let integers = direct.chain(self.integers);
        if self.text.is_empty() {
            let ids = rank(integers.collect(), &mut ranks);
            return (IdTable::from_integers(ids), ranks);
        }
        let written = integers.map(|(id, index)| (id.to_string().into_boxed_str(), index));
        let ids = rank(written.chain(self.text).collect(), &mut ranks);
        (IdTable::from_text(ids), ranks)
    }
}

/// Sorts ids and notes the rank of each at its provisional index.
fn rank<T: Ord>(mut ids: Vec<(T, u32)>, ranks: &mut [u32]) -> Vec<T> {
    ids.sort_unstable();
    for (rank, (_, index)) in ids.iter().enumerate() {
        ranks[*index as usize] = rank as u32;
    }
    ids.into_iter().map(|(id, _)| id).collect()
}

fn next_index(len: &mut u32) -> Result<u32, Error> {
    if *len == ABSENT {
        return Err(Error::TooLarge { what: "ids", value: u64::from(*len) });
    }
    *len += 1;
    Ok(*len - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_keep_their_characters_and_come_out_sorted(
            ids in prop::collection::vec("-?[0-9]{1,8}|[a-c]{0,2}|0x", 0..40),
            integers_only: bool,
        ) {
            let ids: Vec<String> = (ids.into_iter())
                .filter(|id| !integers_only || IdTable::canonical_integer(id.as_bytes()).is_some())
                .collect();
            let mut interner = Interner::default();
            let indices: Vec<u32> =
                ids.iter().map(|id| interner.intern(id).unwrap()).collect();
            let (table, ranks) = interner.finish();
            prop_assert_eq!(&table, &IdTable::from_text(&ids));
            for (id, index) in ids.iter().zip(indices) {
                let name = table.name(ranks[index as usize]);
                prop_assert_eq!(name.as_deref(), Some(id.as_str()));
            }
        }
    }
}
