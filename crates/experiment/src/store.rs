//! Finished work on disk, so that an experiment that was interrupted goes on where it was.
//!
//! A unit of work is one file. Its name is a hash of all that decides its result: method and
//! parameters with the seed, what they read, fingerprints of the data, metrics, version. It is
//! written whole or not at all, and read only if what it says of itself is what was asked for: what
//! a full disk or a copy that broke off left of one is done again.

use crate::Error;
use foretaste::Method;
use foretaste::files::{Overwrite, plain, write_file};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

/// A folder of finished units.
#[derive(Clone, Debug)]
pub struct Store {
    /// `None` to keep nothing.
    folder: Option<PathBuf>,
}

/// What is there of a unit.
#[derive(Debug)]
pub(crate) enum Stored<T> {
    /// Nothing.
    None,
    /// Its result.
    Whole(T),
    /// A file that does not hold its result, and why not.
    Damaged(String),
}

impl Store {
    /// A store in a folder that exists.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// A store that keeps nothing: whatever is asked for is done.
    pub fn nowhere() -> Self {
        Self { folder: None }
    }

    fn path(&self, unit: &Value) -> Option<PathBuf> {
        let hash: [u8; 32] = Sha256::digest(unit.to_string()).into();
        self.folder.as_ref().map(|folder| folder.join(hex(&hash[..10]) + ".json"))
    }

    /// The result of a unit, if it is finished.
    pub(crate) fn get<T: DeserializeOwned>(&self, unit: &Value) -> Result<Stored<T>, Error> {
        let Some(path) = self.path(unit) else { return Ok(Stored::None) };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stored::None),
            Err(error) => {
                let (file, reason) = (path.display().to_string(), plain(&error));
                return Err(Error::Stored { file, reason });
            }
        };
        Ok(match whole(&bytes, unit) {
            Ok(result) => Stored::Whole(result),
            Err(reason) => Stored::Damaged(format!("{}: {reason}", path.display())),
        })
    }

    /// Keeps the result of a unit.
    pub(crate) fn put<T: Serialize>(&self, unit: &Value, result: &T) -> Result<(), Error> {
        let Some(path) = self.path(unit) else { return Ok(()) };
        let result = json!({ "unit": unit, "result": result });
        Ok(write_file(path, Overwrite::Replace, |out| writeln!(out, "{result}"))?)
    }
}

/// The SHA-256 of what a method reads besides the data; `null` if that is nothing, or no file that
/// could be read twice.
pub(crate) fn side_file(method: &Method) -> Value {
    let digest = || -> io::Result<Option<String>> {
        let Some(path) = method.side_file() else { return Ok(None) };
        // Opening a pipe would wait for its writer.
        if !std::fs::metadata(&path)?.is_file() {
            return Ok(None);
        }
        let mut file = BufReader::new(File::open(path)?);
        let mut hash = Sha256::new();
        loop {
            let read = file.fill_buf()?;
            if read.is_empty() {
                return Ok(Some(hex(&hash.finalize())));
            }
            hash.update(read);
            let len = read.len();
            file.consume(len);
        }
    };
    json!(digest().ok().flatten())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The result in the file of a unit.
fn whole<T: DeserializeOwned>(bytes: &[u8], unit: &Value) -> Result<T, String> {
    let mut found: Value = serde_json::from_slice(bytes)
        .map_err(|error| format!("this is no result of an experiment: {error}"))?;
    if found["unit"] != *unit {
        return Err("this is the result of something else".into());
    }
    serde_json::from_value(found["result"].take())
        .map_err(|error| format!("the result is not whole: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_nowhere_is_not_there() {
        let (store, unit) = (Store::nowhere(), json!({ "kind": "trial" }));
        store.put(&unit, &1).unwrap();
        assert!(matches!(store.get::<u32>(&unit).unwrap(), Stored::None));
    }
}
