//! Random numbers, each a function of a key.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A mix of 64 bits, of which each depends on all that are given (SplitMix64's).
pub fn hash(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The key of a purpose in a batch of an epoch. A purpose is a number that no other trainer has.
pub fn key(seed: u64, purpose: u64, epoch: u32, batch: u64) -> u64 {
    [purpose, u64::from(epoch), batch].into_iter().fold(seed, |key, part| hash(hash(key) ^ part))
}

/// The stream of such a key.
pub fn stream(seed: u64, purpose: u64, epoch: u32, batch: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(key(seed, purpose, epoch, batch))
}

/// `count` of 0..n, ascending; all, if there are no more.
pub fn some_of(n: usize, count: usize, rng: &mut impl Rng) -> Vec<u32> {
    if count >= n {
        return (0..n as u32).collect();
    }
    let mut some: Vec<u32> =
        rand::seq::index::sample(rng, n, count).into_iter().map(|at| at as u32).collect();
    some.sort_unstable();
    some
}
