//! One choice of the instruction set for a whole block of work.

use pulp::{Simd, WithSimd};
use std::sync::LazyLock;

/// Where AVX-512 counts.
#[cfg(not(all(debug_assertions, target_arch = "x86_64")))]
#[inline]
pub(crate) fn run<W: WithSimd>(work: W) -> W::Output {
    static ARCH: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);
    ARCH.dispatch(work)
}

/// Tests do without AVX-512, which is a third of all that they would compile: the bits are the same.
#[cfg(all(debug_assertions, target_arch = "x86_64"))]
#[inline]
pub(crate) fn run<W: WithSimd>(work: W) -> W::Output {
    static SIMD: LazyLock<Option<pulp::x86::V3>> = LazyLock::new(pulp::x86::V3::try_new);
    match *SIMD {
        Some(simd) => Simd::vectorize(simd, work),
        None => pulp::Scalar.vectorize(work),
    }
}

/// Runs `work` compiled for the best instruction set of this machine.
///
/// All that `work` calls must be `#[inline(always)]` to be compiled along with it. The choice
/// costs some ten nanoseconds: make it once per block of work, not per vector.
#[inline]
pub fn dispatch<R>(work: impl FnOnce() -> R) -> R {
    run(work)
}

/// A block of work that is compiled in more ways where the machine has long vectors: on others that
/// would take longer to build than it is worth.
pub trait Work {
    /// What comes of it.
    type Output;

    /// Does the work; must be `#[inline(always)]`, as all that it calls.
    fn run<const VECTORS: bool>(self) -> Self::Output;
}

/// [`dispatch`] of work that is told whether there are vectors beyond the least that every machine
/// of its kind has.
#[inline]
pub fn dispatch_work<W: Work>(work: W) -> W::Output {
    run(Told(work))
}

struct Told<W>(W);

impl<W: Work> WithSimd for Told<W> {
    type Output = W::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> W::Output {
        if S::IS_SCALAR { self.0.run::<false>() } else { self.0.run::<true>() }
    }
}
