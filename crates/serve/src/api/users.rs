//! Users, and what they have had.

use super::{Answer, Id, MOST_FOUND, MOST_K, Said, Shared, json, within};
use crate::error::{ErrorBody, Refusal};
use crate::find;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How much of a history is told if nothing is said.
const USUAL_HISTORY: usize = 100;

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// A part of what is searched for; nothing finds everything.
    #[serde(default)]
    pub(super) q: String,
    /// How many are found at most.
    #[param(minimum = 1, maximum = 20)]
    pub(super) limit: Option<usize>,
}

impl Search {
    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        within("limit", self.limit, MOST_FOUND, MOST_FOUND)
    }
}

/// How much is told.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParameters {
    /// How many items are told at most; 100 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Users that a search found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundUsers {
    /// The fingerprint of the model.
    model: String,
    /// The user of this id first.
    users: Vec<FoundUser>,
}

/// A user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct FoundUser {
    /// The id.
    user: String,
    /// How many items the user had in the training.
    items: usize,
}

/// What a user had in the training.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct History {
    /// The fingerprint of the model.
    model: String,
    /// The user's id.
    user: String,
    /// How many items it has.
    total: usize,
    /// The first of them, in the order of the model's items.
    items: Vec<Named>,
}

/// An item with its title.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Named {
    /// Its id.
    pub(super) item: String,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
}

/// Users whose ids contain something.
#[utoipa::path(get, path = "/v1/users", tag = "search", params(Search), responses(
    (status = 200, description = "what was found", body = FoundUsers),
    (status = 400, description = "the request can't be", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn find_users(State(state): State<Shared>, Said(said): Said<Search>) -> Answer {
    let limit = said.limit()?;
    let loaded = state.loaded();
    let work = move || {
        let model = &loaded.recommender;
        let found = find::users(model, &said.q, limit).into_iter();
        let found = found.map(|user| FoundUser {
            user: model.user_name(user),
            items: model.seen().row(user).len(),
        });
        json(&FoundUsers { model: loaded.fingerprint.clone(), users: found.collect() })
    };
    state.work(work).await
}

/// What a user had in the training.
#[utoipa::path(get, path = "/v1/users/{id}/history", tag = "search",
    params(("id" = String, Path, description = "the user's id"), HistoryParameters), responses(
    (status = 200, description = "the items", body = History),
    (status = 400, description = "the request can't be", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 404, description = "an unknown user", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn history(
    State(state): State<Shared>,
    Id(id): Id,
    Said(said): Said<HistoryParameters>,
) -> Answer {
    let limit = within("limit", said.limit, USUAL_HISTORY, MOST_K)?;
    let loaded = state.loaded();
    let Some(user) = loaded.recommender.user(&id) else {
        state.metrics.unknown_users.inc();
        return Err(unknown_user(&id).at("id"));
    };
    let work = move || {
        let model = &loaded.recommender;
        let row = model.seen().row(user);
        let name = |&item| Named { item: model.item_name(item), title: loaded.title(item) };
        let items = row.iter().take(limit).map(name).collect();
        let model = loaded.fingerprint.clone();
        json(&History { model, user: id, total: row.len(), items })
    };
    state.work(work).await
}

pub(super) fn unknown_user(id: &str) -> Refusal {
    let message = format_args!("the model does not know the user \"{id}\"");
    Refusal::new(StatusCode::NOT_FOUND, "unknown_user", message)
        .help("post what they have: {\"history\": [ids of items]}; or \"fallback\": \"popularity\"")
}
