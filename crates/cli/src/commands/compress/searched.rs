//! A search for what to keep, from a model that is trained.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::progress::Training;
use foretaste::data::{Dataset, Interactions, align};
use foretaste::model::{Start, Task, WarmStart};
use foretaste::{Method, Recommender, dnis};
use serde_json::{Value, json};

/// As many as those of a training from nothing but its warm-up, for which the model stands.
const EPOCHS: u32 = 80;

/// The model of `dnis` that goes on from a model of its own loss.
pub(super) fn of(
    whole: &Recommender,
    keep: f64,
    valid: Option<&Dataset>,
    global: &Global,
) -> Outcome<Recommender> {
    let name = &whole.info().method;
    if ![dnis::METHOD, foretaste::bpr::METHOD].contains(&name.as_str()) {
        let message =
            format!("--by dnis goes on training as bpr does, and this is a model of {name}");
        return Err(Failure::usage(message)
            .help("--by magnitude and --by svd take models of other factorizations"));
    }
    let method = method(whole, keep, global)?;
    let (users, items) = (whole.users().clone(), whole.items().clone());
    let data = Dataset::new(users, items, whole.seen().clone().without_weights())?;
    let data = data.with_not_positive_pairs(whole.not_positive().cloned())?;
    let valid = valid.map(|valid| align(valid, data.users(), data.items())).transpose()?;
    let valid: Option<&Interactions> =
        valid.as_ref().map(|valid| &valid.interactions).filter(|rows| rows.nnz() > 0);
    let warm = WarmStart::new(whole.file_of(dnis::METHOD), data.users(), data.items())
        .map_err(foretaste::Error::from)?;
    let start = Start { warm: Some(&warm), state: None };
    let task = Task::new(&data).starting(start);
    let task = valid.map_or(task, |rows| task.validated_on(rows));
    let samples = data.interactions().nnz() as u64 * method.whole("negatives").unwrap_or(1);
    let mut monitor = Training::new((EPOCHS, samples), None, (None, false), global);
    let fitted = method.fit(&task, &mut monitor).map_err(foretaste::Error::from)?;
    drop(monitor);
    let found = Recommender::from_parts(&method, data, fitted);
    Ok(match whole.seen_in_others() {
        Some(pairs) => {
            let pairs = Dataset::new(whole.users().clone(), whole.items().clone(), pairs.clone())?;
            found.with_seen_in_others(&pairs)?
        }
        None => found,
    })
}

/// `dnis` with what the model's training had of parameters that it has, too.
fn method(whole: &Recommender, keep: f64, global: &Global) -> Outcome<Method> {
    let failed = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let default = global.registry().method(dnis::METHOD).map_err(|error| failed(&error))?;
    let mut parameters = default.parameters().clone();
    let own = whole.info().parameters.as_object();
    for (name, value) in own.into_iter().flatten() {
        if parameters.contains_key(name) {
            parameters.insert(name.clone(), value.clone());
        }
    }
    let given: [(&str, Value); 4] = [
        ("keep", json!(keep)),
        ("warm_up", 0.into()),
        ("epochs", EPOCHS.into()),
        ("patience", 0.into()),
    ];
    parameters.extend(given.map(|(name, value)| (name.to_owned(), value)));
    let method = default.with(parameters).map_err(|error| failed(&error))?;
    method.check().map_err(foretaste::Error::from)?;
    Ok(method)
}
