//! The page that shows what a model does.
//!
//! It asks the routes that everybody asks. Nothing of it comes from elsewhere, and nothing in it may.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, Response};

/// What a browser may load and do.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn page() -> Response<Body> {
    file("text/html; charset=utf-8", include_str!("explorer/explorer.html"))
}

pub(crate) async fn script() -> Response<Body> {
    file("text/javascript; charset=utf-8", include_str!("explorer/explorer.js"))
}

pub(crate) async fn style() -> Response<Body> {
    file("text/css; charset=utf-8", include_str!("explorer/explorer.css"))
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
