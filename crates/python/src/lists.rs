//! `Lists`: what was recommended, as arrays and as a table of Arrow.

use crate::fault::Fault;
use crate::ids::array;
use crate::model::Model;
use arrow_array::{ArrayRef, Float32Array, Int32Array, Int64Array, LargeStringArray, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema};
use foretaste::model::Scored;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::PyTable;
use std::sync::Arc;

/// Lists of scored items (or users), one after the other.
#[pyclass(frozen, module = "foretaste._native")]
#[derive(Debug)]
pub(crate) struct Lists {
    /// How long each is.
    lengths: Vec<u32>,
    /// Dense indices.
    found: Vec<u32>,
    scores: Vec<f32>,
}

impl Lists {
    pub(crate) fn of(lists: &[Vec<Scored>]) -> Self {
        let all = || lists.iter().flatten();
        Self {
            lengths: lists.iter().map(|list| list.len() as u32).collect(),
            found: all().map(|(item, _)| item.0).collect(),
            scores: all().map(|(_, score)| *score).collect(),
        }
    }
}

#[pymethods]
impl Lists {
    /// Of their lengths, and what is in them, list after list.
    #[new]
    fn new(
        lengths: PyReadonlyArray1<'_, u32>,
        found: PyReadonlyArray1<'_, u32>,
        scores: PyReadonlyArray1<'_, f32>,
    ) -> PyResult<Self> {
        let lengths = lengths.as_array().to_vec();
        let (found, scores) = (found.as_array().to_vec(), scores.as_array().to_vec());
        let total: usize = lengths.iter().map(|&length| length as usize).sum();
        match total == found.len() && total == scores.len() {
            true => Ok(Self { lengths, found, scores }),
            false => {
                Err(Fault::data(format!("lists of {total}, and {} found", found.len())).into())
            }
        }
    }

    /// How long each list is.
    #[getter]
    fn lengths<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        array(py, self.lengths.clone())
    }

    /// The dense indices of what was found, list after list.
    #[getter]
    fn found<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        array(py, self.found.clone())
    }

    /// The scores, list after list.
    #[getter]
    fn scores<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        array(py, self.scores.clone())
    }

    /// Rows of `n` numbers: indices, −1 where a list is shorter, and scores, the least number there.
    fn padded<'py>(
        &self,
        py: Python<'py>,
        n: usize,
    ) -> (Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<f32>>) {
        let size = n.saturating_mul(self.lengths.len());
        let (mut found, mut scores) = (vec![-1; size], vec![f32::MIN; size]);
        let mut start = 0;
        for (row, &length) in self.lengths.iter().enumerate() {
            let length = length as usize;
            let taken = length.min(n);
            for at in 0..taken {
                found[row * n + at] = self.found[start + at] as i32;
                scores[row * n + at] = self.scores[start + at];
            }
            start += length;
        }
        (array(py, found), array(py, scores))
    }
}

/// A stream of Arrow, a batch for each of `lists`: the subject (who or what a list is for), rank from 1, what was
/// found, and score. `subjects` has an id for each list: an array of integers, or a list of text.
#[pyfunction]
#[pyo3(signature = (model, lists, subjects, names, finds_users, requested=None))]
pub(crate) fn stream<'py>(
    py: Python<'py>,
    model: &Model,
    lists: Vec<PyRef<'py, Lists>>,
    subjects: &Bound<'py, PyAny>,
    names: (String, String),
    finds_users: bool,
    requested: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let ids = if finds_users { model.user_ids() } else { model.item_ids() };
    let subjects = Subjects::of(subjects)?;
    let mut start = 0;
    let mut batches = Vec::with_capacity(lists.len());
    for part in &lists {
        let ranks = part.lengths.iter().flat_map(|&length| 1..=length as i32);
        batches.push([
            subjects.repeated(start, &part.lengths),
            Arc::new(ranks.collect::<Int32Array>()),
            ids.column(&part.found)?,
            Arc::new(Float32Array::from(part.scores.clone())),
        ]);
        start += part.lengths.len();
    }
    if batches.is_empty() {
        let none = Arc::new(Float32Array::from(Vec::<f32>::new()));
        let ranks = Arc::new(Int32Array::from(Vec::<i32>::new()));
        batches.push([subjects.repeated(0, &[]), ranks, ids.column(&[])?, none]);
    }
    table(py, [&names.0, "rank", &names.1, "score"], batches, requested)
}

/// The ids that lists are for.
enum Subjects {
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

impl Subjects {
    fn of(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(integers) = given.extract::<PyReadonlyArray1<'_, i64>>() {
            return Ok(Self::Integers(integers.as_array().to_vec()));
        }
        Ok(Self::Texts(given.extract()?))
    }

    /// Each of those from `start` on, as often as its list is long.
    fn repeated(&self, start: usize, lengths: &[u32]) -> ArrayRef {
        let lengths = lengths.iter().map(|&length| length as usize);
        match self {
            Self::Integers(ids) => {
                let rows = ids[start..].iter().zip(lengths);
                let rows = rows.flat_map(|(&id, n)| std::iter::repeat_n(id, n));
                Arc::new(rows.collect::<Int64Array>())
            }
            Self::Texts(ids) => {
                let rows = ids[start..].iter().zip(lengths);
                let rows = rows.flat_map(|(id, n)| std::iter::repeat_n(Some(id), n));
                Arc::new(rows.collect::<LargeStringArray>())
            }
        }
    }
}

/// A table as a stream of Arrow.
pub(crate) fn table<'py, const N: usize>(
    py: Python<'py>,
    names: [&str; N],
    batches: Vec<[ArrayRef; N]>,
    requested: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let wrong = |error: ArrowError| Fault::data(error.to_string());
    let first = batches.first().ok_or_else(|| Fault::data("a table has a batch at least"))?;
    let field =
        |(name, column): (&&str, &ArrayRef)| Field::new(*name, column.data_type().clone(), false);
    let schema = Arc::new(Schema::new(names.iter().zip(first).map(field).collect::<Vec<_>>()));
    let batch = |columns: [ArrayRef; N]| {
        RecordBatch::try_new(Arc::clone(&schema), columns.into()).map_err(wrong)
    };
    let batches = batches.into_iter().map(batch).collect::<Result<Vec<_>, _>>()?;
    let table = PyTable::try_new(batches, Arc::clone(&schema))?;
    let stream = Bound::new(py, table)?.call_method1("__arrow_c_stream__", (requested,))?;
    Ok(stream.cast_into()?)
}
