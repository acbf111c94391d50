//! Tables of results: columns of Python as a stream of Arrow.

use crate::fault::Fault;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, LargeStringArray, RecordBatch,
};
use arrow_schema::{ArrowError, Field, Schema};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};
use pyo3_arrow::PyTable;
use std::sync::Arc;

/// Columns as a stream of Arrow: arrays of NumPy (`int64`, `float64`), or lists of one type in which `None` is
/// missing, as is NaN.
#[pyfunction]
#[pyo3(signature = (columns, requested=None))]
pub(crate) fn stream_columns<'py>(
    py: Python<'py>,
    columns: Vec<(String, Bound<'py, PyAny>)>,
    requested: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let wrong = |error: ArrowError| Fault::data(error.to_string());
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (name, column) in columns {
        let array = array(&column)?;
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(wrong)?;
    let table = PyTable::try_new(vec![batch], schema)?;
    let stream = Bound::new(py, table)?.call_method1("__arrow_c_stream__", (requested,))?;
    Ok(stream.cast_into()?)
}

fn array(column: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    if let Ok(integers) = column.cast::<PyArray1<i64>>() {
        let integers: PyReadonlyArray1<'_, i64> = integers.readonly();
        return Ok(Arc::new(Int64Array::from(integers.as_array().to_vec())));
    }
    if let Ok(numbers) = column.cast::<PyArray1<f64>>() {
        let numbers: PyReadonlyArray1<'_, f64> = numbers.readonly();
        return Ok(known(numbers.as_array().iter().map(|&number| Some(number))));
    }
    let list = column.cast::<PyList>()?;
    if list.iter().all(|value| value.is_none()) {
        return Ok(known(list.iter().map(|_| None)));
    }
    // Truths are integers of Python, and integers are floats.
    if let Ok(truths) = list.extract::<Vec<Option<bool>>>() {
        return Ok(Arc::new(BooleanArray::from(truths)));
    }
    if let Ok(integers) = list.extract::<Vec<Option<i64>>>() {
        return Ok(Arc::new(Int64Array::from(integers)));
    }
    if let Ok(numbers) = list.extract::<Vec<Option<f64>>>() {
        return Ok(known(numbers.into_iter()));
    }
    // What is of several types is told in words.
    let text = |value: Bound<'_, PyAny>| match value.is_none() {
        true => Ok(None),
        false => Ok(Some(value.str()?.to_string())),
    };
    let texts = list.iter().map(text).collect::<PyResult<Vec<_>>>()?;
    Ok(Arc::new(LargeStringArray::from(texts)))
}

/// Numbers, of which those that are none are missing.
fn known(numbers: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(
        numbers.map(|number| number.filter(|number| !number.is_nan())).collect::<Float64Array>(),
    )
}
