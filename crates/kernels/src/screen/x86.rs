//! `pmaddubsw`: pulp's safe functions.

use super::{Exact, Hit, Items, Reach, Screen, Users};
use crate::scan::{GROUP, PANEL};
use pulp::x86::{V3, V4};
use pulp::{Arch, cast};
use std::array::from_fn;
use std::sync::LazyLock;

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

pub(super) fn screen<'a, E: Exact<'a>>(
    users: Users<'_>,
    items: Items<'_, E>,
    hits: &mut Vec<Hit>,
) -> Option<usize> {
    match *ARCH {
        Arch::V4(simd) => Some(simd.vectorize(Screen { with: simd, users, items, hits })),
        Arch::V3(simd) => Some(simd.vectorize(Screen { with: simd, users, items, hits })),
        _ => None,
    }
}

impl Reach for V4 {
    /// A panel is a vector.
    #[inline(always)]
    fn reached(self, users: &Users<'_>, items: &[[[u8; 2]; PANEL]]) -> [u32; GROUP] {
        let (foundation, words) = (self.avx512f, self.avx512bw);
        let mut sums = users.offset.map(|offset| foundation._mm512_set1_epi16(offset));
        for (users, items) in users.rows.iter().zip(items) {
            let items = cast(*items);
            for (sum, user) in sums.iter_mut().zip(users) {
                let products =
                    words._mm512_maddubs_epi16(items, foundation._mm512_set1_epi32(cast(*user)));
                *sum = words._mm512_add_epi16(*sum, products);
            }
        }
        from_fn(|n| {
            words._mm512_cmpgt_epi16_mask(sums[n], foundation._mm512_set1_epi16(users.bar[n]))
        })
    }
}

impl Reach for V3 {
    /// 8 sums of 16 numbers at a time, half of the 16 registers: a half of the users, then the other.
    #[inline(always)]
    fn reached(self, users: &Users<'_>, items: &[[[u8; 2]; PANEL]]) -> [u32; GROUP] {
        const HALF: usize = GROUP / 2;
        let mut reached = [0; GROUP];
        for first in [0, HALF] {
            let mut sums: [_; HALF] =
                from_fn(|n| [self.avx._mm256_set1_epi16(users.offset[first + n]); 2]);
            for (users, items) in users.rows.iter().zip(items) {
                // Vector by vector: an array that is cast as a whole goes through memory.
                let (vectors, _) = items.as_chunks::<{ PANEL / 2 }>();
                let items = [cast(vectors[0]), cast(vectors[1])];
                for (sums, user) in sums.iter_mut().zip(&users[first..first + HALF]) {
                    let user = self.avx._mm256_set1_epi32(cast(*user));
                    for (sum, items) in sums.iter_mut().zip(items) {
                        let products = self.avx2._mm256_maddubs_epi16(items, user);
                        *sum = self.avx2._mm256_add_epi16(*sum, products);
                    }
                }
            }
            for (n, sums) in sums.into_iter().enumerate() {
                let bar = self.avx._mm256_set1_epi16(users.bar[first + n]);
                let above = sums.map(|sums| self.avx2._mm256_cmpgt_epi16(sums, bar));
                // Packing takes quarters in turn.
                let above = self.avx2._mm256_packs_epi16(above[0], above[1]);
                let above = self.avx2._mm256_permute4x64_epi64::<0b11_01_10_00>(above);
                reached[first + n] = self.avx2._mm256_movemask_epi8(above) as u32;
            }
        }
        reached
    }
}
