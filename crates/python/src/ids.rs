//! Original ids, as Python gets and gives them.

use crate::column::{Column, Id};
use crate::fault::{Fault, Outcome};
use arrow_array::{ArrayRef, Int64Array, LargeStringArray, UInt64Array};
use foretaste::data::IdTable;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::borrow::Cow;
use std::sync::Arc;

/// What stands for no index.
pub(crate) const ABSENT: u32 = u32::MAX;

/// What ids were given as, where a table holds them otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Text, of which all reads as integers.
    Text,
    /// Integers, of which some are beyond 64 bits with a sign.
    Integers,
}

impl Given {
    /// What a model's file calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integers => "integers",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Text, Self::Integers].into_iter().find(|given| given.name() == name)
    }
}

/// The ids of a side, and what they are given back as.
pub(crate) struct Ids<'a> {
    pub(crate) table: &'a IdTable,
    pub(crate) given: Option<Given>,
}

impl Ids<'_> {
    /// For each id of a column its index; [`ABSENT`] where the table has none.
    pub(crate) fn indices(&self, column: &Column<'_>, name: &str) -> Outcome<Vec<u32>> {
        let mut indices = vec![ABSENT; column.len()];
        column.each_id(name, |row, id| {
            let index = match (id, self.table.integers()) {
                (Id::Integer(id), Some(known)) => known.binary_search(&id).ok().map(|at| at as u32),
                (Id::Integer(id), None) => self.table.index_of(&id.to_string()),
                (Id::Large(id), _) => self.table.index_of(&id.to_string()),
                (Id::Text(id), _) => self.table.index_of(id),
            };
            indices[row] = index.unwrap_or(ABSENT);
            Ok(())
        })?;
        Ok(indices)
    }

    fn name(&self, index: u32) -> Outcome<Cow<'_, str>> {
        self.table.name(index).ok_or_else(|| Fault::data(format!("there is no index {index}")))
    }

    /// The ids of these indices: an array of integers, or a list of text.
    pub(crate) fn taken<'py>(
        &self,
        py: Python<'py>,
        indices: &[u32],
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(integers) = self.integers() {
            let at = |&index: &u32| match integers.get(index as usize) {
                Some(id) => Ok(*id),
                None => Err(Fault::data(format!("there is no index {index}"))),
            };
            let ids = indices.iter().map(at).collect::<Outcome<Vec<i64>>>()?;
            return Ok(ids.into_pyarray(py).into_any());
        }
        let names = indices.iter().map(|&index| self.name(index)).collect::<Outcome<Vec<_>>>()?;
        if self.given == Some(Given::Integers) {
            // A mix of signs has no type of NumPy but that of objects.
            let numbers: Option<Vec<i128>> = names.iter().map(|name| name.parse().ok()).collect();
            if let Some(numbers) = numbers {
                return Ok(PyList::new(py, numbers)?.into_any());
            }
        }
        Ok(PyList::new(py, names)?.into_any())
    }

    fn integers(&self) -> Option<&[i64]> {
        self.table.integers().filter(|_| self.given != Some(Given::Text))
    }

    /// The same as a column of Arrow.
    pub(crate) fn column(&self, indices: &[u32]) -> Outcome<ArrayRef> {
        if let Some(integers) = self.integers() {
            let ids = indices.iter().map(|&index| integers[index as usize]);
            return Ok(Arc::new(ids.collect::<Int64Array>()));
        }
        let names = indices.iter().map(|&index| self.name(index)).collect::<Outcome<Vec<_>>>()?;
        if self.given == Some(Given::Integers) {
            let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
            if let Some(numbers) = numbers {
                return Ok(Arc::new(UInt64Array::from(numbers)));
            }
        }
        Ok(Arc::new(names.iter().map(|name| Some(name.as_ref())).collect::<LargeStringArray>()))
    }
}

/// All ids of a table, in its order.
pub(crate) fn all(table: &IdTable) -> Vec<u32> {
    (0..table.len() as u32).collect()
}

/// Indices that Python gives, each below `most`.
pub(crate) fn checked(
    given: &PyReadonlyArray1<'_, u32>,
    most: usize,
    what: &str,
) -> Outcome<Vec<u32>> {
    let indices: Vec<u32> = given.as_array().iter().copied().collect();
    match indices.iter().find(|&&index| index as usize >= most) {
        None => Ok(indices),
        Some(index) => Err(Fault::data(format!("there is no {what} {index}: there are {most}"))),
    }
}

/// A list of numbers as an array of NumPy.
pub(crate) fn array<'py, T: numpy::Element>(
    py: Python<'py>,
    numbers: Vec<T>,
) -> Bound<'py, PyArray1<T>> {
    numbers.into_pyarray(py)
}
