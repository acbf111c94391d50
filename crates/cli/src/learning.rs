//! What of a data set a method learns from.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{Beside, Reading, Whole};
use crate::output::listed;
use crate::shell;
use foretaste::Method;
use foretaste::data::{Dataset, Feedback, Keep, Split, SplitMethod, split};
use foretaste::model::Uses;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What there is to learn from beside one feedback, and what a method of one makes of it.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Learning {
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// What a method of one feedback learns from: the last, or the union of all. Lists leave out the
    /// last one's interactions either way.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHICH",
        help_heading = "Several feedbacks and features"
    )]
    pub(crate) feedback_as: FeedbackAs,
}

impl Learning {
    pub(crate) fn is_union(&self) -> bool {
        self.feedback_as == FeedbackAs::Union
    }

    /// The files that are read for a file or folder of data.
    pub(crate) fn inputs(&self, data: &Path) -> Vec<PathBuf> {
        self.beside.inputs(data)
    }

    /// Reads everything, and says on stderr what was found, and what each method learns from. Of a
    /// split of several feedbacks all are read if a method uses them, whether they are named or not.
    pub(crate) fn read<'a>(
        &self,
        data: &Path,
        methods: impl Iterator<Item = &'a Method> + Clone,
        reading: &Reading,
        keep: Keep,
        global: &Global,
    ) -> Outcome<Whole> {
        let uses_others = |method: &Method| method.uses().feedback || method.uses().side_feedback;
        let all = self.is_union() || methods.clone().any(uses_others);
        let beside = match all {
            true => self.beside.clone().with_feedback_of(data)?,
            false => self.beside.clone(),
        };
        let whole = beside.read(data, reading, keep, global)?;
        if self.is_union() && whole.data.others().is_empty() {
            let message = "--feedback-as union: there is one feedback";
            return Err(Failure::usage(message).help("--feedback view,cart,buy names several"));
        }
        let union = self.is_union();
        methods.clone().try_for_each(|method| check_side_feedback(&whole.data, method, union))?;
        if !whole.data.is_plain() {
            let mut said: Vec<&str> = Vec::new();
            for method in methods {
                if !said.contains(&method.name()) {
                    let uses = method.uses();
                    let union = self.is_union() && !uses.feedback;
                    let by = (method.name(), method.side_feedback());
                    global.note(described(&whole.data, by, uses, union));
                    said.push(method.name());
                }
            }
        }
        Ok(whole)
    }

    /// The flags again.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut words = self.beside.arguments();
        if self.is_union() {
            words.push(shell::option("--feedback-as", "union"));
        }
        words
    }
}

/// What a method of one feedback learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FeedbackAs {
    /// The last, which is recommended for.
    #[default]
    Target,
    /// The union of all: a pair of any counts as one.
    Union,
}

/// What a method learns from, and whose rows its lists leave out.
#[derive(Debug)]
pub(crate) struct Lesson {
    /// The data set without what the method does not use: users and items known by the rest alone are
    /// not in its model.
    pub(crate) data: Dataset,
    union: Option<Dataset>,
    /// What a pair of the union weighs by its strongest feedback, if that is said.
    weights: Vec<f32>,
}

impl Lesson {
    pub(crate) fn new(data: Dataset, method: &Method, union: bool) -> Outcome<Self> {
        let data = select(data, method.uses(), union && !method.uses().feedback)?;
        Self::of_selected(data, method, union)
    }

    /// The same of what is no more than the method uses.
    pub(crate) fn of_selected(data: Dataset, method: &Method, union: bool) -> Outcome<Self> {
        let union = union && !method.uses().feedback;
        let union = (union && !data.others().is_empty()).then(|| data.union()).transpose()?;
        Ok(Self { data, union, weights: Vec::new() })
    }

    /// The same, where a pair of the union weighs what is said of its strongest feedback, weakest first.
    pub(crate) fn weighted(self, weights: &[f32]) -> Outcome<Self> {
        let names = self.data.others().len() + 1;
        if weights.len() != names {
            let message = format!("--feedback-weights: {} for {names} feedbacks", weights.len());
            return Err(Failure::usage(message).help("one for each, weakest first: 1,3,10"));
        }
        let union = Some(self.data.weighted_union(weights)?);
        Ok(Self { union, weights: weights.to_vec(), ..self })
    }

    /// What the method is given.
    pub(crate) fn learned(&self) -> &Dataset {
        self.union.as_ref().unwrap_or(&self.data)
    }

    /// Whose rows lists leave out, if it is not what the method is given.
    pub(crate) fn target(&self) -> Option<&Dataset> {
        self.union.is_some().then_some(&self.data)
    }

    /// What is known of it later, where there are several feedbacks: their names, weakest first, and
    /// what was made of them.
    pub(crate) fn feedback(&self) -> Option<serde_json::Value> {
        let names = self.data.others().iter().map(Feedback::name).chain(self.data.target_name());
        let as_what = if self.union.is_some() { "union" } else { "each" };
        let names: Vec<&str> = names.collect();
        (names.len() > 1).then(|| match &self.weights[..] {
            [] => serde_json::json!({ "names": names, "as": as_what }),
            weights => serde_json::json!({ "names": names, "as": as_what, "weights": weights }),
        })
    }
}

/// What is used of it by a method, or by several. A feedback that only says something of the target's
/// pairs adds no users and no items.
pub(crate) fn select(data: Dataset, uses: Uses, union: bool) -> Outcome<Dataset> {
    if data.is_plain() {
        return Ok(data);
    }
    let data = if uses.features { data } else { data.without_features() };
    if uses.feedback || union {
        return Ok(data.compact()?);
    }
    if !uses.side_feedback {
        return Ok(data.without_others().compact()?);
    }
    let known = data.clone().without_others().compact()?;
    Ok(data.onto(known.users().clone(), known.items().clone())?)
}

/// Refuses a feedback that a method's parameters name and that is not beside the target.
fn check_side_feedback(data: &Dataset, method: &Method, union: bool) -> Outcome {
    let Some(name) = method.side_feedback() else { return Ok(()) };
    if union {
        let method = method.name();
        let message = format!("{method}: {name} says what was shown, not what is liked");
        return Err(Failure::usage(message).help("leave out --feedback-as union"));
    }
    let others: Vec<&str> = data.others().iter().map(Feedback::name).collect();
    if others.contains(&name.as_str()) {
        return Ok(());
    }
    let (method, target) = (method.name(), data.target_name());
    let message = match &others[..] {
        _ if target == Some(&name) => {
            format!("{method}: \"{name}\" is the target itself, which can't say what was shown")
        }
        [] => format!("{method}: there is no feedback \"{name}\": there is one feedback"),
        others => format!("{method}: there is no feedback \"{name}\" beside {}", listed(others)),
    };
    Err(Failure::usage(message).help(format_args!(
        "--feedback {name},{} names feedbacks, the target last",
        target.filter(|target| *target != name).unwrap_or("click"),
    )))
}

/// What is used of it by any of several methods.
pub(crate) fn select_for<'a>(
    data: Dataset,
    methods: impl Iterator<Item = &'a Method>,
    union: bool,
) -> Outcome<Dataset> {
    let uses = methods.map(Method::uses).fold(Uses::default(), |all, uses| Uses {
        feedback: all.feedback | uses.feedback,
        features: all.features | uses.features,
        weights: all.weights | uses.weights,
        side_feedback: all.side_feedback | uses.side_feedback,
    });
    select(data, uses, union)
}

/// Refuses a share that can't be held out.
pub(crate) fn check_share(share: f64) -> Outcome {
    if share > 0.0 && share < 1.0 {
        return Ok(());
    }
    Err(Failure::usage(format_args!("--valid {share}: must be above 0 and below 1"))
        .help("--valid 0.1 holds out a tenth of each user's interactions"))
}

/// What holds out a share by default.
pub(crate) const DEFAULT_SHARE: f64 = 0.1;

/// Refuses to hold out rows, as was `said`, where there is a part of them.
pub(crate) fn refuse_second_valid(said: &str, valid: Option<&Path>) -> Outcome {
    let Some(file) = valid else { return Ok(()) };
    let message = format!("{said} would hold out rows although there is {}", file.display());
    Err(Failure::usage(message)
        .help(format_args!("leave out {said}, or name the training file instead of the folder")))
}

/// The data without a share of each user's interactions, and these, to validate on. `said`: how the
/// share was asked for.
pub(crate) fn hold_out(
    data: &Dataset,
    share: f64,
    said: &str,
    seed: u64,
) -> Outcome<(Dataset, Dataset)> {
    let by = SplitMethod::Random { valid: 0.0, test: share };
    let Split { train, test, .. } = split(data, by, seed)?;
    if test.interactions().nnz() == 0 {
        return Err(Failure::data(format_args!("{said} holds out no interaction"))
            .help("users have too few interactions for this share: give a larger one"));
    }
    Ok((train, test))
}

/// "bpr learns from buy; view, cart and features of items are left out".
fn described(
    data: &Dataset,
    (method, side): (&str, Option<String>),
    uses: Uses,
    union: bool,
) -> String {
    let all = uses.feedback || union;
    let side = side.filter(|_| !all);
    let others = data.others().iter().map(Feedback::name);
    let mut others: Vec<&str> = others.filter(|name| side.as_deref() != Some(name)).collect();
    let mut features = Vec::new();
    let sides =
        [("features of users", data.user_features()), ("features of items", data.item_features())];
    features.extend(sides.iter().filter(|(_, of)| of.vectors().is_some()).map(|(name, _)| *name));
    features.extend(data.item_features().tags().map(|_| "tags of items"));
    let target = data.target_name().unwrap_or("the interactions");
    let (mut from, mut left) = (Vec::new(), Vec::new());
    (if all { &mut from } else { &mut left }).append(&mut others);
    from.push(target);
    (if uses.features { &mut from } else { &mut left }).append(&mut features);
    let what = if union { "the union of " } else { "" };
    let left = match &left[..] {
        [] => String::new(),
        [one] => format!("; {one} {} left out", if one.contains(' ') { "are" } else { "is" }),
        left => format!("; {} are left out", listed(left)),
    };
    let side = side.map_or(String::new(), |name| format!(", and from {name} what was shown"));
    format!("{method} learns from {what}{}{side}{left}", listed(&from))
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

    fn uses(feedback: bool, features: bool) -> Uses {
        Uses { feedback, features, ..Uses::default() }
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
            let selected = select(data(), uses(feedback, features), union).unwrap();
            assert_eq!(selected.items(), &IdTable::from_text(items));
            assert_eq!(selected.others().is_empty(), !feedback && !union);
            assert_eq!(selected.item_features().is_empty(), !features);
        }
    }

    #[test]
    fn what_only_says_what_was_shown_adds_no_items() {
        let side = Uses { side_feedback: true, ..Uses::default() };
        let selected = select(data(), side, false).unwrap();
        assert_eq!(selected.items(), &IdTable::from_text(["3"]));
        assert_eq!(selected.others().len(), 2);
        let with_features = Uses { features: true, ..side };
        let selected = select(data(), with_features, false).unwrap();
        assert_eq!(selected.items(), &IdTable::from_text(["3", "4"]));
    }

    #[test]
    fn it_is_said_what_is_learned_from() {
        let said = |feedback, features, union| {
            described(&data(), ("bpr", None), uses(feedback, features), union)
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
        let side = Uses { side_feedback: true, ..Uses::default() };
        assert_eq!(
            described(&data(), ("relmf", Some("view".into())), side, false),
            "relmf learns from buy, and from view what was shown; cart and features of items are left \
             out"
        );
    }
}
