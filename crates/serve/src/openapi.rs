//! The description of the routes, made of their types.

use crate::api;
use axum::body::Body;
use axum::http::Response;
use std::sync::LazyLock;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "foretaste",
        description = "Recommendations of a model, exact and reproducible: the same model gives the same lists, byte for byte.",
    ),
    paths(
        api::recommend, api::recommendations, api::explain, api::find_users, api::history, api::find_items,
        api::similar, api::model, api::reload, api::alive, api::ready, api::metrics,
    ),
    modifiers(&Tokens),
    security(("bearer" = []), ("key" = [])),
    tags(
        (name = "lists", description = "lists, and what their scores are made of"),
        (name = "search", description = "users and items"),
        (name = "model", description = "what is served"),
        (name = "server", description = "how the server is"),
    ),
)]
struct Description;

/// How tokens are shown, by servers that want one.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
        components.add_security_scheme("key", key);
    }
}

static TEXT: LazyLock<String> =
    LazyLock::new(|| Description::openapi().to_pretty_json().expect("a description is plain data"));

/// The description of the routes: OpenAPI 3.1, in JSON.
pub fn openapi() -> &'static str {
    &TEXT
}

pub(crate) async fn serve() -> Response<Body> {
    api::json_text(openapi().to_owned())
}
