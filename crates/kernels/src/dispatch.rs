//! One choice of the instruction set for a whole block of work.

use pulp::{Arch, Simd, WithSimd};
use std::sync::LazyLock;

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs `work` compiled for the best instruction set of this machine.
///
/// All that `work` calls must be `#[inline(always)]` to be compiled along with it. The choice
/// costs some ten nanoseconds: make it once per block of work, not per vector.
#[inline]
pub fn dispatch<R>(work: impl FnOnce() -> R) -> R {
    ARCH.dispatch(work)
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
    ARCH.dispatch(Told(work))
}

struct Told<W>(W);

impl<W: Work> WithSimd for Told<W> {
    type Output = W::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> W::Output {
        if S::IS_SCALAR { self.0.run::<false>() } else { self.0.run::<true>() }
    }
}
