//! Random streams, each a function of the seed and of what it is for.

use crate::adjacency::hash;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What a stream is for. None is one of the engine's, whose keys are made otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The order of the interactions of an epoch.
    Order,
    /// The items of a batch that its users have not.
    Negatives,
    /// Which edges a batch goes along.
    Edges,
    /// The first weights of a tower.
    Tower,
    /// Whose texts stand beside those of a batch.
    Texts,
    /// Whose rows are masked.
    Masks,
    /// Which of the extra preferences a batch has.
    Extra,
}

/// The key of a purpose in a batch of an epoch.
pub(crate) fn key(seed: u64, purpose: Purpose, epoch: u32, batch: u64) -> u64 {
    [201 + purpose as u64, u64::from(epoch), batch]
        .into_iter()
        .fold(seed, |key, part| hash(hash(key) ^ part))
}

pub(crate) fn stream(seed: u64, purpose: Purpose, epoch: u32, batch: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(key(seed, purpose, epoch, batch))
}

/// `count` of 0..n, ascending; all, if there are no more.
pub(crate) fn some_of(n: usize, count: usize, rng: &mut impl rand::Rng) -> Vec<u32> {
    if count >= n {
        return (0..n as u32).collect();
    }
    let mut some: Vec<u32> =
        rand::seq::index::sample(rng, n, count).into_iter().map(|at| at as u32).collect();
    some.sort_unstable();
    some
}
