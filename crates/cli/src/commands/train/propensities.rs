//! What is said of propensities that a training took from a file or a log.

use crate::output::count;
use foretaste::Recommender;
use foretaste::relmf::{ALL_SHOWN, NEVER_SHOWN, UNKNOWN_PROPENSITIES, UNLOGGED_CLICKS};

/// What was odd about them, in a line each.
pub(super) fn of_propensities(model: &Recommender) -> Vec<String> {
    let training = &model.info().training;
    let counted = |name: &str, what: &str| Some(count(training[name].as_u64()?, what));
    let mut notes = Vec::new();
    if let Some(rows) = counted(UNKNOWN_PROPENSITIES, "row") {
        notes.push(format!(
            "{rows} of the file of propensities left out: no such user, item or click in training"
        ));
    }
    if let Some(clicks) = counted(UNLOGGED_CLICKS, "click") {
        notes.push(format!("{clicks} on what was not shown by the log: taken for shown, too"));
    }
    if let Some(items) = counted(NEVER_SHOWN, "item") {
        notes.push(format!(
            "{items} with clicks never shown by the log: taken for shown to who clicked, a propensity \
             of `floor` at least"
        ));
    }
    if training[ALL_SHOWN].as_bool() == Some(true) {
        notes.push(
            "every user was shown every item: propensities are 1, nothing is corrected".into(),
        );
    }
    notes
}
