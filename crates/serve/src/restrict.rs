//! What lists may hold: sets of items, made of what a request says.

use crate::error::Refusal;
use crate::filter::Filter;
use crate::loaded::Loaded;
use foretaste::data::ItemId;
use foretaste::{ItemSet, Query};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Sets of items of filters that are kept.
const KEPT: usize = 64;

/// What may be listed.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) allow: Option<ItemSet>,
    pub(crate) deny: Option<ItemSet>,
}

impl Compiled {
    pub(crate) fn query(&self, k: usize) -> Query<'_> {
        let query = Query::new(k);
        let query = self.allow.as_ref().map_or(query, |allow| query.allow(allow));
        self.deny.as_ref().map_or(query, |deny| query.deny(deny))
    }
}

/// What a request says of it.
#[derive(Debug, Default)]
pub(crate) struct Restriction<'a> {
    pub(crate) allow: Option<&'a [String]>,
    pub(crate) deny: &'a [String],
    pub(crate) filter: Option<&'a Filter>,
    pub(crate) include_cold: bool,
}

impl Restriction<'_> {
    /// As sets of items, and the ids that the model does not know.
    pub(crate) fn compile(
        &self,
        loaded: &Loaded,
        filters: &Filters,
    ) -> Result<(Arc<Compiled>, Vec<String>), Refusal> {
        let Self { allow, deny, filter, include_cold } = *self;
        if let (None, [], None, false) = (allow, deny, filter, include_cold) {
            return Ok((Arc::clone(&loaded.usual), Vec::new()));
        }
        let (mut denied, mut unknown) = loaded.recommender.item_set(deny.iter().cloned());
        // What is named is listed, also if nobody had it.
        if allow.is_none() && !include_cold {
            loaded.cold.iter().flat_map(ItemSet::iter).for_each(|item| _ = denied.insert(item));
        }
        let named = allow.map(|ids| {
            let (items, more) = loaded.recommender.item_set(ids.iter().cloned());
            unknown.extend(more);
            items
        });
        let filtered = filter.map(|filter| filters.items(filter, loaded)).transpose()?;
        let allow = match (named, filtered) {
            (None, None) => None,
            (Some(items), None) => Some(items),
            (None, Some(items)) => Some(items.as_ref().clone()),
            (Some(named), Some(filtered)) => {
                let both: Vec<ItemId> =
                    named.iter().filter(|item| filtered.contains(*item)).collect();
                Some(ItemSet::from_items(named.n_items(), both))
            }
        };
        let deny = (!denied.is_empty()).then_some(denied);
        Ok((Arc::new(Compiled { allow, deny }), unknown))
    }
}

/// The items of the filters that were asked for last, of the model that is served.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    /// When the model was loaded, and the filter in one way of writing.
    key: (std::time::SystemTime, String),
    items: Arc<ItemSet>,
}

impl Filters {
    fn items(&self, filter: &Filter, loaded: &Loaded) -> Result<Arc<ItemSet>, Refusal> {
        let text = serde_json::to_string(filter).expect("a filter is plain data");
        let key = (loaded.at, text);
        if let Some(items) = self.find(&key) {
            return Ok(items);
        }
        let n_items = loaded.recommender.items().len();
        let items = Arc::new(filter.items(loaded.attributes.as_ref(), n_items)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.key.0 == loaded.at);
        kept.truncate(KEPT - 1);
        kept.push_front(Kept { key, items: Arc::clone(&items) });
        Ok(items)
    }

    /// The items of a filter that is kept, which then is the last that was asked for.
    fn find(&self, key: &(std::time::SystemTime, String)) -> Option<Arc<ItemSet>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|one| one.key == *key)?;
        let found = kept.remove(at)?;
        let items = Arc::clone(&found.items);
        kept.push_front(found);
        Some(items)
    }
}
