//! `pmaddwd`, which the compiler finds only for the oldest instruction set: pulp's safe functions.

use super::{GROUP, Hit, Items, Multiply, PANEL, Pair, Products, Scan, Users};
use pulp::x86::{V3, V4};
use pulp::{Arch, cast};
use std::arch::x86_64::_CMP_GE_OQ;
use std::sync::LazyLock;

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// False if this machine has neither AVX2 nor AVX-512.
pub(super) fn scan(users: Users<'_>, items: Items<'_>, hits: &mut Vec<Hit>) -> bool {
    match *ARCH {
        Arch::V4(simd) => simd.vectorize(Scan { with: simd, users, items, hits }),
        Arch::V3(simd) => simd.vectorize(Scan { with: simd, users, items, hits }),
        _ => return false,
    }
    true
}

impl Multiply for V4 {
    /// 16 sums of 16 numbers, all in registers: half of the 32 that there are.
    #[inline(always)]
    fn multiply(self, users: &[[Pair; GROUP]], items: &[[Pair; PANEL]]) -> Products {
        let (foundation, bytes_and_words) = (self.avx512f, self.avx512bw);
        let mut sums = [[foundation._mm512_set1_epi32(0); 2]; GROUP];
        for (users, items) in users.iter().zip(items) {
            let (vectors, _) = items.as_chunks::<16>();
            let items = [cast(vectors[0]), cast(vectors[1])];
            for (sums, user) in sums.iter_mut().zip(users) {
                let user = foundation._mm512_set1_epi32(cast(*user));
                for (sum, items) in sums.iter_mut().zip(items) {
                    let products = bytes_and_words._mm512_madd_epi16(user, items);
                    *sum = foundation._mm512_add_epi32(*sum, products);
                }
            }
        }
        cast(sums)
    }

    #[inline(always)]
    fn reached(
        self,
        products: &[i32; PANEL],
        scale: f32,
        bias: &[f32; PANEL],
        threshold: f32,
    ) -> u32 {
        let (products, bias): ([_; 2], [_; 2]) = (cast(*products), cast(*bias));
        let (scale, threshold) =
            (self.avx512f._mm512_set1_ps(scale), self.avx512f._mm512_set1_ps(threshold));
        let reached = |n: usize| {
            let scores = self.avx512f._mm512_cvtepi32_ps(products[n]);
            let scores = self.avx512f._mm512_mul_ps(scores, scale);
            let scores = self.avx512f._mm512_add_ps(scores, bias[n]);
            u32::from(self.avx512f._mm512_cmp_ps_mask::<_CMP_GE_OQ>(scores, threshold))
        };
        reached(0) | reached(1) << 16
    }
}

impl Multiply for V3 {
    /// 8 sums of 8 numbers at a time, half of the 16 registers: quarter by quarter.
    #[inline(always)]
    fn multiply(self, users: &[[Pair; GROUP]], items: &[[Pair; PANEL]]) -> Products {
        const HALF: usize = GROUP / 2;
        let mut products = [[0; PANEL]; GROUP];
        for first in [0, HALF] {
            for half in [0, 1] {
                let mut sums = [[self.avx._mm256_set1_epi32(0); 2]; HALF];
                for (users, items) in users.iter().zip(items) {
                    // Vector by vector: an array that is cast as a whole goes through memory.
                    let (vectors, _) = items.as_chunks::<8>();
                    let items = [cast(vectors[2 * half]), cast(vectors[2 * half + 1])];
                    for (sums, user) in sums.iter_mut().zip(&users[first..first + HALF]) {
                        let user = self.avx._mm256_set1_epi32(cast(*user));
                        for (sum, items) in sums.iter_mut().zip(items) {
                            let products = self.avx2._mm256_madd_epi16(user, items);
                            *sum = self.avx2._mm256_add_epi32(*sum, products);
                        }
                    }
                }
                for (products, sums) in products[first..].iter_mut().zip(sums) {
                    let sums: [i32; PANEL / 2] = cast(sums);
                    products[half * PANEL / 2..][..PANEL / 2].copy_from_slice(&sums);
                }
            }
        }
        products
    }

    #[inline(always)]
    fn reached(
        self,
        products: &[i32; PANEL],
        scale: f32,
        bias: &[f32; PANEL],
        threshold: f32,
    ) -> u32 {
        let (products, bias): ([_; 4], [_; 4]) = (cast(*products), cast(*bias));
        let (scale, threshold) =
            (self.avx._mm256_set1_ps(scale), self.avx._mm256_set1_ps(threshold));
        let reached = |n: usize| {
            let scores = self.avx._mm256_cvtepi32_ps(products[n]);
            let scores = self.avx._mm256_mul_ps(scores, scale);
            let scores = self.avx._mm256_add_ps(scores, bias[n]);
            let reached = self.avx._mm256_cmp_ps::<_CMP_GE_OQ>(scores, threshold);
            (self.avx._mm256_movemask_ps(reached) as u32) << (8 * n)
        };
        reached(0) | reached(1) | reached(2) | reached(3)
    }
}
