//! Which feedbacks to read.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use crate::error::{OptionProblem, shown};

/// The names of feedbacks, weakest first: reads as `view,cart,buy`. The last is what is to be
/// recommended for. There is at least one, and none is there twice, whatever the case of its letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackNames(Vec<String>);

impl FeedbackNames {
    /// Which of them an event is, whatever the case of its letters.
    pub fn find(&self, event: &str) -> Option<usize> {
        self.0.iter().position(|name| name.eq_ignore_ascii_case(event))
    }

    /// The last: what is to be recommended for.
    pub fn target(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

impl Deref for FeedbackNames {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for FeedbackNames {
    type Err = OptionProblem;

    fn from_str(text: &str) -> Result<Self, OptionProblem> {
        let mut names = Self(Vec::new());
        for name in text.split(',').map(str::trim) {
            if name.is_empty() {
                return Err(OptionProblem::NoName { text: shown(text) });
            }
            if names.find(name).is_some() {
                return Err(OptionProblem::RepeatedName { name: shown(name) });
            }
            names.0.push(name.to_owned());
        }
        Ok(names)
    }
}

impl fmt::Display for FeedbackNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_in_their_order() {
        let names: FeedbackNames = "view, Add to cart,buy".parse().unwrap();
        assert_eq!(names.to_string(), "view,Add to cart,buy");
        assert_eq!((names.find("add to CART"), names.find("fav")), (Some(1), None));
        assert_eq!((names.target(), names.len()), ("buy", 3));
    }

    #[test]
    fn no_name_and_a_name_twice_are_errors() {
        let message = |text: &str| text.parse::<FeedbackNames>().unwrap_err().to_string();
        assert_eq!(message("view,buy,View"), "feedback \"View\" is given twice");
        assert_eq!(message("view,,buy"), "feedback \"view,,buy\" has an empty name");
        assert_eq!(message(""), "feedback \"\" has an empty name");
    }
}
