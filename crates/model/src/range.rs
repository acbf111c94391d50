//! What values a parameter may have, as data.

use crate::TrainingError;
use std::borrow::Cow;
use std::fmt;
use std::ops::Bound;

/// The values that a parameter may have. As text it is what follows "must be".
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Range {
    /// Any of the parameter's type.
    #[default]
    Any,
    /// Numbers between two bounds.
    Numbers {
        /// From where.
        low: Bound<f64>,
        /// To where.
        high: Bound<f64>,
    },
    /// One of some words.
    Words(Vec<String>),
    /// Texts of some forms, which this names; the parameter's type knows them.
    Forms(&'static str),
}

/// Numbers from `low`.
pub fn at_least(low: impl Into<f64>) -> Range {
    Range::Numbers { low: Bound::Included(low.into()), high: Bound::Unbounded }
}

/// Numbers above `low`. What is so near to 0 that its inverse may be infinite, is not above 0.
pub fn above(low: impl Into<f64>) -> Range {
    Range::Numbers { low: Bound::Excluded(low.into()), high: Bound::Unbounded }
}

/// One of some words.
pub fn among<T: fmt::Display>(words: impl IntoIterator<Item = T>) -> Range {
    Range::Words(words.into_iter().map(|word| word.to_string()).collect())
}

/// Texts of the forms that `forms` names.
pub fn forms(forms: &'static str) -> Range {
    Range::Forms(forms)
}

impl Range {
    /// The numbers of the range to `high`.
    pub fn at_most(self, high: impl Into<f64>) -> Self {
        self.to(Bound::Included(high.into()))
    }

    /// The numbers of the range below `high`.
    pub fn below(self, high: impl Into<f64>) -> Self {
        self.to(Bound::Excluded(high.into()))
    }

    fn to(self, high: Bound<f64>) -> Self {
        match self {
            Self::Numbers { low, .. } => Self::Numbers { low, high },
            _ => Self::Numbers { low: Bound::Unbounded, high },
        }
    }

    /// Whether a value is in the range, by what it is as text: 0.1, which no float is, is at most 0.1.
    pub fn holds(&self, value: impl fmt::Display) -> bool {
        let text = value.to_string();
        match self {
            Self::Any | Self::Forms(_) => true,
            Self::Words(words) => words.contains(&text),
            Self::Numbers { low, high } => text.parse::<f64>().is_ok_and(|number| {
                let nothing = number.abs() < f64::from(f32::MIN_POSITIVE);
                let number = if nothing { 0.0 } else { number };
                let low = match low {
                    Bound::Included(low) => number >= *low,
                    Bound::Excluded(low) => number > *low,
                    Bound::Unbounded => true,
                };
                let high = match high {
                    Bound::Included(high) => number <= *high,
                    Bound::Excluded(high) => number < *high,
                    Bound::Unbounded => true,
                };
                low && high && number.is_finite()
            }),
        }
    }

    /// Checks the value of the parameter `name`.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] if it is not in the range.
    pub fn check(
        &self,
        name: impl Into<Cow<'static, str>>,
        value: impl fmt::Display,
    ) -> Result<(), TrainingError> {
        match self.holds(&value) {
            true => Ok(()),
            false => Err(TrainingError::parameter(name, self.to_string(), value)),
        }
    }
}

/// `from 1 to 4096`, `above 0 and at most 10`, `` `sgd` or `adagrad` ``; nothing for [`Range::Any`].
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Forms(forms) => f.write_str(forms),
            Self::Words(words) => {
                for (n, word) in words.iter().enumerate() {
                    let between = if n + 1 < words.len() { ", " } else { " or " };
                    write!(f, "{}`{word}`", if n == 0 { "" } else { between })?;
                }
                Ok(())
            }
            Self::Numbers { low: Bound::Included(low), high: Bound::Included(high) } => {
                write!(f, "from {low} to {high}")
            }
            Self::Numbers { low, high } => {
                let low = match low {
                    Bound::Included(low) => Some(format!("at least {low}")),
                    Bound::Excluded(low) => Some(format!("above {low}")),
                    Bound::Unbounded => None,
                };
                let high = match high {
                    Bound::Included(high) => Some(format!("at most {high}")),
                    Bound::Excluded(high) => Some(format!("below {high}")),
                    Bound::Unbounded => None,
                };
                let both: Vec<String> = low.into_iter().chain(high).collect();
                f.write_str(&both.join(" and "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_what_it_holds() {
        let cases: [(Range, &str, &[&str], &[&str]); 8] = [
            (at_least(1).at_most(4096), "from 1 to 4096", &["1", "4096"], &["0", "4097", "x"]),
            (at_least(1), "at least 1", &["1", "1e9"], &["0.999", "inf", "NaN", ""]),
            (above(0), "above 0", &["1e-30"], &["0", "1e-39", "-1", "inf"]),
            (above(0).at_most(10), "above 0 and at most 10", &["10"], &["0", "10.001"]),
            (above(0).below(0.5), "above 0 and below 0.5", &["0.1"], &["0", "0.5"]),
            (at_least(0).below(1), "at least 0 and below 1", &["0", "0.999"], &["-0.1", "1"]),
            (among(["a", "b", "c"]), "`a`, `b` or `c`", &["a", "c"], &["d", "", "A"]),
            (forms("`x` or a number"), "`x` or a number", &["y"], &[]),
        ];
        for (range, text, inside, outside) in cases {
            assert_eq!(range.to_string(), text);
            for value in inside {
                assert!(range.holds(value), "{value} is {text}");
            }
            for value in outside {
                let error = range.check("name", value).unwrap_err().to_string();
                assert_eq!(error, format!("name must be {text}, not {value}"));
            }
        }
        assert!(Range::Any.holds("anything") && Range::Any.to_string().is_empty());
        // As an f64, this f32 is above 0.1.
        assert!(at_least(0).at_most(0.1).holds(0.1_f32));
        assert_eq!(among(["only"]).to_string(), "`only`");
    }
}
