//! The routes, and how requests are read and answers written.

#![allow(
    unused_qualifications,
    reason = "utoipa's attributes name the types of parameters by their paths"
)]

mod explain;
mod items;
mod model;
mod recommend;
mod users;

use crate::error::Refusal;
use crate::explorer;
use crate::layers;
use crate::openapi;
use crate::state::State;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use axum::{Router, middleware};
use foretaste::data::printable_json;
use foretaste::model::FoldInError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

pub(crate) use explain::*;
pub(crate) use items::*;
pub(crate) use model::*;
pub(crate) use recommend::*;
pub(crate) use users::*;

/// What every handler has.
pub(crate) type Shared = Arc<State>;
/// An answer, or what is wrong.
pub(crate) type Answer = Result<Response<Body>, Refusal>;

/// Items of a list.
pub(crate) const MOST_K: usize = 1000;
/// Users of a request.
pub(crate) const MOST_USERS: usize = 256;
/// Items of all lists of a request.
pub(crate) const MOST_PLACES: usize = 32_000;
/// Items of a posted history.
pub(crate) const MOST_HISTORY: usize = 1000;
/// Ids of a request to list or not to.
pub(crate) const MOST_IDS: usize = 10_000;
/// Users or items that a search finds.
pub(crate) const MOST_FOUND: usize = 20;

/// All routes, in their layers: the outermost last.
pub(crate) fn router(state: &Shared) -> Router {
    let layer = |router: Router<Shared>| {
        router
            .layer(DefaultBodyLimit::max(state.options.max_body))
            .route_layer(middleware::from_fn_with_state(Arc::clone(state), layers::admit))
    };
    let work = layer(
        Router::new()
            .route("/v1/recommend", post(recommend::recommend))
            .route("/v1/explain", post(explain::explain))
            .route("/v1/users", get(users::find_users))
            .route("/v1/users/{id}/recommendations", get(recommend::recommendations))
            .route("/v1/users/{id}/history", get(users::history))
            .route("/v1/items", get(items::find_items))
            .route("/v1/items/{id}/similar", get(items::similar))
            .route("/v1/model", get(model::model)),
    );
    let guarded = work.route("/v1/admin/reload", post(model::reload));
    let guarded = match state.options.metrics_open {
        true => guarded,
        false => guarded.route("/metrics", get(model::metrics)),
    };
    let guard = middleware::from_fn_with_state(Arc::clone(state), layers::guard);
    let open = match state.options.metrics_open {
        true => Router::new().route("/metrics", get(model::metrics)),
        false => Router::new(),
    };
    let open = open
        .route("/healthz", get(model::alive))
        .route("/readyz", get(model::ready))
        .route("/openapi.json", get(openapi::serve))
        .route("/", get(explorer::page))
        .route("/explorer.js", get(explorer::script))
        .route("/explorer.css", get(explorer::style))
        .route("/favicon.ico", get(explorer::icon));
    let all = guarded
        .route_layer(guard)
        .merge(open)
        .fallback(layers::no_route)
        .method_not_allowed_fallback(layers::no_method);
    let all = match layers::cors(&state.options.cors) {
        Some(cors) => all.layer(cors),
        None => all,
    };
    all.layer(layers::catch_panics())
        .layer(middleware::from_fn_with_state(Arc::clone(state), layers::observe))
        .with_state(Arc::clone(state))
}

/// An answer in JSON, from text that is JSON.
pub(crate) fn json_text(text: String) -> Response<Body> {
    json_body(Body::from(text))
}

/// The same, of text that is a body already.
pub(crate) fn json_body(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// An answer in JSON.
pub(crate) fn json(value: &impl Serialize) -> Response<Body> {
    json_text(printable_json(serde_json::to_string(value).expect("answers are plain data")))
}

/// The body of a request, in JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refusal::new(status, "unsupported_media_type", "the body is to be JSON")
                .help("send the header Content-Type: application/json"));
        }
        // Whoever says first how much will come is not waited for.
        let said = request.headers().get(CONTENT_LENGTH).and_then(|said| said.to_str().ok());
        let said: usize = said.and_then(|said| said.parse().ok()).unwrap_or(0);
        if said > state.options.max_body {
            return Err(too_large());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn unread(rejection: BytesRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Refusal::bad("the body did not arrive whole").help("send it again"),
    }
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too long")
        .help("--max-body says how many bytes the server takes")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => "$".to_owned(),
            path => format!("$.{path}"),
        };
        let message = error.inner().to_string();
        let refusal = Refusal::bad(&message).at(path);
        match message.contains("expected a string") {
            true => refusal.help("ids are texts, also those that are numbers: \"196\""),
            false => refusal.help("/openapi.json says what a request may have"),
        }
    })?;
    let end = json.end().map_err(|error| Refusal::bad(error).at("$"));
    end.map_err(|refusal| refusal.help("a body is one object, and nothing behind it"))?;
    Ok(parsed)
}

/// People whom the model can't fold in.
pub(crate) fn cannot_fold(error: &FoldInError) -> Refusal {
    Refusal::bad(error).at("$.history").help("bpr, ials and most others can; GET /v1/model says it")
}

/// The id in a path.
#[derive(Debug)]
pub(crate) struct Id(pub(crate) String);

impl FromRequestParts<Shared> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        let path: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        let wrong = |rejection: PathRejection| Refusal::bad(rejection.body_text()).at("id");
        path.map(|Path(id)| Self(id)).map_err(wrong)
    }
}

/// Parameters behind the question mark.
#[derive(Debug)]
pub(crate) struct Said<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Said<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let wrong = |rejection: QueryRejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            Refusal::bad(text).help("/openapi.json says what a request may have")
        };
        query.map(|Query(said)| Self(said)).map_err(wrong)
    }
}

/// A number within bounds; `path` is where it stands.
pub(crate) fn within(
    path: &str,
    value: Option<usize>,
    usual: usize,
    most: usize,
) -> Result<usize, Refusal> {
    let name = path.trim_start_matches("$.");
    match value {
        None => Ok(usual),
        Some(value) if (1..=most).contains(&value) => Ok(value),
        Some(value) => {
            let message = format_args!("{name} is from 1 to {most}, not {value}");
            Err(Refusal::bad(message)
                .at(path)
                .help(format_args!("it is {usual} if nothing is said")))
        }
    }
}

/// A list of ids that is not too long.
pub(crate) fn at_most(name: &str, ids: &[String], most: usize) -> Result<(), Refusal> {
    match ids.len() <= most {
        true => Ok(()),
        false => Err(Refusal::bad(format_args!("{} ids, of which {most} may be", ids.len()))
            .at(format_args!("$.{name}"))
            .help("ask several times")),
    }
}
