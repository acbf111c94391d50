//! Answers that are kept, by what was asked.
//!
//! A folder. A completion is a file `ab/abcd….json`, called after its question, with question and answer;
//! it is written under another name and renamed. Vectors of the same width are a file
//! `embeddings-WIDTH.f32` of places of the same size (question's name, check sum, numbers as f32, the
//! lowest byte first), to which is only appended: what a power cut left of the last is cut off, and a
//! place whose sum is wrong is as if it were not there. Who writes holds a lock on the file `lock`.

mod vectors;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use foretaste_files::{Overwrite, check_folder, plain, write_file};
use serde_json::{Value, json};

use crate::Error;
use crate::question::{self, Key, hex};
use vectors::Vectors;

/// Where answers are kept.
#[derive(Debug)]
pub struct Cache(Option<Kept>);

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    vectors: Mutex<Vectors>,
    /// Held by whoever writes.
    lock: Option<File>,
}

impl Cache {
    /// Nothing is kept.
    pub fn none() -> Self {
        Self(None)
    }

    /// A folder to read from and write to; made if it is not there.
    ///
    /// # Errors
    /// [`Error::Files`] or [`Error::Cache`] if nothing can be written there, [`Error::Busy`] if another
    /// process does.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        check_folder(&folder)?;
        fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
        let path = folder.join("lock");
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|error| unusable(&path, &error))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: folder }),
            // Where there are no locks, nobody gets one.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let vectors = Mutex::new(Vectors::open(&folder, true)?);
        Ok(Self(Some(Kept { folder, vectors, lock: Some(lock) })))
    }

    /// A folder to read from; nothing is kept.
    ///
    /// # Errors
    /// [`Error::Cache`] if there is no such folder.
    pub fn read(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        let vectors = Mutex::new(Vectors::open(&folder, false)?);
        Ok(Self(Some(Kept { folder, vectors, lock: None })))
    }

    /// The answer to a question, if it is there and whole.
    pub(crate) fn completion(&self, key: &Key) -> Option<Value> {
        let text = fs::read(self.0.as_ref()?.file(key)).ok()?;
        let mut kept: Value = serde_json::from_slice(&text).ok()?;
        // A file that somebody renamed, or whose question was changed, answers another.
        let same = kept.get("question").is_some_and(|question| question::key(question) == *key);
        same.then(|| kept["answer"].take())
    }

    pub(crate) fn keep_completion(
        &self,
        key: &Key,
        question: &Value,
        answer: &Value,
    ) -> Result<(), Error> {
        let Some(kept) = self.0.as_ref().filter(|kept| kept.lock.is_some()) else { return Ok(()) };
        let path = kept.file(key);
        let folder = path.parent().unwrap_or(&kept.folder);
        fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
        let text = json!({ "question": question, "answer": answer }).to_string();
        Ok(write_file(&path, Overwrite::Replace, |out| out.write_all(text.as_bytes()))?)
    }

    /// The vector of a question, if it is there and whole.
    pub(crate) fn vector(&self, key: &Key) -> Result<Option<Vec<f32>>, Error> {
        self.0.as_ref().map_or(Ok(None), |kept| kept.vectors().get(key))
    }

    pub(crate) fn keep_vectors(&self, rows: &[(Key, &[f32])]) -> Result<(), Error> {
        match self.0.as_ref().filter(|kept| kept.lock.is_some()) {
            Some(kept) => kept.vectors().append(rows),
            None => Ok(()),
        }
    }
}

impl Kept {
    fn file(&self, key: &Key) -> PathBuf {
        let name = hex(key);
        self.folder.join(&name[..2]).join(format!("{name}.json"))
    }

    fn vectors(&self) -> std::sync::MutexGuard<'_, Vectors> {
        self.vectors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::Cache { path: path.to_owned(), problem: plain(error) }
}

#[cfg(test)]
mod tests;
