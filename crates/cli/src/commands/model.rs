//! `model`: what is in a model file.

use crate::args::Global;
use crate::failure::Outcome;
use crate::input;
use crate::output::{Format, Report, count};
use foretaste::Recommender;
use foretaste::model::TAG;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Look into model files.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Model {
    /// Print what the model is and how it was made.
    Info {
        /// The model file.
        model: PathBuf,
    },
    /// Check that the file is complete and undamaged.
    Verify {
        /// The model file.
        model: PathBuf,
    },
}

impl Model {
    pub(crate) fn run(&self, global: &Global) -> Outcome {
        match self {
            Self::Info { model } => {
                info(&input::model(model, global)?, global).print(global.format())
            }
            // Loading checks everything there is to check.
            Self::Verify { model } => {
                let loaded = input::model(model, global)?;
                Report {
                    json: json!({ "file": model.display().to_string(), "ok": true, "model": loaded.info().method }),
                    header: vec!["file", "ok", "model"],
                    rows: vec![vec![
                        model.display().to_string(),
                        "yes".to_owned(),
                        loaded.info().method.clone(),
                    ]],
                    above: Vec::new(),
                }
                .print(global.format())
            }
        }
    }
}

fn info(model: &Recommender, global: &Global) -> Report {
    let format = global.format();
    let info = model.info();
    let (users, items, seen) = (model.users().len(), model.items().len(), model.seen().nnz());
    let mut json = serde_json::to_value(info).unwrap_or_default();
    json["users"] = users.into();
    json["items"] = items.into();
    json["interactions"] = seen.into();
    let also = [
        ("not_positive", "seen but not positive", model.not_positive()),
        ("pairs_of_others", "in other feedbacks", model.seen_in_others()),
    ];
    let also = also.map(|(name, words, pairs)| Some((name, words, pairs?.nnz())));
    for (name, _, pairs) in also.iter().flatten() {
        json[*name] = (*pairs).into();
    }
    let mut rows = vec![
        ("model".to_owned(), info.method.clone()),
        ("users".to_owned(), format.count(users as u64)),
        ("items".to_owned(), format.count(items as u64)),
    ];
    // One value a field, for programs.
    rows.extend(match format {
        Format::Csv => vec![
            ("interactions".to_owned(), seen.to_string()),
            ("data".to_owned(), info.data.clone()),
            ("version".to_owned(), info.version.clone()),
            ("format".to_owned(), info.format.to_string()),
        ],
        _ => vec![
            ("trained on".to_owned(), count(seen as u64, "interaction")),
            ("data".to_owned(), info.data.clone()),
            (
                "written by".to_owned(),
                format!("foretaste {}, format {}", info.version, info.format),
            ),
        ],
    });
    rows.extend(also.into_iter().flatten().map(|(name, words, pairs)| match format {
        Format::Csv => (name.to_owned(), pairs.to_string()),
        _ => (words.to_owned(), count(pairs as u64, "pair")),
    }));
    rows.extend(entries("", &in_effect(&info.parameters, global)));
    rows.extend(entries("training: ", &info.training));
    let rows = rows.into_iter().map(|(name, value)| vec![name, value]).collect();
    Report { json, header: vec!["property", "value"], rows, above: Vec::new() }
}

/// The parameters but those without effect beside the others, and those that the method had once.
fn in_effect(parameters: &Value, global: &Global) -> Value {
    let method = global.registry().from_json(parameters).ok();
    let idle = method.as_ref().map_or(Vec::new(), |method| method.idle_parameters());
    let has = |name: &String| {
        method.as_ref().is_none_or(|method| method.parameters().contains_key(name))
            && !idle.iter().any(|(idle, _)| idle == name)
    };
    let mut parameters = parameters.clone();
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.retain(|name, _| name != TAG && has(name));
    }
    parameters
}

/// The entries of an object with their names and values as a person writes them.
fn entries(prefix: &str, object: &Value) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        let name = format!("{prefix}{}", name.replace('_', " "));
        match value {
            Value::Null => {}
            Value::Object(_) => rows.extend(entries(&format!("{name} "), value)),
            Value::String(text) => rows.push((name, text.clone())),
            _ => rows.push((name, value.to_string())),
        }
    }
    rows
}
