//! Cells of tables: rounded for people, plain and whole for programs.

use crate::output::{Format, thousands};
use serde_json::Value;

/// What stands where there is no number, for people; for programs the field is empty.
pub(crate) const NOTHING: &str = "–";

impl Format {
    /// A count, its thousands apart for people.
    pub(crate) fn count(self, count: u64) -> String {
        if self == Self::Csv { count.to_string() } else { thousands(count) }
    }

    /// A number, rounded for people. Programs get the shortest digits that read back as the same.
    pub(crate) fn number(self, x: f64, decimals: usize) -> String {
        match (self, x.is_nan()) {
            (Self::Csv, true) => String::new(),
            (Self::Csv, false) => format!("{x:?}"),
            (_, true) => NOTHING.to_owned(),
            (_, false) => format!("{x:.decimals$}"),
        }
    }

    /// The same of a number that may not be there.
    pub(crate) fn number_or_nothing(self, x: Option<f64>, decimals: usize) -> String {
        self.number(x.unwrap_or(f64::NAN), decimals)
    }

    /// A model's score: of as many digits that other scores print otherwise, for programs.
    pub(crate) fn score(self, score: f32) -> String {
        if self == Self::Csv { format!("{score:?}") } else { format!("{score:.4}") }
    }
}

/// Each scalar of a JSON value with the names that lead to it, dots between them: a row a property,
/// one value a field.
pub(crate) fn properties(json: &Value) -> Vec<Vec<String>> {
    fn collect(value: &Value, path: &str, rows: &mut Vec<Vec<String>>) {
        let below = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match value {
            Value::Object(entries) => {
                entries.iter().for_each(|(name, value)| collect(value, &below(name), rows));
            }
            Value::Array(values) => {
                let numbered = values.iter().enumerate();
                numbered.for_each(|(n, value)| collect(value, &below(&n.to_string()), rows));
            }
            scalar => rows.push(vec![path.to_owned(), plain(scalar)]),
        }
    }
    let mut rows = Vec::new();
    collect(json, "", &mut rows);
    rows
}

/// A text without quotes, nothing for `null`, and any other value as JSON has it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn programs_read_back_what_was_computed() {
        for x in [0.1 + 0.2, 1.0 / 3.0, 1e-300, 0.0, 12_345_678.9] {
            assert_eq!(Format::Csv.number(x, 4).parse::<f64>().unwrap(), x);
        }
        for score in [0.1_f32 + 0.2, 1e-30, -7.25] {
            assert_eq!(Format::Csv.score(score).parse::<f32>().unwrap(), score);
        }
        assert_eq!([Format::Csv, Format::Table].map(|f| f.count(12_345)), ["12345", "12,345"]);
        assert_eq!([Format::Csv, Format::Table].map(|f| f.number(f64::NAN, 4)), ["", "–"]);
    }

    #[test]
    fn a_property_is_named_by_the_way_to_it() {
        let json = json!({ "a": 1, "b": { "c": "x", "d": null }, "e": [0.5, "y"] });
        let rows = [["a", "1"], ["b.c", "x"], ["b.d", ""], ["e.0", "0.5"], ["e.1", "y"]];
        assert_eq!(properties(&json), rows);
    }
}
