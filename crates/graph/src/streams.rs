//! Random streams, each a function of the seed and of what it is for.

use foretaste_mf::dense;
use rand_xoshiro::Xoshiro256PlusPlus;

pub(crate) use foretaste_mf::dense::some_of;

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
    dense::key(seed, 201 + purpose as u64, epoch, batch)
}

pub(crate) fn stream(seed: u64, purpose: Purpose, epoch: u32, batch: u64) -> Xoshiro256PlusPlus {
    dense::stream(seed, 201 + purpose as u64, epoch, batch)
}
