//! The model itself, and the server's own state.

use super::{Answer, MOST_HISTORY, MOST_IDS, MOST_K, MOST_PLACES, MOST_USERS, Shared, json};
use crate::error::{ErrorBody, Refusal};
use crate::reload::Reloaded;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What is served.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ModelFacts {
    /// The fingerprint of the model: the checksum that its file has.
    model: String,
    /// The method, e.g. `bpr`.
    method: String,
    /// The parameters of the training.
    #[schema(value_type = Object)]
    parameters: Value,
    /// What came of the training: epochs, loss, metrics.
    #[schema(value_type = Object)]
    training: Value,
    /// The fingerprint of the data of the training.
    data: String,
    /// The version of foretaste that wrote the file.
    version: String,
    /// Number of users.
    users: usize,
    /// Number of items.
    items: usize,
    /// Number of interactions of the training.
    interactions: usize,
    /// When it was loaded.
    #[schema(format = DateTime)]
    loaded: String,
    /// Number of titles.
    titles: usize,
    /// What can be filtered by.
    attributes: Vec<String>,
    /// What the method can do.
    can: Can,
    /// What a request may ask for.
    limits: Limits,
}

/// What a method can do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Can {
    /// Lists for people whom the training has not seen.
    fold_in: bool,
    /// Items like an item.
    similar: bool,
    /// Say what scores are made of.
    explain: bool,
}

/// What a request may ask for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Limits {
    /// Items of a list.
    k: usize,
    /// Users of a request.
    users: usize,
    /// Items of all lists of a request.
    places: usize,
    /// Items of a posted history.
    history: usize,
    /// Ids to list or not to.
    ids: usize,
}

/// What came of looking for another model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReloadResult {
    /// The fingerprint of the model that is served now.
    model: String,
    /// Whether it is another one than before.
    changed: bool,
}

/// How the server is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Status {
    /// `ok`
    status: String,
}

/// What is served.
#[utoipa::path(get, path = "/v1/model", tag = "model", responses(
    (status = 200, description = "what is served", body = ModelFacts),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 503, description = "too many requests at once", body = ErrorBody),
))]
pub(crate) async fn model(State(state): State<Shared>) -> Answer {
    let loaded = state.loaded();
    let (model, info) = (&loaded.recommender, loaded.recommender.info());
    let attributes = loaded.attributes.iter().flat_map(|attributes| attributes.names());
    Ok(json(&ModelFacts {
        model: loaded.fingerprint.clone(),
        method: info.method.clone(),
        parameters: info.parameters.clone(),
        training: info.training.clone(),
        data: info.data.clone(),
        version: info.version.clone(),
        users: model.users().len(),
        items: model.items().len(),
        interactions: model.seen().nnz(),
        loaded: humantime::format_rfc3339_seconds(loaded.at).to_string(),
        titles: loaded.titles.as_ref().map_or(0, |titles| titles.len()),
        attributes: attributes.map(str::to_owned).collect(),
        can: Can {
            fold_in: loaded.can.fold_in,
            similar: loaded.can.similar,
            explain: loaded.can.explain,
        },
        limits: Limits {
            k: MOST_K,
            users: MOST_USERS,
            places: MOST_PLACES,
            history: MOST_HISTORY,
            ids: MOST_IDS,
        },
    }))
}

/// Reads the files again, now. What can't be read leaves the model that there is.
#[utoipa::path(post, path = "/v1/admin/reload", tag = "model", responses(
    (status = 200, description = "what is served now", body = ReloadResult),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 500, description = "the files can't be used; the model stays what it is", body = ErrorBody),
    (status = 503, description = "too many wait for the files to be read", body = ErrorBody),
))]
pub(crate) async fn reload(State(state): State<Shared>) -> Answer {
    let all = state.clone();
    // Reading takes seconds and waits for the disk: neither a thread of the runtime nor one of the pool.
    let reloaded = tokio::task::spawn_blocking(move || all.reload()).await;
    let reloaded = reloaded.map_err(|_| Refusal::internal())?.map_err(|error| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Refusal::new(status, "reload_failed", error).help("the model stays what it is")
    })?;
    let changed = match reloaded {
        Reloaded::Same => false,
        Reloaded::Changed => true,
        Reloaded::Busy => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(Refusal::new(status, "reloading", "others wait for the files to be read"));
        }
    };
    Ok(json(&ReloadResult { model: state.loaded().fingerprint.clone(), changed }))
}

/// Whether the server is alive.
#[utoipa::path(get, path = "/healthz", tag = "server", security(()), responses(
    (status = 200, description = "it is", body = Status),
))]
pub(crate) async fn alive() -> Response<Body> {
    json(&Status { status: "ok".to_owned() })
}

/// Whether requests should come here: a model is loaded, and the server does not end.
#[utoipa::path(get, path = "/readyz", tag = "server", security(()), responses(
    (status = 200, description = "they should", body = Status),
    (status = 503, description = "the server ends", body = ErrorBody),
))]
pub(crate) async fn ready(State(state): State<Shared>) -> Answer {
    match state.is_draining() {
        false => Ok(json(&Status { status: "ok".to_owned() })),
        true => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Err(Refusal::new(status, "draining", "the server ends"))
        }
    }
}

/// What is counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "server", responses(
    (status = 200, description = "figures", body = String, content_type = "application/openmetrics-text"),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
))]
pub(crate) async fn metrics(State(state): State<Shared>) -> Response<Body> {
    state.metrics.queue_depth.set(state.queue.len() as i64);
    let taken = state.options.max_inflight - state.permits.available_permits();
    state.metrics.in_flight.set(taken as i64);
    let mut response = Response::new(Body::from(state.metrics.text()));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
