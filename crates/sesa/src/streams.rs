//! Random streams, each a function of the seed and of what it is for.

/// What a stream is for. None is one of another trainer's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The order of the users of an epoch.
    Order,
    /// Which of a user's items are foretold by the others.
    Split,
    /// Items that stand for all.
    Shared,
    /// Items that are taken for new.
    New,
    /// The first weights of the encoder.
    Encoder,
}

impl Purpose {
    /// Its number in a key.
    pub(crate) fn number(self) -> u64 {
        301 + self as u64
    }
}
