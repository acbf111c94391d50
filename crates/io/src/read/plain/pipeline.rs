//! Chunks in parallel; hash and rows in order.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::read::plain::chunk::Chunk;
use crate::read::plain::lines::{Lines, Shape};
use crate::read::plain::raw::RawRows;
use crate::read::plain::{Plan, ReadAt, Unclear};
use crate::read::source::{Progress, hex};

/// How the file is cut up. Nothing of it is seen in the result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Bytes in a chunk; at least 1.
    pub(crate) chunk: usize,
    /// Chunks in a batch; two batches are in memory.
    pub(crate) batch: usize,
}

impl Sizes {
    /// Half of an L2 cache, so that a chunk is parsed from there: 128 KiB and 2 MiB take a tenth
    /// longer.
    pub(crate) const CHUNK: usize = 512 << 10;

    /// A batch ends when its last chunk does, so that it should have many chunks for each thread.
    /// Two of 16 take 25 MB with their rows; 48 are no faster on two threads.
    pub(crate) fn of_pool() -> Self {
        Self { chunk: Self::CHUNK, batch: (2 * rayon::current_num_threads()).max(16) }
    }
}

/// Everything that was read.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) rows: RawRows,
    pub(crate) sha256: Option<String>,
}

/// Reads all chunks.
pub(crate) fn run(
    source: &impl ReadAt,
    plan: &Plan<'_>,
    checksum: bool,
    progress: &mut Progress<'_>,
) -> Result<Gathered, Unclear> {
    let shape = Shape::of(&plan.rules);
    let chunks = plan.size.div_ceil(plan.sizes.chunk as u64);
    let mut collector = Collector::new(plan, checksum);
    let (mut fresh, mut read) = (slots(plan, chunks), slots(plan, chunks));
    let (mut next, mut waiting) = (0, 0);
    while next < chunks || waiting > 0 {
        let count = (chunks - next).min(fresh.len() as u64) as usize;
        let work = fresh[..count].par_iter_mut().enumerate().with_max_len(1);
        let (collected, filled) = rayon::join(
            || collector.take(&read[..waiting]),
            || work.try_for_each(|(n, slot)| slot.fill(source, plan, &shape, next + n as u64)),
        );
        collected?;
        filled?;
        std::mem::swap(&mut fresh, &mut read);
        (next, waiting) = (next + count as u64, count);
        if let Some(progress) = progress.as_mut().filter(|_| count > 0) {
            progress((next * plan.sizes.chunk as u64).min(plan.size), plan.size);
        }
    }
    let sha256 = collector.hash.map(|hash| hex(&hash.finalize()));
    Ok(Gathered { rows: collector.rows, sha256 })
}

fn slots(plan: &Plan<'_>, chunks: u64) -> Vec<Slot> {
    let count = chunks.min(plan.sizes.batch as u64);
    (0..count).map(|_| Slot { chunk: Chunk::default(), lines: Lines::new(plan) }).collect()
}

/// A chunk and its rows.
#[derive(Debug)]
struct Slot {
    chunk: Chunk,
    lines: Lines,
}

impl Slot {
    fn fill(
        &mut self,
        source: &impl ReadAt,
        plan: &Plan<'_>,
        shape: &Shape,
        index: u64,
    ) -> Result<(), Unclear> {
        let records = self.chunk.fill(source, plan, index)?;
        self.lines.read(self.chunk.bytes(), records, &plan.rules, shape)
    }
}

/// Takes chunks in the order of the file.
struct Collector {
    rows: RawRows,
    hash: Option<Sha256>,
}

impl Collector {
    fn new(plan: &Plan<'_>, checksum: bool) -> Self {
        Self { rows: RawRows::new(plan.rules.keep), hash: checksum.then(Sha256::new) }
    }

    fn take(&mut self, slots: &[Slot]) -> Result<(), Unclear> {
        for Slot { chunk, lines } in slots {
            if let Some(hash) = &mut self.hash {
                hash.update(chunk.own());
            }
            self.rows.append(&lines.rows)?;
        }
        Ok(())
    }
}
