//! What a server's answer says.

use serde::Deserialize;
use serde_json::Value;

use crate::budget::Tokens;
use crate::error::Problem;
use crate::floats::floats;
use crate::{Reply, Secret};

/// How much of a message is shown.
const SHOWN: usize = 300;

/// The body of an answer that is one, else what is wrong with it; without the key in either case.
pub(crate) fn body<'a>(reply: &'a Reply, key: Option<&Secret>) -> Result<&'a [u8], Problem> {
    let hidden = |text: &str| key.map_or(text.to_owned(), |key| key.hide(text));
    match reply.status {
        200..=299 if is_page(reply) => Err(Problem::Page),
        200..=299 => Ok(&reply.body),
        300..=399 => {
            let to = hidden(reply.location.as_deref().unwrap_or_default());
            Err(Problem::Redirect { to: clipped(&to, SHOWN) })
        }
        status => Err(Problem::Status { status, message: message(reply, hidden) }),
    }
}

fn is_page(reply: &Reply) -> bool {
    let stated = reply.content_type.as_deref().unwrap_or_default();
    stated.starts_with("text/html") || reply.body.trim_ascii_start().starts_with(b"<")
}

/// What a server says of an error: in one of the forms that are in use, else its first line.
fn message(reply: &Reply, hidden: impl Fn(&str) -> String) -> String {
    let text = match serde_json::from_slice::<Value>(&reply.body) {
        Ok(value) => {
            let said = ["/error/message", "/error", "/message", "/detail"];
            let mut said = said.iter().filter_map(|path| value.pointer(path)?.as_str());
            said.next().map_or_else(String::new, str::to_owned)
        }
        Err(_) if is_page(reply) => String::new(),
        Err(_) => String::from_utf8_lossy(&reply.body).trim().to_owned(),
    };
    clipped(&hidden(&text), SHOWN)
}

/// The beginning of a text, in one line.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    let mut line: String =
        text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

fn wrong(what: impl Into<String>) -> Problem {
    Problem::Content(what.into())
}

/// A body that is JSON. One that is not has been cut short, most probably: it is asked for again.
fn parsed<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => wrong(format!("is of another form: {error}")),
        _ => crate::Failure::Cut(format!("it is no JSON: {error}")).into(),
    })
}

/// A completion, in the form that the cache has it: all that the server says.
pub(crate) fn completion(body: &[u8]) -> Result<(Value, Option<Tokens>), Problem> {
    let answer: Value = parsed(body)?;
    text(&answer).ok_or_else(|| wrong("has no choices[0].message.content"))?;
    let used = usage(answer.get("usage"));
    Ok((answer, used))
}

/// The text of a completion; empty if the model said nothing.
pub(crate) fn text(answer: &Value) -> Option<&str> {
    match answer.pointer("/choices/0/message")?.get("content") {
        Some(Value::String(text)) => Some(text),
        Some(Value::Null) | None => Some(""),
        Some(_) => None,
    }
}

/// Whether a completion ended because it had got too long.
pub(crate) fn is_cut(answer: &Value) -> bool {
    answer.pointer("/choices/0/finish_reason").is_some_and(|reason| reason == "length")
}

fn usage(usage: Option<&Value>) -> Option<Tokens> {
    let count = |name: &str| usage?.get(name)?.as_u64();
    Some((count("prompt_tokens")?, count("completion_tokens").unwrap_or(0)))
}

#[derive(Deserialize)]
struct Embedded {
    data: Vec<Row>,
    usage: Option<Value>,
}

#[derive(Deserialize)]
struct Row {
    index: Option<usize>,
    embedding: Numbers,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    List(Vec<f32>),
    Base64(String),
}

/// Vectors in the order of what was asked, each of the same width, finite and longer than nothing.
pub(crate) fn vectors(
    body: &[u8],
    expected: usize,
) -> Result<(Vec<Vec<f32>>, Option<Tokens>), Problem> {
    let Embedded { data, usage: used } = parsed(body)?;
    if data.len() != expected {
        return Err(wrong(format!("has {} vectors for {expected} texts", data.len())));
    }
    // A server that says of none where it belongs has them in order.
    let ordered = data.iter().all(|row| row.index.is_none());
    let mut vectors = vec![Vec::new(); expected];
    for (n, row) in data.into_iter().enumerate() {
        let index = row.index.or(ordered.then_some(n)).filter(|&index| index < expected);
        let index = index.ok_or_else(|| wrong("has a vector of no text"))?;
        let numbers = match row.embedding {
            Numbers::List(numbers) => Some(numbers),
            Numbers::Base64(text) => floats(&text),
        };
        let numbers = numbers.ok_or_else(|| wrong("has a vector that is no base64"))?;
        if !vectors[index].is_empty() {
            return Err(wrong(format!("has two vectors of index {index}")));
        }
        vectors[index] = checked(numbers, index)?;
    }
    let width = vectors.first().map_or(0, Vec::len);
    match vectors.iter().find(|vector| vector.len() != width) {
        Some(other) => Err(wrong(format!("has vectors of {width} and of {} numbers", other.len()))),
        None => Ok((vectors, usage(used.as_ref()))),
    }
}

fn checked(numbers: Vec<f32>, index: usize) -> Result<Vec<f32>, Problem> {
    let what = if numbers.is_empty() {
        "has no number"
    } else if !numbers.iter().all(|number| number.is_finite()) {
        "has a number that is not finite"
    } else if numbers.iter().all(|&number| number == 0.0) {
        "is zero"
    } else {
        return Ok(numbers);
    };
    Err(wrong(format!("has a vector, of index {index}, that {what}")))
}

#[cfg(test)]
mod tests;
