//! Lists of recommendations, a line of JSON each.

use foretaste_data::printable_json;
use rayon::prelude::*;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// An item of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Listed<'a> {
    /// Its id.
    pub item: Cow<'a, str>,
    /// Its score.
    pub score: f64,
    /// What it is called; left out if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
    /// The probability that the user would like it and there were no interaction even so; left out
    /// where the model does not learn it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<f32>,
    /// The probability of each feedback by name, or of a stronger one; left out where the model does not
    /// learn several.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_name")]
    pub probabilities: Vec<(&'a str, f32)>,
}

/// An object, in this order.
fn by_name<S: Serializer>(values: &[(&str, f32)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(values.iter().copied())
}

/// A list.
#[derive(Clone, Debug, Serialize)]
pub struct ListLine<'a> {
    /// The items, the best first.
    pub items: Vec<Listed<'a>>,
    /// Whose list it is, if they have an id.
    pub user: Option<Cow<'a, str>>,
}

/// The lines of some lists, without the ends of lines. For all users of a large model this takes
/// longer than finding the lists: it runs in parallel.
pub fn list_lines(lists: &[ListLine<'_>]) -> Vec<String> {
    let line = |list: &ListLine<'_>| {
        printable_json(serde_json::to_string(list).expect("a list is plain data"))
    };
    lists.par_iter().with_min_len(64).map(line).collect()
}
