//! How rows are to be understood, as Python says it.

use crate::fault::{Fault, Outcome};
use crate::rows::{Names, Rows, Rule};
use foretaste::data::Keep;
use foretaste::io;
use pyo3::prelude::*;

/// How rows are to be understood.
#[derive(FromPyObject)]
pub(crate) struct Reading {
    #[pyo3(item)]
    pub(crate) user: String,
    #[pyo3(item)]
    pub(crate) item: String,
    #[pyo3(item)]
    pub(crate) weight: Option<String>,
    #[pyo3(item)]
    pub(crate) time: Option<String>,
    #[pyo3(item)]
    positive: Option<String>,
    #[pyo3(item)]
    event: Option<String>,
    #[pyo3(item)]
    feedback: Option<Vec<String>>,
    #[pyo3(item)]
    skip_missing: bool,
}

impl Reading {
    fn keep(&self) -> Keep {
        Keep { weights: self.weight.is_some(), times: self.time.is_some() }
    }

    pub(crate) fn rule(&self) -> Outcome<Rule> {
        match (&self.positive, &self.feedback) {
            (Some(rule), None) => Ok(Rule::Positive(rule.parse().map_err(io::Error::Options)?)),
            (None, Some(names)) if !names.is_empty() && names.len() < 100 => {
                // The rules for names are those of the command line.
                let names: io::FeedbackNames =
                    names.join(",").parse().map_err(io::Error::Options)?;
                Ok(Rule::Feedback(names.to_vec()))
            }
            (None, Some(names)) => {
                Err(Fault::parameter("feedback", "the names of 1 to 99 feedbacks", names.len()))
            }
            (Some(_), Some(_)) => {
                Err(Fault::data("positive= and feedback= both say which rows count: give one"))
            }
            (None, None) => Ok(Rule::All),
        }
    }

    /// The column that the rule looks at.
    pub(crate) fn mark(&self, rule: &Rule) -> Option<String> {
        match rule {
            Rule::All => None,
            Rule::Positive(rule) => Some(rule.column().to_owned()),
            Rule::Feedback(_) => self.event.clone(),
        }
    }

    pub(crate) fn rows(&self, rule: Rule) -> Rows {
        let names = Names {
            mark: self.mark(&rule).unwrap_or_default(),
            user: self.user.clone(),
            item: self.item.clone(),
            weight: self.weight.clone().unwrap_or_default(),
            time: self.time.clone().unwrap_or_default(),
        };
        Rows::new(names, rule, self.keep(), self.skip_missing)
    }
}
