//! How a question gets to a server, and what comes back.

use crate::Secret;

/// Brings a question to a server.
pub trait Transport: Sync {
    /// Posts JSON to a path of the server, as `/embeddings`, and waits for the answer.
    ///
    /// # Errors
    /// [`Failure`] if there is none.
    fn post(&self, path: &str, body: &[u8]) -> Result<Reply, Failure>;

    /// Whether there is a server at all: if not, what the cache lacks is told before anything is asked.
    fn reaches_out(&self) -> bool {
        true
    }

    /// The key that it sends, which must not be seen anywhere.
    fn key(&self) -> Option<&Secret> {
        None
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The status of HTTP.
    pub status: u16,
    /// Header `Retry-After`.
    pub retry_after: Option<String>,
    /// Header `Date`: what a date in `Retry-After` is compared with.
    pub date: Option<String>,
    /// Header `Location`.
    pub location: Option<String>,
    /// Header `Content-Type`.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer of status 200.
    pub fn ok(body: Vec<u8>) -> Self {
        Self { status: 200, body, ..Self::default() }
    }

    /// An answer of another status.
    pub fn of_status(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, ..Self::default() }
    }
}

/// No answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The server can't be reached.
    #[error("{0}")]
    Unreachable(String),
    /// It took too long.
    #[error("no answer within {seconds} s")]
    TimedOut {
        /// How long was waited.
        seconds: u64,
    },
    /// The body ended early.
    #[error("the answer is cut short: {0}")]
    Cut(String),
    /// The body is longer than any answer.
    #[error("the answer is larger than {limit} B")]
    TooLarge {
        /// What is read at most.
        limit: u64,
    },
    /// There is no server.
    #[error("offline")]
    Offline,
}

/// No server: everything has to be in the cache.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Transport for Offline {
    fn post(&self, _path: &str, _body: &[u8]) -> Result<Reply, Failure> {
        Err(Failure::Offline)
    }

    fn reaches_out(&self) -> bool {
        false
    }
}
