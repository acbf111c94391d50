//! The page that shows what a model does.
//!
//! It asks the routes that everybody asks. Nothing of it comes from elsewhere, and nothing in it may. Its script is
//! one module of several files, put together when the server is compiled: there is no step to build it.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, Response, StatusCode};

/// What a browser may load and do.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = concat!(
    include_str!("explorer/script/nodes.js"),
    include_str!("explorer/script/server.js"),
    include_str!("explorer/script/place.js"),
    include_str!("explorer/script/finding.js"),
    include_str!("explorer/script/lists.js"),
    include_str!("explorer/script/views.js"),
);

pub(crate) async fn page() -> Response<Body> {
    file("text/html; charset=utf-8", include_str!("explorer/explorer.html"))
}

pub(crate) async fn script() -> Response<Body> {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn style() -> Response<Body> {
    file("text/css; charset=utf-8", include_str!("explorer/explorer.css"))
}

/// There is no picture for it.
pub(crate) async fn icon() -> StatusCode {
    StatusCode::NO_CONTENT
}

fn file(kind: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        // Of the next version, the browser asks again.
        (CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
