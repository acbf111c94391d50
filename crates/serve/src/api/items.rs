//! Items, and what is like them.

use super::{Answer, Id, MOST_K, Said, Search, Shared, json, within};
use crate::error::{ErrorBody, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use foretaste::Similarity;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items that a search found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundItems {
    /// The fingerprint of the model.
    model: String,
    /// The item of this id first, then those that most users had.
    items: Vec<FoundItem>,
}

/// An item.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct FoundItem {
    /// Its id.
    item: String,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// How many users had it in the training.
    users: u32,
}

/// How alike is measured, and how many are told.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SimilarParameters {
    /// How many items are listed at most; 10 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    k: Option<usize>,
    /// By the angle, or by the dot product, which favours popular items.
    #[param(inline)]
    by: Option<By>,
}

/// How alike is measured.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    #[default]
    Cosine,
    Dot,
}

/// Items like an item.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimilarItems {
    /// The fingerprint of the model.
    model: String,
    /// The item's id.
    item: String,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The most alike first.
    items: Vec<Like>,
}

/// An item that is like another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Like {
    /// Its id.
    pub(super) item: String,
    /// How alike.
    pub(super) score: f64,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
}

/// Items whose ids or titles contain something.
#[utoipa::path(get, path = "/v1/items", tag = "search", params(Search), responses(
    (status = 200, description = "what was found", body = FoundItems),
    (status = 400, description = "the request can't be", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn find_items(State(state): State<Shared>, Said(said): Said<Search>) -> Answer {
    let limit = said.limit()?;
    let loaded = state.loaded();
    let work = move || {
        let found = loaded.index.find(&loaded.recommender, &said.q, limit).into_iter();
        let found = found.map(|item| FoundItem {
            item: loaded.recommender.item_name(item),
            title: loaded.title(item),
            users: loaded.counts[item.index()],
        });
        json(&FoundItems { model: loaded.fingerprint.clone(), items: found.collect() })
    };
    state.work(work).await
}

/// Items like an item.
#[utoipa::path(get, path = "/v1/items/{id}/similar", tag = "search",
    params(("id" = String, Path, description = "the item's id"), SimilarParameters), responses(
    (status = 200, description = "the items", body = SimilarItems),
    (status = 400, description = "the request can't be, or the method has no likeness", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 404, description = "an unknown item", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn similar(
    State(state): State<Shared>,
    Id(id): Id,
    Said(said): Said<SimilarParameters>,
) -> Answer {
    let k = within("k", said.k, 10, MOST_K)?;
    let by = match said.by.unwrap_or_default() {
        By::Cosine => Similarity::Cosine,
        By::Dot => Similarity::Dot,
    };
    let loaded = state.loaded();
    let Some(item) = loaded.recommender.item(&id) else {
        state.metrics.unknown_items.inc();
        return Err(unknown_item(&id).at("id"));
    };
    let work = move || {
        let model = &loaded.recommender;
        let found = model.similar(item, k, by).ok_or_else(|| {
            let method = &model.info().method;
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "not_supported",
                format_args!("a {method} model has no item vectors to compare"),
            )
            .help("serve a factorization, e.g. of train --model bpr")
        })?;
        let like = |(item, score)| Like {
            item: model.item_name(item),
            score: f64::from(score),
            title: loaded.title(item),
        };
        let items = found.into_iter().map(like).collect();
        let (model, title) = (loaded.fingerprint.clone(), loaded.title(item));
        Ok(json(&SimilarItems { model, item: id, title, items }))
    };
    state.work(work).await?
}

pub(super) fn unknown_item(id: &str) -> Refusal {
    let message = format_args!("the model does not know the item \"{id}\"");
    Refusal::new(StatusCode::NOT_FOUND, "unknown_item", message)
        .help("GET /v1/items?q=… finds items by parts of ids and titles")
}
