//! What stands around every handler: who may ask, how many at once, for how long, and what is counted.

use crate::api::Shared;
use crate::error::Refusal;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};
use std::any::Any;
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long a page of another origin may remember what it may ask.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// What whoever asks has to show. Its hash is kept, so that comparing tells nothing of its length either.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    fn is(&self, shown: &[u8]) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        shown.ct_eq(&self.0).into()
    }
}

/// Without what it is.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Lets those in who show the token, if there is one.
pub(crate) async fn guard(
    State(state): State<Shared>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let may = state
        .options
        .token
        .as_ref()
        .is_none_or(|token| shown(request.headers()).is_some_and(|shown| token.is(shown)));
    if may {
        return next.run(request).await;
    }
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", "no token, or a wrong one")
        .help("send the header Authorization: Bearer TOKEN, or X-API-Key: TOKEN")
        .into()
}

fn shown(headers: &HeaderMap) -> Option<&[u8]> {
    let of_bearer = |value: &'_ HeaderValue| -> Option<usize> {
        let kind = value.as_bytes().get(..7)?;
        kind.eq_ignore_ascii_case(b"Bearer ").then_some(7)
    };
    let bearer = headers.get(AUTHORIZATION);
    let bearer = bearer.and_then(|value| Some(&value.as_bytes()[of_bearer(value)?..]));
    bearer.or_else(|| headers.get(API_KEY).map(HeaderValue::as_bytes)).map(<[u8]>::trim_ascii)
}

/// Takes as many requests as there are permits, and gives each as much time as there is.
pub(crate) async fn admit(
    State(state): State<Shared>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let Ok(_permit) = state.permits.try_acquire() else {
        state.metrics.shed.inc();
        return Refusal::overloaded().into();
    };
    match tokio::time::timeout(state.options.timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            state.metrics.timeouts.inc();
            Refusal::timeout().into()
        }
    }
}

/// Counts the request, and gives the answer the number that the request came with.
pub(crate) async fn observe(
    State(state): State<Shared>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let start = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, id) = (request.method().clone(), request.headers().get(REQUEST_ID).cloned());
    let mut response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or("-");
        (state.options.say)(&format!("500 for {method} {route}, request {id}"));
    }
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let no_sniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, no_sniff);
    state.metrics.request(route, &method, response.status(), start.elapsed());
    response
}

/// What is told of a panic.
type Tell = fn(Box<dyn Any + Send>) -> Response<Body>;

/// What panics is an answer like any other.
pub(crate) fn catch_panics() -> CatchPanicLayer<Tell> {
    CatchPanicLayer::custom(|_: Box<dyn Any + Send>| Refusal::internal().into())
}

/// Pages of these origins may ask. It stands before whoever guards: a browser asks for leave without a token.
pub(crate) fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let cors = CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, API_KEY, CONTENT_TYPE, REQUEST_ID])
        .expose_headers([REQUEST_ID])
        .max_age(PREFLIGHT);
    Some(cors)
}

pub(crate) async fn no_route() -> impl IntoResponse {
    Refusal::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
        .help("/openapi.json has what there is")
}

pub(crate) async fn no_method() -> impl IntoResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Refusal::new(status, "method_not_allowed", "this address takes another method")
        .help("/openapi.json has what there is")
}
