//! The ids of columns of Arrow, and of lists of Python.

use super::{Id, cast, floats, is_missing, is_numpy_integer, trouble, unsigned};
use crate::fault::{Fault, Outcome, Trouble};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString};

pub(super) fn arrow_ids(
    chunk: &ArrayRef,
    name: &str,
    take: &mut (impl FnMut(usize, Id<'_>) -> Outcome + ?Sized),
) -> Outcome {
    macro_rules! primitive {
        ($type:ty, $id:expr) => {{
            let array = chunk.as_primitive::<$type>();
            match array.null_count() {
                0 => (array.values().iter().enumerate())
                    .try_for_each(|(row, &value)| take(row, $id(value))),
                _ => (array.iter().enumerate())
                    .try_for_each(|(row, value)| value.map_or(Ok(()), |id| take(row, $id(id)))),
            }
        }};
    }
    macro_rules! text {
        ($array:expr) => {
            ($array.iter().enumerate())
                .try_for_each(|(row, text)| text.map_or(Ok(()), |text| take(row, Id::Text(text))))
        };
    }
    match chunk.data_type() {
        DataType::Int64 => primitive!(Int64Type, Id::Integer),
        DataType::Int32 => primitive!(Int32Type, |id: i32| Id::Integer(id.into())),
        DataType::Int16 => primitive!(Int16Type, |id: i16| Id::Integer(id.into())),
        DataType::Int8 => primitive!(Int8Type, |id: i8| Id::Integer(id.into())),
        DataType::UInt64 => primitive!(UInt64Type, unsigned),
        DataType::UInt32 => primitive!(UInt32Type, |id: u32| Id::Integer(id.into())),
        DataType::UInt16 => primitive!(UInt16Type, |id: u16| Id::Integer(id.into())),
        DataType::UInt8 => primitive!(UInt8Type, |id: u8| Id::Integer(id.into())),
        DataType::Utf8 => text!(chunk.as_string::<i32>()),
        DataType::LargeUtf8 => text!(chunk.as_string::<i64>()),
        DataType::Utf8View => text!(chunk.as_string_view()),
        DataType::Dictionary(..) => dictionary_ids(chunk, name, take),
        DataType::Float64 | DataType::Float32 | DataType::Float16 => {
            let values = cast(chunk, &DataType::Float64, name, "no number")?;
            let values = values.as_primitive::<arrow_array::types::Float64Type>();
            Err(floats(name, values.iter().map(|value| value.unwrap_or(f64::NAN))))
        }
        // What has no row has no type either.
        DataType::Null => Ok(()),
        other => Err(Fault::Data(Trouble {
            message: format!(
                "column {name}: {other} are no ids; cast the column to integers or text"
            ),
            column: Some(name.into()),
            ..Trouble::default()
        })),
    }
}

/// Ids by the numbers of a dictionary: what none of the rows has is no id.
fn dictionary_ids(
    chunk: &ArrayRef,
    name: &str,
    take: &mut (impl FnMut(usize, Id<'_>) -> Outcome + ?Sized),
) -> Outcome {
    let dictionary = chunk.as_any_dictionary();
    let values = dictionary.values();
    if values.is_empty() {
        return Ok(());
    }
    let keys = dictionary.normalized_keys();
    // Held as they are found, so that each is found once.
    enum Held {
        Nothing,
        Integer(i64),
        Large(u64),
        Text(String),
    }
    let mut held: Vec<Held> = (0..values.len()).map(|_| Held::Nothing).collect();
    let hold: &mut dyn FnMut(usize, Id<'_>) -> Outcome = &mut |at, id| {
        held[at] = match id {
            Id::Integer(id) => Held::Integer(id),
            Id::Large(id) => Held::Large(id),
            Id::Text(text) => Held::Text(text.to_owned()),
        };
        Ok(())
    };
    arrow_ids(values, name, hold)?;
    for (row, key) in keys.into_iter().enumerate() {
        if dictionary.keys().is_null(row) {
            continue;
        }
        match &held[key] {
            Held::Nothing => {}
            Held::Integer(id) => take(row, Id::Integer(*id))?,
            Held::Large(id) => take(row, Id::Large(*id))?,
            Held::Text(text) => take(row, Id::Text(text))?,
        }
    }
    Ok(())
}

pub(super) fn object_ids(
    list: &Bound<'_, PyList>,
    name: &str,
    take: &mut impl FnMut(usize, Id<'_>) -> Outcome,
) -> Outcome {
    for (row, value) in list.iter().enumerate() {
        if let Ok(text) = value.cast::<PyString>() {
            match text.to_str() {
                Ok(text) => take(row, Id::Text(text))?,
                Err(_) => return Err(trouble(name, row, &value, "is no text that can be written")),
            }
        } else if value.is_instance_of::<PyBool>() {
            return Err(trouble(name, row, &value, "is no id"));
        } else if value.is_instance_of::<PyInt>() || is_numpy_integer(&value) {
            match (value.extract::<i64>(), value.extract::<u64>()) {
                (Ok(id), _) => take(row, Id::Integer(id))?,
                (_, Ok(id)) => take(row, Id::Large(id))?,
                _ => return Err(trouble(name, row, &value, "is an integer beyond 64 bits")),
            }
        } else if !is_missing(&value) {
            let what = match value.is_instance_of::<PyFloat>() {
                true => {
                    "is a float, which is no id: a missing value may have made your integers floats"
                }
                false => "is no id: ids are integers or text",
            };
            return Err(trouble(name, row, &value, what));
        }
    }
    Ok(())
}
