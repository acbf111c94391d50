//! What is downloaded of a data set, and what is taken out of it.

use foretaste_http::{Url, file_name};
use serde::{Deserialize, Serialize};

/// A file of the publisher's.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Download {
    /// Its address.
    pub url: String,
    /// What it is called, where the address does not say.
    #[serde(default)]
    pub name: Option<String>,
    /// Its size, where it is known.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Its MD5 in hexadecimal, where it is known.
    #[serde(default)]
    pub md5: Option<String>,
    /// Its SHA-256 in hexadecimal, where it is known.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Who states the checksum.
    #[serde(default)]
    pub stated: Option<Stated>,
    /// What is taken out of it; of a file that is no archive, all.
    #[serde(default)]
    pub take: Vec<Take>,
}

/// Who states a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Stated {
    /// The publisher.
    Publisher,
    /// Several independent projects, the same.
    Others,
}

/// A file that is taken out of a download.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Take {
    /// Its path in the archive.
    #[serde(default)]
    pub from: Option<String>,
    /// Its name in the folder; else the last part of `from`.
    #[serde(default)]
    pub to: Option<String>,
    /// How rows are made of it.
    #[serde(default, rename = "as")]
    pub shape: Option<Shape>,
    /// Whether it may be missing.
    #[serde(default)]
    pub optional: bool,
}

/// Forms that rows are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Shape {
    /// Ratings, a line a user, 0 where there is none.
    Matrix,
    /// A line a user: how many items, then these.
    Counted,
}

/// How a download is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Zip,
    TarGz,
    Gz,
    None,
}

impl Download {
    /// What the publisher's file is called.
    pub fn file_name(&self) -> &str {
        self.name.as_deref().unwrap_or(file_name(&self.url))
    }

    /// The checksum to verify it by: what kind, and the digits.
    pub fn checksum(&self) -> Option<(&'static str, &str)> {
        let sha256 = self.sha256.as_deref().map(|sum| ("SHA-256", sum));
        sha256.or(self.md5.as_deref().map(|sum| ("MD5", sum)))
    }

    /// Whether its content has to be taken out of it.
    pub fn is_packed(&self) -> bool {
        self.packing() != Packing::None
    }

    pub(crate) fn packing(&self) -> Packing {
        let name = self.file_name().to_ascii_lowercase();
        match name.as_str() {
            name if name.ends_with(".zip") => Packing::Zip,
            name if name.ends_with(".tar.gz") || name.ends_with(".tgz") => Packing::TarGz,
            name if name.ends_with(".gz") => Packing::Gz,
            _ => Packing::None,
        }
    }

    /// The names of the files that it brings: one for each of [`Download::take`], if there are any.
    pub fn outputs(&self) -> Vec<&str> {
        match self.take.as_slice() {
            [] => vec![self.whole()],
            takes => takes.iter().map(|take| take.output(self)).collect(),
        }
    }

    /// What a file is called that is taken whole.
    pub(crate) fn whole(&self) -> &str {
        let name = self.file_name();
        match self.packing() {
            Packing::Gz => &name[..name.len() - ".gz".len()],
            _ => name,
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let url = &self.url;
        let parsed = Url::parse(url).ok_or_else(|| format!("{url} is no address of https"))?;
        if !parsed.is_safe() {
            return Err(format!("{url} is not https, so that anybody on the way could change it"));
        }
        if !is_name(self.file_name()) {
            return Err(format!("{url}: name has to say what the file is called"));
        }
        for (sum, digits) in [(&self.md5, 32), (&self.sha256, 64)] {
            let hex = |sum: &String| {
                sum.len() == digits
                    && sum.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            };
            if let Some(sum) = sum.as_ref().filter(|sum| !hex(sum)) {
                return Err(format!("{sum} is not {digits} digits 0-9 and a-f"));
            }
        }
        if self.checksum().is_some() != self.stated.is_some() {
            return Err(format!("{url}: stated says who states a checksum"));
        }
        let archive = matches!(self.packing(), Packing::Zip | Packing::TarGz);
        if archive && self.take.is_empty() {
            return Err(format!("{url}: take has to name what is wanted of the archive"));
        }
        if !archive && (self.take.len() > 1 || self.take.iter().any(|take| take.from.is_some())) {
            return Err(format!("{url}: is no archive to take files from"));
        }
        for take in &self.take {
            if archive && !take.from.as_deref().is_some_and(is_inside) {
                return Err(format!("{url}: take needs a path inside the archive, as from"));
            }
            if !is_name(take.output(self)) {
                return Err(format!("{:?} is no name of a file", take.output(self)));
            }
        }
        self.outputs().iter().try_for_each(|name| match is_name(name) {
            true => Ok(()),
            false => Err(format!("{name:?} is no name of a file")),
        })
    }
}

impl Take {
    /// What it is called in the folder.
    pub(crate) fn output<'a>(&'a self, download: &'a Download) -> &'a str {
        let inside = || self.from.as_deref().map(|from| from.rsplit('/').next().unwrap_or(from));
        self.to.as_deref().or_else(inside).unwrap_or(download.whole())
    }
}

/// Whether a text names a file in a folder, whatever the system.
fn is_name(name: &str) -> bool {
    let plain = |c: char| !c.is_control() && !"/\\:*?\"<>|".contains(c);
    !name.is_empty() && !name.starts_with(['.', ' ']) && name.chars().all(plain)
}

/// Whether a path in an archive leads to a place in the folder that it is unpacked to.
pub(crate) fn is_inside(path: &str) -> bool {
    let plain = |c: char| !c.is_control() && c != '\\' && c != ':';
    !path.is_empty()
        && !path.starts_with('/')
        && path.chars().all(plain)
        && path.split('/').all(|part| part != "..")
}
