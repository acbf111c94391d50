//! What is taken out of single columns: indices and weights of matrices, ids as they are written.

use crate::column::{Column, Id};
use crate::fault::{Fault, Outcome};
use numpy::PyReadonlyArray1;

/// A weight a place, if there are some.
pub(crate) fn weights_of(weights: Option<&PyReadonlyArray1<'_, f32>>) -> Outcome<Option<Vec<f32>>> {
    let Some(weights) = weights else { return Ok(None) };
    let weights: Vec<f32> = weights.as_array().iter().copied().collect();
    match weights.iter().position(|weight| !(*weight > 0.0 && weight.is_finite())) {
        None => Ok(Some(weights)),
        Some(at) => Err(Fault::data(format!(
            "value {at} of the matrix is {}: a weight is a number above 0",
            weights[at]
        ))),
    }
}

/// The indices of a column, each below `most`.
pub(crate) fn indices(column: &Column<'_>, name: &str, most: usize) -> Outcome<Vec<u32>> {
    let mut indices = Vec::with_capacity(column.len());
    column.each_id(name, |at, id| {
        let index = match id {
            Id::Integer(index) => u32::try_from(index).ok(),
            Id::Large(_) | Id::Text(_) => None,
        };
        let index = index.filter(|index| (*index as usize) < most);
        let outside = || Fault::data(format!("{name} {at} is not below {most}: {id:?}"));
        indices.push(index.ok_or_else(outside)?);
        Ok(())
    })?;
    Ok(indices)
}

/// The ids of a column as they are written.
pub(crate) fn names(column: &Column<'_>, name: &str) -> Outcome<Vec<String>> {
    if let Some(row) = column.missing().first() {
        return Err(Fault::data(format!("column {name}: row {row} has no id")));
    }
    let mut names = Vec::with_capacity(column.len());
    column.each_id(name, |_, id| {
        names.push(match id {
            Id::Integer(id) => id.to_string(),
            Id::Large(id) => id.to_string(),
            Id::Text(text) => text.to_owned(),
        });
        Ok(())
    })?;
    Ok(names)
}
