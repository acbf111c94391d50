//! Ids as they are read, into dense indices.

use foretaste_data::{Error, IdTable, Interner};
use std::borrow::Cow;

/// Numbers the ids of a file.
#[derive(Debug, Default)]
pub(crate) struct FileIds {
    pub(crate) ids: Interner,
    /// The first that was no UTF-8, as it is read.
    pub(crate) old_text: Option<String>,
}

/// What is known of an id that was numbered.
pub(crate) struct Interned {
    pub(crate) index: u32,
    /// Whether it is a canonical integer of at least 0.
    pub(crate) is_plain: bool,
}

impl FileIds {
    /// The provisional index of `id`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if indices run out.
    pub(crate) fn intern(&mut self, id: &[u8]) -> Result<Interned, Error> {
        if let Some(integer) = IdTable::canonical_integer(id) {
            let index = self.ids.intern_integer(integer)?;
            return Ok(Interned { index, is_plain: integer >= 0 });
        }
        let text = decode(id);
        if let (None, Cow::Owned(text)) = (&self.old_text, &text) {
            self.old_text = Some(text.clone());
        }
        Ok(Interned { index: self.ids.intern_text(&text)?, is_plain: false })
    }
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

    #[test]
    fn bytes_that_are_not_utf8_are_latin_1() {
        assert_eq!(decode(b"caf\xe9"), "café");
        assert_eq!(decode("café".as_bytes()), "café");
    }
}
