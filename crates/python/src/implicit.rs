//! What `foretaste.compat.implicit` asks of the engine: to train factors that are arrays of Python, and to find lists
//! among them. The arrays are what counts: they are read for each call, and written where it trains.

pub(crate) mod lists;

use crate::engine::{self, Watch};
use crate::fault::{Fault, Outcome};
use crate::pool::computed;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::mf::{
    Bias, Biases, BprLoss, Confident, Factors, Half, Negatives, Pairwise, Params, Problem,
    Schedule, Steps, Table, Targets, solve_confident, sum_of_products, train_pairwise,
};
use foretaste::model::{Monitor, TrainingError};
use numpy::ndarray::{Array2, ArrayView2, ArrayViewMut2};
use numpy::{IntoPyArray, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray2};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The most factors: matrices of their square are held.
const MOST: usize = 4096;

type Starts<'py> = PyReadonlyArray1<'py, i64>;
type Columns<'py> = PyReadonlyArray1<'py, u32>;
type Rows<'py> = PyReadonlyArray2<'py, f32>;
type Written<'py> = PyReadwriteArray2<'py, f32>;

/// Alternating least squares of one matrix of confidences.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct ImplicitAls {
    clicks: Arc<Confident>,
    shape: [usize; 2],
    factors: usize,
    regularization: f64,
}

#[pymethods]
impl ImplicitAls {
    #[new]
    #[pyo3(signature = (starts, items, confidences, n_items, *, factors, regularization))]
    fn new(
        starts: Starts<'_>,
        items: Columns<'_>,
        confidences: PyReadonlyArray1<'_, f32>,
        n_items: usize,
        factors: usize,
        regularization: f64,
    ) -> PyResult<Self> {
        let data = interactions(&starts, &items, n_items)?;
        let confidences = of_each(&data, &confidences)?;
        check_factors(factors)?;
        check_regularization(regularization)?;
        let shape = [data.n_users(), data.n_items()];
        let clicks = Arc::new(Confident::new(&data, &confidences, factors, regularization));
        Ok(Self { clicks, shape, factors, regularization })
    }

    /// Takes the users, then the items, `steps` nearer to their minimum, or there. Gives the loss.
    #[pyo3(signature = (users, items, *, steps=None, threads=0))]
    fn sweep(
        &self,
        py: Python<'_>,
        mut users: Written<'_>,
        mut items: Written<'_>,
        steps: Option<u32>,
        threads: usize,
    ) -> PyResult<f64> {
        let k = self.factors;
        let table = |array: &Written<'_>, rows| -> Outcome<Table> {
            check_shape(array.as_array().dim(), (rows, k))?;
            let table = Table::from_rows(k, array.as_array().to_slice().ok_or_else(scattered)?);
            Ok(table.expect("the shape is checked"))
        };
        let mut factors =
            Factors::new(table(&users, self.shape[0])?, table(&items, self.shape[1])?);
        let (clicks, lambda) = (Arc::clone(&self.clicks), self.regularization);
        let work = move |watch: &mut Watch<'_>| {
            let mut half = |half, factors: &mut Factors| {
                let done = clicks.half(half, factors, steps, &mut |_| !watch.interrupted());
                done.ok_or(Fault::Interrupted)
            };
            half(Half::Users, &mut factors)?;
            let least = half(Half::Items, &mut factors)?;
            let square = |&x: &f32| f64::from(x) * f64::from(x);
            let of_users: f64 = factors.users.view(0).iter().map(square).sum();
            Ok((least + lambda * of_users, factors))
        };
        let (loss, factors) = engine::run(py, threads, None, work)?;
        users.as_slice_mut().map_err(|_| scattered())?.copy_from_slice(&factors.users.to_rows(0));
        items.as_slice_mut().map_err(|_| scattered())?.copy_from_slice(&factors.items.to_rows(0));
        Ok(loss)
    }
}

/// Bayesian Personalized Ranking of one matrix of likes.
///
/// implicit draws a negative by popularity and leaves out the like if its user has that, too: with probability p
/// of what the user has, which is a fifth of all likes in MovieLens 1M. The engine draws anew. So that the same
/// rates go as far, a like counts 1 − p here, and λ of all likes is less by the mean of these.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct ImplicitBpr {
    likes: Arc<Interactions>,
    /// 1 − p of each like, and the mean.
    counted: Arc<Vec<f32>>,
    mean: f32,
}

#[pymethods]
impl ImplicitBpr {
    #[new]
    fn new(starts: Starts<'_>, items: Columns<'_>, n_items: usize) -> PyResult<Self> {
        let likes = interactions(&starts, &items, n_items)?;
        let (counts, all) = (likes.item_counts(), likes.nnz().max(1) as f64);
        let mut counted = Vec::with_capacity(likes.nnz());
        for user in (0..likes.n_users() as u32).map(UserId) {
            let row = likes.row(user);
            let own: f64 = row.iter().map(|item| f64::from(counts[item.index()])).sum();
            // Targets are above 0; who has all there is has no negative.
            counted.resize(counted.len() + row.len(), ((1.0 - own / all) as f32).max(1e-6));
        }
        let mean = (counted.iter().map(|&one| f64::from(one)).sum::<f64>() / all) as f32;
        Ok(Self { likes: Arc::new(likes), counted: Arc::new(counted), mean })
    }

    /// Trains for an epoch on rows of one number more than factors, which is an item's bias. Gives how many likes
    /// were trained on, and how many of them scored above their negative before.
    #[pyo3(signature = (users, items, *, learning_rate, regularization, seed, threads=0))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's, by name")]
    fn epoch(
        &self,
        py: Python<'_>,
        mut users: Written<'_>,
        mut items: Written<'_>,
        learning_rate: f32,
        regularization: f32,
        seed: u64,
        threads: usize,
    ) -> PyResult<(u64, u64)> {
        let (likes, counted) = (Arc::clone(&self.likes), Arc::clone(&self.counted));
        let width = users.as_array().ncols();
        check_shape(users.as_array().dim(), (likes.n_users(), width))?;
        check_shape(items.as_array().dim(), (likes.n_items(), width))?;
        let factors = width.saturating_sub(1);
        let params = Params {
            factors,
            epochs: 1,
            lr: learning_rate,
            schedule: Schedule::Constant,
            steps: Steps::Sgd,
            reg: regularization * self.mean,
            bias: Bias { item: true, ..Bias::default() },
            negatives: 1,
            sampler: Negatives::Popularity(1.0),
            seed,
            ..Params::default()
        };
        let params = params.check().map_err(Fault::from)?;
        let mut start =
            Factors::new(narrow(users.as_array(), factors), narrow(items.as_array(), factors));
        let biases = items.as_array().column(factors).to_vec();
        start.biases = vec![Biases { items: biases, ..Biases::default() }];
        let work = move |watch: &mut Watch<'_>| {
            let targets = Targets::Pairs(&counted);
            let (counting, problem) = (
                Counting::default(),
                Problem { start: Some(start), targets, ..Problem::default() },
            );
            match train_pairwise(&counting, &problem, &likes, &params, watch) {
                Ok(trained) => {
                    let samples = trained.history.last().map_or(0, |report| report.samples);
                    Ok(Some((trained.factors, samples, counting.share())))
                }
                // No like has a negative: there is nothing to learn.
                Err(TrainingError::NoData { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        };
        let Some((trained, samples, share)) = engine::run(py, threads, None, work)? else {
            return Ok((0, 0));
        };
        widen(&trained.users, factors, users.as_array_mut());
        widen(&trained.items, factors, items.as_array_mut());
        let biases = &trained.biases[0].items;
        items.as_array_mut().column_mut(factors).iter_mut().zip(biases).for_each(|(x, b)| *x = *b);
        Ok((samples, (samples as f64 * share).round() as u64))
    }
}

/// The loss of BPR, by what a like counts; it tells how many of the samples that are measured were right.
#[derive(Debug, Default)]
struct Counting {
    measured: AtomicU64,
    right: AtomicU64,
}

impl Counting {
    fn share(&self) -> f64 {
        self.right.load(Relaxed) as f64 / self.measured.load(Relaxed).max(1) as f64
    }
}

impl Pairwise for Counting {
    #[inline(always)]
    fn descent(&self, x: f32, y: [f32; 2]) -> f32 {
        y[0] * BprLoss.descent(x, y)
    }

    #[inline(always)]
    fn loss(&self, x: f32, y: [f32; 2]) -> f32 {
        self.measured.fetch_add(1, Relaxed);
        self.right.fetch_add(u64::from(x > 0.0), Relaxed);
        BprLoss.loss(x, y)
    }
}

/// The sum of the rows' outer products.
#[pyfunction]
#[pyo3(signature = (rows, *, threads=0))]
pub(crate) fn implicit_products<'py>(
    py: Python<'py>,
    rows: Rows<'py>,
    threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let rows = rows.as_array();
    let (k, numbers) = (rows.ncols(), rows.as_slice().ok_or_else(scattered)?);
    check_factors(k)?;
    let half = computed(py, threads, || Ok(sum_of_products(numbers, k)))?;
    let whole = Array2::from_shape_fn((k, k), |(a, b)| half[a.min(b) * k + a.max(b)]);
    Ok(whole.into_pyarray(py))
}

/// The rows at their minimum, given those of the other side and the sum of their products.
#[pyfunction]
#[pyo3(signature = (starts, columns, confidences, other, products, *, regularization, threads=0))]
#[expect(clippy::too_many_arguments, reason = "they are Python's, by name")]
pub(crate) fn implicit_solve<'py>(
    py: Python<'py>,
    starts: Starts<'py>,
    columns: Columns<'py>,
    confidences: PyReadonlyArray1<'py, f32>,
    other: Rows<'py>,
    products: PyReadonlyArray2<'py, f64>,
    regularization: f64,
    threads: usize,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let (other, products) = (other.as_array(), products.as_array());
    let (n_items, k) = other.dim();
    check_factors(k)?;
    check_regularization(regularization)?;
    check_shape(products.dim(), (k, k))?;
    let data = interactions(&starts, &columns, n_items)?;
    let confidences = of_each(&data, &confidences)?;
    let other = other.as_slice().ok_or_else(scattered)?;
    let products = products.as_slice().ok_or_else(scattered)?;
    let rows = computed(py, threads, || {
        Ok(solve_confident((&data, &confidences), (other, products), k, regularization))
    })?;
    let rows = Array2::from_shape_vec((data.n_users(), k), rows).expect("a row a user");
    Ok(rows.into_pyarray(py))
}

fn interactions(starts: &Starts<'_>, items: &Columns<'_>, n_items: usize) -> Outcome<Interactions> {
    let start = |&start: &i64| {
        usize::try_from(start).map_err(|_| Fault::data(format!("a row starts at {start}")))
    };
    let starts = starts.as_array().iter().map(start).collect::<Outcome<Vec<usize>>>()?;
    let items = items.as_array().iter().map(|&item| ItemId(item)).collect();
    Ok(Interactions::from_rows(starts, items, n_items)?)
}

fn of_each(data: &Interactions, numbers: &PyReadonlyArray1<'_, f32>) -> Outcome<Vec<f32>> {
    let numbers = numbers.as_array().to_vec();
    match numbers.len() == data.nnz() {
        true => Ok(numbers),
        false => Err(Fault::data(format!("{} values of {} pairs", numbers.len(), data.nnz()))),
    }
}

/// The first numbers of each row.
fn narrow(rows: ArrayView2<'_, f32>, factors: usize) -> Table {
    let mut table = Table::zeros(rows.nrows(), &[factors]);
    for (n, row) in rows.rows().into_iter().enumerate() {
        table.set(n, 0, &row.iter().take(factors).copied().collect::<Vec<f32>>());
    }
    table
}

/// Puts a table into the first numbers of each row.
fn widen(table: &Table, factors: usize, mut rows: ArrayViewMut2<'_, f32>) {
    let numbers = table.to_rows(0);
    for (mut row, numbers) in rows.rows_mut().into_iter().zip(numbers.chunks(factors)) {
        row.iter_mut().zip(numbers).for_each(|(x, number)| *x = *number);
    }
}

fn check_factors(factors: usize) -> Outcome {
    match (1..=MOST).contains(&factors) {
        true => Ok(()),
        false => Err(Fault::parameter("factors", format!("from 1 to {MOST}"), factors)),
    }
}

fn check_regularization(regularization: f64) -> Outcome {
    match regularization >= 0.0 && regularization.is_finite() {
        true => Ok(()),
        false => Err(Fault::parameter("regularization", "a number of 0 or more", regularization)),
    }
}

fn check_shape(found: (usize, usize), expected: (usize, usize)) -> Outcome {
    match found == expected {
        true => Ok(()),
        false => Err(Fault::data(format!("an array of {found:?}, where {expected:?} are needed"))),
    }
}

fn scattered() -> Fault {
    Fault::data("rows must lie one after the other: numpy.ascontiguousarray makes them so")
}
