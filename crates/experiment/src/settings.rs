//! Parameters by name: settings as a user writes them become the method that has them.
//!
//! A method is plain data ([`Method::parameters`]), so a setting is a change of that data, and its
//! type is checked by reading the method back. No method is named here: a new one can be set,
//! searched and compared as soon as a [`Registry`] knows it.

use crate::error::nearest;
use crate::{Error, Learns, learns};
use foretaste::mf::Negatives;
use foretaste::{Method, Registry};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A parameter's name and its value.
pub type Setting = (String, Value);

/// A method with its default parameters.
///
/// # Errors
/// [`Error::UnknownMethod`], with the nearest name.
pub fn method(registry: &Registry, name: &str) -> Result<Method, Error> {
    registry.method(name).map_err(|_| Error::UnknownMethod {
        name: name.into(),
        suggestion: nearest(name, registry.names()),
        known: registry.names().join(", "),
    })
}

/// The method with some parameters changed, checked.
///
/// A name may have dots where a parameter is part of another (`bias.item`). Some values have a
/// short form, as on the command line: `sampler` takes `pop^0.5` and `hardest-of-8`, `schedule`
/// a number.
///
/// # Errors
/// [`Error::UnknownParameter`], [`Error::Value`], or what the method's own check says.
pub fn with(method: &Method, settings: &[Setting]) -> Result<Method, Error> {
    let mut changed = method.clone();
    for (name, value) in settings {
        changed = set(&changed, name, value)?;
    }
    changed.check()?;
    Ok(changed)
}

/// [`with`], after what settings say of what is learnt from is taken out of them: where they say nothing, that
/// is `learns`, as far as the method goes.
///
/// # Errors
/// Those of [`with`] and of [`Learns::of`].
pub fn learner(
    method: &Method,
    settings: &mut Vec<Setting>,
    learns: &Learns,
) -> Result<(Method, Learns), Error> {
    let (of_learning, rest) =
        settings.drain(..).partition::<Vec<_>, _>(|(name, _)| learns::is_ours(name));
    *settings = rest;
    let method = with(method, settings)?;
    let learns = Learns::of(&of_learning, &method, learns)?;
    Ok((method, learns))
}

/// [`with`], where each setting was asked for and so must have an effect.
///
/// # Errors
/// Those of [`with`], and [`Error::Idle`].
pub fn given(method: &Method, settings: &[Setting]) -> Result<Method, Error> {
    let changed = with(method, settings)?;
    check_effects(settings.iter().map(|(name, _)| name), std::slice::from_ref(&changed))?;
    Ok(changed)
}

/// Checks that each of the parameters has an effect with one of the methods.
///
/// # Errors
/// [`Error::Idle`], naming the first that has none.
pub fn check_effects<'a>(
    names: impl IntoIterator<Item = &'a String>,
    methods: &[Method],
) -> Result<(), Error> {
    for name in names {
        let idle: Option<Vec<Error>> = methods.iter().map(|method| idle(method, name)).collect();
        idle.and_then(|errors| errors.into_iter().next()).map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// [`Error::Idle`] if the parameter, or what it is part of, has no effect beside the others.
pub fn idle(method: &Method, name: &str) -> Option<Error> {
    let whole = name.split('.').next()?;
    let idle = method.idle_parameters();
    let (_, beside) = idle.into_iter().find(|(idle, _)| *idle == whole)?;
    Some(Error::Idle { method: method.name().into(), name: name.into(), beside: beside.into() })
}

/// The settings that make a method of its defaults: those that differ and have an effect, but for the
/// seed.
pub fn changed(method: &Method, defaults: &Method) -> Vec<Setting> {
    let mut changed = Vec::new();
    for (name, value) in method.parameters() {
        let default = defaults.parameters().get(name).unwrap_or(&Value::Null);
        if name != SEED && idle(method, name).is_none() {
            differences(name, value, default, &mut changed);
        }
    }
    changed
}

/// What differs of a parameter: of one that has parts, and the same ones by default, the parts.
fn differences(name: &str, value: &Value, default: &Value, into: &mut Vec<Setting>) {
    if value == default || value.is_null() {
        return;
    }
    let short = short_form(name, value);
    match (value, default) {
        (Value::Object(parts), Value::Object(others))
            if short == *value && parts.keys().eq(others.keys()) =>
        {
            for ((part, value), default) in parts.iter().zip(others.values()) {
                differences(&format!("{name}.{part}"), value, default, into);
            }
        }
        _ => into.push((name.to_owned(), short)),
    }
}

/// The method with another seed; `None` if nothing about it is random.
pub fn with_seed(method: &Method, seed: u64) -> Option<Method> {
    set(method, SEED, &json!(seed)).ok()
}

/// The method with each seed; once as it is, if nothing about it is random.
pub fn with_seeds(method: &Method, seeds: &[u64]) -> Vec<Method> {
    let seeded: Vec<Method> = seeds.iter().filter_map(|&seed| with_seed(method, seed)).collect();
    if seeded.is_empty() { vec![method.clone()] } else { seeded }
}

pub(crate) const SEED: &str = "seed";

fn set(method: &Method, name: &str, value: &Value) -> Result<Method, Error> {
    let value = long_form(name, value.clone());
    let path: Vec<&str> = name.split('.').collect();
    let mut parameters = method.parameters().clone();
    if !put(&mut parameters, &path, value.clone()) {
        return Err(unknown(method, name));
    }
    let wrong = |reason: String| Error::Value {
        method: method.name().into(),
        name: name.into(),
        value: value.to_string(),
        reason,
    };
    match method.with(parameters) {
        // What is not written back was not read: the parameter does not exist.
        Ok(changed) if has(changed.parameters(), &path) => Ok(changed),
        Ok(_) => Err(unknown(method, name)),
        Err(error) if error.to_string().starts_with("unknown field") => Err(unknown(method, name)),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// Whether there is an entry at the end of a path.
fn has(parameters: &Map<String, Value>, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let first = parameters.get(*first);
    rest.iter().fold(first, |value, name| value?.get(name)).is_some()
}

/// Sets the entry at the end of a path; false if what should hold it is no object. What is absent by
/// default becomes one.
fn put(parameters: &mut Map<String, Value>, path: &[&str], value: Value) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let parent = parents.iter().try_fold(parameters, |object, name| {
        let part = object.get_mut(*name)?;
        if part.is_null() {
            *part = Value::Object(Map::new());
        }
        part.as_object_mut()
    });
    parent.map(|parent| parent.insert((*last).to_owned(), value)).is_some()
}

fn unknown(method: &Method, name: &str) -> Error {
    let described = method.described();
    let parts = described.iter().map(|one| &*one.name);
    Error::UnknownParameter {
        method: method.name().into(),
        name: name.into(),
        suggestion: nearest(name, method.parameters().keys().map(String::as_str).chain(parts)),
    }
}

/// What the short forms of the command line stand for.
fn long_form(name: &str, value: Value) -> Value {
    match (name.rsplit('.').next().unwrap_or(name), &value) {
        ("schedule", Value::Number(factor)) => json!({ "exponential": factor }),
        ("sampler", Value::String(text)) => match text.parse::<Negatives>() {
            Ok(sampler) => json!(sampler),
            Err(_) => value,
        },
        _ => value,
    }
}

/// A value in the form that [`with`] takes, the short one if there is one.
pub fn short_form(name: &str, value: &Value) -> Value {
    match (name.rsplit('.').next().unwrap_or(name), value) {
        ("schedule", value) => value.get("exponential").unwrap_or(value).clone(),
        ("sampler", value) => match Negatives::deserialize(value) {
            Ok(sampler) => json!(sampler.to_string()),
            Err(_) => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Reads `name=value,name=value`; commas within brackets or quotes are part of a value.
///
/// # Errors
/// [`Error::Form`] if a part has no `=`, or a name is given twice.
pub fn parse(text: &str) -> Result<Vec<Setting>, Error> {
    let form = "name=value,name=value";
    let mut settings = Map::new();
    for part in split(text) {
        let wrong = || Error::Form { text: part.into(), form };
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err(wrong());
        }
        if settings.insert(name.replace('-', "_"), scalar(value)).is_some() {
            return Err(Error::Form { text: text.into(), form: "name=value, each name once" });
        }
    }
    Ok(settings.into_iter().collect())
}

/// The parts between commas that are not within brackets or quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    let (mut quote, mut before) = (None, '=');
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open && before != '\\' => quote = None,
            (Some(_), _) => {}
            // Within a word they are apostrophes.
            (None, '"' | '\'') if "=,[{ ".contains(before) => quote = Some(character),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        // Of two backslashes the second is a character like others.
        before = if (before, character) == ('\\', '\\') { ' ' } else { character };
    }
    parts.push(&text[start..]);
    parts
}

/// A setting as [`parse`] reads it back: `name=value`, the value as TOML writes it or, where that is
/// the same, a text without quotes.
pub fn written(name: &str, value: &Value) -> String {
    let bare = value.as_str().map(|text| format!("{name}={text}"));
    let reads_back = |text: &String| {
        parse(text).is_ok_and(|read| read == [(name.replace('-', "_"), value.clone())])
    };
    bare.filter(reads_back).unwrap_or_else(|| format!("{name}={}", in_a_line(value)))
}

/// A value as TOML writes it, which has texts and numbers as JSON, in a line.
pub fn in_a_line(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entry = |(name, value): (&String, &Value)| {
                format!("{}={}", Value::from(name.as_str()), in_a_line(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(in_a_line).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// A value as TOML writes it, or a number that begins or ends with its point, or else a text.
pub fn scalar(text: &str) -> Value {
    let parsed: Result<toml::Table, _> = toml::from_str(&format!("value = {text}"));
    let value = parsed.ok().and_then(|mut table| table.remove("value"));
    let value = value.and_then(|value| serde_json::to_value(value).ok());
    let with_point = || {
        let digits = text.bytes().all(|byte| b"+-.0123456789".contains(&byte));
        text.parse::<f64>().ok().filter(|_| digits && text.contains('.')).map(Value::from)
    };
    value.or_else(with_point).unwrap_or_else(|| json!(text))
}

#[cfg(test)]
mod tests;
