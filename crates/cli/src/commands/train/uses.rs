//! What of a data set a method learns from.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use foretaste::Method;
use foretaste::data::{Dataset, Feedback};
use foretaste::model::Uses;
use serde::Serialize;

/// What a method of one feedback learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FeedbackAs {
    /// The last, which is recommended for.
    #[default]
    Target,
    /// The union of all: a pair of any counts as one.
    Union,
}

/// What the method learns from, without what it does not: users and items known by the rest alone are
/// not in its model. Says so on stderr.
pub(super) fn used(
    data: Dataset,
    method: &Method,
    feedback_as: FeedbackAs,
    global: &Global,
) -> Outcome<Dataset> {
    if data.is_plain() {
        return Ok(data);
    }
    let union = feedback_as == FeedbackAs::Union;
    if union && method.uses().feedback {
        let name = method.name();
        return Err(Failure::usage(format_args!("{name} learns from each feedback by itself"))
            .help("leave out --feedback-as union"));
    }
    global.note(described(&data, method.name(), method.uses(), union));
    select(data, method.uses(), union)
}

fn select(data: Dataset, uses: Uses, union: bool) -> Outcome<Dataset> {
    let data = if uses.features { data } else { data.without_features() };
    let data = if uses.feedback || union { data } else { data.without_others() };
    Ok(data.compact()?)
}

/// The names of all feedbacks, weakest first.
pub(super) fn names(data: &Dataset) -> Vec<&str> {
    data.others().iter().map(Feedback::name).chain(data.target_name()).collect()
}

/// "bpr learns from buy; view, cart and features of items are left out".
fn described(data: &Dataset, method: &str, uses: Uses, union: bool) -> String {
    let mut others: Vec<&str> = data.others().iter().map(Feedback::name).collect();
    let mut features = Vec::new();
    let sides =
        [("features of users", data.user_features()), ("features of items", data.item_features())];
    features.extend(sides.iter().filter(|(_, of)| of.vectors().is_some()).map(|(name, _)| *name));
    features.extend(data.item_features().tags().map(|_| "tags of items"));
    let target = data.target_name().unwrap_or("the interactions");
    let (mut from, mut left) = (Vec::new(), Vec::new());
    (if uses.feedback || union { &mut from } else { &mut left }).append(&mut others);
    from.push(target);
    (if uses.features { &mut from } else { &mut left }).append(&mut features);
    let what = if union { "the union of " } else { "" };
    let left = match &left[..] {
        [] => String::new(),
        [one] => format!("; {one} {} left out", if one.contains(' ') { "are" } else { "is" }),
        left => format!("; {} are left out", listed(left)),
    };
    format!("{method} learns from {what}{}{left}", listed(&from))
}

/// "a", "a and b", "a, b and c".
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretaste::data::{FeatureTable, IdTable, Interactions, ItemId, Keep, Pair, UserId};

    /// View, cart and buy of a user and an item each, and features of another item.
    fn data() -> Dataset {
        let one = |id: i64| {
            let ids = || IdTable::from_integers(vec![id]);
            let pair = Pair { user: UserId(0), item: ItemId(0), weight: 1.0, time: 0 };
            let (matrix, _) = Interactions::from_pairs(vec![pair], 1, 1, Keep::default()).unwrap();
            Dataset::new(ids(), ids(), matrix).unwrap()
        };
        let names = ["view", "cart", "buy"].map(str::to_owned);
        let data = Dataset::of_feedbacks(names.into_iter().zip([1, 2, 3].map(one)).collect());
        let table = FeatureTable::of_vectors(&["3", "4"], 1, &[1.0, 2.0]).unwrap();
        data.unwrap().with_item_features(table).unwrap()
    }

    #[test]
    fn a_method_gets_what_it_uses_and_knows_no_more_items() {
        for (feedback, features, union, items) in [
            (false, false, false, &["3"][..]),
            (false, true, false, &["3", "4"]),
            (true, false, false, &["1", "2", "3"]),
            (true, true, false, &["1", "2", "3", "4"]),
            (false, false, true, &["1", "2", "3"]),
            (false, true, true, &["1", "2", "3", "4"]),
        ] {
            let selected = select(data(), Uses { feedback, features }, union).unwrap();
            assert_eq!(selected.items(), &IdTable::from_text(items));
            assert_eq!(selected.others().is_empty(), !feedback && !union);
            assert_eq!(selected.item_features().is_empty(), !features);
        }
    }

    #[test]
    fn it_is_said_what_is_learned_from() {
        let said = |feedback, features, union| {
            described(&data(), "bpr", Uses { feedback, features }, union)
        };
        assert_eq!(
            said(false, false, false),
            "bpr learns from buy; view, cart and features of items are left out"
        );
        assert_eq!(
            said(false, false, true),
            "bpr learns from the union of view, cart and buy; features of items are left out"
        );
        assert_eq!(
            said(true, true, false),
            "bpr learns from view, cart, buy and features of items"
        );
    }
}
