//! Which ratings count as positive.

use std::fmt;
use std::str::FromStr;

use crate::error::{OptionProblem, shown};

/// A condition on the rating, such as `rating>=4`.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The column it names: `rating`, or the rating column's header name.
    pub column: String,
    /// How to compare.
    pub comparison: Comparison,
    /// What to compare with; finite.
    pub bound: f64,
}

/// A comparison of a rating with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `==`
    Equal,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// Two characters before one, so that `>=` is not read as `>`.
    const ALL: [Self; 5] = [Self::AtLeast, Self::AtMost, Self::Equal, Self::Above, Self::Below];

    fn symbol(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::Equal => "==",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

impl Threshold {
    /// Whether a rating passes.
    pub fn passes(&self, rating: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => rating >= self.bound,
            Comparison::Above => rating > self.bound,
            Comparison::Equal => rating == self.bound,
            Comparison::Below => rating < self.bound,
            Comparison::AtMost => rating <= self.bound,
        }
    }
}

impl FromStr for Threshold {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        let problem = || OptionProblem::Threshold { text: shown(text) };
        let (comparison, (column, bound)) = (Comparison::ALL.into_iter())
            .find_map(|comparison| Some((comparison, text.split_once(comparison.symbol())?)))
            .ok_or_else(problem)?;
        let column = column.trim();
        let bound: f64 = bound.trim().parse().map_err(|_| problem())?;
        if column.is_empty() || !bound.is_finite() {
            return Err(problem());
        }
        Ok(Self { column: column.to_owned(), comparison, bound })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.column, self.comparison.symbol(), self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_read_and_compares() {
        for (text, at) in [
            ("rating>=4", [false, true, true]),
            ("rating>4", [false, false, true]),
            ("rating==4", [false, true, false]),
            ("rating<4", [true, false, false]),
            ("rating<=4", [true, true, false]),
        ] {
            let threshold: Threshold = text.parse().unwrap();
            assert_eq!([3.5, 4.0, 4.5].map(|rating| threshold.passes(rating)), at, "{text}");
            assert_eq!(threshold.to_string(), text);
        }
        assert_eq!(" plays > 2.5 ".parse::<Threshold>().unwrap().to_string(), "plays>2.5");
    }

    #[test]
    fn what_is_no_threshold_is_refused() {
        for text in ["", "rating", "rating=4", ">=4", "rating>=x", "rating>=nan", "rating>=inf"] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }
}
