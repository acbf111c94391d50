//! What an experiment file may have, as it stands there.

use super::Span;
use crate::search::Range;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) title: Option<String>,
    pub(super) metrics: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) seen_feedback: Option<Spanned<OneOrMore>>,
    pub(super) seeds: Option<Spanned<Seeds>>,
    pub(super) bootstrap_seed: Option<u64>,
    pub(super) baseline: Option<Spanned<String>>,
    pub(super) data: Data,
    pub(super) split: Option<Spanned<Split>>,
    pub(super) validation: Option<Validation>,
    pub(super) methods: Spanned<Vec<MethodEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Seeds {
    Count(u64),
    List(Vec<u64>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    pub(super) path: PathBuf,
    pub(super) columns: Option<Spanned<String>>,
    pub(super) positive: Option<Spanned<String>>,
    pub(super) layout: Option<Spanned<String>>,
    pub(super) delimiter: Option<Spanned<String>>,
    pub(super) header: Option<bool>,
    pub(super) on_bad_row: Option<Spanned<String>>,
    pub(super) k_core: Option<u32>,
    pub(super) feedback: Option<Spanned<Vec<String>>>,
    pub(super) feedback_as: Option<Spanned<String>>,
    pub(super) feedback_weights: Option<Spanned<toml::Value>>,
    pub(super) shuffled_features: Option<Spanned<bool>>,
    pub(super) item_features: Option<PathBuf>,
    pub(super) user_features: Option<PathBuf>,
    pub(super) item_texts: Option<Spanned<PathBuf>>,
    pub(super) user_texts: Option<Spanned<PathBuf>>,
    pub(super) text_numbers: Option<Spanned<u32>>,
    pub(super) pca: Option<Spanned<u32>>,
    pub(super) item_tags: Option<PathBuf>,
    pub(super) user_tags: Option<PathBuf>,
    pub(super) extra: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    pub(super) by: Option<By>,
    pub(super) test: Option<f64>,
    pub(super) valid: Option<f64>,
    pub(super) seed: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    Random,
    LastOne,
    RandomOne,
    UserTime,
    Time,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Validation {
    pub(super) metric: Option<Spanned<String>>,
    pub(super) every: Option<Spanned<u32>>,
    pub(super) seed: Option<u64>,
    pub(super) refit: Option<Spanned<bool>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MethodEntry {
    pub(super) name: Option<Spanned<String>>,
    pub(super) model: Spanned<String>,
    #[serde(default)]
    pub(super) params: BTreeMap<Spanned<String>, toml::Value>,
    #[serde(default)]
    pub(super) search: BTreeMap<Spanned<String>, Range>,
    pub(super) trials: Option<Spanned<u32>>,
}

impl MethodEntry {
    /// Where a parameter is given; of others, where the model is.
    pub(super) fn span(&self, param: &str) -> Span {
        let key = self.params.keys().find(|name| name.get_ref() == param);
        key.map_or(self.model.span(), Spanned::span)
    }
}
