//! From the bytes of a file to the bytes of its text: counting, hashing, unpacking.

use std::io::{self, BufReader, Cursor, Read};

use sha2::{Digest, Sha256};

use crate::InputProblem;
use crate::read::gzip::GzipReader;
use crate::read::report::Compression;
use crate::read::zstd::ZstdReader;

/// How much is looked at before anything is decided.
pub(crate) const SAMPLE: usize = 64 << 10;

/// Called with the bytes read so far and the size of the file (0 if unknown).
pub(crate) type Progress<'a> = Option<&'a mut dyn FnMut(u64, u64)>;

/// The input as it is on disk; counts and hashes what passes.
pub(crate) struct RawInput<'a, R> {
    input: R,
    total: u64,
    progress: Progress<'a>,
    hash: Option<Sha256>,
    bytes: u64,
    reported: u64,
}

impl<'a, R: Read> RawInput<'a, R> {
    pub(crate) fn new(input: R, total: u64, progress: Progress<'a>, checksum: bool) -> Self {
        let hash = checksum.then(Sha256::new);
        Self { input, total, progress, hash, bytes: 0, reported: 0 }
    }

    /// Reads what the decoder left, so that the checksum is that of the whole file. Returns the
    /// number of bytes and the checksum in hexadecimal.
    pub(crate) fn finish(mut self) -> io::Result<(u64, Option<String>)> {
        io::copy(&mut self, &mut io::sink())?;
        if let Some(progress) = &mut self.progress {
            progress(self.bytes, self.total);
        }
        let hex = self.hash.map(|hash| hex(&hash.finalize()));
        Ok((self.bytes, hex))
    }
}

impl<R: Read> Read for RawInput<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const STEP: u64 = 1 << 20;
        let count = self.input.read(buffer)?;
        self.bytes += count as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..count]);
        }
        if let Some(progress) = &mut self.progress
            && self.bytes - self.reported >= STEP
        {
            self.reported = self.bytes;
            progress(self.bytes, self.total);
        }
        Ok(count)
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text behind any compression and byte-order mark, with its beginning at hand.
pub(crate) struct Text<'a> {
    /// The first [`SAMPLE`] bytes, or all of a shorter text.
    pub(crate) sample: Vec<u8>,
    /// Whether there is no more than the sample.
    pub(crate) complete: bool,
    /// Length of the byte-order mark in front of the sample.
    pub(crate) skipped: usize,
    /// What follows the sample.
    pub(crate) rest: Box<dyn Read + 'a>,
    pub(crate) compression: Compression,
}

impl<'a> Text<'a> {
    /// Looks at the first bytes of `raw` and unpacks what they announce.
    pub(crate) fn open(mut raw: impl Read + 'a) -> Result<Self, InputProblem> {
        let mut magic = Vec::new();
        (&mut raw).take(4).read_to_end(&mut magic)?;
        let compression = Compression::of(&magic);
        let raw = BufReader::with_capacity(SAMPLE, Cursor::new(magic).chain(raw));
        let mut rest: Box<dyn Read + 'a> = match compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => Box::new(GzipReader::new(raw)),
            Compression::Zstd => Box::new(ZstdReader::new(raw)),
        };
        let mut sample = Vec::new();
        (&mut rest)
            .take(SAMPLE as u64)
            .read_to_end(&mut sample)
            .map_err(|error| explain(error, compression))?;
        let complete = sample.len() < SAMPLE;
        check_text(&sample)?;
        let skipped = if sample.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        sample.drain(..skipped);
        Ok(Self { sample, complete, skipped, rest, compression })
    }

    /// Sample and rest as one input.
    pub(crate) fn into_read(self) -> impl Read + 'a {
        Cursor::new(self.sample).chain(self.rest)
    }
}

fn check_text(sample: &[u8]) -> Result<(), InputProblem> {
    let found = if sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff") {
        "UTF-16 byte-order mark"
    } else if memchr::memchr(0, sample).is_some() {
        "zero byte"
    } else {
        return Ok(());
    };
    Err(InputProblem::Binary { found })
}

/// What a failure to read on means, given what was being unpacked.
pub(crate) fn explain(error: io::Error, compression: Compression) -> InputProblem {
    let name = match compression {
        Compression::None => return InputProblem::Io(error),
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    };
    match error.kind() {
        io::ErrorKind::UnexpectedEof => InputProblem::Truncated { compression: name },
        // An error of the disk carries its number; one of the decoder does not.
        _ if error.raw_os_error().is_some() => InputProblem::Io(error),
        _ => InputProblem::Damaged { compression: name, reason: error.to_string() },
    }
}
