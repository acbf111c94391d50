//! One choice of the instruction set for a whole block of work.

use pulp::Arch;
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
