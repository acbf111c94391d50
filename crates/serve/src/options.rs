//! How a server is set.

use crate::layers::Token;
use axum::http::HeaderValue;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// What is served.
#[derive(Clone, Debug)]
pub struct Files {
    /// The model file.
    pub model: PathBuf,
    /// A file of item titles.
    pub titles: Option<PathBuf>,
    /// A table of attributes of items, to filter by.
    pub attributes: Option<PathBuf>,
}

/// How it is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where requests come in; port 0 is any that is free.
    pub addr: SocketAddr,
    /// What whoever asks has to show.
    pub token: Option<Token>,
    /// Whether an address that others can reach may go without a token.
    pub insecure: bool,
    /// How often the files are looked at; never, if zero.
    pub watch: Duration,
    /// Bytes of a body.
    pub max_body: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// Requests that are answered at once.
    pub max_inflight: usize,
    /// Pages of which origins may ask.
    pub cors: Vec<HeaderValue>,
    /// Whether figures are told without a token.
    pub metrics_open: bool,
    /// How long requests that are under way have when the server ends.
    pub drain: Duration,
    /// Threads that find lists; 0 for one a core.
    pub threads: usize,
    /// Takes lines that are for people: another model, what went wrong.
    pub say: fn(&str),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            token: None,
            insecure: false,
            watch: Duration::from_secs(2),
            max_body: 1 << 20,
            timeout: Duration::from_secs(2),
            max_inflight: 256,
            cors: Vec::new(),
            metrics_open: false,
            drain: Duration::from_secs(10),
            threads: 0,
            say: |_| {},
        }
    }
}
