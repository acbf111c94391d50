//! Finished work on disk, so that an experiment that was interrupted goes on where it was.
//!
//! A unit of work is one file. Its name is a hash of all that decides its result: method and
//! parameters with the seed, fingerprints of the data, metrics, version. It is written whole or not
//! at all, and read only if what it says of itself is what was asked for.

use crate::Error;
use foretaste::data::{Overwrite, write_file};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// A folder of finished units.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// A store in a folder that exists.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, unit: &Value) -> PathBuf {
        let hash: [u8; 32] = Sha256::digest(unit.to_string()).into();
        let name: String = hash[..10].iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name + ".json")
    }

    /// The result of a unit, if it is finished.
    pub(crate) fn get<T: DeserializeOwned>(&self, unit: &Value) -> Result<Option<T>, Error> {
        let path = self.path(unit);
        let bad = |reason: String| bad(&path, reason);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(bad(error.to_string())),
        };
        let mut found: Value = serde_json::from_slice(&bytes)
            .map_err(|error| bad(format!("this is no result of an experiment: {error}")))?;
        if found["unit"] != *unit {
            return Err(bad("this is the result of something else".into()));
        }
        let result = serde_json::from_value(found["result"].take());
        result.map(Some).map_err(|error| bad(format!("the result is not whole: {error}")))
    }

    /// Keeps the result of a unit.
    pub(crate) fn put<T: Serialize>(&self, unit: &Value, result: &T) -> Result<(), Error> {
        let result = json!({ "unit": unit, "result": result });
        Ok(write_file(self.path(unit), Overwrite::Replace, |out| writeln!(out, "{result}"))?)
    }
}

fn bad(path: &Path, reason: String) -> Error {
    Error::Stored { file: path.display().to_string(), reason }
}
