//! An agent of ureq that follows nothing and waits for nothing without end.

use std::io;
use std::time::Duration;

use foretaste_files::plain;
use ureq::http::Response;
use ureq::{Agent, Body};

/// How long is waited, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the host's address and a connection, each.
    pub connect: Duration,
    /// For each of the other steps: a request sent, the head of its answer, a piece of the body.
    pub silence: Duration,
    /// For all of it, if there is a limit.
    pub whole: Option<Duration>,
}

impl Timeouts {
    /// As long as something comes, in the end all of it may.
    pub fn of_silence(silence: Duration) -> Self {
        Self { connect: silence, silence, whole: None }
    }
}

/// What asks; by the environment's proxy, if that is said and there is one.
pub fn agent(timeouts: Timeouts, proxied: bool) -> Agent {
    let Timeouts { connect, silence, whole } = timeouts;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .accept_encoding("identity")
        .user_agent(concat!("foretaste/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_send_request(Some(silence))
        .timeout_recv_response(Some(silence))
        .timeout_per_read(Some(silence))
        .timeout_global(whole);
    let config = if proxied { config } else { config.proxy(None) };
    config.build().into()
}

/// A header as text.
pub fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// Whether reading ended because nothing came.
pub fn is_timeout(error: &io::Error) -> bool {
    let kind = matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock);
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    kind || inner.is_some_and(|inner| match inner {
        ureq::Error::Timeout(_) => true,
        ureq::Error::Io(error) => is_timeout(error),
        _ => false,
    })
}

/// What keeps an answer from coming; nothing if it is that nothing came in time.
pub fn said(error: &ureq::Error) -> Option<String> {
    match error {
        ureq::Error::Timeout(_) => None,
        ureq::Error::Io(error) if is_timeout(error) => None,
        ureq::Error::Io(error) => Some(plain(error)),
        ureq::Error::HostNotFound => Some("there is no such host".to_owned()),
        other => Some(other.to_string()),
    }
}
