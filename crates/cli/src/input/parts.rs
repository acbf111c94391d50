//! The folder of a split, and whether its parts are of one.

use super::check_names;
use crate::failure::{Code, Failure, Outcome};
use foretaste::io::{FeatureReport, FeedbackNames, ReadReport};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// What says of which split the parts of a folder are.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What a split may write.
pub(crate) const FILES: [&str; 7] = [
    "train.csv",
    "valid.csv",
    "test.csv",
    "train-seen.csv",
    "valid-seen.csv",
    "test-seen.csv",
    MANIFEST,
];

/// What the rows of each part are called that were seen and are not positive.
pub(crate) const SEEN_PARTS: [(&str, &str); 3] =
    [("train", "train-seen"), ("valid", "valid-seen"), ("test", "test-seen")];

/// The files of a split.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) train: Part,
    /// Rows of the training part that were seen and are not positive.
    pub(crate) seen: Option<Part>,
    pub(crate) valid: Option<Part>,
    /// The same of the validation part.
    pub(crate) valid_seen: Option<Part>,
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
        self.check_sum(read.sha256.as_deref())
    }

    fn check_sum(&self, found: Option<&str>) -> Outcome {
        match (&self.sha256, found) {
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
    /// Finds `train.*`, `valid.*` and `test.*` in a folder. Of a split of several feedbacks the training
    /// part is the target's: `buy.*`.
    pub(crate) fn of_folder(folder: &Path) -> Outcome<Self> {
        let manifest = Manifest::of_folder(folder)?;
        let train = match (manifest.part(folder, "train")?, manifest.feedback.last()) {
            (None, Some(target)) => manifest.part(folder, target)?,
            (train, _) => train,
        };
        let train = train.ok_or_else(|| {
            Failure::data(format_args!("{}: there is no train.csv", folder.display())).help(
                "`foretaste split FILE -o FOLDER` makes such a folder; or name a file, or with \
                 --feedback the files of several feedbacks",
            )
        })?;
        manifest.beside(folder, train)
    }

    /// A feedback beside the target.
    pub(crate) fn other(folder: &Path, name: &str) -> Outcome<Part> {
        let part = if is_file_stem(name) { part_of_folder(folder, name)? } else { None };
        part.ok_or_else(|| missing(folder, name))
    }

    /// A file by itself.
    pub(crate) fn of_file(path: PathBuf) -> Self {
        Self { train: path.into(), seen: None, valid: None, valid_seen: None, test: None }
    }

    /// Finds the parts of several feedbacks: `view.*`, `cart.*`, and `buy.*`, which is the training
    /// part, beside `valid.*` and `test.*`.
    pub(crate) fn of_feedback(folder: &Path, names: &FeedbackNames) -> Outcome<(Vec<Part>, Self)> {
        check_names(names)?;
        let manifest = Manifest::of_folder(folder)?;
        if let Some(target) = manifest.feedback.last().filter(|target| *target != names.target()) {
            let folder = folder.display();
            let message = format!("--feedback {names}: {folder} is a split of {target}");
            let all = manifest.feedback.join(",");
            return Err(Failure::usage(message).help(format_args!("--feedback {all} reads it")));
        }
        let mut parts = Vec::with_capacity(names.len());
        for name in names.iter() {
            let part = manifest.part(folder, name)?;
            parts.push(part.ok_or_else(|| missing(folder, name))?);
        }
        let train = parts.pop().expect("there is a name at least");
        Ok((parts, manifest.beside(folder, train)?))
    }
}

/// The part of a folder that has this name, with any ending.
pub(crate) fn part_of_folder(folder: &Path, stem: &str) -> Outcome<Option<Part>> {
    Manifest::of_folder(folder)?.part(folder, stem)
}

/// The feedbacks of a split that has several, by its manifest.
pub(crate) fn feedback_of(folder: &Path) -> Outcome<Option<FeedbackNames>> {
    let names = Manifest::of_folder(folder)?.feedback;
    Ok(names.join(",").parse().ok().filter(|_| names.len() > 1))
}

/// A feedback that a folder lacks.
fn missing(folder: &Path, name: &str) -> Failure {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let mut files: Vec<String> =
        files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    let stems = files.iter().map(|file| stem(file)).filter(|stem| !RESERVED.contains(stem));
    let near = foretaste_experiment::nearest(name, stems);
    let near = near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
    let folder = folder.display();
    Failure::data(format_args!(
        "{folder}: there is no {name}.csv{near}; there are: {}",
        files.join(", ")
    ))
    .help("--feedback names the files, weakest first")
}

/// What the files of a folder with several feedbacks are called that are none of them.
const RESERVED: [&str; 11] = [
    "train",
    "valid",
    "test",
    "train-seen",
    "valid-seen",
    "test-seen",
    "manifest",
    "item-features",
    "user-features",
    "item-tags",
    "user-tags",
];

/// Whether a feedback can have a file of its name.
pub(crate) fn is_file_stem(name: &str) -> bool {
    let plain = |c: char| !c.is_control() && !"/\\.".contains(c);
    let held_out = name.starts_with("test-") || name.starts_with("valid-");
    let is_taken = RESERVED.iter().any(|taken| name.eq_ignore_ascii_case(taken));
    name.chars().all(plain) && !held_out && !is_taken
}

/// A file's name up to the first dot.
fn stem(file: &str) -> &str {
    file.split('.').next().unwrap_or_default()
}

/// The files that a command reads if it is given this file or folder.
pub(crate) fn files(data: &Path, feedback: Option<&FeedbackNames>) -> Vec<PathBuf> {
    if !data.is_dir() {
        return vec![data.to_owned()];
    }
    let names = feedback.into_iter().flat_map(|names| names.iter().map(String::as_str));
    let parts = ["train", "train-seen", "valid", "valid-seen", "test"].into_iter().chain(names);
    let parts = parts.filter_map(|stem| part(data, stem).ok().flatten());
    parts.chain([data.join(MANIFEST)]).collect()
}

/// Refuses features that are not what the manifest beside them says: vectors and ids of two splits
/// would be taken for one another's.
pub(crate) fn check_features(path: &Path, read: &FeatureReport) -> Outcome {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let manifest = Manifest::of_folder(parent.unwrap_or(Path::new(".")))?;
    let check = |path: PathBuf, found: &str| {
        Part { sha256: manifest.sha256(&path), path }.check_sum(Some(found))
    };
    check(path.to_owned(), &read.sha256)?;
    read.ids_sha256.iter().try_for_each(|found| check(path.with_extension("ids"), found))
}

/// The files that an earlier split has in a folder, beside those that every split may have.
pub(crate) fn former(folder: &Path) -> Vec<String> {
    let Ok(manifest) = Manifest::of_folder(folder) else { return Vec::new() };
    let ours = |described: Described| described.file.filter(|_| described.sha256.is_some());
    let endings = ["csv", "npy", "ids"];
    let ends =
        |file: &str| file.split_once('.').is_some_and(|(_, ending)| endings.contains(&ending));
    let plain = |file: &String| !file.contains(['/', '\\']) && ends(file);
    let all = manifest.parts.into_values().chain(manifest.seen.into_values());
    all.filter_map(ours).filter(plain).collect()
}

/// What a manifest says of the parts beside it.
#[derive(Debug, Default, Deserialize)]
struct Manifest {
    /// The parts are being replaced, or were when somebody pulled the plug.
    #[serde(default)]
    incomplete: bool,
    /// The feedbacks, if there are several, weakest first.
    #[serde(default)]
    feedback: Vec<String>,
    #[serde(default)]
    parts: BTreeMap<String, Described>,
    /// What is not positive, a part each.
    #[serde(default)]
    seen: BTreeMap<String, Described>,
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

    /// The parts of a folder, given the training part.
    fn beside(&self, folder: &Path, train: Part) -> Outcome<Parts> {
        let part = |stem| self.part(folder, stem);
        let (seen, valid_seen) = (part("train-seen")?, part("valid-seen")?);
        let (valid, test) = (part("valid")?, part("test")?);
        Ok(Parts { train, seen, valid, valid_seen, test })
    }

    /// The part of a folder that has this name.
    fn part(&self, folder: &Path, stem: &str) -> Outcome<Option<Part>> {
        Ok(part(folder, stem)?.map(|path| Part { sha256: self.sha256(&path), path }))
    }

    /// The checksum of a part that is still called what the split called it; a part of another
    /// name is the user's own.
    fn sha256(&self, path: &Path) -> Option<String> {
        let name = path.file_name().and_then(OsStr::to_str);
        let mut all = self.parts.values().chain(self.seen.values());
        let described = all.find(|part| part.file.is_some() && part.file.as_deref() == name);
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
        if self::stem(name) == stem && path.is_file() {
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
