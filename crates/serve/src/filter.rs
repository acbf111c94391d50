//! What lists are asked to be made of, by attributes of items.

use crate::attributes::{Attributes, Bounds};
use crate::error::Refusal;
use foretaste::ItemSet;
use foretaste::data::ItemId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Conditions of a filter, in all.
const MOST_CONDITIONS: usize = 32;
/// Values of a condition.
const MOST_VALUES: usize = 1000;
/// Filters in filters.
const DEEPEST: usize = 3;

/// Which items may be listed: those for which all of `must`, one at least of `should`, and none of `must_not`
/// hold, where these are given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(no_recursion)]
pub(crate) struct Filter {
    /// All of these hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    must: Vec<Condition>,
    /// One of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    should: Vec<Condition>,
    /// None of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    must_not: Vec<Condition>,
}

/// A condition: of the attribute `key`, either `match` or `range`; or a filter, at most three within one another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    /// The attribute: a column of the server's `--attributes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Which values hold.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    matches: Option<Match>,
    /// Which numbers hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
    /// All of these hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    must: Vec<Condition>,
    /// One of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    should: Vec<Condition>,
    /// None of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    must_not: Vec<Condition>,
}

/// One of `value`, `any` and `except`; texts, numbers, true or false.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Match {
    /// This value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Word>,
    /// One of these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<Vec<Word>>,
    /// A value that is none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    except: Option<Vec<Word>>,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a value is a text, a number, true or false")]
enum Word {
    /// As the table has it.
    Text(String),
    /// Equal to the number that the table has, however it is written.
    Number(f64),
    /// `true` or `false` in the table.
    Truth(bool),
}

/// Numbers between bounds, of which one at least is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Range {
    /// Above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gt: Option<f64>,
    /// It, or above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gte: Option<f64>,
    /// Below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lt: Option<f64>,
    /// It, or below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lte: Option<f64>,
}

/// A filter is on its way to be a set of items.
struct Way<'a> {
    attributes: &'a Attributes,
    n_items: usize,
    conditions: usize,
}

impl Filter {
    /// The items for which it holds.
    pub(crate) fn items(
        &self,
        attributes: Option<&Attributes>,
        n_items: usize,
    ) -> Result<ItemSet, Refusal> {
        let attributes = attributes.ok_or_else(|| {
            Refusal::bad("there are no attributes to filter by").at("$.filter").help(
                "the server reads them with --attributes FILE, a table with a column of items",
            )
        })?;
        let mut way = Way { attributes, n_items, conditions: 0 };
        way.all((&self.must, &self.should, &self.must_not), "$.filter", 1)
    }
}

type Parts<'a> = (&'a [Condition], &'a [Condition], &'a [Condition]);

impl Way<'_> {
    fn all(&mut self, parts: Parts<'_>, path: &str, depth: usize) -> Result<ItemSet, Refusal> {
        if depth > DEEPEST {
            let message = format_args!("filters may be {DEEPEST} deep");
            return Err(Refusal::bad(message).at(path).help("put conditions side by side"));
        }
        let (must, should, must_not) = parts;
        if must.is_empty() && should.is_empty() && must_not.is_empty() {
            return Err(Refusal::bad("the filter has no condition")
                .at(path)
                .help(r#"e.g. {"must": [{"key": "genre", "match": {"value": "Drama"}}]}"#));
        }
        let mut found = every(self.n_items);
        for (n, condition) in must.iter().enumerate() {
            let holds = self.one(condition, &format!("{path}.must[{n}]"), depth)?;
            found = of(&found, |item| holds.contains(item));
        }
        if !should.is_empty() {
            let mut any = ItemSet::new(self.n_items);
            for (n, condition) in should.iter().enumerate() {
                let holds = self.one(condition, &format!("{path}.should[{n}]"), depth)?;
                holds.iter().for_each(|item| _ = any.insert(item));
            }
            found = of(&found, |item| any.contains(item));
        }
        for (n, condition) in must_not.iter().enumerate() {
            let holds = self.one(condition, &format!("{path}.must_not[{n}]"), depth)?;
            found = of(&found, |item| !holds.contains(item));
        }
        Ok(found)
    }

    fn one(&mut self, condition: &Condition, path: &str, depth: usize) -> Result<ItemSet, Refusal> {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS {
            let message = format_args!("a filter has at most {MOST_CONDITIONS} conditions");
            return Err(Refusal::bad(message).at(path).help("\"any\" takes many values at once"));
        }
        let Condition { key, matches, range, must, should, must_not } = condition;
        let nested = !(must.is_empty() && should.is_empty() && must_not.is_empty());
        match (key, matches, range, nested) {
            (None, None, None, true) => self.all((must, should, must_not), path, depth + 1),
            (Some(key), Some(matches), None, false) => self.matching(key, matches, path),
            (Some(key), None, Some(range), false) => {
                self.check(key, path)?;
                let Range { gt, gte, lt, lte } = *range;
                if [gt, gte, lt, lte] == [None; 4] {
                    let help = r#"e.g. {"gte": 1990, "lt": 2000}"#;
                    return Err(Refusal::bad("a range without a bound").at(path).help(help));
                }
                Ok(self.attributes.between(key, &Bounds { gt, gte, lt, lte }))
            }
            _ => Err(Refusal::bad("a condition has a key with a match or a range, or conditions")
                .at(path)
                .help(r#"e.g. {"key": "genre", "match": {"value": "Drama"}}"#)),
        }
    }

    fn check(&self, key: &str, path: &str) -> Result<(), Refusal> {
        if self.attributes.has(key) {
            return Ok(());
        }
        let names: Vec<&str> = self.attributes.names().take(20).collect();
        Err(Refusal::bad(format_args!("there is no attribute \"{key}\""))
            .at(format_args!("{path}.key"))
            .help(format_args!("there are: {}", names.join(", "))))
    }

    fn matching(&self, key: &str, matches: &Match, path: &str) -> Result<ItemSet, Refusal> {
        self.check(key, path)?;
        let path = format!("{path}.match");
        let (values, except) = match matches {
            Match { value: Some(value), any: None, except: None } => {
                (std::slice::from_ref(value), false)
            }
            Match { value: None, any: Some(values), except: None } => (&values[..], false),
            Match { value: None, any: None, except: Some(values) } => (&values[..], true),
            _ => {
                let help = r#"e.g. {"any": ["Drama", "War"]}"#;
                return Err(Refusal::bad("one of value, any and except is wanted")
                    .at(path)
                    .help(help));
            }
        };
        if values.len() > MOST_VALUES {
            let message = format_args!("a condition has at most {MOST_VALUES} values");
            return Err(Refusal::bad(message).at(path).help("use several conditions"));
        }
        let mut found = ItemSet::new(self.n_items);
        for value in values {
            for item in self.valued(key, value).iter() {
                found.insert(item);
            }
        }
        match except {
            // Of items that have a value at all.
            true => Ok(of(&self.attributes.any(key), |item| !found.contains(item))),
            false => Ok(found),
        }
    }

    fn valued(&self, key: &str, value: &Word) -> ItemSet {
        match value {
            Word::Text(word) => self.attributes.with(key, word),
            Word::Truth(truth) => self.attributes.with(key, &truth.to_string()),
            Word::Number(number) => {
                let number = Some(*number);
                let bounds = Bounds { gte: number, lte: number, ..Bounds::default() };
                self.attributes.between(key, &bounds)
            }
        }
    }
}

fn every(n_items: usize) -> ItemSet {
    ItemSet::from_items(n_items, (0..n_items as u32).map(ItemId))
}

fn of(items: &ItemSet, holds: impl Fn(ItemId) -> bool) -> ItemSet {
    ItemSet::from_items(items.n_items(), items.iter().filter(|item| holds(*item)))
}

#[cfg(test)]
mod tests;
