//! A piece of the file, and the records that start in it.

use std::io;
use std::ops::Range;

use crate::read::plain::{Plan, ReadAt, Unclear};

/// How much is read behind a chunk, for the end of its last record.
pub(crate) const OVERLAP: usize = 4 << 10;

/// Line ends behind the text: no parsing runs past them, and a last line without one is ended.
const PAD: usize = 16;

/// A chunk's bytes; reused from chunk to chunk.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    /// The bytes that are this chunk's and no other's.
    own: Range<usize>,
}

impl Chunk {
    /// The bytes of the chunk itself, to hash.
    pub(crate) fn own(&self) -> &[u8] {
        &self.bytes[self.own.clone()]
    }

    /// Everything that was read, with line ends behind.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads chunk `index`; returns where in [`Chunk::bytes`] its records are.
    pub(crate) fn fill(
        &mut self,
        source: &impl ReadAt,
        plan: &Plan<'_>,
        index: u64,
    ) -> Result<Range<usize>, Unclear> {
        let length = plan.sizes.chunk as u64;
        let (low, high) = (index * length, ((index + 1) * length).min(plan.size));
        // One byte more in front: only behind a line end does a record start.
        let from = low.saturating_sub(1);
        let wanted = (high - from) as usize + OVERLAP;
        self.bytes.resize(wanted + PAD, 0);
        let count = read_full(source, &mut self.bytes[..wanted], from)?;
        // Also if the file has grown or shrunk since its size was asked.
        if from + count as u64 != (from + wanted as u64).min(plan.size) {
            return Err(Unclear);
        }
        self.bytes[count..count + PAD].fill(b'\n');
        self.own = (low - from) as usize..(high - from) as usize;
        let first = if low <= plan.start {
            ((plan.start - from) as usize).min(self.own.end)
        } else {
            self.next_start(0)
        };
        if first >= self.own.end {
            return Ok(0..0);
        }
        let end = self.next_start(self.own.end - 1);
        // The end of a file ends a record; the end of the overlap does not.
        let at_end = from + count as u64 == plan.size;
        if end > count && !at_end { Err(Unclear) } else { Ok(first..end.min(count)) }
    }

    /// Where the next record starts, given a place at or before the line end in front of it.
    fn next_start(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.bytes[at..]).map_or(self.bytes.len(), |end| at + end + 1)
    }
}

fn read_full(source: &impl ReadAt, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
