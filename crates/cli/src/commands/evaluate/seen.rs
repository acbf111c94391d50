//! What is left out of the lists beside positives, if that is asked for.

use super::{Evaluate, Files};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::Rest;
use foretaste::Recommender;
use foretaste::data::{Dataset, IdTable, Interactions, Keep, align};

/// Pairs of the training part that are not positive.
pub(super) struct Seen(Dataset);

impl Seen {
    /// By these users and the items of a model.
    pub(super) fn by(&self, users: &IdTable, model: &Recommender) -> Outcome<Interactions> {
        Ok(align(&self.0, users, model.items())?.interactions)
    }
}

/// Reads the parts to leave out of the lists, the training part first, and with --mask seen what of
/// that part is not positive; the model says both where no part is named.
pub(super) fn masks(
    args: &Evaluate,
    files: &Files,
    model: &Recommender,
    global: &Global,
) -> Outcome<(Vec<Dataset>, Option<Seen>)> {
    let wanted = args.mask().has_seen();
    let keeping = if wanted { args.reading.with_not_positive() } else { args.reading.clone() };
    let mut masked = Vec::new();
    let mut rest = Rest::default();
    for (n, part) in files.masks.iter().enumerate() {
        if n > 0 {
            masked.push(args.reading.read_part(part, Keep::default(), global)?.0);
            continue;
        }
        let read = keeping.read_apart(part, Keep::default(), global)?;
        let beside = files.seen.as_ref();
        rest = Rest::read(read.not_positive, beside, &keeping, Keep::default(), global)?;
        masked.push(read.data);
    }
    if !wanted {
        return Ok((masked, None));
    }
    // Beside other positives than its own, the model's other rows may be those of the test part.
    let rows = match rest.into_rows()? {
        None if files.masks.is_empty() => of_model(model)?,
        rows => rows,
    };
    let rows = rows.ok_or_else(|| {
        Failure::data("--mask seen: nothing says what was seen in training and is not positive").help(
            "`foretaste split` and `foretaste train` keep it, of files with ratings: --positive \
             'rating>=4'",
        )
    })?;
    Ok((masked, Some(Seen(rows))))
}

/// What the model keeps of it.
fn of_model(model: &Recommender) -> Outcome<Option<Dataset>> {
    let Some(pairs) = model.not_positive() else { return Ok(None) };
    Ok(Some(Dataset::new(model.users().clone(), model.items().clone(), pairs.clone())?))
}
