//! What a smaller model costs, on held-out interactions.

use super::Compress;
use crate::args::Global;
use crate::commands::evaluate::test_set;
use crate::failure::Outcome;
use crate::held_out::{self, Role};
use crate::input::Part;
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, Keep, align};
use foretaste::eval::evaluate;

/// The metric of the model as it was and of the smaller one. Lists leave out what the model was trained on, and
/// validation rows.
pub(super) fn of(
    args: &Compress,
    models: [&Recommender; 2],
    (test, valid): (&Part, Option<&Dataset>),
    global: &Global,
) -> Outcome<[f64; 2]> {
    let whole = models[0];
    let (held_out, _) = args.reading.read_part(test, Keep::default(), global)?;
    let tests = test_set(&held_out, whole.users(), whole.items())?;
    let valid = valid.map(|valid| align(valid, whole.users(), whole.items())).transpose()?;
    let mut masks: Vec<&Interactions> = vec![whole.seen()];
    masks.extend(valid.as_ref().map(|valid| &valid.interactions));
    held_out::check(&tests.reach(&masks)?, Role::Test, test, global)?;
    let mut found = [0.0; 2];
    for (found, model) in found.iter_mut().zip(models) {
        *found = evaluate(model.scorer(), &masks, &tests, &[args.metric])?.means()[0];
    }
    Ok(found)
}
