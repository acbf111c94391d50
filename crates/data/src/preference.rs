//! What somebody is said to prefer, beside what they did.

use sha2::{Digest, Sha256};

use crate::{Fingerprint, IdTable, ItemId, UserId};

/// A user would take one item rather than another: a triple that comes from no interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preference {
    /// Who prefers.
    pub user: UserId,
    /// What is preferred.
    pub liked: ItemId,
    /// To what.
    pub disliked: ItemId,
}

impl Preference {
    /// Whether user and items are among so many.
    pub fn is_within(&self, users: usize, items: usize) -> bool {
        self.user.index() < users && self.liked.index() < items && self.disliked.index() < items
    }

    /// The same by other tables, given each index in them ([`IdTable::indices_in`]); nothing if one of the
    /// three is not there.
    pub fn onto(self, users: &[Option<u32>], items: &[Option<u32>]) -> Option<Self> {
        let of = |all: &[Option<u32>], index: usize| all.get(index).copied().flatten();
        Some(Self {
            user: UserId(of(users, self.user.index())?),
            liked: ItemId(of(items, self.liked.index())?),
            disliked: ItemId(of(items, self.disliked.index())?),
        })
    }
}

/// The checksum of preferences, by the ids that they are of.
///
/// It covers a version tag, the number of preferences, and of each in order the length and the bytes
/// of the three ids; one that a table has not is empty.
pub fn preferences_fingerprint(
    users: &IdTable,
    items: &IdTable,
    preferences: &[Preference],
) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(b"foretaste preferences 1\n");
    hash.update((preferences.len() as u64).to_le_bytes());
    for Preference { user, liked, disliked } in preferences {
        for name in [users.name(user.0), items.name(liked.0), items.name(disliked.0)] {
            let name = name.unwrap_or_default();
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
        }
    }
    Fingerprint(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_other_tables_it_is_the_same_or_nothing() {
        let one = Preference { user: UserId(1), liked: ItemId(0), disliked: ItemId(2) };
        let to = Preference { user: UserId(5), liked: ItemId(4), disliked: ItemId(3) };
        let items = [Some(4), None, Some(3)];
        assert_eq!(one.onto(&[None, Some(5)], &items), Some(to));
        assert_eq!(one.onto(&[Some(5), None], &items), None);
        assert_eq!(one.onto(&[None, Some(5)], &items[..2]), None);
    }

    #[test]
    fn the_checksum_depends_on_each_id_and_on_the_order() {
        let table = |ids: &[&str]| IdTable::from_text(ids.iter().copied());
        let (users, items) = (table(&["u", "v"]), table(&["a", "b", "c"]));
        let of = |rows: &[[u32; 3]]| {
            let rows: Vec<Preference> = rows
                .iter()
                .map(|&[user, liked, disliked]| Preference {
                    user: UserId(user),
                    liked: ItemId(liked),
                    disliked: ItemId(disliked),
                })
                .collect();
            preferences_fingerprint(&users, &items, &rows).to_string()
        };
        let prints = [
            of(&[]),
            of(&[[0, 0, 1]]),
            of(&[[1, 0, 1]]),
            of(&[[0, 2, 1]]),
            of(&[[0, 0, 2]]),
            of(&[[0, 1, 0]]),
            of(&[[0, 0, 1], [1, 0, 1]]),
            of(&[[1, 0, 1], [0, 0, 1]]),
        ];
        let mut unique = prints.to_vec();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), prints.len());
        assert_eq!(of(&[[0, 0, 1]]), of(&[[0, 0, 1]]));
    }
}
