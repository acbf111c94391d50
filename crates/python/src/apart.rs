//! Training in parts: what the workers of `foretaste.spark` are made of.
//!
//! Nothing here knows of Spark: parts come and go as bytes.

mod pairs;
mod shard;

use crate::data::Data;
use crate::engine::{self, Watch};
use crate::fault::{Fault, Outcome};
use crate::model::Model;
use crate::pool::computed;
use crate::training::{Beginning, Validated, method, trained};
use foretaste::Method;
use foretaste::model::{self, Footprint, Place, State, Tally, Whole, cuts, pairs_before};
use foretaste_experiment::{Learns, check_validation};
use numpy::{PyArray1, PyReadonlyArray1};
pub(crate) use pairs::Pairs;
use pairs::{Columns, pairs_of, slices};
use pyo3::prelude::*;
pub(crate) use shard::Shard;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes, as NumPy has them.
type Bytes<'py> = Bound<'py, PyArray1<u8>>;

/// Numbers of an epoch of a block of users.
const COUNTS: usize = 4;

/// What is known of all data.
#[derive(FromPyObject)]
struct Facts<'py> {
    #[pyo3(item)]
    n_users: usize,
    #[pyo3(item)]
    nnz: usize,
    #[pyo3(item)]
    active_users: usize,
    #[pyo3(item)]
    learnable: bool,
    #[pyo3(item)]
    squares: f64,
    #[pyo3(item)]
    item_counts: PyReadonlyArray1<'py, u32>,
}

/// A training that workers share.
#[pyclass(frozen, module = "foretaste._native")]
pub(crate) struct Apart {
    method: Method,
    apart: Arc<dyn model::Apart>,
    n_items: usize,
    nnz: usize,
    threads: usize,
}

/// A worker of a training, with its part of the users.
#[pyclass(frozen, module = "foretaste._native")]
pub(crate) struct Worker {
    inner: Mutex<Box<dyn model::Worker>>,
    threads: usize,
}

fn state_of(bytes: &PyReadonlyArray1<'_, u8>, what: &str) -> Outcome<State> {
    let bytes = bytes.as_slice().map_err(|_| Fault::data(format!("{what}: bytes in one piece")))?;
    Ok(State::from_bytes(bytes, Path::new(what))?)
}

fn states_of(all: &[PyReadonlyArray1<'_, u8>], what: &str) -> Outcome<Vec<State>> {
    all.iter().map(|bytes| state_of(bytes, what)).collect()
}

fn bytes_of<'py>(py: Python<'py>, state: &State) -> Outcome<Bytes<'py>> {
    Ok(PyArray1::from_vec(py, state.to_bytes()?))
}

#[pymethods]
impl Apart {
    /// The training of a method on data of which these facts are known.
    #[new]
    #[pyo3(signature = (name, given, facts, threads=0))]
    fn new(
        name: &str,
        given: Vec<(String, String)>,
        facts: Facts<'_>,
        threads: usize,
    ) -> PyResult<Self> {
        let method = method(name, &given)?;
        let whole = Whole {
            n_users: facts.n_users,
            nnz: facts.nnz,
            active_users: facts.active_users,
            learnable: facts.learnable,
            squares: facts.squares,
            item_counts: facts.item_counts.as_array().to_vec(),
        };
        let apart = method.apart(&whole).map_err(Fault::from)?.into();
        Ok(Self { method, apart, n_items: whole.n_items(), nnz: whole.nnz, threads })
    }

    /// How many blocks users and items are cut into.
    #[getter]
    fn blocks(&self) -> usize {
        self.apart.blocks()
    }

    /// How many epochs there are.
    #[getter]
    fn epochs(&self) -> u32 {
        self.apart.epochs()
    }

    /// The first block of each of so many workers; then how many blocks there are.
    fn cuts(&self, workers: usize) -> Vec<usize> {
        cuts(workers, self.apart.blocks())
    }

    /// For each block of users but the first, how many pairs the users before it have at least: it begins with the
    /// first user of whom that is true.
    fn shares(&self) -> Vec<usize> {
        let blocks = self.apart.blocks();
        (1..blocks).map(|block| pairs_before(block, blocks, self.nnz)).collect()
    }

    /// Bytes that a worker of so many takes while it loads and while it trains, and sends in an epoch.
    fn footprint(&self, workers: usize) -> (u64, u64, u64) {
        let Footprint { loading, training, sent } = self.apart.footprint(workers);
        (loading, training, sent)
    }

    /// All pairs of a worker's users, in any order and as many pieces as they came in; users and items are numbered as in
    /// all data.
    fn pairs(
        &self,
        py: Python<'_>,
        users: (usize, usize),
        pieces: Vec<Columns<'_>>,
    ) -> PyResult<Pairs> {
        let pieces = pieces.iter().map(slices).collect::<Outcome<Vec<_>>>()?;
        let (first, last) = users;
        if first > last {
            return Err(Fault::parameter("users", "the first, and where they end", first).into());
        }
        let inner = py.detach(|| pairs_of(&pieces, first..last, self.n_items))?;
        Ok(Pairs { inner, first: first as u32 })
    }

    /// A worker, with the pairs of its users.
    fn worker(
        &self,
        py: Python<'_>,
        number: usize,
        cuts: Vec<usize>,
        bounds: Vec<usize>,
        pairs: &Pairs,
    ) -> PyResult<Worker> {
        let place = Place { number, cuts: &cuts, bounds: &bounds };
        let made = || Ok::<_, Fault>(self.apart.worker(place, pairs.inner.clone())?);
        Ok(Worker { inner: Mutex::new(py.detach(made)?), threads: self.threads })
    }

    /// The model that a training on one machine makes of `data`, from what all workers saved after the last epoch and
    /// from their counts of each epoch.
    fn model(
        &self,
        py: Python<'_>,
        data: &Data,
        users: Vec<PyReadonlyArray1<'_, u8>>,
        items: Vec<PyReadonlyArray1<'_, u8>>,
        counts: Vec<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Model> {
        let (users, items) = (states_of(&users, "users")?, states_of(&items, "items")?);
        let tallies = counts.iter().map(tallies_from).collect::<Outcome<Vec<_>>>()?;
        let state = self.apart.whole(&users, &items, &tallies).map_err(Fault::from)?;
        drop((users, items));
        let (method, dataset) = (self.method.clone(), data.dataset.clone());
        let sides = data.given_as();
        let work = move |watch: &mut Watch<'_>| {
            let metric = "ndcg@10".parse().map_err(Fault::from)?;
            check_validation(metric)?;
            let validated = Validated { metric, every: 1 };
            let begin = Beginning { warm: None, state: Some(state) };
            let learns = Learns::default();
            trained((&method, &learns), dataset, None, validated, begin, &sides, watch)
        };
        Ok(Model::new(engine::run(py, self.threads, None, work)?))
    }

    /// The users that a worker saved after the last epoch, with all pairs of theirs, and all items.
    fn shard(
        &self,
        users: PyReadonlyArray1<'_, u8>,
        items: Vec<PyReadonlyArray1<'_, u8>>,
        pairs: &Pairs,
    ) -> PyResult<Shard> {
        let state = state_of(&users, "users")?;
        let items = states_of(&items, "items")?;
        let scorer = self.apart.scorer(&state, &items).map_err(Fault::from)?;
        let (found, own) = (scorer.n_users(), pairs.inner.n_users());
        if found != own {
            let message = format!("pairs of {own} users, and a part of {found}");
            return Err(Fault::data(message).into());
        }
        let (first, pairs) = (pairs.first, pairs.inner.clone());
        Ok(Shard { scorer, pairs, first, threads: self.threads })
    }
}

/// Counts of blocks as they were written by [`Worker::finish`].
fn tallies_from(all: &PyReadonlyArray1<'_, f64>) -> Outcome<Vec<Tally>> {
    let all = all.as_array().to_vec();
    if !all.len().is_multiple_of(COUNTS) {
        return Err(Fault::data("counts: four numbers a block"));
    }
    let of = |block: &[f64]| Tally {
        samples: block[0] as u64,
        skipped: block[1] as u64,
        loss: block[2],
        measured: block[3],
    };
    Ok(all.chunks(COUNTS).map(of).collect())
}

impl Worker {
    fn get(&self) -> MutexGuard<'_, Box<dyn model::Worker>> {
        // After a panic it is not used any more: the exception ends the worker.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn does<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut dyn model::Worker) -> Outcome<T> + Send,
    ) -> PyResult<T> {
        computed(py, self.threads, || work(&mut **self.get()))
    }
}

#[pymethods]
impl Worker {
    /// Gives rows their first numbers.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        self.does(py, |worker| {
            worker.start();
            Ok(())
        })
    }

    /// Begins an epoch, from 1.
    fn begin(&self, py: Python<'_>, epoch: u32) -> PyResult<()> {
        self.does(py, |worker| {
            worker.begin(epoch);
            Ok(())
        })
    }

    /// Trains its users with the items that it holds.
    fn train(&self, py: Python<'_>, super_round: usize) -> PyResult<()> {
        self.does(py, |worker| {
            worker.train(super_round);
            Ok(())
        })
    }

    /// Hands over the items that it holds.
    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bytes<'py>> {
        let bytes = self.does(py, |worker| Ok(worker.give().to_bytes()?))?;
        Ok(PyArray1::from_vec(py, bytes))
    }

    /// Takes items over, for the next super-round.
    fn take(&self, py: Python<'_>, items: PyReadonlyArray1<'_, u8>) -> PyResult<()> {
        let state = state_of(&items, "items")?;
        self.does(py, |worker| Ok(worker.take(state)?))
    }

    /// After an epoch: what each worker needs of its items for another one.
    fn deal_out<'py>(&self, py: Python<'py>, epoch: u32) -> PyResult<Vec<Bytes<'py>>> {
        let parts = self.does(py, |worker| {
            let parts = worker.deal_out(epoch).into_iter();
            parts.map(|part| Ok(part.to_bytes()?)).collect::<Outcome<Vec<_>>>()
        })?;
        Ok(parts.into_iter().map(|part| PyArray1::from_vec(py, part)).collect())
    }

    /// Takes what the workers, in their order, dealt out to it.
    fn deal_in(
        &self,
        py: Python<'_>,
        epoch: u32,
        parts: Vec<PyReadonlyArray1<'_, u8>>,
    ) -> PyResult<()> {
        let parts = states_of(&parts, "items")?;
        self.does(py, |worker| Ok(worker.deal_in(epoch, parts)?))
    }

    /// Ends an epoch: whether all numbers are sound, and what was done with each of its blocks of users (samples,
    /// samples left out, the sum of the losses that were measured, and of their weights).
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<(bool, Bound<'py, PyArray1<f64>>)> {
        let turnout = self.does(py, |worker| Ok(worker.finish()))?;
        let numbers = |&Tally { samples, skipped, loss, measured }: &Tally| {
            [samples as f64, skipped as f64, loss, measured]
        };
        let counts = turnout.tallies.iter().flat_map(numbers).collect();
        Ok((turnout.sound, PyArray1::from_vec(py, counts)))
    }

    /// Its users and its items after an epoch.
    fn save<'py>(&self, py: Python<'py>) -> PyResult<(Bytes<'py>, Bytes<'py>)> {
        let [users, items] = self.does(py, |worker| Ok(worker.save()))?;
        Ok((bytes_of(py, &users)?, bytes_of(py, &items)?))
    }

    /// Takes users of its own out of what some worker saved.
    fn restore_users(&self, py: Python<'_>, users: PyReadonlyArray1<'_, u8>) -> PyResult<()> {
        let state = state_of(&users, "users")?;
        self.does(py, |worker| Ok(worker.restore_users(&state)?))
    }

    /// The same of items, saved after an epoch, for the next one.
    fn restore_items(
        &self,
        py: Python<'_>,
        epoch: u32,
        items: PyReadonlyArray1<'_, u8>,
    ) -> PyResult<()> {
        let state = state_of(&items, "items")?;
        self.does(py, |worker| Ok(worker.restore_items(epoch, &state)?))
    }

    /// Whether all of its users and items were restored.
    fn is_restored(&self) -> bool {
        self.get().is_restored()
    }
}
