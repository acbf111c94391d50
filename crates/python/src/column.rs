//! A column as it is given: an array of NumPy, an array of Arrow in any number of chunks, or a list of Python.

mod ids;

use crate::fault::{Fault, Outcome, Trouble};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use ids::{arrow_ids, object_ids};
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList};
use pyo3_arrow::input::AnyArray;

/// A column of any length.
pub(crate) enum Column<'py> {
    I32(PyReadonlyArray1<'py, i32>),
    I64(PyReadonlyArray1<'py, i64>),
    U32(PyReadonlyArray1<'py, u32>),
    U64(PyReadonlyArray1<'py, u64>),
    F64(PyReadonlyArray1<'py, f64>),
    Arrow(Vec<ArrayRef>),
    Objects(Bound<'py, PyList>),
}

/// One id of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id<'a> {
    Integer(i64),
    /// An integer that 64 bits with a sign can't hold.
    Large(u64),
    Text(&'a str),
}

/// An array of NumPy of this type, one value after the other.
fn numbers<'py, T: Element>(given: &Bound<'py, PyAny>) -> Option<PyReadonlyArray1<'py, T>> {
    let array = given.cast::<PyArray1<T>>().ok()?;
    let array = array.try_readonly().ok()?;
    array.as_slice().is_ok().then_some(array)
}

fn slice<'a, T: Element>(array: &'a PyReadonlyArray1<'_, T>) -> &'a [T] {
    array.as_slice().expect("it was checked when it was taken")
}

impl<'py> Column<'py> {
    /// Of what Python hands over.
    pub(crate) fn of(given: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        if let Some(array) = numbers(given) {
            return Ok(Self::I64(array));
        }
        if let Some(array) = numbers(given) {
            return Ok(Self::I32(array));
        }
        if let Some(array) = numbers(given) {
            return Ok(Self::F64(array));
        }
        if let Some(array) = numbers(given) {
            return Ok(Self::U64(array));
        }
        if let Some(array) = numbers(given) {
            return Ok(Self::U32(array));
        }
        if let Ok(list) = given.cast::<PyList>() {
            return Ok(Self::Objects(list.clone()));
        }
        match given.extract::<AnyArray>() {
            Ok(array) => Ok(Self::Arrow(array.into_chunked_array()?.into_inner().0)),
            Err(_) => {
                let kind = given.get_type().name()?;
                Err(Fault::data(format!("column {name}: {kind} is no column")).into())
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::I32(array) => array.as_array().len(),
            Self::I64(array) => array.as_array().len(),
            Self::U32(array) => array.as_array().len(),
            Self::U64(array) => array.as_array().len(),
            Self::F64(array) => array.as_array().len(),
            Self::Arrow(chunks) => chunks.iter().map(|chunk| chunk.len()).sum(),
            Self::Objects(list) => list.len(),
        }
    }

    /// Calls `take` with each id that is there, by its row; `name` is the column's, for messages.
    ///
    /// What is missing is passed over: [`Column::missing`] says where that is.
    pub(crate) fn each_id(
        &self,
        name: &str,
        mut take: impl FnMut(usize, Id<'_>) -> Outcome,
    ) -> Outcome {
        fn all<T: Copy>(
            values: &[T],
            id: impl Fn(T) -> Id<'static>,
            take: &mut impl FnMut(usize, Id<'_>) -> Outcome,
        ) -> Outcome {
            values.iter().enumerate().try_for_each(|(row, &value)| take(row, id(value)))
        }
        match self {
            Self::I32(array) => all(slice(array), |id| Id::Integer(id.into()), &mut take),
            Self::I64(array) => all(slice(array), Id::Integer, &mut take),
            Self::U32(array) => all(slice(array), |id| Id::Integer(id.into()), &mut take),
            Self::U64(array) => all(slice(array), unsigned, &mut take),
            Self::F64(array) => Err(floats(name, slice(array).iter().copied())),
            Self::Arrow(chunks) => {
                let mut start = 0;
                for chunk in chunks {
                    arrow_ids(chunk, name, &mut |row, id| take(start + row, id))?;
                    start += chunk.len();
                }
                Ok(())
            }
            Self::Objects(list) => object_ids(list, name, &mut take),
        }
    }

    /// The rows where nothing stands, ascending.
    pub(crate) fn missing(&self) -> Vec<usize> {
        match self {
            Self::Arrow(chunks) => {
                let mut rows = Vec::new();
                let mut start = 0;
                for chunk in chunks {
                    // Of a dictionary the values may be what is missing.
                    if let Some(nulls) =
                        chunk.logical_nulls().filter(|nulls| nulls.null_count() > 0)
                    {
                        let of = |row: &usize| nulls.is_null(*row);
                        rows.extend((0..chunk.len()).filter(of).map(|row| start + row));
                    }
                    start += chunk.len();
                }
                rows
            }
            Self::Objects(list) => {
                let missing =
                    |(row, value): (usize, Bound<'_, PyAny>)| is_missing(&value).then_some(row);
                list.iter().enumerate().filter_map(missing).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The values as numbers; what is missing is NaN.
    pub(crate) fn floats(&self, name: &str) -> Outcome<Vec<f64>> {
        fn all<T: Copy>(values: &[T], float: impl Fn(T) -> f64) -> Vec<f64> {
            values.iter().map(|&value| float(value)).collect()
        }
        Ok(match self {
            Self::I32(array) => all(slice(array), f64::from),
            Self::I64(array) => all(slice(array), |value| value as f64),
            Self::U32(array) => all(slice(array), f64::from),
            Self::U64(array) => all(slice(array), |value| value as f64),
            Self::F64(array) => all(slice(array), |value| value),
            Self::Arrow(chunks) => {
                let mut values = Vec::with_capacity(self.len());
                for chunk in chunks {
                    let floats = cast(chunk, &DataType::Float64, name, "no number")?;
                    let floats = floats.as_primitive::<arrow_array::types::Float64Type>();
                    values.extend(floats.iter().map(|value| value.unwrap_or(f64::NAN)));
                }
                values
            }
            Self::Objects(list) => {
                let float = |(row, value): (usize, Bound<'_, PyAny>)| match value.extract() {
                    Ok(number) => Ok(number),
                    Err(_) if is_missing(&value) => Ok(f64::NAN),
                    Err(_) => Err(trouble(name, row, &value, "is no number")),
                };
                list.iter().enumerate().map(float).collect::<Outcome<_>>()?
            }
        })
    }

    /// The values as whole numbers that grow with time; of times of Arrow, in their unit.
    pub(crate) fn times(&self, name: &str) -> Outcome<Vec<i64>> {
        let Self::Arrow(chunks) = self else {
            let floats = self.floats(name)?;
            return whole(name, &floats);
        };
        let mut values = Vec::with_capacity(self.len());
        for chunk in chunks {
            let times = cast(chunk, &DataType::Int64, name, "no time")?;
            let times = times.as_primitive::<Int64Type>();
            if let Some(row) = (0..times.len()).find(|&row| times.is_null(row)) {
                return Err(trouble_of(name, values.len() + row, "nothing", "is no time"));
            }
            values.extend(times.values().iter());
        }
        Ok(values)
    }

    /// Calls `take` with each value as text, of numbers and truths as they are written; nothing of what is missing.
    pub(crate) fn each_text(
        &self,
        name: &str,
        mut take: impl FnMut(usize, Option<&str>),
    ) -> Outcome {
        match self {
            Self::Arrow(chunks) => {
                let mut start = 0;
                for chunk in chunks {
                    let texts = cast(chunk, &DataType::LargeUtf8, name, "no text")?;
                    let texts = texts.as_string::<i64>();
                    texts.iter().enumerate().for_each(|(row, text)| take(start + row, text));
                    start += chunk.len();
                }
            }
            Self::Objects(list) => {
                for (row, value) in list.iter().enumerate() {
                    match is_missing(&value) {
                        true => take(row, None),
                        false => {
                            let truth = value.cast::<PyBool>().map(|truth| truth.is_true());
                            let text = match truth {
                                Ok(truth) => truth.to_string(),
                                Err(_) => value.str()?.to_str()?.to_owned(),
                            };
                            take(row, Some(&text));
                        }
                    }
                }
            }
            _ => {
                let text = |value: f64| (!value.is_nan()).then(|| value.to_string());
                let floats = self.floats(name)?;
                floats
                    .iter()
                    .enumerate()
                    .for_each(|(row, &value)| take(row, text(value).as_deref()));
            }
        }
        Ok(())
    }

    /// Whether its values are numbers.
    pub(crate) fn is_numeric(&self) -> bool {
        match self {
            Self::Arrow(chunks) => chunks.iter().all(|chunk| chunk.data_type().is_numeric()),
            Self::Objects(list) => {
                let number = |value: &Bound<'_, PyAny>| {
                    !value.is_instance_of::<PyBool>()
                        && (value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>())
                };
                list.iter().all(|value| number(&value) || is_missing(&value))
            }
            _ => true,
        }
    }
}

fn cast(chunk: &ArrayRef, to: &DataType, name: &str, what: &str) -> Outcome<ArrayRef> {
    arrow_cast::cast(chunk, to)
        .map_err(|_| Fault::data(format!("column {name}: {} is {what}", chunk.data_type())))
}

fn unsigned(id: u64) -> Id<'static> {
    i64::try_from(id).map_or(Id::Large(id), Id::Integer)
}

/// Whole numbers from floats, if they are such.
fn whole(name: &str, floats: &[f64]) -> Outcome<Vec<i64>> {
    let whole = |(row, value): (usize, &f64)| match value.fract() == 0.0 {
        true => Ok(*value as i64),
        false => Err(trouble_of(name, row, &value.to_string(), "is no whole number")),
    };
    floats.iter().enumerate().map(whole).collect()
}

/// Why floats are no ids.
fn floats(name: &str, values: impl Iterator<Item = f64>) -> Fault {
    let mut missing = values.enumerate().filter(|(_, value)| value.is_nan()).map(|(row, _)| row);
    match missing.next() {
        Some(first) => Fault::Data(Trouble {
            message: format!(
                "column {name}: a missing value made your integers floats: {} of them, the first in row {first}; \
                 drop these rows and cast the column to integers",
                1 + missing.count()
            ),
            column: Some(name.into()),
            row: Some(first as u64),
            value: Some("nan".into()),
        }),
        None => Fault::Data(Trouble {
            message: format!(
                "column {name}: floats are no ids; cast the column to integers or text"
            ),
            column: Some(name.into()),
            ..Trouble::default()
        }),
    }
}

fn is_numpy_integer(value: &Bound<'_, PyAny>) -> bool {
    value.hasattr("__index__").unwrap_or(false)
}

/// Whether a value of Python says that there is none: None, NaN, pandas' NA and NaT.
fn is_missing(value: &Bound<'_, PyAny>) -> bool {
    let named = || value.get_type().name().is_ok_and(|name| name == "NAType" || name == "NaTType");
    value.is_none() || value.extract::<f64>().is_ok_and(f64::is_nan) || named()
}

fn trouble(name: &str, row: usize, value: &Bound<'_, PyAny>, what: &str) -> Fault {
    let shown = value.repr().map_or_else(|_| "?".into(), |text| text.to_string());
    trouble_of(name, row, &shown, what)
}

fn trouble_of(name: &str, row: usize, value: &str, what: &str) -> Fault {
    let shown: String = value.chars().take(40).collect();
    Fault::Data(Trouble {
        message: format!("column {name}, row {row}: {shown} {what}"),
        column: Some(name.into()),
        row: Some(row as u64),
        value: Some(shown),
    })
}
