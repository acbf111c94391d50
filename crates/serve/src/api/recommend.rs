//! Lists: of users, and of anybody by what they have.

use super::{
    Answer, Id, Json, MOST_HISTORY, MOST_IDS, MOST_K, MOST_PLACES, MOST_USERS, Said, Shared,
};
use super::{at_most, unknown_user, within};
use crate::error::{ErrorBody, Refusal};
use crate::filter::Filter;
use crate::lists::{Wanted, Who};
use crate::loaded::Loaded;
use crate::restrict::{Compiled, Filters, Restriction};
use axum::extract::State;
use axum::http::StatusCode;
use foretaste::data::ItemId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};

/// How many items a list has if nothing is said.
const USUAL_K: usize = 10;

/// Whose lists are wanted, and what they may hold. One of `users` and `history` is given.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"users": ["196"], "k": 10}))]
pub(crate) struct RecommendRequest {
    /// Ids of users of the model.
    #[schema(max_items = 256, min_items = 1)]
    users: Option<Vec<String>>,
    /// Ids of items that somebody has, whoever it is: they are folded in. Items that the model does not know
    /// are left out, and told in the answer.
    #[schema(max_items = 1000, min_items = 1)]
    history: Option<Vec<String>>,
    /// How many items a list has at most.
    #[schema(minimum = 1, maximum = 1000, default = 10)]
    k: Option<usize>,
    /// Whether what a user has had may be listed.
    #[serde(default)]
    #[schema(default = false)]
    with_seen: bool,
    /// Whether items may be listed that nobody had in the training, where the model knows them otherwise.
    #[serde(default)]
    #[schema(default = false)]
    include_cold: bool,
    /// List these items only, also those that nobody had.
    #[schema(max_items = 10000)]
    allow: Option<Vec<String>>,
    /// List none of these items.
    #[serde(default)]
    #[schema(max_items = 10000)]
    deny: Vec<String>,
    /// List items with these attributes only.
    filter: Option<Filter>,
    /// What those get whom the model does not know, or none of whose items it knows, instead of an error.
    fallback: Option<Fallback>,
}

/// What those get of whom nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Fallback {
    /// The items that most users had.
    Popularity,
}

/// What a list of a user may hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// How many items the list has at most.
    #[param(minimum = 1, maximum = 1000)]
    k: Option<usize>,
    /// Whether what the user has had may be listed.
    #[serde(default)]
    with_seen: bool,
    /// Whether items may be listed that nobody had in the training.
    #[serde(default)]
    include_cold: bool,
    /// A filter by attributes, in JSON.
    filter: Option<String>,
}

/// Lists.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Recommendations {
    /// The fingerprint of the model.
    model: String,
    /// In the order of the request.
    lists: Vec<List>,
    /// Items of the request that the model does not know; left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unknown_items: Vec<String>,
}

/// The best items for somebody.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct List {
    /// The best first.
    items: Vec<Listed>,
    /// Whose it is; null of a posted history.
    user: Option<String>,
}

/// An item of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Listed {
    /// Its id.
    item: String,
    /// Its score: only the order within one list means something.
    score: f64,
    /// Its title, if the server has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The probability that the user would like it and there were no interaction even so, of models that learn it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flip: Option<f64>,
    /// The probability of each feedback, or of a stronger one, of models that learn several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    probabilities: BTreeMap<String, f64>,
}

/// The best items for users, or for somebody by what they have.
#[utoipa::path(post, path = "/v1/recommend", tag = "lists", request_body = RecommendRequest, responses(
    (status = 200, description = "the lists", body = Recommendations),
    (status = 400, description = "the request can't be", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 404, description = "an unknown user, or a history of unknown items", body = ErrorBody),
    (status = 413, description = "the body is too long", body = ErrorBody),
    (status = 415, description = "the body is no JSON", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn recommend(
    State(state): State<Shared>,
    Json(request): Json<RecommendRequest>,
) -> Answer {
    find(&state, request).await
}

/// The best items for a user.
#[utoipa::path(get, path = "/v1/users/{id}/recommendations", tag = "lists",
    params(("id" = String, Path, description = "the user's id"), ListParameters), responses(
    (status = 200, description = "one list", body = Recommendations),
    (status = 400, description = "the request can't be", body = ErrorBody),
    (status = 401, description = "no token, or a wrong one", body = ErrorBody),
    (status = 404, description = "an unknown user", body = ErrorBody),
    (status = 503, description = "too many requests at once, or no answer in time", body = ErrorBody),
))]
pub(crate) async fn recommendations(
    State(state): State<Shared>,
    Id(id): Id,
    Said(said): Said<ListParameters>,
) -> Answer {
    let ListParameters { k, with_seen, include_cold, filter } = said;
    let filter = filter.map(|text| super::parse(text.as_bytes())).transpose();
    let filter = filter.map_err(|refusal| refusal.at("filter"))?;
    let users = Some(vec![id]);
    let request =
        RecommendRequest { users, k, with_seen, include_cold, filter, ..Default::default() };
    find(&state, request).await
}

/// What a request resolves to: whose lists, what they may hold, and items that the model does not know.
type Resolved = (Vec<Who>, Arc<Compiled>, Vec<String>);

async fn find(state: &Shared, request: RecommendRequest) -> Answer {
    let deadline = Instant::now() + state.options.timeout;
    let k = request.check()?;
    let loaded = state.loaded();
    let with_seen = request.with_seen;
    // Sets of items are made elsewhere; a few ids are looked up here.
    let (who, may, unknown) = match request.is_plain() {
        true => request.resolve(&loaded, state)?,
        false => {
            let (all, loaded) = (Arc::clone(state), Arc::clone(&loaded));
            state.work(move || request.resolve(&loaded, &all)).await??
        }
    };
    state.metrics.unknown_items.inc_by(unknown.len() as u64);
    let (reply, answer) = oneshot::channel();
    let wanted = Wanted { loaded, who, k, with_seen, may, unknown, deadline, reply };
    state.hold(state.lists(wanted, answer).await?)
}

impl RecommendRequest {
    /// What can be said without a model; gives k.
    fn check(&self) -> Result<usize, Refusal> {
        match (&self.users, &self.history) {
            (Some(users), None) => at_most("users", users, MOST_USERS)?,
            (None, Some(history)) => at_most("history", history, MOST_HISTORY)?,
            (Some(_), Some(_)) => {
                return Err(Refusal::bad("one of users and history is wanted, not both")
                    .at("$")
                    .help("ask twice: users of the model, and others by what they have"));
            }
            (None, None) => {
                return Err(Refusal::bad("nobody is asked for").at("$").help(
                    "users takes ids of the model's users; history ids of items, of anybody",
                ));
            }
        }
        if self.users.as_ref().is_some_and(Vec::is_empty) {
            let help = "GET /v1/users?q=… finds users";
            return Err(Refusal::bad("there is no id").at("$.users").help(help));
        }
        at_most("allow", self.allow.as_deref().unwrap_or_default(), MOST_IDS)?;
        at_most("deny", &self.deny, MOST_IDS)?;
        let k = within("$.k", self.k, USUAL_K, MOST_K)?;
        let lists = self.users.as_ref().map_or(1, Vec::len);
        if lists * k > MOST_PLACES {
            let message =
                format_args!("{lists} lists of {k} items are more than {MOST_PLACES} items");
            return Err(Refusal::bad(message)
                .at("$.k")
                .help("ask for fewer users at once, or for fewer items"));
        }
        Ok(k)
    }

    /// Whether no set of items has to be made.
    fn is_plain(&self) -> bool {
        self.allow.is_none() && self.deny.is_empty() && self.filter.is_none() && !self.include_cold
    }

    fn resolve(&self, loaded: &Loaded, state: &Shared) -> Result<Resolved, Refusal> {
        let mut unknown = Vec::new();
        let who = match (&self.users, &self.history) {
            (Some(users), _) => self.users(users, loaded).inspect_err(|refusal| {
                state.metrics.unknown_users.inc_by(u64::from(refusal.is_unknown()));
            })?,
            (None, history) => {
                let history = history.as_deref().unwrap_or_default();
                vec![self.history(history, loaded, &mut unknown)?]
            }
        };
        let filters: &Filters = &state.filters;
        let restriction = Restriction {
            allow: self.allow.as_deref(),
            deny: &self.deny,
            filter: self.filter.as_ref(),
            include_cold: self.include_cold,
        };
        let (may, more) = restriction.compile(loaded, filters)?;
        unknown.extend(more);
        Ok((who, may, unknown))
    }

    fn users(&self, ids: &[String], loaded: &Loaded) -> Result<Vec<Who>, Refusal> {
        let user = |(n, id): (usize, &String)| match loaded.recommender.user(id) {
            Some(user) => Ok(Who::User(user)),
            None if self.fallback.is_some() => Ok(Who::Stranger(Some(id.clone()))),
            None => Err(unknown_user(id).at(format_args!("$.users[{n}]"))),
        };
        ids.iter().enumerate().map(user).collect()
    }

    fn history(
        &self,
        ids: &[String],
        loaded: &Loaded,
        unknown: &mut Vec<String>,
    ) -> Result<Who, Refusal> {
        let mut items: Vec<ItemId> = Vec::with_capacity(ids.len());
        for id in ids {
            match loaded.recommender.item(id) {
                Some(item) => items.push(item),
                None => unknown.push(id.clone()),
            }
        }
        items.sort_unstable();
        items.dedup();
        let popular = "\"fallback\": \"popularity\" lists what most users had";
        match (&items[..], ids) {
            ([], _) if self.fallback.is_some() => Ok(Who::Stranger(None)),
            ([], []) => Err(Refusal::bad("the history has no item").at("$.history").help(popular)),
            ([], _) => {
                let message = "the model knows no item of the history";
                Err(Refusal::new(StatusCode::NOT_FOUND, "unknown_items", message)
                    .at("$.history")
                    .help(format_args!("GET /v1/items?q=… finds items; {popular}")))
            }
            _ => Ok(Who::History(items)),
        }
    }
}
