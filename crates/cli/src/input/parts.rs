//! The folder of a split, and whether its parts are of one.

use crate::failure::{Code, Failure, Outcome};
use foretaste::io::ReadReport;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// What says of which split the parts of a folder are.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What a split may write.
pub(crate) const FILES: [&str; 4] = ["train.csv", "valid.csv", "test.csv", MANIFEST];

/// The files of a split.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) train: Part,
    pub(crate) valid: Option<Part>,
    pub(crate) test: Option<Part>,
}

/// A file of a split, or any other.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    path: PathBuf,
    /// What it has to be by the manifest beside it.
    sha256: Option<String>,
}

impl Deref for Part {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl From<PathBuf> for Part {
    /// A file that no manifest speaks of.
    fn from(path: PathBuf) -> Self {
        Self { path, sha256: None }
    }
}

impl Part {
    /// Refuses what was read if it is not what the manifest says: an interrupted `split --force`,
    /// or one that replaces the parts just now, would have rows both in train and in test.
    pub(crate) fn check(&self, read: &ReadReport) -> Outcome {
        match (&self.sha256, &read.sha256) {
            (Some(expected), Some(found)) if expected != found => {
                let manifest = self.path.with_file_name(MANIFEST);
                let (part, manifest) = (self.path.display(), manifest.display());
                let message = format!("{part}: is not of the split that {manifest} describes");
                Err(Failure::data(message).help(format_args!(
                    "`foretaste split FILE -o FOLDER --force` makes all parts again; if you changed \
                     the part yourself, remove {manifest}"
                )))
            }
            _ => Ok(()),
        }
    }
}

impl Parts {
    /// Finds `train.*`, `valid.*` and `test.*` in a folder.
    pub(crate) fn of_folder(folder: &Path) -> Outcome<Self> {
        let manifest = Manifest::of_folder(folder)?;
        let part = |stem| {
            Outcome::Ok(
                part(folder, stem)?.map(|path| Part { sha256: manifest.sha256(&path), path }),
            )
        };
        let train = part("train")?.ok_or_else(|| {
            Failure::data(format_args!("{}: there is no train.csv", folder.display()))
                .help("`foretaste split FILE -o FOLDER` makes such a folder; or name a file")
        })?;
        Ok(Self { train, valid: part("valid")?, test: part("test")? })
    }
}

/// The files that a command reads if it is given this file or folder.
pub(crate) fn files(data: &Path) -> Vec<PathBuf> {
    if !data.is_dir() {
        return vec![data.to_owned()];
    }
    let parts = ["train", "valid", "test"].map(|stem| part(data, stem).ok().flatten());
    parts.into_iter().flatten().chain([data.join(MANIFEST)]).collect()
}

/// What a manifest says of the parts beside it.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    /// The parts are being replaced, or were when somebody pulled the plug.
    #[serde(default)]
    incomplete: bool,
    #[serde(default)]
    parts: BTreeMap<String, Described>,
}

/// A part by its manifest; those of other tools and of before say less.
#[derive(Debug, Deserialize)]
struct Described {
    file: Option<String>,
    sha256: Option<String>,
}

impl Manifest {
    /// What a folder's manifest says; nothing if there is none, or it is not one of ours.
    fn of_folder(folder: &Path) -> Outcome<Self> {
        let path = folder.join(MANIFEST);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let found = std::fs::read(path).unwrap_or_default();
        let manifest: Self = serde_json::from_slice(&found).unwrap_or_default();
        if manifest.incomplete {
            let folder = folder.display();
            let message =
                format!("{folder}: its parts are being replaced, or a split was interrupted");
            return Err(Failure::data(message).help(format_args!(
                "`foretaste split FILE -o {folder} --force` makes all parts again"
            )));
        }
        Ok(manifest)
    }

    /// The checksum of a part that is still called what the split called it; a part of another
    /// name is the user's own.
    fn sha256(&self, path: &Path) -> Option<String> {
        let name = path.file_name().and_then(OsStr::to_str);
        let described =
            self.parts.values().find(|part| part.file.is_some() && part.file.as_deref() == name);
        described.and_then(|part| part.sha256.clone())
    }
}

/// What stands for the manifest while parts are replaced.
pub(crate) fn incomplete() -> String {
    let text = json!({ "version": env!("CARGO_PKG_VERSION"), "incomplete": true,
        "what": "the parts beside this file are being replaced, or a split was interrupted" });
    format!("{text:#}\n")
}

/// The one file of a folder whose name up to the first dot is `stem`.
fn part(folder: &Path, stem: &str) -> Outcome<Option<PathBuf>> {
    let failed = |error: std::io::Error| Failure::io(Code::Data, folder, &error);
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.split('.').next() == Some(stem) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    match &found[..] {
        [first, second, ..] => Err(Failure::data(format_args!(
            "{}: two files could be the {stem} part: {} and {}",
            folder.display(),
            first.display(),
            second.display()
        ))
        .help("leave one of them in the folder")),
        _ => Ok(found.pop()),
    }
}
