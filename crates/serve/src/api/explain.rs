//! What scores are made of.

use super::{
    Answer, Json, Like, MOST_HISTORY, Shared, at_most, cannot_fold, json, unknown_item,
    unknown_user, within,
};
use crate::error::{ErrorBody, Refusal};
use crate::loaded::Loaded;
use axum::extract::State;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::model::{Explanation, Histories, score_pairs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Items that are explained at once.
const MOST_ITEMS: usize = 50;
/// Parts that are told of each.
const MOST_PARTS: usize = 100;

/// Whose scores of which items. One of `user` and `history` is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainRequest {
    /// A user's id.
    user: Option<String>,
    /// Ids of items that somebody has.
    #[schema(max_items = 1000, min_items = 1)]
    history: Option<Vec<String>>,
    /// Ids of the items whose scores are explained.
    #[schema(max_items = 50, min_items = 1)]
    items: Vec<String>,
    /// How many items of the history are told of each.
    #[schema(minimum = 1, maximum = 100, default = 3)]
    k: Option<usize>,
}

/// What scores are made of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Explanations {
    /// The fingerprint of the model.
    model: String,
    /// In the order of the request.
    explanations: Vec<Explained>,
    /// Items of the history that the model does not know; left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unknown_items: Vec<String>,
}

/// What a score is made of: of users, where the method can say, `terms`, `history` and `rest` sum to it.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
struct Explained {
    /// The item's id.
    item: String,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Its score.
    score: f64,
    /// Parts with a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<Vec<Term>>,
    /// The items of the history that bring most, or take most away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Share>>,
    /// All else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<f64>,
    /// The items of the history most like it: no parts of the score.
    nearest: Vec<Like>,
}

/// A part of a score.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Term {
    /// What it is.
    name: String,
    /// What it brings.
    value: f64,
}

/// What an item of the history brings to a score.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Share {
    /// Its id.
    item: String,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// What it brings.
    value: f64,
}

/// What scores are made of, and what of the history is like each item.
#[utoipa::path(post, path = "/v1/explain", tag = "lists", request_body = ExplainRequest, responses(
    (status = 200, description = "an explanation of each item", body = Explanations),
    (status = 400, description = "the request can't be", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 404, description = "an unknown user or item", body = ErrorBody),
    (status = 413, description = "the body is too long", body = ErrorBody),
    (status = 415, description = "the body is no JSON", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn explain(
    State(state): State<Shared>,
    Json(request): Json<ExplainRequest>,
) -> Answer {
    at_most("items", &request.items, MOST_ITEMS)?;
    at_most("history", request.history.as_deref().unwrap_or_default(), MOST_HISTORY)?;
    let k = within("$.k", request.k, 3, MOST_PARTS)?;
    if request.items.is_empty() {
        let help = "GET /v1/items?q=… finds items";
        return Err(Refusal::bad("there is no id").at("$.items").help(help));
    }
    let loaded = state.loaded();
    let explained = state.work(move || request.explained(&loaded, k)).await?;
    Ok(json(&explained?))
}

impl ExplainRequest {
    fn explained(&self, loaded: &Loaded, k: usize) -> Result<Explanations, Refusal> {
        let model = &loaded.recommender;
        let item = |(n, id): (usize, &String)| {
            model.item(id).ok_or_else(|| unknown_item(id).at(format_args!("$.items[{n}]")))
        };
        let items: Vec<ItemId> =
            self.items.iter().enumerate().map(item).collect::<Result<_, _>>()?;
        let mut unknown_items = Vec::new();
        let explanations = match (&self.user, &self.history) {
            (Some(id), None) => {
                let user = model.user(id).ok_or_else(|| unknown_user(id).at("$.user"))?;
                of_user(loaded, user, &items, k)
            }
            (None, Some(history)) => {
                let (known, unknown): (Vec<&String>, _) =
                    history.iter().partition(|id| model.item(id).is_some());
                unknown_items = unknown.into_iter().cloned().collect();
                let mut had: Vec<ItemId> =
                    known.into_iter().filter_map(|id| model.item(id)).collect();
                had.sort_unstable();
                had.dedup();
                of_history(loaded, had, &items, k)?
            }
            _ => {
                let help =
                    "user takes an id of the model's users; history ids of items, of anybody";
                return Err(Refusal::bad("one of user and history is wanted").at("$").help(help));
            }
        };
        let model = loaded.fingerprint.clone();
        Ok(Explanations { model, explanations, unknown_items })
    }
}

fn of_user(loaded: &Loaded, user: UserId, items: &[ItemId], k: usize) -> Vec<Explained> {
    let model = &loaded.recommender;
    let pairs: Vec<_> = items.iter().map(|item| (user, *item)).collect();
    let scores = score_pairs(model.scorer(), &pairs);
    let one = |(&item, score): (&ItemId, f32)| {
        let plain = plain(loaded, item, score, model.seen().row(user), k);
        match model.explain(user, item) {
            Some(explanation) => with_parts(loaded, plain, explanation, k),
            None => plain,
        }
    };
    items.iter().zip(scores).map(one).collect()
}

fn of_history(
    loaded: &Loaded,
    had: Vec<ItemId>,
    items: &[ItemId],
    k: usize,
) -> Result<Vec<Explained>, Refusal> {
    if had.is_empty() {
        return Err(Refusal::bad("the history has no item that the model knows")
            .at("$.history")
            .help("GET /v1/items?q=… finds items"));
    }
    let model = &loaded.recommender;
    let history = Interactions::from_rows(vec![0, had.len()], had.clone(), model.items().len());
    let history = history.map_err(|_| Refusal::internal())?;
    let folded = model.model().fold_in(&Histories::new(&history));
    let folded = folded.map_err(|error| cannot_fold(&error))?;
    let pairs: Vec<_> = items.iter().map(|item| (UserId(0), *item)).collect();
    let scores = score_pairs(&*folded, &pairs);
    Ok(items.iter().zip(scores).map(|(&item, score)| plain(loaded, item, score, &had, k)).collect())
}

/// What can be said of anybody.
fn plain(loaded: &Loaded, item: ItemId, score: f32, had: &[ItemId], k: usize) -> Explained {
    let near = loaded.recommender.nearest(item, had, k).unwrap_or_default().into_iter();
    let near = near.map(|(item, score)| Like {
        item: loaded.recommender.item_name(item),
        score: f64::from(score),
        title: loaded.title(item),
    });
    Explained {
        item: loaded.recommender.item_name(item),
        title: loaded.title(item),
        score: f64::from(score),
        nearest: near.collect(),
        ..Explained::default()
    }
}

/// With the parts that sum to the score: the first k of the history, and the rest with what the others bring.
fn with_parts(loaded: &Loaded, plain: Explained, of: Explanation, k: usize) -> Explained {
    let Explanation { terms, mut history, rest } = of;
    history.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    let (first, others) = history.split_at(history.len().min(k));
    let others: f64 = others.iter().map(|(_, value)| f64::from(*value)).sum();
    let share = |&(item, value): &(ItemId, f32)| Share {
        item: loaded.recommender.item_name(item),
        title: loaded.title(item),
        value: f64::from(value),
    };
    let mut terms: Vec<Term> =
        terms.into_iter().map(|(name, value)| Term { name, value: f64::from(value) }).collect();
    let at = terms.len().min(MOST_PARTS);
    let more: f64 = terms.drain(at..).map(|term| term.value).sum();
    Explained {
        terms: Some(terms),
        history: Some(first.iter().map(share).collect()),
        rest: Some(f64::from(rest) + others + more),
        ..plain
    }
}
