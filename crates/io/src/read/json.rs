//! JSON lines: a line is an object, whose fields are the columns.
//!
//! The names of the columns are those of the fields at the beginning of the file, in the order in which
//! they appear; a field is found by its name, wherever it stands in its line. Numbers are taken as they
//! are written and strings for what they say, so that `1` and `"1"` are the same id, and `1` and `1.0`
//! are not, as in a table. A field that is null is as good as missing. Only the fields that are needed
//! are taken out of a line; the others have to be JSON, and no more.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{RowProblem, shown};
use crate::read::fields::Fields;
use crate::read::records::without_returns;
use crate::read::sample::{ROWS, Sample};

/// Whether a text begins as JSON lines do: an id in braces is followed by no quote.
pub(crate) fn is_lines(text: &[u8]) -> bool {
    let rest = text.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    matches!(rest, Some([b'"' | b'}', ..]))
}

/// Whether a text begins as an array of objects.
pub(crate) fn is_array(text: &[u8]) -> bool {
    text.trim_ascii_start().strip_prefix(b"[").is_some_and(is_lines)
}

/// The fields that lines have, and those to take out of them.
#[derive(Clone, Debug)]
pub(crate) struct JsonFields {
    names: Vec<String>,
    /// Whether a field is needed, and which are.
    is_needed: Vec<bool>,
    needed: Vec<usize>,
}

impl JsonFields {
    /// Of lines with these fields, to take some of them.
    pub(crate) fn new(names: Vec<String>, needed: impl IntoIterator<Item = usize>) -> Self {
        let mut is_needed = vec![false; names.len()];
        for at in needed {
            if let Some(needed) = is_needed.get_mut(at) {
                *needed = true;
            }
        }
        let needed = (0..names.len()).filter(|&at| is_needed[at]).collect();
        Self { names, is_needed, needed }
    }

    /// Splits a line into the fields that are needed.
    pub(crate) fn split(&self, line: &[u8], fields: &mut Fields) -> Result<(), RowProblem> {
        fields.start(self.needed.last().map_or(0, |last| last + 1));
        let mut problem = None;
        let visitor = Line { line, known: self, fields, problem: &mut problem };
        object(line, visitor)?;
        problem.map_or(Ok(()), Err)
    }

    /// The field of a name, unless it is not needed and not where it is guessed to be.
    fn find(&self, name: &str, guess: usize) -> Option<usize> {
        // Most lines have their fields in the same order.
        let here = self.names.get(guess).is_some_and(|known| known == name);
        let needed = || self.needed.iter().copied().find(|&at| self.names[at] == name);
        if here { Some(guess) } else { needed() }
    }
}

/// The beginning of a file: a row of names, and the lines as rows under it. A line that can't be read
/// is left out here, and reading will say what is wrong with it.
pub(crate) fn sample(text: &[u8], complete: bool) -> Sample {
    let end = memchr::memrchr(b'\n', text).filter(|_| !complete).unwrap_or(text.len());
    let lines = || {
        let lines = text[..end].split(|byte| *byte == b'\n').map(without_returns);
        lines.filter(|line| !line.trim_ascii().is_empty()).take(ROWS)
    };
    let mut names = Vec::new();
    for line in lines() {
        // What is no object has no names.
        let _ = object(line, Names(&mut names));
    }
    let known = JsonFields::new(names.clone(), 0..names.len());
    let (mut fields, mut rows) = (Fields::default(), vec![names]);
    for line in lines() {
        // What is nested is for reading to refuse, if it is needed.
        if matches!(known.split(line, &mut fields), Err(RowProblem::Json { .. })) {
            continue;
        }
        let field = |n| fields.get(&[], n).map_or(String::new(), text_of);
        rows.push((0..known.names.len()).map(field).collect());
    }
    Sample { rows }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Shows a visitor a line that is an object.
fn object<'de>(line: &'de [u8], visitor: impl Visitor<'de>) -> Result<(), RowProblem> {
    let mut line = serde_json::Deserializer::from_slice(line);
    let read = line.deserialize_map(visitor).and_then(|_| line.end());
    read.map_err(|error| no_object(&error, 0))
}

/// What is wrong with JSON that has so many bytes of its line in front.
fn no_object(error: &serde_json::Error, before: usize) -> RowProblem {
    // The line in it is that of the object.
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    RowProblem::Json { reason: shown(reason), column: before + error.column() }
}

/// Takes the fields out of a line.
struct Line<'a> {
    line: &'a [u8],
    known: &'a JsonFields,
    fields: &'a mut Fields,
    problem: &'a mut Option<RowProblem>,
}

impl<'de> Visitor<'de> for Line<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut next = 0;
        while let Some(at) = map.next_key_seed(Name { known: self.known, guess: next })? {
            match at.filter(|&at| self.known.is_needed[at]) {
                Some(at) => {
                    let value: &RawValue = map.next_value()?;
                    let value = value.get();
                    // The value is a piece of the line.
                    let before = value.as_ptr().addr() - self.line.as_ptr().addr();
                    let taken = take(value, before, &self.known.names, at, self.fields);
                    if let Err(problem) = taken {
                        self.problem.get_or_insert(problem);
                    }
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
            next = at.map_or(next, |at| at + 1);
        }
        Ok(())
    }
}

/// Takes a value as the text of a field; `before` it are so many bytes of its line.
fn take(
    value: &str,
    before: usize,
    names: &[String],
    at: usize,
    fields: &mut Fields,
) -> Result<(), RowProblem> {
    match value.as_bytes() {
        b"null" => fields.leave_out(at),
        [b'{' | b'[', ..] => return Err(RowProblem::Nested { name: shown(&names[at]) }),
        [b'"', text @ .., b'"'] if memchr::memchr(b'\\', text).is_none() => fields.put(at, text),
        [b'"', ..] => {
            let text = serde_json::from_str::<String>(value);
            let text = text.map_err(|error| no_object(&error, before))?;
            fields.put(at, text.as_bytes());
        }
        number => fields.put(at, number),
    }
    Ok(())
}

/// Which of the known names a field has.
struct Name<'a> {
    known: &'a JsonFields,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Option<usize>, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.known.find(name, self.guess))
    }
}

/// Collects the names of a line's fields.
struct Names<'a>(&'a mut Vec<String>);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            if !self.0.contains(&name) {
                self.0.push(name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<Option<String>>, RowProblem> {
        let names = ["user", "item", "tags"].map(str::to_owned).to_vec();
        let mut fields = Fields::default();
        JsonFields::new(names, [0, 1]).split(line.as_bytes(), &mut fields)?;
        Ok((0..2).map(|n| fields.get(&[], n).map(text_of)).collect())
    }

    #[test]
    fn fields_are_found_by_name_and_taken_as_written() {
        for (line, user, item) in [
            (r#"{"user":1,"item":2}"#, Some("1"), Some("2")),
            (r#"{"item":"b","user":"a"}"#, Some("a"), Some("b")),
            (
                r#" { "x" : [1, {"user": 5}] , "user" : 1.0 , "item" : 1e3 } "#,
                Some("1.0"),
                Some("1e3"),
            ),
            (r#"{"tags":["a"],"user":"a\"\u00e9","item":" b "}"#, Some("a\"é"), Some(" b ")),
            (r#"{"us\u0065r":true,"item":""}"#, Some("true"), Some("")),
            (r#"{"user":1,"item":null}"#, Some("1"), None),
            (r#"{"user":1,"user":2}"#, Some("2"), None),
            ("{}", None, None),
        ] {
            let expected = vec![user.map(str::to_owned), item.map(str::to_owned)];
            assert_eq!(split(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_object_of_single_values_is_refused() {
        for line in [
            "",
            "1",
            "[1,2]",
            "{",
            r#"{"user":1"#,
            r#"{"user":1} {}"#,
            r#"{"user":1,}"#,
            "{user:1}",
            r#"{"user":"\ud800"}"#,
            "{\"user\":\"a\nb\"}",
        ] {
            let json = |problem: &RowProblem| matches!(problem, RowProblem::Json { .. });
            assert!(split(line).is_err_and(|problem| json(&problem)), "{line}");
        }
        // Where it is wrong is told of the line, not of the value.
        let column = |line: &str| match split(line) {
            Err(RowProblem::Json { column, .. }) => column,
            found => panic!("{found:?}"),
        };
        let bad = r#""\ud800x""#;
        let inside = serde_json::from_str::<String>(bad).unwrap_err().column();
        assert_eq!(column(&format!(r#"{{"user":{bad}}}"#)), 8 + inside);
        assert_eq!(column(&format!(r#"{{"user": 1, "item": {bad}}}"#)), 20 + inside);
        let nested = RowProblem::Nested { name: "item".into() };
        assert_eq!(split(r#"{"user":1,"item":[2]}"#), Err(nested.clone()));
        assert_eq!(split(r#"{"item":{},"user":1}"#), Err(nested));
    }

    #[test]
    fn json_is_told_from_ids_in_braces() {
        for text in ["{\"a\":1}", " \n{ \"a\": 1}", "{}"] {
            assert!(is_lines(text.as_bytes()), "{text}");
        }
        for text in ["{3F25-04E0},5", "", "{", "[{\"a\":1}]", "\"{\""] {
            assert!(!is_lines(text.as_bytes()), "{text}");
        }
        assert!(is_array(b"[\n  {\"a\": 1}]") && !is_array(b"[1]"));
    }
}
