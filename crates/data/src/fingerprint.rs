//! A checksum of data, so that models and runs can say what they were trained on.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{Dataset, IdTable, Interactions};

/// A SHA-256 of ids and matrix; prints as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// The checksum of a matrix and its ids.
///
/// It covers a version tag; for either table the number of ids, then each one's length and bytes;
/// the row starts; the items; and a byte 0 or 1 for weights and for times, with the values behind
/// a 1. Numbers are little-endian, 64 bits for lengths, starts and times, 32 for items and weights.
/// So it is the same on every machine, and whatever file the data came from.
pub fn fingerprint(users: &IdTable, items: &IdTable, interactions: &Interactions) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(b"foretaste interactions 1\n");
    for table in [users, items] {
        hash.update((table.len() as u64).to_le_bytes());
        for name in (0..table.len() as u32).filter_map(|index| table.name(index)) {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
        }
    }
    hash.update((interactions.starts().len() as u64).to_le_bytes());
    update(&mut hash, interactions.starts(), |&start| (start as u64).to_le_bytes());
    update(&mut hash, interactions.items(), |item| item.0.to_le_bytes());
    hash.update([u8::from(interactions.weights().is_some())]);
    update(&mut hash, interactions.weights().unwrap_or_default(), |weight| weight.to_le_bytes());
    hash.update([u8::from(interactions.times().is_some())]);
    update(&mut hash, interactions.times().unwrap_or_default(), |time| time.to_le_bytes());
    Fingerprint(hash.finalize().into())
}

/// The checksum of a data set with more than a target, whose own is `target`.
///
/// It covers a version tag and `target`; the number of other feedbacks, then the name and the checksum
/// of each, and the target's name; and for the features of users and of items a byte 0 or 1 for
/// vectors and for tags. Behind a 1 are the width, then of each id that has one its index and its
/// vector; or the number of tags, their names, and of each id its tags. Texts have their length in
/// front.
pub(crate) fn of_all(data: &Dataset, target: Fingerprint) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(b"foretaste data set 1\n");
    hash.update(target.0);
    count(&mut hash, data.others().len());
    for other in data.others() {
        text(&mut hash, other.name());
        hash.update(fingerprint(data.users(), data.items(), other.interactions()).0);
    }
    text(&mut hash, data.target_name().unwrap_or_default());
    for features in [data.user_features(), data.item_features()] {
        hash.update([u8::from(features.vectors().is_some())]);
        if let Some(vectors) = features.vectors() {
            count(&mut hash, vectors.width());
            for (index, vector) in vectors.iter() {
                count(&mut hash, index);
                update(&mut hash, vector, |value| value.to_le_bytes());
            }
        }
        hash.update([u8::from(features.tags().is_some())]);
        if let Some(tags) = features.tags() {
            count(&mut hash, tags.names().len());
            tags.names().iter().for_each(|name| text(&mut hash, name));
            for of_one in (0..tags.len()).map(|index| tags.of(index)) {
                count(&mut hash, of_one.len());
                update(&mut hash, of_one, |tag| tag.to_le_bytes());
            }
        }
    }
    Fingerprint(hash.finalize().into())
}

/// The checksum of a data set that says what is not positive: of a version tag, the checksum of the
/// rest, and that of what is not positive as a matrix.
pub(crate) fn of_seen(rest: Fingerprint, not_positive: Fingerprint) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(b"foretaste seen 1\n");
    hash.update(rest.0);
    hash.update(not_positive.0);
    Fingerprint(hash.finalize().into())
}

fn count(hash: &mut Sha256, number: usize) {
    hash.update((number as u64).to_le_bytes());
}

fn text(hash: &mut Sha256, text: &str) {
    count(hash, text.len());
    hash.update(text.as_bytes());
}

/// Feeds a column in blocks: hashing four bytes at a time costs more than the hash.
fn update<T, const N: usize>(hash: &mut Sha256, column: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    let mut block = Vec::with_capacity(4096 * N);
    for values in column.chunks(4096) {
        block.clear();
        block.extend(values.iter().flat_map(&bytes));
        hash.update(&block);
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use crate::Keep;
    use crate::testing::dataset;

    #[test]
    fn everything_counts_and_row_order_does_not() {
        let (none, weights) = (Keep::default(), Keep { weights: true, times: false });
        let print = |text, keep| dataset(text, keep).fingerprint().to_string();
        let first = print("1,2,3\n2,3,4\n", none);
        assert_eq!(first.len(), 64);
        assert_eq!(first, print("2,3,4\n1,2,3\n", none));
        assert_eq!(first, print("2,3\n1,2\n", none));
        for other in [
            print("1,2,3\n2,3,4\n", weights),
            print("1,2,4\n2,3,4\n", weights),
            print("1,2\n2,4\n", none),
            print("1,2\n3,3\n", none),
            print("1,3\n2,2\n", none),
            print("12,2\n2,3\n", none),
        ] {
            assert_ne!(first, other);
        }
    }
}
