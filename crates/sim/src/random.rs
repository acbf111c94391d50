//! Random streams keyed by seed, purpose and index.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// What a stream is for: no two purposes share numbers.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Purpose {
    Genres = 1,
    UserTaste,
    ItemTaste,
    Popularity,
    Activity,
    Relevance,
    Exposure,
    Labels,
    Clock,
    Titles,
    UserFlips,
    InitialFactors,
    Batches,
    UserLists,
    ItemLists,
    Levels,
    HeldOut,
}

/// A stream of random numbers (xoshiro256++).
#[derive(Clone, Debug)]
pub(crate) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of (`seed`, `purpose`, `index`).
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let key = mix(mix(mix(seed) ^ purpose as u64) ^ index);
        Self(Xoshiro256PlusPlus::seed_from_u64(key))
    }

    /// Uniform on [0, 1), a multiple of 2⁻⁵³.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A seed for streams of its own.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform on 0..`n`, with a bias below `n`/2⁶⁴ (Lemire's product without the rejection).
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Standard normal (Box and Muller's transform; one of the pair is left unused).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Puts `values` into random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// One step of SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number
/// generators*, OOPSLA 2014).
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mix_is_splitmix64() {
        // The first two outputs for the seed 0, as published with the algorithm.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_index() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index).uniform();
        let one = first(1, Purpose::Exposure, 0);
        assert_eq!(one, first(1, Purpose::Exposure, 0));
        assert_ne!(one, first(2, Purpose::Exposure, 0));
        assert_ne!(one, first(1, Purpose::Relevance, 0));
        assert_ne!(one, first(1, Purpose::Exposure, 1));
    }

    #[test]
    fn normals_have_mean_0_and_variance_1() {
        let mut stream = Stream::new(1, Purpose::UserTaste, 0);
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let square = draws.iter().map(|x| x * x).sum::<f64>() / n as f64;
        // 5 standard errors: sd 1 of a normal, sd √2 of its square.
        let error = 5.0 / (n as f64).sqrt();
        assert!(mean.abs() < error, "{mean}");
        assert!((square - 1.0).abs() < error * std::f64::consts::SQRT_2, "{square}");
    }
}
