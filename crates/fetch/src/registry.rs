//! The registry: which data sets there are.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::Error;

mod download;

pub use download::{Download, Shape, Stated, Take};
#[cfg(feature = "download")]
pub(crate) use download::{Packing, is_inside};

/// The registry that comes with this crate.
const BUNDLED: &str = include_str!("../registry.toml");

/// The file that says where the others are from; no output of a data set is called so.
pub const SEAL: &str = "fetched.json";

/// Data sets by name.
#[derive(Clone, Debug)]
pub struct Registry(Vec<DataSet>);

/// A public data set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DataSet {
    /// What it is asked for by: lower case, digits, `-`, `.`, `_`.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it is, in a sentence.
    pub description: String,
    /// The page that describes it.
    pub homepage: String,
    /// Its terms in short.
    pub terms: String,
    /// Where its terms are; else at the homepage.
    #[serde(default)]
    pub terms_url: Option<String>,
    /// How large it is, before any filter.
    pub size: Size,
    /// Why no program can download it.
    #[serde(default)]
    pub by_hand: Option<String>,
    /// Other hosts, with their ports if they have any, that the publisher may send to.
    #[serde(default)]
    pub redirects: Vec<String>,
    /// How it is read.
    pub read: Read,
    /// What to look out for.
    #[serde(default)]
    pub note: Option<String>,
    /// The publisher's files.
    #[serde(default, rename = "download")]
    pub downloads: Vec<Download>,
}

/// Counts of a data set.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Size {
    /// Users.
    pub users: u64,
    /// Items.
    pub items: u64,
    /// Interactions.
    pub interactions: u64,
}

/// How a data set is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Read {
    /// The file of interactions; `.` if the folder is a split already.
    pub file: String,
    /// Which column holds what, where the header does not say.
    #[serde(default)]
    pub columns: Option<String>,
    /// Which rows are positive.
    #[serde(default)]
    pub positive: Option<String>,
}

impl Registry {
    /// The registry that comes with this crate.
    pub fn bundled() -> Self {
        Self::parse(BUNDLED, Path::new("registry.toml")).expect("a test reads it")
    }

    /// Reads a registry; `path` is the file's, for messages.
    ///
    /// # Errors
    /// [`Error::Registry`] with the place in the file.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            dataset: Vec<Spanned<DataSet>>,
        }
        let at = |span: Option<Range<usize>>, problem: String| {
            let start = span.map_or(0, |span| span.start).min(text.len());
            let before = text.get(..start).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            Error::Registry {
                file: path.display().to_string(),
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                problem,
            }
        };
        let file: File = toml::from_str(text).map_err(|error: toml::de::Error| {
            at(error.span(), error.message().trim().replace('\n', ", "))
        })?;
        let mut names = BTreeSet::new();
        for set in &file.dataset {
            let (span, set) = (set.span(), set.get_ref());
            let checked = set.check().and_then(|()| match names.insert(&set.name) {
                true => Ok(()),
                false => Err("is there twice".to_owned()),
            });
            checked.map_err(|problem| at(Some(span), format!("{}: {problem}", set.name)))?;
        }
        Ok(Self(file.dataset.into_iter().map(Spanned::into_inner).collect()))
    }

    /// All data sets, in their order.
    pub fn sets(&self) -> &[DataSet] {
        &self.0
    }

    /// The data set of a name.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is none.
    pub fn find(&self, name: &str) -> Result<&DataSet, Error> {
        let found = self.0.iter().find(|set| set.name == name);
        found.ok_or_else(|| Error::Unknown { name: name.to_owned() })
    }
}

impl DataSet {
    /// What has to hold beyond the types.
    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
        if self.name.is_empty()
            || !self.name.chars().all(plain)
            || self.name.starts_with(['.', '-'])
        {
            return Err("name takes a-z, 0-9, -, . and _, and begins with a letter or digit".into());
        }
        match (&self.by_hand, self.downloads.is_empty()) {
            (None, true) => return Err("has neither download nor by_hand".into()),
            (Some(_), false) => return Err("has both download and by_hand".into()),
            (Some(_), true) => return Ok(()),
            (None, false) => {}
        }
        self.downloads.iter().try_for_each(Download::check)?;
        let outputs = self.outputs();
        // An archive may be kept beside what is taken out of it.
        let packed = self.downloads.iter().filter(|download| download.is_packed());
        let kept = packed.map(Download::file_name);
        if let Some(name) = repeated(outputs.iter().copied().chain(kept).chain([SEAL])) {
            return Err(format!("two files would be called {name}"));
        }
        if let Some(name) = repeated(self.downloads.iter().map(Download::file_name)) {
            return Err(format!("two downloads are called {name}: name gives one another"));
        }
        let is_split = || ["train.txt", "train.csv"].iter().any(|name| outputs.contains(name));
        match self.read.file.as_str() {
            "." if !is_split() => {
                Err("read.file is ., but no file is called train.csv or .txt".into())
            }
            "." => Ok(()),
            file if outputs.contains(&file) => Ok(()),
            file => Err(format!("read.file is {file}, which no download has")),
        }
    }

    /// Whether a program can download it.
    ///
    /// # Errors
    /// [`Error::ByHand`] with the reason why none can.
    pub fn downloadable(&self) -> Result<(), Error> {
        let Some(why) = &self.by_hand else { return Ok(()) };
        let [name, why, homepage] = [&self.name, why, &self.homepage].map(String::clone);
        Err(Error::ByHand { name, why, homepage })
    }

    /// The names of all files that it brings.
    pub fn outputs(&self) -> Vec<&str> {
        self.downloads.iter().flat_map(Download::outputs).collect()
    }

    /// The size of its downloads together, where all are known.
    pub fn bytes(&self) -> Option<u64> {
        let known = self.downloads.iter().map(|download| download.bytes);
        known.sum::<Option<u64>>().filter(|_| !self.downloads.is_empty())
    }

    /// Where its terms are.
    pub fn terms_url(&self) -> &str {
        self.terms_url.as_deref().unwrap_or(&self.homepage)
    }
}

/// The first name that was there before. Where case does not count, two names may be one file.
fn repeated<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut known = BTreeSet::new();
    names.into_iter().find(|name| !known.insert(name.to_lowercase()))
}

#[cfg(test)]
mod tests;
