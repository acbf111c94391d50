//! One random stream a user, or a thing like a user.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// The stream of one user, or of another thing that is counted, under one seed.
pub(crate) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    pub(crate) fn new(seed: u64, user: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(seed ^ mix(user.wrapping_add(GOLDEN)))))
    }

    /// `0..n` in random order, or by time with ties in random order.
    pub(crate) fn shuffled(&mut self, n: usize, times: Option<&[i64]>) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        for at in (1..n).rev() {
            order.swap(at, self.below(at as u64 + 1) as usize);
        }
        if let Some(times) = times {
            order.sort_by_key(|&at| times[at as usize]);
        }
        order
    }

    /// A number below `bound`, each as likely (Lemire 2019). Written out, so that splits do not
    /// change with a version of `rand`.
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of SplitMix64.
fn mix(mut key: u64) -> u64 {
    key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}
