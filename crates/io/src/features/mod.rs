//! What is known of users or items beside their interactions: vectors and tags, read and written.
//!
//! Vectors are a `.npy` file or the one tensor of a `.safetensors` file, either beside a file of ids
//! (`NAME.npy`, `NAME.ids`); or else a table whose rows are an id and its numbers. Tags are rows of
//! an id and a tag. Both give the same [`FeatureTable`]. Texts are rows of an id and a text: what makes
//! vectors of them is elsewhere.

mod named;
mod npy;
mod records;
mod table;
mod tags;
mod tensor;
mod texts;
mod write;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{RowProblem, shown};
use crate::read::{Role, decode, hex, in_file, open};
use crate::{Error, InputProblem};
use foretaste_data::FeatureTable;

pub use named::NamedVectors;
pub use tags::read_tags;
pub use texts::{Texts, read_texts};
pub use write::{write_ids, write_tags, write_vectors};

/// Of whom features are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Of users.
    User,
    /// Of items.
    Item,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        self.role().name()
    }

    pub(crate) fn role(self) -> Role {
        match self {
            Self::User => Role::User,
            Self::Item => Role::Item,
        }
    }
}

/// What reading a file of features found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FeatureReport {
    /// The file, as it was named.
    pub file: String,
    /// Of whom it is.
    pub side: Side,
    /// Whether these are tags, and not vectors.
    #[serde(skip)]
    pub of_tags: bool,
    /// SHA-256 of the file in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the file of ids beside it, if there has to be one.
    pub ids_sha256: Option<String>,
    /// Vectors, or rows of tags.
    pub rows: u64,
    /// Rows of tags that were there before.
    pub repeats: u64,
}

/// Reads the vectors of users or items.
///
/// What ends in `.npy` is an array of NumPy, 2-dimensional, of 32- or 64-bit floating point; what ends
/// in `.safetensors` has one tensor, 2-dimensional, of 32-bit floating point. The ids are a line each
/// in the file of the same name that ends in `.ids`. Anything else is a table, of which delimiter,
/// header and compression are sniffed as for interactions: the ids are in the column that its name
/// gives away, else in the first, and all other columns are numbers.
///
/// # Errors
/// [`Error::Row`] for a row or an id that can't be used, [`Error::Input`] for a file that can't, and
/// for numbers that are not finite.
pub fn read_vectors(
    path: impl AsRef<Path>,
    side: Side,
) -> Result<(FeatureTable, FeatureReport), Error> {
    let path = path.as_ref();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("npy") => matrix(path, side, npy::parse),
        Some("safetensors") => matrix(path, side, tensor::parse),
        _ => table::read(path, side),
    }
}

/// Numbers row by row.
#[derive(Debug)]
struct Matrix {
    rows: usize,
    width: usize,
    values: Vec<f32>,
}

/// Reads a matrix and the ids beside it.
fn matrix(
    path: &Path,
    side: Side,
    parse: fn(&[u8]) -> Result<Matrix, InputProblem>,
) -> Result<(FeatureTable, FeatureReport), Error> {
    let name = path.display().to_string();
    let bytes = bytes(path)?;
    let Matrix { rows, width, values } =
        parse(&bytes).map_err(|problem| in_file(&name, problem))?;
    let ids_path = path.with_extension("ids");
    let ids_bytes = self::bytes(&ids_path).map_err(|error| match error {
        Error::Input { problem: InputProblem::NotFound, .. } => {
            in_file(&name, InputProblem::NoIds { file: ids_path.display().to_string() })
        }
        error => error,
    })?;
    let ids = ids(&ids_bytes, &ids_path.display().to_string(), side)?;
    let problem = if rows == 0 {
        Some(InputProblem::Empty)
    } else if ids.len() != rows {
        let file = ids_path.display().to_string();
        Some(InputProblem::IdCount { rows, file, ids: ids.len() })
    } else {
        values.iter().position(|value| !value.is_finite()).map(|at| InputProblem::NotFinite {
            row: at / width + 1,
            column: at % width + 1,
            id: shown(&ids[at / width]),
            value: values[at].to_string(),
        })
    };
    if let Some(problem) = problem {
        return Err(in_file(&name, problem));
    }
    let table = FeatureTable::of_vectors(&ids, width, &values).map_err(|error| {
        repeated(error, &ids_path.display().to_string(), side, |row| row as u64 + 1)
    })?;
    let report = FeatureReport {
        file: name,
        side,
        of_tags: false,
        sha256: sha256(&bytes),
        ids_sha256: Some(sha256(&ids_bytes)),
        rows: rows as u64,
        repeats: 0,
    };
    Ok((table, report))
}

/// An id that is there twice, as an error of the line where it is again.
fn repeated(
    error: foretaste_data::Error,
    file: &str,
    side: Side,
    line: impl Fn(usize) -> u64,
) -> Error {
    match error {
        foretaste_data::Error::RepeatedId { id, first, row } => {
            let (side, value, first) = (side.name(), shown(&id), line(first));
            let problem = RowProblem::RepeatedId { side, value, first };
            Error::Row { file: file.to_owned(), line: line(row), problem }
        }
        error => error.into(),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.display().to_string();
    let (mut file, _) = open(path).map_err(|problem| in_file(&name, problem))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| in_file(&name, error.into()))?;
    Ok(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The ids in a file with one a line, as they are: also with blanks around them.
fn ids(bytes: &[u8], name: &str, side: Side) -> Result<Vec<String>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(in_file(name, InputProblem::Empty));
    }
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|&byte| byte == b'\n');
    let id = |(line, id): (u64, &[u8])| {
        let id = id.strip_suffix(b"\r").unwrap_or(id);
        check_id(id, side).map(|()| decode(id).into_owned()).map_err(|problem| Error::Row {
            file: name.to_owned(),
            line,
            problem,
        })
    };
    (1..).zip(lines).map(id).collect()
}

/// An id has a character, and no line break.
pub(crate) fn check_id(id: &[u8], side: Side) -> Result<(), RowProblem> {
    let side = side.name();
    if id.is_empty() {
        return Err(RowProblem::EmptyId { side });
    }
    if memchr::memchr2(b'\n', b'\r', id).is_some() {
        return Err(RowProblem::LineBreak { side, value: shown(&decode(id)) });
    }
    Ok(())
}
