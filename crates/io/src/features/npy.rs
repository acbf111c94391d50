//! Arrays of NumPy: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
//!
//! A magic string, a version, the length of a header, the header, the numbers. The header is a
//! dictionary as Python writes it; of all the types that there are, those of a matrix of floating-point
//! numbers are a few fixed words, so the header is taken apart by hand. (The crates for it parse any
//! Python literal, however deeply nested, by a generated parser.)

use super::Matrix;
use crate::InputProblem;
use crate::error::shown;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
struct Header<'a> {
    descr: &'a str,
    by_columns: bool,
    shape: Vec<usize>,
}

/// A matrix in the bytes of a file.
pub(super) fn parse(bytes: &[u8]) -> Result<Matrix, InputProblem> {
    if bytes.is_empty() {
        return Err(InputProblem::Empty);
    }
    let (header, data) = header(bytes).ok_or_else(|| wrong("is no .npy file"))?;
    let &[rows, width] = &header.shape[..] else {
        let dimensions = header.shape.len();
        return Err(wrong(format!("has {dimensions} dimension(s), not two: vectors and numbers")));
    };
    let size = match header.descr {
        "<f4" | ">f4" => 4,
        "<f8" | ">f8" => 8,
        other => return Err(wrong(format!("holds {}, not 32- or 64-bit floats", shown(other)))),
    };
    if width == 0 {
        return Err(wrong("has vectors of no number"));
    }
    if rows.checked_mul(width).and_then(|n| n.checked_mul(size)) != Some(data.len()) {
        let length = data.len();
        return Err(wrong(format!(
            "says {rows} × {width} numbers, and has {length} bytes of them"
        )));
    }
    let values = numbers(header.descr, data);
    let values = if header.by_columns { transposed(&values, rows, width) } else { values };
    Ok(Matrix { rows, width, values })
}

fn wrong(reason: impl Into<String>) -> InputProblem {
    InputProblem::Vectors { reason: reason.into() }
}

/// The numbers as 32-bit ones; those that are too large become infinite.
fn numbers(descr: &str, data: &[u8]) -> Vec<f32> {
    let short = |of: fn([u8; 4]) -> f32| data.as_chunks().0.iter().copied().map(of).collect();
    let long = |of: fn([u8; 8]) -> f64| {
        data.as_chunks().0.iter().copied().map(|bytes| of(bytes) as f32).collect()
    };
    match descr {
        "<f4" => short(f32::from_le_bytes),
        ">f4" => short(f32::from_be_bytes),
        "<f8" => long(f64::from_le_bytes),
        _ => long(f64::from_be_bytes),
    }
}

fn transposed(values: &[f32], rows: usize, width: usize) -> Vec<f32> {
    (0..rows * width).map(|at| values[at % width * rows + at / width]).collect()
}

/// The header, and what follows it.
fn header(bytes: &[u8]) -> Option<(Header<'_>, &[u8])> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (&[major, _], rest) = rest.split_first_chunk()?;
    let (length, rest) = match major {
        1 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        _ => return None,
    };
    let (text, data) = rest.split_at_checked(length)?;
    Some((dictionary(std::str::from_utf8(text).ok()?)?, data))
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, with the keys in any order.
fn dictionary(text: &str) -> Option<Header<'_>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut descr, mut by_columns, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let (key, value) = rest.split_once(':')?;
        let value = value.trim_start();
        let end = match value.as_bytes().first()? {
            // Types of several fields are lists, and are shown as such.
            b'[' => value.rfind(']')? + 1,
            b'(' => value.find(')')? + 1,
            _ => value.find(',').unwrap_or(value.len()),
        };
        let (value, behind) = value.split_at(end);
        match unquoted(key)? {
            "descr" => descr = Some(unquoted(value).unwrap_or(value)),
            "fortran_order" => by_columns = Some(boolean(value)?),
            "shape" => shape = Some(tuple(value)?),
            _ => return None,
        }
        rest = behind.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(Header { descr: descr?, by_columns: by_columns?, shape: shape? })
}

fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim();
    ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

fn tuple(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    match inner {
        "" => Some(Vec::new()),
        // NumPy 1 on Python 2 wrote 3L.
        _ => inner.split(',').map(|n| n.trim().trim_end_matches('L').parse().ok()).collect(),
    }
}

/// The bytes in front of a matrix of 32-bit numbers in C order.
pub(super) fn header_of(rows: usize, width: usize) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    // The numbers start at a multiple of 64; the header ends with a line break.
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.resize(10 + length - 1, b' ');
    bytes.push(b'\n');
    bytes
}
