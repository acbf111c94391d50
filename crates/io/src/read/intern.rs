//! Ids as they come, into dense indices.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use foretaste_data::{Error, IdTable};

/// Integers below this are looked up in an array (of at most 16 MiB) instead of a hash map.
const DIRECT: i64 = 1 << 22;
const ABSENT: u32 = u32::MAX;

/// Numbers ids in the order of their first appearance, until [`Interner::finish`] sorts them.
///
/// Canonical integers and other text can't collide, so that each has its own map.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    direct: Vec<u32>,
    integers: FxHashMap<i64, u32>,
    text: FxHashMap<Box<str>, u32>,
    len: u32,
    /// The first that was no UTF-8, as it is read.
    pub(crate) old_text: Option<String>,
}

/// What is known of an id that was interned.
pub(crate) struct Interned {
    pub(crate) index: u32,
    /// Whether it is a canonical integer of at least 0.
    pub(crate) is_plain: bool,
}

impl Interner {
    /// The provisional index of `id`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if indices run out.
    pub(crate) fn intern(&mut self, id: &[u8]) -> Result<Interned, Error> {
        match IdTable::canonical_integer(id) {
            Some(integer) => {
                let index = self.intern_integer(integer)?;
                Ok(Interned { index, is_plain: integer >= 0 })
            }
            None => Ok(Interned { index: self.intern_text(id)?, is_plain: false }),
        }
    }

    /// [`Interner::intern`] of a canonical integer.
    #[inline]
    pub(crate) fn intern_integer(&mut self, integer: i64) -> Result<u32, Error> {
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

    fn intern_text(&mut self, id: &[u8]) -> Result<u32, Error> {
        let id = decode(id);
        if let Some(&index) = self.text.get(id.as_ref()) {
            return Ok(index);
        }
        if let Cow::Owned(id) = &id {
            self.old_text.get_or_insert_with(|| id.clone());
        }
        let index = next_index(&mut self.len)?;
        self.text.insert(id.into_owned().into_boxed_str(), index);
        Ok(index)
    }

    /// The sorted table, and for each provisional index the index in that table.
    pub(crate) fn finish(self) -> (IdTable, Vec<u32>) {
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

/// Bytes as text: UTF-8, or else windows-1252, which reads any bytes and has Latin-1 within it.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
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
                ids.iter().map(|id| interner.intern(id.as_bytes()).unwrap().index).collect();
            let (table, ranks) = interner.finish();
            prop_assert_eq!(&table, &IdTable::from_text(&ids));
            for (id, index) in ids.iter().zip(indices) {
                let name = table.name(ranks[index as usize]);
                prop_assert_eq!(name.as_deref(), Some(id.as_str()));
            }
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_latin_1() {
        assert_eq!(decode(b"caf\xe9"), "café");
        assert_eq!(decode("café".as_bytes()), "café");
    }
}
