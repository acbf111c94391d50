//! Random streams, each a function of the seed and of what it is for.

use rand::{RngCore, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// What a stream is for. None is one of the engine's, whose tags are others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Which interactions are held out for gates.
    HeldOut,
    /// The order of these in an epoch.
    Order,
    /// The items of a batch of them that their users have not.
    Negatives,
}

pub(crate) fn stream(seed: u64, purpose: Purpose, epoch: u32, batch: u64) -> Xoshiro256PlusPlus {
    let mix = |x: u64| SplitMix64::seed_from_u64(x).next_u64();
    let parts = [301 + purpose as u64, u64::from(epoch), batch];
    Xoshiro256PlusPlus::seed_from_u64(
        parts.into_iter().fold(seed, |key, part| mix(mix(key) ^ part)),
    )
}
