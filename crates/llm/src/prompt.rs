//! Prompts made of a template.

use crate::Error;

/// Where what a user had is put.
const HISTORY: &str = "{history}";
/// Where what is to be chosen from is put.
const CANDIDATES: &str = "{candidates}";

/// A text with places for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

impl Template {
    /// A text with `{candidates}` in it, and mostly `{history}`; other braces stay as they are.
    ///
    /// # Errors
    /// [`Error::Template`] if `{candidates}` is not in it.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        match text.contains(CANDIDATES) {
            true => Ok(Self(text)),
            false => Err(Error::Template { place: CANDIDATES }),
        }
    }

    /// What the model is asked: names of what a user had, and ids with names of what is offered. What
    /// stands in a name is a name, even if it looks like a place.
    pub fn filled<'a>(
        &self,
        history: impl IntoIterator<Item = &'a str>,
        candidates: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let history: Vec<_> = history.into_iter().map(|name| format!("- {}", line(name))).collect();
        let candidate = |(id, name): (&str, &str)| match name {
            "" => line(id),
            name => format!("{}: {}", line(id), line(name)),
        };
        let candidates: Vec<_> = candidates.into_iter().map(candidate).collect();
        let (history, candidates) = (history.join("\n"), candidates.join("\n"));
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let (place, text) = match rest {
                rest if rest.starts_with(HISTORY) => (HISTORY, history.as_str()),
                rest if rest.starts_with(CANDIDATES) => (CANDIDATES, candidates.as_str()),
                _ => ("{", "{"),
            };
            filled.push_str(text);
            rest = &rest[place.len()..];
        }
        filled + rest
    }
}

impl Default for Template {
    /// Asks for a JSON object of two ids.
    fn default() -> Self {
        Self(include_str!("prompt.txt").to_owned())
    }
}

/// A name in a line: whatever parts lines is a blank.
fn line(name: &str) -> String {
    name.split(|c: char| c.is_control())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_other_braces_stay() {
        let template =
            Template::new("H:\n{history}\nC:\n{candidates}\n{\"liked\": {x} {history").unwrap();
        let filled = template.filled(["{candidates}", "B\n12: C"], [("7", "Seven"), ("8", "")]);
        assert_eq!(
            filled,
            "H:\n- {candidates}\n- B 12: C\nC:\n7: Seven\n8\n{\"liked\": {x} {history"
        );
        assert!(Template::new("{history}").unwrap_err().to_string().contains("{candidates}"));
    }

    #[test]
    fn the_default_has_both_places() {
        let filled = Template::default().filled(["Alien"], [("7", "Heat")]);
        assert!(filled.contains("\n- Alien\n") && filled.contains("\n7: Heat\n"), "{filled}");
        assert!(!filled.contains("{history}") && filled.contains("{\"liked\""), "{filled}");
    }
}
