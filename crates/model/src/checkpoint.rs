//! Files of trainings that are to be gone on with.
//!
//! A safetensors file: the lists of a [`State`] are its tensors, the metadata entry
//! `foretaste-checkpoint` is the JSON of the rest, `sha256` the checksum of all of it, as in the model
//! file. Unlike there, numbers need not be finite.

use crate::{Error, Method, State, Tensor, checksum};
use foretaste_files::{Overwrite, write_file};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

const ENTRY: &str = "foretaste-checkpoint";
/// Of a state by itself.
const STATE: &str = "foretaste-state";

/// All that decides the result of a training: whoever goes on with it has to have the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of foretaste.
    version: String,
    /// Name and parameters of the method.
    method: Value,
    /// Checksum of the file that the method reads besides the data.
    side_file: Option<String>,
    /// Fingerprint of the data that it learns from.
    pub data: String,
    /// On what it is validated, by which metric, and after how many epochs; null if it is not.
    pub validation: Value,
    /// Fingerprint of the model that it started from.
    pub warm_start: Option<String>,
    /// How much that model holds the items, as text: it may be infinite.
    #[serde(default)]
    pub anchor: Option<String>,
    /// Fingerprint of the extra preferences that it learns from.
    #[serde(default)]
    pub extra: Option<String>,
}

impl Run {
    /// A training that starts from nothing and is not validated.
    ///
    /// # Errors
    /// [`Error::Read`] if the file that the method reads besides the data can't be read.
    pub fn new(method: &Method, data: String) -> Result<Self, Error> {
        let read = |path: PathBuf| match std::fs::read(&path) {
            Ok(bytes) => Ok(checksum::of_bytes(&bytes)),
            Err(source) => Err(Error::Read { path, source }),
        };
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            method: method.to_json(),
            side_file: method.side_file().map(read).transpose()?,
            data,
            validation: Value::Null,
            warm_start: None,
            anchor: None,
            extra: None,
        })
    }

    /// What is not the same; the first of several.
    fn difference(&self, own: &Self) -> Option<String> {
        let (theirs, ours) = (&self.method, &own.method);
        let name = |method: &Value| method[crate::TAG].as_str().unwrap_or_default().to_owned();
        if name(theirs) != name(ours) {
            return Some(format!("method: {}, not {}", name(theirs), name(ours)));
        }
        let names =
            ours.as_object().into_iter().chain(theirs.as_object()).flat_map(|all| all.keys());
        for name in names {
            let (theirs, ours) = (&theirs[name], &ours[name]);
            if theirs != ours {
                return Some(format!("{name}: {theirs}, not {ours}"));
            }
        }
        let others = [
            ("data", self.data != own.data),
            ("propensities", self.side_file != own.side_file),
            ("validation", self.validation != own.validation),
            ("model to start from", self.warm_start != own.warm_start),
            ("anchor", self.anchor != own.anchor),
            ("extra preferences", self.extra != own.extra),
        ];
        others.iter().find(|(_, other)| *other).map(|(what, _)| (*what).to_owned())
    }
}

/// A training that can be gone on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Which training it is.
    pub run: Run,
    /// Epochs that were finished.
    pub epochs: u32,
    /// Seconds that it took so far.
    pub seconds: f64,
    /// Where it was.
    pub state: State,
}

/// All but the state.
#[derive(Serialize, Deserialize)]
struct About {
    #[serde(flatten)]
    run: Run,
    epochs: u32,
    seconds: f64,
}

impl Checkpoint {
    /// Writes the file, to a temporary name first, in place of the one that may be there.
    ///
    /// # Errors
    /// [`Error::Write`] if the system refuses.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let bytes = self.to_bytes()?;
        Ok(write_file(path, Overwrite::Replace, |out| out.write_all(&bytes))?)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let about = About { run: self.run.clone(), epochs: self.epochs, seconds: self.seconds };
        let about = serde_json::to_string(&about).expect("it is plain data");
        written(&self.state, (ENTRY, about))
    }

    /// Reads a file and checks that it is whole, and of this version.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::NotACheckpoint`], [`Error::Damaged`], [`Error::OtherVersion`] or
    /// [`Error::Tensor`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        let read = std::fs::read(path);
        let bytes = read.map_err(|source| Error::Read { path: path.into(), source })?;
        Self::from_bytes(&bytes, path)
    }

    fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let not_one = |reason: String| Error::NotACheckpoint { path: path.into(), reason };
        let (about, state) = read(bytes, ENTRY, path)?;
        // What another version has to say may have another form.
        let about: Value = serde_json::from_str(&about).map_err(|e| not_one(e.to_string()))?;
        let found = about["version"].as_str().unwrap_or("unknown").to_owned();
        let own = env!("CARGO_PKG_VERSION");
        if found != own {
            return Err(Error::OtherVersion { path: path.into(), found, own });
        }
        let about: About = serde_json::from_value(about).map_err(|e| not_one(e.to_string()))?;
        let About { run, epochs, seconds } = about;
        Ok(Self { run, epochs, seconds, state })
    }

    /// Checks that it is of this very training; `path` is what the error calls it.
    ///
    /// # Errors
    /// [`Error::OtherRun`] saying what is not the same.
    pub fn check(&self, run: &Run, path: &Path) -> Result<(), Error> {
        match self.run.difference(run) {
            Some(what) => Err(Error::OtherRun { path: path.into(), what }),
            None => Ok(()),
        }
    }
}

impl State {
    /// The state alone, as a checkpoint's file has it.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a safetensors file has no room for it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        written(self, (STATE, String::new()))
    }

    /// From such bytes, which are checked; `path` is what an error calls them.
    ///
    /// # Errors
    /// [`Error::NotACheckpoint`], [`Error::Damaged`] or [`Error::Tensor`].
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        Ok(read(bytes, STATE, path)?.1)
    }
}

fn written(state: &State, (entry, about): (&str, String)) -> Result<Vec<u8>, Error> {
    let mut views = Vec::new();
    for (name, tensor) in &state.tensors {
        let view = TensorView::new(tensor.dtype(), tensor.shape().to_vec(), tensor.bytes());
        views.push((name.clone(), view.map_err(|error| wrong(name, error))?));
    }
    let sha256 = checksum::of(&about, &views);
    let metadata = HashMap::from([(entry.to_owned(), about), ("sha256".into(), sha256)]);
    let views = views.iter().map(|(name, view)| (name.as_str(), view));
    safetensors::serialize(views, Some(metadata)).map_err(|error| wrong("all", error))
}

/// What is said of a state, and the state.
fn read(bytes: &[u8], entry: &str, path: &Path) -> Result<(String, State), Error> {
    let not_one = |reason: String| Error::NotACheckpoint { path: path.into(), reason };
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| not_one(format!("no complete safetensors file ({e})")))?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| not_one(e.to_string()))?;
    let entries = header.metadata().clone().unwrap_or_default();
    let value = |name: &str| {
        entries.get(name).ok_or_else(|| not_one(format!("no metadata entry `{name}`")))
    };
    let (about, sha256) = (value(entry)?, value("sha256")?);
    let views: Vec<_> = file.iter().map(|(name, view)| (name.to_owned(), view)).collect();
    if entries.len() != 2 || checksum::of(about, &views) != *sha256 {
        return Err(Error::Damaged { path: path.into() });
    }
    let mut tensors = BTreeMap::new();
    for (name, view) in views {
        let read = Tensor::from_bytes(view.dtype(), view.shape(), view.data());
        let tensor = read.map_err(|reason| wrong(&name, reason))?;
        tensors.insert(name, tensor);
    }
    Ok((about.clone(), State { tensors }))
}

fn wrong(name: &str, reason: impl ToString) -> Error {
    Error::Tensor { name: name.into(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checkpoint(version: &str) -> Checkpoint {
        let mut state = State::default();
        state.put("factors", vec![0.5f32, f32::INFINITY, -0.0]);
        state.put("round", vec![7u64]);
        let run = Run {
            version: version.into(),
            method: json!({"model": "bpr", "factors": 3}),
            side_file: None,
            data: "00".into(),
            validation: Value::Null,
            warm_start: None,
            anchor: None,
            extra: None,
        };
        Checkpoint { run, epochs: 4, seconds: 0.1, state }
    }

    const OWN: &str = env!("CARGO_PKG_VERSION");

    #[test]
    fn what_is_written_is_read_whole_or_refused() {
        let good = checkpoint(OWN).to_bytes().unwrap();
        assert_eq!(Checkpoint::from_bytes(&good, Path::new("c")).unwrap(), checkpoint(OWN));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(Checkpoint::from_bytes(&bad, Path::new("c")).is_err(), "byte {at}");
            assert!(Checkpoint::from_bytes(&good[..at], Path::new("c")).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let other = checkpoint("0.0.1").to_bytes().unwrap();
        let said = Checkpoint::from_bytes(&other, Path::new("c")).unwrap_err().to_string();
        let expected = format!("c: a checkpoint of version 0.0.1, and this is {OWN}");
        assert_eq!(said, expected);
    }

    #[test]
    fn what_is_of_another_training_says_what_differs() {
        let own = checkpoint(OWN).run;
        let said = |run: Run| {
            let checked = checkpoint(OWN).check(&run, Path::new("c"));
            checked.map_err(|error| error.to_string()).unwrap_err()
        };
        assert!(checkpoint(OWN).check(&own, Path::new("c")).is_ok());
        let start = "c: the checkpoint of another training, which had another ";
        for (run, what) in [
            (Run { method: json!({"model": "ials"}), ..own.clone() }, "method: bpr, not ials"),
            (
                Run { method: json!({"model": "bpr", "factors": 4}), ..own.clone() },
                "factors: 3, not 4",
            ),
            (Run { data: "01".into(), ..own.clone() }, "data"),
            (Run { side_file: Some("01".into()), ..own.clone() }, "propensities"),
            (Run { validation: json!(5), ..own.clone() }, "validation"),
            (Run { warm_start: Some("01".into()), ..own.clone() }, "model to start from"),
            (Run { anchor: Some("1".into()), ..own.clone() }, "anchor"),
            (Run { extra: Some("01".into()), ..own.clone() }, "extra preferences"),
        ] {
            assert_eq!(said(run), format!("{start}{what}"));
        }
    }
}
