//! The fast path: plain files, in parallel.
//!
//! Most files of interactions are tables of small whole numbers without a quote. Those are read
//! here, and what they give is what the general reader gives, to the bit. At anything that is not
//! understood this reader gives up with [`Unclear`], and the general reader starts over: so what
//! is an error, in which line, and what is merely odd, is said in one place. A line that is only
//! unusual (blank, CRLF, blanks around a field, a rating like `1e3`, a date that is kept) goes through the general
//! reader's own functions and does not end the attempt.
//!
//! ```text
//! Plan       from the general reader's sniffing: where the first row starts, which columns matter
//! Chunk      512 KiB of the file, and the records that start in them
//! Lines      a chunk's records into columns of raw ids, and a tally
//! pipeline   one batch of chunks is parsed while the one before is hashed and collected
//! raw        rows with raw ids, and those apart that do not pass
//! number     raw ids into dense indices
//! ```
//!
//! What makes it fast (20 million rows, 541 MB: 1.15 s of processor time, where the general reader
//! takes 2.6 s; a quarter of it is SHA-256 and a fifth the kernel's):
//!
//! 1. *Positional reads.* Threads read their chunks themselves, so that the kernel's copy is
//!    parallel too. A map would save the copy, but can only be made with `unsafe`, and a file that
//!    shrinks under it kills the process.
//! 2. *No allocation and no framing.* A field is parsed where the one before it ended, and the line
//!    end is found on the way, not by a pass of its own. Buffers are used again.
//! 3. *Eight digits at a time* ([`digits`]), without a branch on their number: item ids have any
//!    length. `atoi_simd` was not used: it wants to be told where the digits end.
//! 4. *Only the columns that are needed*; behind the last of them `memchr` looks for the line end.
//! 5. *Ratings like `4.0`* are two integers and a division, which is exact for up to 15 digits
//!    (Clinger's fast path); others go to `fast_float2`, as in the general reader.
//! 6. *No hash map.* Raw ids are kept as 32 bits; a table as wide as the largest id gives the
//!    distinct ones and their ranks. Where ids are too sparse for that, the general reader's
//!    interner does it.
//! 7. *Hashing and collecting beside parsing.* They go in the order of the file, one batch behind,
//!    as one more task among the chunks. Collecting is copying: the columns grow by `realloc`,
//!    which remaps pages instead of copying them.
//!
//! Marking the parsing functions `inline(always)` and summing halves as integers (`ExactSum`) took
//! the whole from 1.5 s to 1.25 s. Batches of three times as many chunks changed nothing.
//!
//! Memory: 8 B a row for the raw ids (what is kept besides adds its own size) and two batches of
//! chunks, which are gone when the rows are dealt to their users.
//!
//! # Not handled
//! Ids above `u32::MAX`, negative or textual ids, quotes (except in the header), bad rows, lines
//! longer than [`OVERLAP`](chunk::OVERLAP) across a chunk border, blanks as delimiter, adjacency
//! lists, compression, inputs that are not regular files, systems other than Unix.

mod chunk;
pub(crate) mod digits;
mod lines;
mod number;
mod pipeline;
pub(crate) mod raw;

#[cfg(test)]
mod tests;

use std::io::{self, Read};

use crate::read::Found;
use crate::read::layout::Layout;
use crate::read::records::{MAX_RECORD, Records};
use crate::read::rows::Rules;
use crate::read::source::{Progress, Text};
use crate::{Compression, Delimiter, FormatKind, ReadOptions};
use pipeline::Sizes;

/// The file is not understood here, and the general reader has to say what it is.
#[derive(Debug)]
pub(crate) struct Unclear;

impl From<io::Error> for Unclear {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// What is read at any place.
pub(crate) trait ReadAt: Sync {
    /// Reads some of the bytes from `offset` on; none at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for std::fs::File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    /// Elsewhere such reads move the place where the general reader is to start, or aren't there.
    #[cfg(not(unix))]
    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Reads a file of `size` bytes, if it is plain.
pub(crate) fn read(
    source: &impl ReadAt,
    size: u64,
    options: &ReadOptions,
    progress: &mut Progress<'_>,
) -> Option<Found> {
    read_by(source, size, options, progress, Sizes::of_pool()).ok()
}

fn read_by(
    source: &impl ReadAt,
    size: u64,
    options: &ReadOptions,
    progress: &mut Progress<'_>,
    sizes: Sizes,
) -> Result<Found, Unclear> {
    // Pipes and devices have no size.
    if size == 0 {
        return Err(Unclear);
    }
    let (layout, start) = look(source, options)?;
    let plan = Plan { rules: Rules::new(&layout, options), start, size, sizes };
    let gathered = pipeline::run(source, &plan, options.checksum, progress)?;
    let (tally, collected) = gathered.rows.finish(&plan.rules)?;
    let sha256 = gathered.sha256;
    Ok(Found { layout, compression: Compression::None, tally, collected, sha256 })
}

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    rules: Rules<'a>,
    /// Where the first row starts: behind a byte-order mark and the header.
    start: u64,
    size: u64,
    sizes: Sizes,
}

/// Looks at the beginning of a file with the general reader's eyes.
fn look(source: &impl ReadAt, options: &ReadOptions) -> Result<(Layout, u64), Unclear> {
    let text = Text::open(FromStart { source, at: 0 }).map_err(|_| Unclear)?;
    let layout = Layout::detect(&text, options).map_err(|_| Unclear)?;
    let plain = text.compression == Compression::None
        && layout.kind == FormatKind::Table
        && layout.dialect.delimiter != Delimiter::Space
        && layout.dialect.terminator == b'\n';
    if !plain {
        return Err(Unclear);
    }
    let mut start = text.skipped as u64;
    if layout.header.is_some() {
        let mut records = Records::new(&text.sample[..], layout.dialect);
        records.next().map_err(|_| Unclear)?;
        start += records.consumed();
        if records.consumed() == text.sample.len() as u64 {
            return Err(Unclear);
        }
    }
    Ok((layout, start))
}

struct FromStart<'a, S> {
    source: &'a S,
    at: u64,
}

impl<S: ReadAt> Read for FromStart<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

// Whatever a chunk takes for a record is short enough for the general reader.
const _: () = assert!(Sizes::CHUNK + chunk::OVERLAP <= MAX_RECORD);
