//! What lists are asked for: how many items, and which.

use crate::fault::{Fault, Outcome};
use foretaste::data::ItemId;
use foretaste::{ItemSet, Query, Seen};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

/// What is asked for: how many, and which items may be listed.
#[derive(FromPyObject)]
pub(crate) struct Asked<'py> {
    #[pyo3(item)]
    n: usize,
    /// `all`, `positives` or `none`: what is left out of what users had.
    #[pyo3(item)]
    seen: String,
    #[pyo3(item)]
    allow: Option<PyReadonlyArray1<'py, u32>>,
    #[pyo3(item)]
    deny: Option<PyReadonlyArray1<'py, u32>>,
    #[pyo3(item)]
    pub(crate) threads: usize,
}

/// The same, as the engine has it.
pub(crate) struct Filters {
    k: usize,
    pub(crate) seen: Seen,
    allow: Option<ItemSet>,
    deny: Option<ItemSet>,
}

impl Filters {
    pub(crate) fn of(asked: &Asked<'_>, n_items: usize) -> Outcome<Self> {
        let set = |items: &Option<PyReadonlyArray1<'_, u32>>| {
            items.as_ref().map(|items| {
                ItemSet::from_items(n_items, items.as_array().iter().map(|&item| ItemId(item)))
            })
        };
        let seen = asked
            .seen
            .parse()
            .map_err(|rule: String| Fault::parameter("filter_seen", rule, &asked.seen))?;
        // What is beyond the catalogue can't be listed.
        Ok(Self { k: asked.n.min(n_items), seen, allow: set(&asked.allow), deny: set(&asked.deny) })
    }

    pub(crate) fn query(&self) -> Query<'_> {
        let mut query = Query::new(self.k);
        if let Some(items) = &self.allow {
            query = query.allow(items);
        }
        if let Some(items) = &self.deny {
            query = query.deny(items);
        }
        query
    }
}
