//! What a model chose of what it was offered.

use serde::Deserialize;

/// Two of those that were offered, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the user would like.
    pub liked: usize,
    /// What the user would not like.
    pub disliked: usize,
}

/// Why an answer says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Discarded {
    /// It is not the JSON that was asked for.
    Form,
    /// An id in it was not offered.
    NotOffered,
    /// Both ids are the same.
    Same,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    liked: Id,
    disliked: Id,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl Choice {
    /// Reads `{"liked": "ID", "disliked": "ID"}`, also in a fence of Markdown, and nothing else: two
    /// different ids of those that were offered. Nothing is guessed.
    ///
    /// # Errors
    /// [`Discarded`] says what is wrong with the answer.
    pub fn read(answer: &str, offered: &[&str]) -> Result<Self, Discarded> {
        let said: Said =
            serde_json::from_str(unfenced(answer.trim())).map_err(|_| Discarded::Form)?;
        let place = |id: Id| {
            let id = match id {
                Id::Text(text) => text,
                Id::Number(number) => number.to_string(),
            };
            offered.iter().position(|one| *one == id).ok_or(Discarded::NotOffered)
        };
        let choice = Self { liked: place(said.liked)?, disliked: place(said.disliked)? };
        if choice.liked == choice.disliked { Err(Discarded::Same) } else { Ok(choice) }
    }
}

/// What is in a fence, if the text is one.
fn unfenced(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_ids_of_those_offered_or_nothing() {
        let offered = ["7", "x y", "9"];
        for answer in [
            r#"{"liked": "7", "disliked": "9"}"#,
            " {\"disliked\": 9, \"liked\": 7}\n",
            "```json\n{\"liked\": \"7\", \"disliked\": \"9\"}\n```",
            "```{\"liked\": \"7\", \"disliked\": \"9\"}```",
        ] {
            assert_eq!(
                Choice::read(answer, &offered),
                Ok(Choice { liked: 0, disliked: 2 }),
                "{answer}"
            );
        }
        for (answer, why) in [
            ("", Discarded::Form),
            ("7::9", Discarded::Form),
            (r#"Sure! {"liked": "7", "disliked": "9"}"#, Discarded::Form),
            (r#"{"liked": "7"}"#, Discarded::Form),
            (r#"{"liked": "7", "liked": "x y", "disliked": "9"}"#, Discarded::Form),
            (r#"{"liked": "7", "disliked": "9", "why": ""}"#, Discarded::Form),
            (r#"{"liked": ["7"], "disliked": "9"}"#, Discarded::Form),
            (r#"{"liked": 7.0, "disliked": 9}"#, Discarded::Form),
            ("```", Discarded::Form),
            (r#"{"liked": "8", "disliked": "9"}"#, Discarded::NotOffered),
            (r#"{"liked": " 7", "disliked": "9"}"#, Discarded::NotOffered),
            (r#"{"liked": "7", "disliked": 7}"#, Discarded::Same),
        ] {
            assert_eq!(Choice::read(answer, &offered), Err(why), "{answer}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Choice::read(&deep, &offered), Err(Discarded::Form));
    }
}
