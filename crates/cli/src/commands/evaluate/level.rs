//! Scoring a model of several feedbacks by another one than the last.

use super::{Evaluate, Files};
use crate::failure::{Failure, Outcome};
use crate::input;
use foretaste::Recommender;
use foretaste::model::Scorer;
use std::path::Path;

/// A feedback before the last, and the scores by which it is ranked.
pub(super) struct Level<'a> {
    /// What it is called, and those that are stronger.
    pub(super) names: &'a [String],
    pub(super) scorer: Box<dyn Scorer + 'a>,
}

impl<'a> Level<'a> {
    /// The one that is asked for; `None` if it is the one that the model ranks for anyway, or the model knows
    /// no levels.
    pub(super) fn of(args: &Evaluate, model: &'a Recommender) -> Option<Self> {
        let (name, levels) = (args.target.name()?, model.model().levels()?);
        let names = levels.names();
        let level = names.iter().position(|own| own == name)?;
        let scorer = levels.scorer(level).filter(|_| level + 1 < names.len())?;
        Some(Self { names: &names[level..], scorer })
    }
}

/// What of a folder is scored for a feedback, and left out: what users have of it, or of one that is
/// stronger.
pub(super) fn parts(args: &Evaluate, folder: &Path, names: &[String]) -> Outcome<Files> {
    let name = &names[0];
    let test = input::part_of_folder(folder, &format!("test-{name}"))?.ok_or_else(|| {
        Failure::data(format_args!("{}: there is no test-{name}.csv", folder.display())).help(
            "it has the held-out rows of that feedback; without --feedback, test.csv is scored",
        )
    })?;
    let valid = if args.mask().has_valid() { Some("valid") } else { None };
    let masks = names.iter().map(String::as_str).chain(valid);
    let masks = masks.filter_map(|stem| input::part_of_folder(folder, stem).transpose());
    Ok(Files { test, masks: masks.collect::<Outcome<_>>()?, seen: None })
}
