//! What of a data set a method learns from.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::{Beside, Reading, Whole};
use crate::shell;
use foretaste::data::{Dataset, Feedback, Keep, Split, SplitMethod, split};
use foretaste::model::Uses;
use foretaste_experiment::{FeedbackWeights, Learner, Learns, LearntRows, check_lesson, listed};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What there is to learn from beside one feedback, and what a method of one makes of it.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Learning {
    #[command(flatten)]
    pub(crate) beside: Beside,
    /// What a method of one feedback learns from: the last, or the union of all. Lists leave out the
    /// last one's interactions either way [default: target].
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "Several feedbacks and features")]
    pub(crate) feedback_as: Option<FeedbackAs>,
    /// Learn from the union of all, where a pair weighs so much by its strongest feedback: 1,3,10, weakest
    /// first, or view=1,cart=3,buy=10. Of methods that take weights, as ials; others of a comparison learn
    /// from the union without.
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',', value_parser = weight,
        allow_negative_numbers = true, help_heading = "Several feedbacks and features")]
    pub(crate) feedback_weights: Vec<Weight>,
    /// Deal features anew, at random, among the users and items that have some: a control. What a method
    /// gains by features is what it loses so.
    #[arg(long, help_heading = "Several feedbacks and features")]
    pub(crate) shuffled_features: bool,
}

/// A weight, and whose it is, if that is said.
type Weight = (Option<String>, f64);

fn weight(text: &str) -> Result<Weight, String> {
    let (name, number) = match text.split_once('=') {
        Some((name, number)) => (Some(name.trim().to_owned()), number),
        None => (None, text),
    };
    let weight = number
        .trim()
        .parse()
        .ok()
        .filter(|&weight: &f64| FeedbackWeights::new(vec![(None, weight)]).is_ok());
    Ok((name, weight.ok_or_else(|| "a weight is a number above 0".to_owned())?))
}

impl Learning {
    /// What methods learn from that say nothing else.
    pub(crate) fn learns(&self) -> Outcome<Learns> {
        let union = self.feedback_as == Some(FeedbackAs::Union);
        let rows = match &self.feedback_weights[..] {
            [] if union => LearntRows::Union,
            [] => LearntRows::Target,
            _ if self.feedback_as == Some(FeedbackAs::Target) => {
                return Err(Failure::usage("--feedback-weights is of a union of feedbacks")
                    .help("leave out --feedback-as target"));
            }
            weights => LearntRows::Weighted(FeedbackWeights::new(weights.to_vec())?),
        };
        Ok(Learns { rows, shuffled_features: self.shuffled_features })
    }

    /// The files that are read for a file or folder of data.
    pub(crate) fn inputs(&self, data: &Path) -> Vec<PathBuf> {
        self.beside.inputs(data)
    }

    /// Reads everything, and says on stderr what was found, and what each method learns from. Of a
    /// split of several feedbacks all are read if a method uses them, or `all` are wanted anyway, whether
    /// they are named or not.
    pub(crate) fn read<'a>(
        &self,
        data: &Path,
        learners: impl Iterator<Item = Learner<'a>> + Clone,
        all: bool,
        (reading, keep): (&Reading, Keep),
        global: &Global,
    ) -> Outcome<Whole> {
        let uses_others = |(method, learns): Learner<'_>| {
            method.uses().feedback || method.uses().side_feedback || learns.is_union()
        };
        let beside = match all || learners.clone().any(uses_others) {
            true => self.beside.clone().with_feedback_of(data)?,
            false => self.beside.clone(),
        };
        let whole = beside.read(data, reading, keep, global)?;
        let mut said: Vec<String> = Vec::new();
        for (method, learns) in learners {
            check_lesson(&whole.data, (method, learns))?;
            let line = described(
                &whole.data,
                (method.name(), method.side_feedback()),
                method.uses(),
                learns,
            );
            if !whole.data.is_plain() && !said.contains(&line) {
                global.note(&line);
                said.push(line);
            }
        }
        Ok(whole)
    }
}

/// The flags that say what is learnt from.
pub(crate) fn arguments(learns: &Learns) -> Vec<OsString> {
    let mut words = match &learns.rows {
        LearntRows::Target => Vec::new(),
        LearntRows::Union => vec![shell::option("--feedback-as", "union")],
        LearntRows::Weighted(weights) => {
            vec![shell::option("--feedback-weights", weights.to_string())]
        }
    };
    if learns.shuffled_features {
        words.push("--shuffled-features".into());
    }
    words
}

/// What a method of one feedback learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FeedbackAs {
    /// The last, which is recommended for.
    Target,
    /// The union of all: a pair of any counts as one.
    Union,
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
    learns: &Learns,
) -> String {
    let all = uses.feedback || learns.is_union();
    let side = side.filter(|_| !all);
    let others = data.others().iter().map(Feedback::name);
    let mut others: Vec<&str> = others.filter(|name| side.as_deref() != Some(name)).collect();
    let (users, items) = (data.user_features(), data.item_features());
    let features = [
        ("features of users", users.vectors().is_some()),
        ("features of items", items.vectors().is_some()),
        ("tags of users", users.tags().is_some()),
        ("tags of items", items.tags().is_some()),
    ];
    let features = features.into_iter().filter_map(|(name, given)| given.then_some(name));
    let mut features: Vec<&str> = features.collect();
    let target = data.target_name().unwrap_or("the interactions");
    let (mut from, mut left) = (Vec::new(), Vec::new());
    (if all { &mut from } else { &mut left }).append(&mut others);
    from.push(target);
    (if uses.features { &mut from } else { &mut left }).append(&mut features);
    let what = if learns.is_union() { "the union of " } else { "" };
    let weighing = match &learns.rows {
        LearntRows::Weighted(weights) => format!(", weighing {weights}"),
        _ => String::new(),
    };
    let left = match &left[..] {
        [] => String::new(),
        [one] => format!("; {one} {} left out", if one.contains(' ') { "are" } else { "is" }),
        left => format!("; {} are left out", listed(left)),
    };
    let side = side.map_or(String::new(), |name| format!(", and from {name} what was shown"));
    let dealt = if learns.shuffled_features { "; features are shuffled" } else { "" };
    format!("{method} learns from {what}{}{weighing}{side}{left}{dealt}", listed(&from))
}

#[cfg(test)]
mod tests;
