//! The model file: safetensors with the ids and the seen items inside.
//!
//! | tensor | type, shape | holds |
//! |---|---|---|
//! | by the method, e.g. `user_factors` | F16, F32, F64, I8 or U8 to U64, any shape | the parameters |
//! | `item_propensities` | F32, items | θ of each item, where the method weights clicks by it |
//! | `users.ids` or `users.text`, `users.ends` | I64 n, or U8 bytes and U64 n | original user ids |
//! | `items.ids` or `items.text`, `items.ends` | the same | original item ids |
//! | `seen.starts`, `seen.items` | U64 users + 1, U32 pairs | the training interactions |
//! | `seen.not_positive.starts`, `.items` | the same | what was seen and is not positive, if anything |
//! | `seen.others.starts`, `.items` | the same | pairs of other feedbacks, where the data had several |
//!
//! A file that says so holds matrices in less room: see [`Storage`].
//!
//! The metadata entry `foretaste` is the JSON of [`Info`], `sha256` the checksum of everything
//! else: names, types, shapes and contents of all tensors and the other entries. The same model
//! is written as the same bytes. Python reads it with `safetensors.numpy.load_file`.
//!
//! Files are read, not mapped: the checksum looks at every byte anyway, and a map would tie a
//! running process to a file that somebody else may truncate.

use crate::{Element, Error, Storage, TAG, Tensor, checksum, storage, tensors};
use foretaste_data::{IdTable, Interactions};
use foretaste_files::{Overwrite, write_file};
use safetensors::SafeTensors;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The latest version of the format that this crate writes and reads.
pub const FORMAT: u32 = 2;

/// What a model file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// Version of the file format.
    pub format: u32,
    /// Version of foretaste that wrote the file.
    pub version: String,
    /// The method, e.g. `bpr`: which loader the tensors are for.
    pub method: String,
    /// Every parameter that the training used, resolved.
    pub parameters: serde_json::Value,
    /// Fingerprint of the training interactions and their ids, in hexadecimal.
    pub data: String,
    /// Free results of the training: epochs, validation metrics.
    pub training: serde_json::Value,
    /// How the file holds matrices.
    #[serde(default, skip_serializing_if = "Storage::is_plain")]
    pub storage: Storage,
}

impl Info {
    /// As the file has it: of the earliest version that can tell it.
    fn to_text(&self) -> String {
        let format = self.format.max(self.storage.format());
        serde_json::to_string(&Self { format, ..self.clone() }).expect("info is plain data")
    }
}

/// The contents of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// What the model is and how it was made.
    pub info: Info,
    /// Original user ids.
    pub users: IdTable,
    /// Original item ids.
    pub items: IdTable,
    /// The training interactions, to leave out of recommendations; with the weights that they were
    /// learned with, if they were, which explanations take.
    pub seen: Interactions,
    /// Pairs that were seen and are not positive, to leave out likewise; `None` if none are known.
    pub not_positive: Option<Interactions>,
    /// The pairs of other feedbacks; `None` if the data had one.
    pub others: Option<Interactions>,
    /// The parameters, by name.
    pub tensors: BTreeMap<String, Tensor>,
}

impl ModelFile {
    /// Writes the model, to a temporary name first: after a failure there is no partial file.
    ///
    /// # Errors
    /// [`Error::Write`] if the file exists and may not be replaced, or the system refuses;
    /// [`Error::Tensor`] if a parameter is not finite.
    pub fn save(&self, path: &Path, overwrite: Overwrite) -> Result<(), Error> {
        let bytes = self.to_bytes()?;
        Ok(write_file(path, overwrite, |out| out.write_all(&bytes))?)
    }

    /// The parameters that the method had; `None` if they can't be read as these, which parameters of
    /// another version may not.
    pub fn parameters<P: DeserializeOwned>(&self) -> Option<P> {
        let mut parameters = self.info.parameters.clone();
        parameters.as_object_mut()?.remove(TAG);
        serde_json::from_value(parameters).ok()
    }

    /// The file as bytes.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a parameter is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_bytes_with(&self.tensors)
    }

    /// The file as bytes, with these parameters instead of its own.
    ///
    /// # Errors
    /// As for [`ModelFile::to_bytes`].
    pub fn to_bytes_with(&self, tensors: &BTreeMap<String, Tensor>) -> Result<Vec<u8>, Error> {
        let seen = tensors::Rows::of(self);
        let packed = storage::pack(self.info.storage, tensors)?;
        let views = tensors::views(self, &packed, &seen)?;
        let info = self.info.to_text();
        let sha256 = checksum::of(&info, &views);
        let metadata = HashMap::from([("foretaste".into(), info), ("sha256".into(), sha256)]);
        let views = views.iter().map(|(name, view)| (name.as_str(), view));
        let bytes = safetensors::serialize(views, Some(metadata));
        bytes
            .map(canonical_header)
            .map_err(|e| Error::Tensor { name: "all".into(), reason: e.to_string() })
    }

    /// The checksum of the model, which its file has in it.
    ///
    /// # Errors
    /// As for [`ModelFile::to_bytes`].
    pub fn fingerprint(&self) -> Result<String, Error> {
        self.fingerprint_with(&self.tensors)
    }

    /// The checksum of the model with these parameters instead of its own.
    ///
    /// # Errors
    /// As for [`ModelFile::to_bytes`].
    pub fn fingerprint_with(&self, tensors: &BTreeMap<String, Tensor>) -> Result<String, Error> {
        let seen = tensors::Rows::of(self);
        let packed = storage::pack(self.info.storage, tensors)?;
        Ok(checksum::of(&self.info.to_text(), &tensors::views(self, &packed, &seen)?))
    }

    /// Reads a model and checks all of it: lengths, checksum, finiteness.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::NotAModel`], [`Error::Damaged`], [`Error::TooNew`] or
    /// [`Error::Tensor`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        let read = std::fs::read(path);
        let bytes = read.map_err(|source| Error::Read { path: path.into(), source })?;
        Self::from_bytes(&bytes, path)
    }

    /// The fingerprint that a file says its model has, which reading checks; `None` if it says none.
    pub fn stated_fingerprint(bytes: &[u8]) -> Option<String> {
        let (_, header) = SafeTensors::read_metadata(bytes).ok()?;
        header.metadata().as_ref()?.get("sha256").cloned()
    }

    /// Reads a model from bytes; `path` is what errors call it.
    ///
    /// # Errors
    /// As for [`ModelFile::load`].
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let not_a_model = |reason: String| Error::NotAModel { path: path.into(), reason };
        let file = SafeTensors::deserialize(bytes)
            .map_err(|e| not_a_model(format!("no complete safetensors file ({e})")))?;
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|e| not_a_model(e.to_string()))?;
        let entries = header.metadata().clone().unwrap_or_default();
        let entry = |name: &str| {
            entries.get(name).ok_or_else(|| not_a_model(format!("no metadata entry `{name}`")))
        };
        let (info, sha256) = (entry("foretaste")?, entry("sha256")?);
        let views: Vec<_> = file.iter().map(|(name, view)| (name.to_owned(), view)).collect();
        if entries.len() != 2 || checksum::of(info, &views) != *sha256 {
            return Err(Error::Damaged { path: path.into() });
        }
        let info: Info = serde_json::from_str(info).map_err(|e| not_a_model(e.to_string()))?;
        if info.format > FORMAT {
            let (found, known) = (info.format, FORMAT);
            return Err(Error::TooNew { path: path.into(), found, known });
        }
        tensors::parse(info, views)
    }

    /// Takes a tensor out, with its shape and its values, checking its type and the lengths of its
    /// dimensions; `None` stands for any length.
    ///
    /// # Errors
    /// [`Error::Tensor`] if there is none of that name or it is another one.
    pub fn take<T: Element>(
        &mut self,
        name: &str,
        shape: &[Option<usize>],
    ) -> Result<(Vec<usize>, Vec<T>), Error> {
        let wrong = |reason| Error::Tensor { name: name.into(), reason };
        let tensor = self.tensors.remove(name).ok_or_else(|| wrong("is missing".into()))?;
        let found = tensor.shape().to_vec();
        let fits =
            |(found, expected): (&usize, &Option<usize>)| expected.is_none_or(|n| n == *found);
        if found.len() != shape.len() || !found.iter().zip(shape).all(fits) {
            let text = |shape: &mut dyn Iterator<Item = Option<usize>>| {
                let length = |n: Option<usize>| n.map_or("any".to_owned(), |n| n.to_string());
                shape.map(length).collect::<Vec<_>>().join(" × ")
            };
            let expected = text(&mut shape.iter().copied());
            let found = text(&mut found.into_iter().map(Some));
            return Err(wrong(format!("is {found}, not {expected}")));
        }
        Ok((found, tensor.into_values().map_err(wrong)?))
    }
}

/// safetensors writes the metadata in the order of a hash map: the same model would not be the
/// same bytes. Sorts the header's entries, whose length stays the same.
fn canonical_header(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("a header of 8 bytes")) as usize;
    let header = &mut bytes[8..8 + length];
    let parsed: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).expect("the header that was just written is JSON");
    let sorted = serde_json::to_vec(&parsed).expect("a parsed header is plain data");
    assert!(sorted.len() <= length, "sorting keys makes a compact header no longer");
    header.fill(b' ');
    header[..sorted.len()].copy_from_slice(&sorted);
    bytes
}

#[cfg(test)]
mod tests;
