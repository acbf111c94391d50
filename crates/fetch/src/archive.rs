//! Taking files out of what came.
//!
//! Only files that the registry names are written, under names that it gives, so that an archive has
//! no say in where. One that tries to (`..`, absolute paths, links) is refused all the same: it is not
//! what the publisher made.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use foretaste_files::{FileSet, OutputProblem};

use crate::part::io_at;
use crate::registry::{Packing, is_inside};
use crate::{Download, Error, Output, Take, convert};

/// How much larger than the archive its contents may be: text packs to a tenth, repeated bytes to a
/// thousandth.
const RATIO: u64 = 64;

/// What an archive may hold in any case.
const LEAST: u64 = 16 << 20;

/// Stages what is taken of a download.
pub(crate) fn take(
    path: &Path,
    download: &Download,
    set: &mut FileSet,
) -> Result<Vec<Output>, Error> {
    let file = File::open(path).map_err(|error| io_at(path, &error))?;
    let size = file.metadata().map_err(|error| io_at(path, &error))?.len();
    let limit = size.saturating_mul(RATIO).max(LEAST);
    let mut taking = Taking { download, set, taken: Vec::new() };
    match download.packing() {
        Packing::Zip => taking.zip(file, limit)?,
        Packing::TarGz => taking.tar(MultiGzDecoder::new(BufReader::new(file)), limit)?,
        Packing::Gz => taking.whole(MultiGzDecoder::new(BufReader::new(file)), limit)?,
        Packing::None => taking.whole(file, limit)?,
    }
    let missing = |take: &&Take| !take.optional && !taking.has(take.output(download));
    if let Some(take) = download.take.iter().find(missing) {
        let from = take.from.as_deref().unwrap_or_default();
        return Err(taking.error(format_args!("has no {from}")));
    }
    Ok(taking.taken)
}

struct Taking<'a> {
    download: &'a Download,
    set: &'a mut FileSet,
    taken: Vec<Output>,
}

impl Taking<'_> {
    fn error(&self, problem: impl std::fmt::Display) -> Error {
        Error::Content { file: self.download.file_name().to_owned(), problem: problem.to_string() }
    }

    fn has(&self, output: &str) -> bool {
        self.taken.iter().any(|taken| taken.name == output)
    }

    fn zip(&mut self, file: File, limit: u64) -> Result<(), Error> {
        let broken =
            |error: &dyn std::fmt::Display| self.error(format_args!("is no zip archive: {error}"));
        let mut archive =
            zip::ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
        for n in 0..archive.len() {
            let entry = archive.by_index_raw(n).map_err(|error| broken(&error))?;
            let name = entry.name().map_err(|error| broken(&error))?;
            self.check(&name, entry.is_symlink())?;
        }
        let mut left = limit;
        for take in self.download.take.clone() {
            let from = take.from.as_deref().unwrap_or_default();
            let Some(n) = archive.index_for_name(from) else { continue };
            let entry = archive.by_index(n);
            let entry = entry.map_err(|error| self.error(format_args!("{from}: {error}")))?;
            left = self.stage(&take, entry, left)?;
        }
        Ok(())
    }

    fn tar(&mut self, packed: impl Read, limit: u64) -> Result<(), Error> {
        let mut bounded = Bounded { inner: packed, left: limit };
        let mut archive = tar::Archive::new(&mut bounded);
        let broken =
            |this: &Self, error: io::Error| this.error(format_args!("is no tar archive: {error}"));
        let entries = archive.entries().map_err(|error| broken(self, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| broken(self, error))?;
            let kind = entry.header().entry_type();
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            self.check(&name, kind.is_symlink() || kind.is_hard_link())?;
            let name = name.strip_prefix("./").unwrap_or(&name);
            let takes = self.download.take.iter();
            let take = takes.clone().find(|take| take.from.as_deref() == Some(name)).cloned();
            if let Some(take) =
                take.filter(|take| kind.is_file() && !self.has(take.output(self.download)))
            {
                self.stage(&take, entry, limit)?;
            }
        }
        // The checksum of the packed bytes is behind the last of them.
        let drained = io::copy(&mut bounded, &mut io::sink());
        drained.map(drop).map_err(|error| broken(self, error))
    }

    /// A file that is no archive.
    fn whole(&mut self, file: impl Read, limit: u64) -> Result<(), Error> {
        let whole = Take { from: None, to: None, shape: None, optional: false };
        let take = self.download.take.first().cloned().unwrap_or(whole);
        self.stage(&take, file, limit).map(drop)
    }

    /// Refuses archives that would write to somewhere else.
    fn check(&self, name: &str, is_link: bool) -> Result<(), Error> {
        match (is_inside(name), is_link) {
            (false, _) => {
                Err(self.error(format_args!("has a file that leads out of it: {name:?}")))
            }
            (true, true) => Err(self.error(format_args!("has a link, {name:?}"))),
            (true, false) => Ok(()),
        }
    }

    /// Stages a file of at most `limit` bytes; returns what is left of them.
    fn stage(&mut self, take: &Take, content: impl Read, limit: u64) -> Result<u64, Error> {
        let name = take.output(self.download);
        let mut bounded = Bounded { inner: content, left: limit };
        let mut bytes = 0;
        let staged = self.set.stage(name, |out| {
            let mut out = Counting { out, bytes: &mut bytes };
            match take.shape {
                None => io::copy(&mut bounded, &mut out).map(drop),
                Some(shape) => convert::rows(shape, BufReader::new(&mut bounded), &mut out),
            }
        });
        let sha256 = staged.map_err(|error| match &error.problem {
            OutputProblem::Io(cause) if is_of_content(cause) => {
                let inside = take.from.as_ref().map_or(String::new(), |from| format!("{from}: "));
                self.error(format_args!("{inside}{cause}"))
            }
            _ => error.into(),
        })?;
        self.taken.push(Output { name: name.to_owned(), bytes, sha256 });
        Ok(bounded.left)
    }
}

/// Whether an error is of what is read, not of where it is written.
fn is_of_content(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Reads no more than a number of bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let problem = format!("unpacks to more than {RATIO} times its size");
            io::Error::new(io::ErrorKind::InvalidData, problem)
        })?;
        Ok(read)
    }
}

/// Counts what passes.
struct Counting<'a> {
    out: &'a mut dyn Write,
    bytes: &'a mut u64,
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        *self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
