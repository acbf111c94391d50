//! A data set, from its publisher to a folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use foretaste_files::{FileSet, Overwrite, check_folder, check_writable};
use serde::Serialize;

use crate::http::Client;
use crate::part::{Part, io_at};
use crate::{DataSet, Download, Error, SEAL, SizeBy, Stated, archive, checksum, transfer};

/// What stands in the place of [`SEAL`] while the files of a folder are replaced.
const NOTE: &str = "{\"note\": \"the files of this folder are being replaced\"}\n";

/// How a data set is fetched.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What to do about files that are there.
    pub overwrite: Overwrite,
    /// Whether archives are kept beside what is taken out of them.
    pub keep_archives: bool,
    /// How long a server may be silent.
    pub timeout: Duration,
}

impl Default for Options {
    /// Replaces nothing, keeps no archives, waits for half a minute.
    fn default() -> Self {
        let timeout = Duration::from_secs(30);
        Self { overwrite: Overwrite::Refuse, keep_archives: false, timeout }
    }
}

/// What happens meanwhile.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A file is asked for.
    Asked {
        /// The file.
        download: &'a Download,
    },
    /// A redirect is followed.
    Redirected {
        /// Where it leads.
        to: &'a str,
    },
    /// What came before is gone on with.
    Resumed {
        /// How much there is.
        at: u64,
    },
    /// Bytes came.
    Received {
        /// How many there are now.
        bytes: u64,
        /// How many there will be, where the server says.
        total: Option<u64>,
    },
    /// An interrupted body is asked for again.
    Again {
        /// What interrupted it.
        error: &'a Error,
    },
}

/// A data set that is there.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Fetched {
    /// What was downloaded.
    pub sources: Vec<Source>,
    /// The files that were made of it.
    pub files: Vec<Output>,
}

/// A file as its server sent it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// Its address.
    pub url: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its MD5 in hexadecimal.
    pub md5: String,
    /// Which of them the registry has, and who states it; nothing where it has none, so that nothing
    /// is verified.
    pub verified: Option<(&'static str, Stated)>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// When it was last modified.
    pub last_modified: Option<String>,
    /// When it was sent, by the server's clock.
    pub date: Option<String>,
}

/// A file in the folder.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Gets a data set from its publisher into a folder, which is made if need be.
///
/// Its files are put in place together, with [`SEAL`], which says where they are from. What came of a
/// download that was interrupted stays as `NAME.part` beside `NAME.part.json`, and is gone on with by
/// the next call.
///
/// # Errors
/// [`Error`]; then there are no outputs.
pub fn fetch(
    set: &DataSet,
    folder: &Path,
    options: &Options,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched, Error> {
    set.downloadable()?;
    check_folder(folder)?;
    let made = !folder.exists();
    fs::create_dir_all(folder).map_err(|error| io_at(folder, &error))?;
    let fetched = into_folder(set, folder, options, watch);
    if fetched.is_err() && made {
        // A part in it keeps it.
        let _ = fs::remove_dir(folder);
    }
    fetched
}

fn into_folder(
    set: &DataSet,
    folder: &Path,
    options: &Options,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched, Error> {
    let outputs: Vec<&str> = set.outputs().into_iter().chain([SEAL]).collect();
    let is_kept = |download: &Download| options.keep_archives && download.is_packed();
    let kept = set.downloads.iter().filter(|one| is_kept(one)).map(Download::file_name);
    for name in outputs.iter().copied().chain(kept) {
        check_writable(folder.join(name), options.overwrite)?;
    }
    let client = Client::new(set, options.timeout);
    let mut fetched = Fetched { sources: Vec::new(), files: Vec::new() };
    let mut files = FileSet::new(folder, options.overwrite);
    let mut parts = Vec::new();
    for download in &set.downloads {
        watch(Event::Asked { download });
        let mut part = Part::open(folder, download.file_name(), &download.url)?;
        let taken = transfer::complete(&mut part, download, &client, watch).and_then(|()| {
            fetched.sources.push(verified(&part, download)?);
            archive::take(part.path(), download, &mut files)
        });
        match taken {
            Ok(taken) => fetched.files.extend(taken),
            Err(error) => return Err(abandoned(part, error)),
        }
        parts.push((part, download));
    }
    let json = provenance(set, &fetched);
    files.stage(SEAL, |out| out.write_all(json.as_bytes()))?;
    // Whatever fails here, archives and outputs are there together, or none is.
    let mut archives = parts.iter_mut().filter(|(_, download)| is_kept(download));
    let placed = archives
        .try_for_each(|(part, download)| part.keep(download.file_name()))
        .and_then(|()| Ok(files.place(NOTE, &outputs)?));
    if let Err(error) = placed {
        parts.iter_mut().for_each(|(part, _)| part.take_back());
        return Err(error);
    }
    parts.into_iter().for_each(|(part, _)| part.discard());
    Ok(fetched)
}

/// Keeps of a part what can be gone on with.
fn abandoned(part: Part, error: Error) -> Error {
    let wrong = matches!(
        error,
        Error::OtherSize { .. } | Error::OtherChecksum { .. } | Error::Content { .. }
    );
    if wrong || part.bytes() == 0 {
        part.discard();
    }
    error
}

/// What came, if it is what the registry says.
fn verified(part: &Part, download: &Download) -> Result<Source, Error> {
    let url = &download.url;
    if let Some(expected) = download.bytes.filter(|&bytes| bytes != part.bytes()) {
        let (by, found) = (SizeBy::Registry, part.bytes());
        return Err(Error::OtherSize { url: url.clone(), expected, by, found });
    }
    let sums = checksum::of(part.path()).map_err(|error| io_at(part.path(), &error))?;
    let both = [("SHA-256", &download.sha256, &sums.sha256), ("MD5", &download.md5, &sums.md5)];
    for (kind, expected, found) in both {
        if let Some(expected) = expected.as_ref().filter(|&expected| expected != found) {
            let (url, expected, found) = (url.clone(), expected.clone(), found.clone());
            return Err(Error::OtherChecksum { url, kind, expected, found });
        }
    }
    let origin = part.origin.clone();
    Ok(Source {
        url: url.clone(),
        bytes: part.bytes(),
        sha256: sums.sha256,
        md5: sums.md5,
        verified: download.checksum().map(|(kind, _)| kind).zip(download.stated),
        etag: origin.etag,
        last_modified: origin.last_modified,
        date: origin.date,
    })
}

/// Where the files of a folder are from, as JSON.
fn provenance(set: &DataSet, fetched: &Fetched) -> String {
    #[derive(Serialize)]
    struct Provenance<'a> {
        name: &'a str,
        title: &'a str,
        homepage: &'a str,
        terms: &'a str,
        terms_url: &'a str,
        #[serde(flatten)]
        fetched: &'a Fetched,
        foretaste: &'a str,
    }
    let provenance = Provenance {
        name: &set.name,
        title: &set.title,
        homepage: &set.homepage,
        terms: &set.terms,
        terms_url: set.terms_url(),
        fetched,
        foretaste: env!("CARGO_PKG_VERSION"),
    };
    serde_json::to_string_pretty(&provenance).expect("it is strings and numbers") + "\n"
}
