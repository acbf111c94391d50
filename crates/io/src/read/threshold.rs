//! Which rows count as positive.

use std::fmt;
use std::str::FromStr;

use crate::error::{OptionProblem, shown};
use crate::read::intern::decode;

/// A rule such as `rating>=4`, or `event=buy,cart`.
///
/// What is compared by size is the rating. What is to be equal to something is any column: its
/// text, whatever the case of its letters, or its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    column: String,
    condition: Condition,
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    /// The bound is finite.
    Compare(Comparison, f64),
    OneOf(Vec<Value>),
}

/// A value to be equal to, and the finite number that it is, if it is one.
#[derive(Clone, Debug, PartialEq)]
struct Value {
    text: String,
    number: Option<f64>,
}

/// A comparison of a rating with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    Above,
    Below,
    AtMost,
}

impl Comparison {
    fn symbol(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

impl Threshold {
    /// The column it names: `rating`, `event`, a header name, or a number counted from 1.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Whether a rating passes.
    pub fn passes(&self, rating: f64) -> bool {
        match &self.condition {
            Condition::Compare(Comparison::AtLeast, bound) => rating >= *bound,
            Condition::Compare(Comparison::Above, bound) => rating > *bound,
            Condition::Compare(Comparison::Below, bound) => rating < *bound,
            Condition::Compare(Comparison::AtMost, bound) => rating <= *bound,
            Condition::OneOf(values) => values.iter().any(|value| value.number == Some(rating)),
        }
    }

    /// Whether it can be held against a rating: not if it is a word.
    pub fn is_numeric(&self) -> bool {
        match &self.condition {
            Condition::Compare(..) => true,
            Condition::OneOf(values) => values.iter().all(|value| value.number.is_some()),
        }
    }

    /// Whether it says what something is equal to, and so can be held against the text of any
    /// column.
    pub(crate) fn is_equality(&self) -> bool {
        matches!(self.condition, Condition::OneOf(_))
    }

    /// Whether the text of a column passes: not if the rule compares by size.
    pub fn accepts(&self, field: &[u8]) -> bool {
        let Condition::OneOf(values) = &self.condition else { return false };
        let text = decode(field);
        values.iter().any(|value| {
            value.text.eq_ignore_ascii_case(&text)
                || value.number.is_some_and(|number| text.parse() == Ok(number))
        })
    }
}

impl FromStr for Threshold {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        let problem = || OptionProblem::Threshold { text: shown(text) };
        let (column, rest) = text.split_at(text.find(['<', '>', '=']).ok_or_else(problem)?);
        let condition = condition(rest).ok_or_else(problem)?;
        let column = column.trim();
        if column.is_empty() {
            return Err(problem());
        }
        Ok(Self { column: column.to_owned(), condition })
    }
}

/// What is behind the name of the column.
fn condition(text: &str) -> Option<Condition> {
    use Comparison::{Above, AtLeast, AtMost, Below};
    // Two characters before one, so that `>=` is not read as `>`.
    for comparison in [AtLeast, AtMost, Above, Below] {
        if let Some(bound) = text.strip_prefix(comparison.symbol()) {
            return Some(Condition::Compare(comparison, finite(bound.trim())?));
        }
    }
    let values = text.strip_prefix("==").or_else(|| text.strip_prefix('='))?;
    let value = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| Value { text: text.to_owned(), number: finite(text) })
    };
    Some(Condition::OneOf(values.split(',').map(value).collect::<Option<_>>()?))
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.column)?;
        match &self.condition {
            Condition::Compare(comparison, bound) => write!(f, "{}{bound}", comparison.symbol()),
            Condition::OneOf(values) => {
                let values: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
                write!(f, "={}", values.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Threshold {
        text.parse().unwrap()
    }

    #[test]
    fn every_operator_is_read_and_compares() {
        for (text, at) in [
            ("rating>=4", [false, true, true]),
            ("rating>4", [false, false, true]),
            ("rating=4", [false, true, false]),
            ("rating=4,4.5", [false, true, true]),
            ("rating<4", [true, false, false]),
            ("rating<=4", [true, true, false]),
        ] {
            let threshold = parsed(text);
            assert_eq!([3.5, 4.0, 4.5].map(|rating| threshold.passes(rating)), at, "{text}");
            assert_eq!(threshold.to_string(), text);
            assert!(threshold.is_numeric());
        }
        assert_eq!(parsed(" plays > 2.5 ").to_string(), "plays>2.5");
        assert_eq!(parsed("rating==4"), parsed("rating=4"));
    }

    #[test]
    fn words_are_equal_in_any_case_and_numbers_by_value() {
        let rule = parsed("event = buy, add to cart");
        assert_eq!((rule.to_string().as_str(), rule.column()), ("event=buy,add to cart", "event"));
        for (text, passes) in
            [("buy", true), ("BUY", true), ("Add to cart", true), ("view", false), ("", false)]
        {
            assert_eq!(rule.accepts(text.as_bytes()), passes, "{text}");
        }
        let rule = parsed("kind=4");
        assert!(["4", "4.0", "04"].iter().all(|text| rule.accepts(text.as_bytes())));
        assert!(!rule.accepts(b"5") && !rule.accepts(b""));
        assert!(parsed("liked=true").accepts(b"True") && !parsed("liked=true").is_numeric());
        assert!(parsed("was=größer").accepts(b"gr\xf6\xdfer"));
        assert!(parsed("a=b>c").accepts(b"b>c"));
        assert!(!parsed("rating>=4").accepts(b"5"));
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "rating",
            "rating=",
            "=4",
            ">=4",
            "rating>=x",
            "rating>=nan",
            "rating>=inf",
            "event=a,,b",
            "event==",
        ] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }
}
