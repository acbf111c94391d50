//! Data that are made: parts of a split, and feedback that is simulated.

use crate::data::Data;
use crate::fault::{Fault, Outcome};
use crate::ids::array;
use foretaste::data::{self, SplitMethod};
use foretaste::sim::{self, Params};
use numpy::PyArray1;
use pyo3::prelude::*;

/// Training, validation and test part. `how` is the method as JSON.
#[pyfunction]
pub(crate) fn split(
    py: Python<'_>,
    data: &Data,
    how: &str,
    seed: u64,
) -> PyResult<(Data, Option<Data>, Data)> {
    let method: SplitMethod = serde_json::from_str(how)
        .map_err(|error| Fault::parameter("by", format!("a way to split ({error})"), how))?;
    let parts = || Ok::<_, Fault>(data::split(&data.dataset, method, seed)?);
    let data::Split { train, valid, test } = py.detach(parts)?;
    Ok((data.with(train), valid.map(|valid| data.with(valid)), data.with(test)))
}

/// Simulated clicks: users, items, times in hours; and each item's title, genre and propensity.
type Simulated<'py> =
    ([Bound<'py, PyArray1<i64>>; 3], (Vec<String>, Vec<String>, Bound<'py, PyArray1<f64>>));

/// Simulates feedback; `given` are parameters as JSON.
#[pyfunction]
pub(crate) fn simulate<'py>(py: Python<'py>, given: &str) -> PyResult<Simulated<'py>> {
    let made = py.detach(|| -> Outcome<sim::Feedback> {
        let params: Params = serde_json::from_str(given).map_err(|error| {
            Fault::parameter("parameters", format!("known ones ({error})"), given)
        })?;
        params.check()?.generate().map_err(Fault::from)
    })?;
    let mut pairs: Vec<_> = made.clicks.interactions().pairs().collect();
    pairs.sort_unstable_by_key(|pair| (pair.user, pair.time, pair.item));
    let column = |of: fn(&data::Pair) -> i64| array(py, pairs.iter().map(of).collect());
    let clicks = [
        column(|pair| i64::from(pair.user.0) + 1),
        column(|pair| i64::from(pair.item.0) + 1),
        column(|pair| pair.time),
    ];
    let genres = made.genres.iter().map(ToString::to_string).collect();
    Ok((clicks, (made.titles(), genres, array(py, made.item_exposure()))))
}
