//! Pairs of neighbouring users, from the pieces that they come in.

use crate::fault::{Fault, Outcome};
use foretaste::data::{Interactions, ItemId};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use std::ops::Range;

pub(super) type Numbers<'py> = Bound<'py, PyArray1<u32>>;

/// Users, and an item or a number of each.
pub(super) type Columns<'py> = (PyReadonlyArray1<'py, u32>, PyReadonlyArray1<'py, u32>);

/// The pairs of neighbouring users.
#[pyclass(frozen, module = "foretaste._native")]
pub(crate) struct Pairs {
    pub(super) inner: Interactions,
    /// The first of the users, of all.
    pub(super) first: u32,
}

pub(super) fn slices<'a>(columns: &'a Columns<'_>) -> Outcome<(&'a [u32], &'a [u32])> {
    let wrong = |_| Fault::data("users and items: each in one piece");
    Ok((columns.0.as_slice().map_err(wrong)?, columns.1.as_slice().map_err(wrong)?))
}

/// The pairs of users from the first one on, given by their numbers in all data, in as many pieces as they came in.
pub(super) fn pairs_of(
    pieces: &[(&[u32], &[u32])],
    range: Range<usize>,
    n_items: usize,
) -> Outcome<Interactions> {
    let mut starts = vec![0usize; range.len() + 1];
    for (users, items) in pieces {
        if users.len() != items.len() {
            return Err(Fault::data("users and items: as many of each"));
        }
        for &user in *users {
            let at = (user as usize).checked_sub(range.start).filter(|at| *at < range.len());
            let at = at.ok_or_else(|| {
                Fault::data(format!("user {user} is not one of this worker's, {range:?}"))
            })?;
            starts[at + 1] += 1;
        }
    }
    for user in 0..range.len() {
        starts[user + 1] += starts[user];
    }
    let mut next = starts.clone();
    let mut rows = vec![ItemId(0); starts[range.len()]];
    for (users, items) in pieces {
        for (&user, &item) in users.iter().zip(*items) {
            let next = &mut next[user as usize - range.start];
            rows[*next] = ItemId(item);
            *next += 1;
        }
    }
    drop(next);
    for row in starts.windows(2) {
        rows[row[0]..row[1]].sort_unstable();
    }
    Ok(Interactions::from_rows(starts, rows, n_items)?)
}

#[pymethods]
impl Pairs {
    fn __len__(&self) -> usize {
        self.inner.nnz()
    }

    /// How many items each user has; then the items, numbered as in all data, user after user.
    fn rows<'py>(&self, py: Python<'py>) -> Numbers<'py> {
        let counts = self.inner.starts().windows(2).map(|row| (row[1] - row[0]) as u32);
        let mut rows = Vec::with_capacity(self.inner.n_users() + self.inner.nnz());
        rows.extend(counts.chain(self.inner.items().iter().map(|item| item.0)));
        PyArray1::from_vec(py, rows)
    }
}
