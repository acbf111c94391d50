//! Independent random streams, each a function of the seed and of what it is for.

use rand::SeedableRng;
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus, rand_core::RngCore};

/// The generator of all streams.
pub(crate) type Stream = Xoshiro256PlusPlus;

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    InitialUsers { chunk: u64 },
    InitialItems { chunk: u64 },
    Deal { epoch: u32 },
    Cell { epoch: u32, cell: u64 },
    Measured { epoch: u32, cell: u64 },
    Batches,
    FoldIn,
    UniformUsers { chunk: u64 },
    UniformItems { chunk: u64 },
}

/// The stream of `seed` for a purpose.
pub(crate) fn stream(seed: u64, purpose: Purpose) -> Stream {
    let (tag, a, b) = match purpose {
        Purpose::InitialUsers { chunk } => (1, chunk, 0),
        Purpose::InitialItems { chunk } => (2, chunk, 0),
        Purpose::Deal { epoch } => (3, u64::from(epoch), 0),
        Purpose::Cell { epoch, cell } => (4, u64::from(epoch), cell),
        Purpose::Batches => (5, 0, 0),
        Purpose::FoldIn => (7, 0, 0),
        Purpose::UniformUsers { chunk } => (8, chunk, 0),
        Purpose::UniformItems { chunk } => (9, chunk, 0),
        Purpose::Measured { epoch, cell } => (6, u64::from(epoch), cell),
    };
    let key = [tag, a, b].into_iter().fold(seed, |key, part| mix(mix(key) ^ part));
    Stream::seed_from_u64(key)
}

fn mix(x: u64) -> u64 {
    SplitMix64::seed_from_u64(x).next_u64()
}
