//! The checksum of a model file's contents.

use safetensors::tensor::TensorView;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// SHA-256, in hexadecimal, of the information and of every tensor's name, type, shape and bytes,
/// tensors in the order of their names.
pub(crate) fn of(info: &str, tensors: &[(String, TensorView<'_>)]) -> String {
    let mut order: Vec<_> = tensors.iter().collect();
    order.sort_by_key(|(name, _)| name);
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(info.as_bytes());
    for (name, view) in order {
        part(name.as_bytes());
        part(format!("{:?}{:?}", view.dtype(), view.shape()).as_bytes());
        part(view.data());
    }
    hex(&hash.finalize())
}

/// SHA-256 of a file's bytes, in hexadecimal.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
