//! What a comparison is of: the parts of a data set, as `compare` and experiments have them.

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::held_out::{self, Role};
use foretaste::data::Dataset;
use foretaste::eval::{Metric, Reach};
use foretaste_experiment::{HeldOut, Material, SeenFeedback};
use std::path::Path;

/// What is reported on, and how.
pub(crate) struct Tested<'a> {
    pub(crate) test: &'a Dataset,
    /// Held-out rows of feedbacks before the target.
    pub(crate) lower: Vec<(String, Dataset)>,
    pub(crate) metrics: &'a [Metric],
    /// Whose training pairs lists leave out, each for columns of its own.
    pub(crate) seen: &'a [SeenFeedback],
    /// What users had of other feedbacks, if that is left out.
    pub(crate) others: Option<Dataset>,
    /// Where the test part is.
    pub(crate) path: &'a Path,
}

/// What users have of other feedbacks than the target, if lists are to leave it out.
pub(crate) fn others(data: &Dataset, seen: &[SeenFeedback]) -> Outcome<Option<Dataset>> {
    if !seen.contains(&SeenFeedback::All) {
        return Ok(None);
    }
    let others = data.of_others()?.ok_or_else(|| {
        Failure::usage("--seen-feedback all: there is one feedback")
            .help("--feedback view,cart,buy names several")
    })?;
    Ok(Some(others))
}

/// Puts the parts together, and says how much of the test part lists can hold that leave out the first of
/// what they are to.
pub(crate) fn material(
    (train, valid): (Dataset, Option<Dataset>),
    tested: Tested<'_>,
    global: &Global,
) -> Outcome<(Material, Reach)> {
    let Tested { test, mut lower, metrics, seen, others, path } = tested;
    let held_out = HeldOut::each(test, &train, metrics, seen)
        .map_err(|error| Failure::from(error).about_data(path))?;
    if let Some(target) = train.target_name() {
        lower.push((target.to_owned(), test.clone()));
    }
    let mut material = Material::new(train, valid, held_out)?.with_levels(lower);
    if let Some(others) = &others {
        material = material.with_others(others)?;
    }
    let mut first = None;
    for held_out in &material.held_out {
        let reach = held_out.reach(&material)?;
        let role = match held_out.seen {
            SeenFeedback::Target => Role::Test,
            SeenFeedback::All => Role::Unseen,
        };
        match first {
            None => held_out::check(&reach, role, path, global)?,
            Some(_) => held_out::check_beside(&reach, role, path, global)?,
        }
        first.get_or_insert(reach);
    }
    Ok((material, first.expect("there is a test")))
}
