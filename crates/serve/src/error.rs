//! What a request is told that can't be answered, and why a server does not start.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use foretaste::data::printable_json;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use utoipa::ToSchema;

/// Why a server does not start, or ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model can't be read.
    #[error(transparent)]
    Model(#[from] foretaste::Error),
    /// The titles or attributes can't be read.
    #[error(transparent)]
    Table(#[from] foretaste::io::Error),
    /// A file that has nothing to say of the model's items.
    #[error("{file}: {reason}", file = .file.display())]
    Strange {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody is to be kept out of what the whole network can reach.
    #[error("{0} can be reached from other machines, and there is no token")]
    Open(SocketAddr),
    /// The address is taken, or none of this machine's.
    #[error("{addr}: {}", reason(.source))]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused threads or files.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The system refused threads.
    #[error(transparent)]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Why the system refuses something, for people.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "somebody listens there already".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        io::ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
        io::ErrorKind::PermissionDenied => "the system does not allow it".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_owned()
        }
    }
}

/// An answer that tells what is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Problem,
}

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Problem {
    /// A word for programs, e.g. `unknown_user`.
    code: String,
    /// What is wrong.
    message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Where in the request: a JSON path, e.g. `$.users[3]`, or the name of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// The body of every answer that is no success.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: Problem,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Display) -> Self {
        let (code, message) = (code.to_owned(), message.to_string());
        Self { status, problem: Problem { code, message, help: None, path: None } }
    }

    pub(crate) fn bad(message: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server made a mistake")
            .help("it is told on the server's stderr; please report it")
    }

    /// More is asked for than can be done.
    pub(crate) fn overloaded() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "too many requests at once")
            .help("ask again after a second; --max-inflight says how many are taken")
    }

    pub(crate) fn timeout() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "there was no answer in time")
            .help("ask for less, or again after a second; --timeout says how long is waited")
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Display) -> Self {
        self.problem.help = Some(help.to_string());
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, path: impl Display) -> Self {
        self.problem.path = Some(path.to_string());
        self
    }

    /// Whether it is about a user or an item that the model does not know.
    pub(crate) fn is_unknown(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }
}

impl From<Refusal> for Response<Body> {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, problem } = refusal;
        let body = serde_json::to_string(&ErrorBody { error: problem });
        let body = printable_json(body.expect("a problem is plain data"));
        let mut response = Self::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        self.into()
    }
}
