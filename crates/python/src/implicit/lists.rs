//! Lists of what arrays of Python have the largest products with.

use super::{Columns, Rows, Starts, check_shape, interactions, scattered};
use crate::pool::computed;
use foretaste::ItemSet;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::model::{Products, Query, Scored, Scorer, recommend, select_top_k};
use numpy::ndarray::{Array2, ArrayView2, ArrayViewMut2};
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;

/// So many scores are found sooner than the threads of a pool wake up.
const FEW: usize = 1 << 20;

/// What no list has: the id and the score of an item that is missing.
const MISSING: (i32, f32) = (-1, f32::MIN);

/// The `k` items with the largest inner products with each query, best first. `seen` has a row for each query.
#[pyfunction]
#[pyo3(signature = (queries, items, k, *, seen=None, allow=None, deny=None, threads=0))]
#[expect(
    clippy::too_many_arguments,
    clippy::type_complexity,
    reason = "they are Python's, by name"
)]
pub(crate) fn implicit_top_k<'py>(
    py: Python<'py>,
    queries: Rows<'py>,
    items: Rows<'py>,
    k: usize,
    seen: Option<(Starts<'py>, Columns<'py>)>,
    allow: Option<Columns<'py>>,
    deny: Option<Columns<'py>>,
    threads: usize,
) -> PyResult<(Bound<'py, PyArray2<i32>>, Bound<'py, PyArray2<f32>>)> {
    let (queries, items) = (queries.as_array(), items.as_array());
    check_shape(items.dim(), (items.nrows(), queries.ncols()))?;
    if !queries.is_standard_layout() || !items.is_standard_layout() {
        return Err(scattered().into());
    }
    let (n, n_items) = (queries.nrows(), items.nrows());
    let k = k.min(n_items);
    let seen =
        seen.map(|(starts, columns)| interactions(&starts, &columns, n_items)).transpose()?;
    if let Some(rows) = &seen {
        check_shape((rows.n_users(), n_items), (n, n_items))?;
    }
    let set = |ids: Option<Columns<'_>>| {
        ids.map(|ids| ItemSet::from_items(n_items, ids.as_array().iter().map(|&id| ItemId(id))))
    };
    let (allow, deny) = (set(allow), set(deny));
    let (mut ids, mut scores) =
        (Array2::from_elem((n, k), MISSING.0), Array2::from_elem((n, k), MISSING.1));
    let scorer = Arrays { queries, items };
    let excluded: Vec<&Interactions> = seen.iter().collect();
    let mut query = Query::new(k).exclude(&excluded);
    if let Some(allow) = &allow {
        query = query.allow(allow);
    }
    if let Some(deny) = &deny {
        query = query.deny(deny);
    }
    let users: Vec<UserId> = (0..n as u32).map(UserId).collect();
    let lists = match n.saturating_mul(n_items) <= FEW {
        true => py.detach(|| users.iter().map(|&user| list(&scorer, user, &query)).collect()),
        false => computed(py, threads, || Ok(recommend(&scorer, &users, &query)))?,
    };
    for (list, (mut ids, mut scores)) in
        lists.iter().zip(ids.rows_mut().into_iter().zip(scores.rows_mut()))
    {
        for (at, (item, score)) in list.iter().enumerate() {
            (ids[at], scores[at]) = (item.0 as i32, *score);
        }
    }
    Ok((ids.into_pyarray(py), scores.into_pyarray(py)))
}

/// [`recommend`] of one user, on this thread.
fn list(scorer: &Arrays<'_>, user: UserId, query: &Query<'_>) -> Vec<Scored> {
    let mut scores = vec![0.0; scorer.n_items()];
    let row = ArrayViewMut2::from_shape((1, scores.len()), &mut scores);
    scorer.score_block(&[user], row.expect("a row of all items"));
    let mut hide = |item: ItemId| scores[item.index()] = f32::NEG_INFINITY;
    query.exclude.iter().for_each(|rows| rows.row(user).iter().for_each(|&item| hide(item)));
    if query.allow.is_some() || query.deny.is_some() {
        let listed = |item: &ItemId| {
            query.allow.is_none_or(|allow| allow.contains(*item))
                && !query.deny.is_some_and(|deny| deny.contains(*item))
        };
        let all = (0..scorer.n_items() as u32).map(ItemId);
        all.filter(|item| !listed(item)).for_each(hide);
    }
    let mut best = Vec::new();
    select_top_k(&scores, query.k, &mut best);
    best
}

/// Inner products of arrays.
#[derive(Debug)]
struct Arrays<'a> {
    queries: ArrayView2<'a, f32>,
    items: ArrayView2<'a, f32>,
}

impl Scorer for Arrays<'_> {
    fn n_users(&self) -> usize {
        self.queries.nrows()
    }

    fn n_items(&self) -> usize {
        self.items.nrows()
    }

    fn score_block(&self, users: &[UserId], out: ArrayViewMut2<'_, f32>) {
        Products::new(self.queries.view(), self.items.view()).score_block(users, out);
    }

    fn products(&self) -> Option<Products<'_>> {
        Some(Products::new(self.queries.view(), self.items.view()))
    }
}
