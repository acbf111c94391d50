//! What is asked of a model: how many items, and which may be listed.

use crate::ItemSet;
use foretaste_data::{Interactions, ItemId, UserId};

/// What [`recommend`](crate::recommend) lists: the best `k` items of those that pass all filters.
///
/// Filters say which items there are to choose from; no list is shorter for what they leave out, as
/// long as `k` items remain.
///
/// ```
/// use foretaste_data::ItemId;
/// use foretaste_model::{ItemSet, Query};
///
/// let in_stock = ItemSet::from_items(1000, (0..500).map(ItemId));
/// let query = Query::new(10).allow(&in_stock);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Query<'a> {
    /// How many items a list has at most.
    pub k: usize,
    /// Pairs of users and items that are not listed, such as those that the model was trained on.
    /// They may know fewer users than the model, or more.
    pub exclude: &'a [&'a Interactions],
    /// The items that may be listed; all if there is no set.
    pub allow: Option<&'a ItemSet>,
    /// Items that are listed for nobody, also not where `allow` holds them.
    pub deny: Option<&'a ItemSet>,
}

impl<'a> Query<'a> {
    /// The best `k` of all items.
    pub fn new(k: usize) -> Self {
        Self { k, exclude: &[], allow: None, deny: None }
    }

    /// Without the items that a row of `exclude` holds for the user.
    #[must_use]
    pub fn exclude(self, exclude: &'a [&'a Interactions]) -> Self {
        Self { exclude, ..self }
    }

    /// Of these items only.
    #[must_use]
    pub fn allow(self, items: &'a ItemSet) -> Self {
        Self { allow: Some(items), ..self }
    }

    /// Without these items.
    #[must_use]
    pub fn deny(self, items: &'a ItemSet) -> Self {
        Self { deny: Some(items), ..self }
    }

    /// The items that may be listed of `n_items`, ascending; `None` if no set says so.
    pub(crate) fn listable(&self, n_items: usize) -> Option<Vec<ItemId>> {
        let denied = |item: &ItemId| self.deny.is_some_and(|deny| deny.contains(*item));
        let known = |item: &ItemId| item.index() < n_items;
        match (self.allow, self.deny) {
            (None, None) => None,
            (Some(allow), _) => {
                Some(allow.iter().take_while(known).filter(|item| !denied(item)).collect())
            }
            (None, Some(_)) => {
                Some((0..n_items as u32).map(ItemId).filter(|item| !denied(item)).collect())
            }
        }
    }

    /// Whether an item may be listed.
    pub(crate) fn lists(&self, item: ItemId) -> bool {
        self.allow.is_none_or(|allow| allow.contains(item))
            && !self.deny.is_some_and(|deny| deny.contains(item))
    }

    /// How many of `n_items` may be listed; of sets of so many.
    pub(crate) fn n_listable(&self, n_items: usize) -> usize {
        match (self.allow, self.deny) {
            (None, None) => n_items,
            (None, Some(deny)) => n_items - deny.len().min(n_items),
            (Some(allow), None) => allow.len(),
            (Some(allow), Some(deny)) => allow.len_without(deny),
        }
    }

    /// The rows of excluded items of a user.
    pub(crate) fn excluded(&self, user: UserId) -> impl Iterator<Item = &'a [ItemId]> + use<'a> {
        let known = self.exclude.iter().filter(move |rows| user.index() < rows.n_users());
        known.map(move |rows| rows.row(user))
    }
}

#[cfg(test)]
mod tests;
