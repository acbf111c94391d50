//! What is asked, and the name of its answer in the cache.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Changes whenever what a question is made of does.
const SCHEMA: u64 = 1;

/// A prompt for a completion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chat {
    /// What the model is told to be.
    pub system: Option<String>,
    /// What it is asked.
    pub user: String,
}

impl Chat {
    /// A question of one message.
    pub fn new(user: impl Into<String>) -> Self {
        Self { system: None, user: user.into() }
    }

    /// The same, behind a message of the system's.
    #[must_use]
    pub fn with_system(self, system: impl Into<String>) -> Self {
        Self { system: Some(system.into()), ..self }
    }

    pub(crate) fn messages(&self) -> Value {
        let system = self.system.iter().map(|text| json!({ "role": "system", "content": text }));
        system.chain([json!({ "role": "user", "content": self.user })]).collect()
    }
}

/// A question's name: SHA-256 of all that its answer depends on.
pub(crate) type Key = [u8; 32];

/// Who answers, how, and where it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) provider: &'a str,
    pub(crate) model: &'a str,
    pub(crate) path: &'a str,
    pub(crate) parameters: &'a Map<String, Value>,
}

impl Asked<'_> {
    /// All that the answer to an input depends on; neither the key nor the address.
    pub(crate) fn question(&self, input: &Value) -> Value {
        let Self { provider, model, path, parameters } = self;
        json!({ "schema": SCHEMA, "provider": provider, "model": model, "path": path,
            "parameters": parameters, "input": input })
    }
}

/// The name of a question.
pub(crate) fn key(question: &Value) -> Key {
    let mut text = String::new();
    write(question, &mut text);
    Sha256::digest(text).into()
}

/// Canonical JSON: fields in the order of their names, no blanks.
fn write(value: &Value, out: &mut String) {
    let (open, close) = match value {
        Value::Object(_) => ('{', '}'),
        Value::Array(_) => ('[', ']'),
        other => return out.push_str(&other.to_string()),
    };
    out.push(open);
    let mut fields: Vec<_> = value.as_object().into_iter().flatten().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    for (n, (name, value)) in fields.into_iter().enumerate() {
        out.push_str(if n > 0 { "," } else { "" });
        out.push_str(&Value::from(name.as_str()).to_string());
        out.push(':');
        write(value, out);
    }
    for (n, value) in value.as_array().into_iter().flatten().enumerate() {
        out.push_str(if n > 0 { "," } else { "" });
        write(value, out);
    }
    out.push(close);
}

/// SHA-256 of questions' names and answers, in the order of the names.
pub(crate) fn digest<'b>(answers: impl Iterator<Item = (&'b Key, &'b [u8])>) -> String {
    let mut sum = Sha256::new();
    for (name, answer) in answers {
        sum.update(name);
        sum.update(Sha256::digest(answer));
    }
    hex(&sum.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_depends_on_all_that_the_answer_does() {
        let none = Map::new();
        let some: Map<_, _> = [("seed".to_owned(), json!(1))].into_iter().collect();
        let asked = Asked { provider: "", model: "m", path: "/p", parameters: &none };
        let variants = [
            asked,
            Asked { provider: "x", ..asked },
            Asked { model: "n", ..asked },
            Asked { path: "/q", ..asked },
            Asked { parameters: &some, ..asked },
        ];
        let mut keys: Vec<_> = variants.map(|asked| key(&asked.question(&json!("a")))).into();
        keys.push(key(&asked.question(&json!("b"))));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 6);
    }

    #[test]
    fn canonical_json_is_in_the_order_of_the_names() {
        let mut text = String::new();
        write(&json!({ "b": [1, null, "\"ü"], "a": { "d": {}, "c": [] } }), &mut text);
        assert_eq!(text, r#"{"a":{"c":[],"d":{}},"b":[1,null,"\"ü"]}"#);
        // Caches of earlier versions go on being found.
        let asked =
            Asked { provider: "p", model: "m", path: "/embeddings", parameters: &Map::new() };
        assert_eq!(hex(&key(&asked.question(&json!("text"))))[..16], *"4c162589a52d646a");
    }
}
