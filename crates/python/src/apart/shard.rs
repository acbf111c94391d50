//! The users of a worker after a training: what is asked of a model where it lies in parts.

use super::pairs::{Columns, Numbers, pairs_of, slices};
use crate::fault::{Fault, Outcome};
use crate::model::vectors_of;
use crate::pool::computed;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::eval::{self, TestSet};
use foretaste::model::{self, Query, Scorer, Similarity, similar_items};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use rayon::prelude::*;

/// Lists one after the other: for each, how many; then items and scores of all.
type Flat<'py> = (Numbers<'py>, Numbers<'py>, Bound<'py, PyArray1<f32>>);

/// The users of a worker after a training, with all items: their scores and lists.
#[pyclass(frozen, module = "foretaste._native")]
pub(crate) struct Shard {
    pub(super) scorer: Box<dyn Scorer>,
    pub(super) pairs: Interactions,
    pub(super) first: u32,
    pub(super) threads: usize,
}

fn flat<'py>(py: Python<'py>, lists: &[Vec<(ItemId, f32)>]) -> Flat<'py> {
    let lens = lists.iter().map(|list| list.len() as u32).collect();
    let items = lists.iter().flatten().map(|(item, _)| item.0).collect();
    let scores = lists.iter().flatten().map(|(_, score)| *score).collect();
    (PyArray1::from_vec(py, lens), PyArray1::from_vec(py, items), PyArray1::from_vec(py, scores))
}

#[pymethods]
impl Shard {
    /// How many users there are.
    #[getter]
    fn n_users(&self) -> usize {
        self.scorer.n_users()
    }

    /// The best items of some users, numbered as in all data: for each, how many; then items and scores of all.
    #[pyo3(signature = (users, n, *, filter_seen=true))]
    fn lists<'py>(
        &self,
        py: Python<'py>,
        users: PyReadonlyArray1<'_, u32>,
        n: usize,
        filter_seen: bool,
    ) -> PyResult<Flat<'py>> {
        let own =
            users.as_array().iter().map(|&user| self.own(user)).collect::<Outcome<Vec<_>>>()?;
        let seen = [&self.pairs];
        let query = Query::new(n.min(self.scorer.n_items()));
        let query = if filter_seen { query.exclude(&seen) } else { query };
        let lists =
            computed(py, self.threads, || Ok(model::recommend(&*self.scorer, &own, &query)))?;
        Ok(flat(py, &lists))
    }

    /// Metrics of users by their relevant items, numbered as in all data: the users, ascending, and the values of each
    /// one after the other. `unknown` has how many further items of the user, once for each, the model does not know.
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        relevant: Columns<'py>,
        unknown: Columns<'py>,
        metrics: Vec<String>,
        filter_seen: bool,
    ) -> PyResult<(Numbers<'py>, Bound<'py, PyArray1<f64>>)> {
        let metrics = crate::evaluation::metrics(&metrics)?;
        let (n_users, n_items) = (self.scorer.n_users(), self.scorer.n_items());
        let range = self.first as usize..self.first as usize + n_users;
        let pairs = pairs_of(&[slices(&relevant)?], range, n_items)?;
        let mut counts = vec![0; n_users];
        for (&user, &count) in unknown.0.as_array().iter().zip(unknown.1.as_array()) {
            counts[self.own(user)?.index()] += count;
        }
        let seen = [&self.pairs];
        let mask: &[&Interactions] = if filter_seen { &seen } else { &[] };
        let found = computed(py, self.threads, || {
            let set = TestSet::binary(&pairs, &counts, &[])?;
            if set.n_users() == 0 {
                return Ok((Vec::new(), Vec::new()));
            }
            let found = eval::evaluate(&*self.scorer, mask, &set, &metrics)?;
            let users = set.known_users().iter().map(|user| user.0 + self.first).collect();
            Ok((users, found.values().to_vec()))
        })?;
        Ok((PyArray1::from_vec(py, found.0), PyArray1::from_vec(py, found.1)))
    }

    /// The items most like each of some, by the cosine of their rows: for each, how many; then items and scores of all.
    fn similar_items<'py>(
        &self,
        py: Python<'py>,
        items: PyReadonlyArray1<'_, u32>,
        n: usize,
    ) -> PyResult<Flat<'py>> {
        let items = items.as_array().to_vec();
        let lists = computed(py, self.threads, || {
            let list = |&item: &u32| {
                similar_items(&*self.scorer, ItemId(item), n, Similarity::Cosine)
                    .ok_or_else(|| Fault::data(format!("there is no item {item}")))
            };
            items.par_iter().map(list).collect::<Outcome<Vec<_>>>()
        })?;
        Ok(flat(py, &lists))
    }

    /// The vectors of its users or of all items, whose inner products are scores: factors, and biases beside them.
    fn factors<'py>(&self, py: Python<'py>, side: &str) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let vectors = vectors_of(py, &*self.scorer, side)?;
        Ok(vectors.ok_or_else(|| Fault::Unsupported("there are no factors".into()))?)
    }

    /// The scores of pairs, numbered as in all data.
    fn scores<'py>(
        &self,
        py: Python<'py>,
        users: PyReadonlyArray1<'_, u32>,
        items: PyReadonlyArray1<'_, u32>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let (users, items) = (users.as_array(), items.as_array());
        let pairs = users.iter().zip(items).map(|(&user, &item)| {
            match (item as usize) < self.scorer.n_items() {
                true => Ok((self.own(user)?, ItemId(item))),
                false => Err(Fault::data(format!("there is no item {item}"))),
            }
        });
        let pairs = pairs.collect::<Outcome<Vec<_>>>()?;
        let scores = computed(py, self.threads, || Ok(model::score_pairs(&*self.scorer, &pairs)))?;
        Ok(PyArray1::from_vec(py, scores))
    }
}

impl Shard {
    fn own(&self, user: u32) -> Outcome<UserId> {
        let own =
            user.checked_sub(self.first).filter(|own| (*own as usize) < self.scorer.n_users());
        own.map(UserId).ok_or_else(|| Fault::data(format!("user {user} is of another part")))
    }
}
