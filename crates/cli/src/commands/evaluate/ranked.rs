//! Ranking all items.

use super::calibrated::{diagrams, of_model};
use super::level::Level;
use super::report::{Found, Part};
use super::{Evaluate, files, seen, test_set};
use crate::args::Global;
use crate::commands::recommend::no_others;
use crate::failure::Outcome;
use crate::held_out::{self, Role};
use crate::output::{count, thousands};
use foretaste::data::{Dataset, IdTable, Interactions, ItemId, Keep, UserId};
use foretaste::eval::{Band, Bands, Estimator, Evaluator, Metric, TestSet};
use foretaste::model::FoldInError;
use foretaste::{Audience, Recommender};
use foretaste_experiment::SeenFeedback;

pub(super) fn run(
    args: &Evaluate,
    model: &Recommender,
    metrics: &[Metric],
    global: &Global,
) -> Outcome {
    let level = Level::of(args, model);
    let files = args.parts(model, level.as_ref().map(|level| level.names))?;
    let path = &files.test;
    let (masked, seen) = seen::masks(args, &files, model, global)?;
    let (test, _) = args.reading.read_part(path, Keep::default(), global)?;
    // Rows of others than the model's users are histories, in the part that models are trained on.
    let audience = match masked.first().filter(|_| level.is_none()) {
        Some(train) => newcomers(model, train, &test, global)?,
        None => None,
    };
    let (users, scorer) = match (&audience, &level) {
        (Some(audience), _) => (audience.users(), audience.scorer()),
        (None, Some(level)) => (model.users(), &*level.scorer),
        (None, None) => (model.users(), model.scorer()),
    };
    let whole = test_set(&test, users, model.items())?;
    let align = |data, users| foretaste::data::align(data, users, model.items());
    let mut mask = Vec::new();
    for data in &masked {
        mask.push(align(data, users)?.interactions);
    }
    let folded_in = audience.as_ref().map_or(0, Audience::folded_in);
    match masked.first() {
        None => mask.push(model.seen().clone()),
        Some(train) => {
            let all_are_new = whole.known_users().len() == folded_in;
            // Beside the last of several feedbacks, training rows are those of all.
            if !all_are_new
                && level.is_none()
                && align(train, model.users())?.interactions != *model.seen()
            {
                global.note(
                    "note: the model was not trained on exactly these training interactions; \
                     figures may be too good",
                );
            }
        }
    }
    if let Some(seen) = seen {
        mask.push(seen.by(users, model)?);
    }
    let role = match args.seen_feedback {
        SeenFeedback::Target => Role::Test,
        SeenFeedback::All => {
            let others = model.seen_in_others().ok_or_else(|| no_others(&args.model))?;
            let others = of_model(model, others)?;
            mask.push(align(&others, users)?.interactions);
            // Beside a weaker feedback, the target is another.
            if level.is_some() {
                let target = of_model(model, model.seen())?;
                mask.push(align(&target, users)?.interactions);
            }
            Role::Unseen
        }
    };
    let mask: Vec<&Interactions> = mask.iter().collect();
    let reach = whole.reach(&mask)?;
    held_out::check(&reach, role, path, global)?;
    let calibration = diagrams(args, model, &test, &masked, global)?;
    args.note_unmasked(path, global);
    let counts = model.seen().item_counts();
    let bands = bands(args, (users, model.items()), &test, &counts)?;
    let weights = match metrics.iter().any(|metric| metric.estimator() != Estimator::Plain) {
        true => {
            let log = args.unbiased.log(args.data.as_deref())?;
            let reading = args.reading.of_all_rows();
            let read = |part| Outcome::Ok(reading.read_part(part, Keep::default(), global)?.0);
            let log = log.as_ref().map(read).transpose()?;
            Some(args.unbiased.weights(model, &test, log)?)
        }
        false => None,
    };
    let mut evaluator = Evaluator::new(scorer, &mask, metrics)?.popularity(&counts)?;
    if let Some(weights) = &weights {
        evaluator = evaluator.weights(weights)?;
    }
    let tests: Vec<&TestSet> =
        std::iter::once(&whole).chain(bands.iter().filter_map(|band| band.set.as_ref())).collect();
    let mut evaluations = evaluator.evaluate_each(&tests)?.into_iter();
    let evaluation = evaluations.next().expect("an evaluation of the whole test set");
    let unknown = files::unknown_users(users, &test);
    files::write_per_user(args, users, &test, &unknown, &evaluation)?;
    files::write_trec(args, model, (users, scorer), &mask, &whole, &test, metrics)?;
    let part = |band: &BandOfTest| Part {
        name: band.name.clone(),
        items: band.items,
        evaluation: band.set.as_ref().and_then(|_| evaluations.next()),
    };
    let parts = bands.iter().map(part).collect();
    let weighted = weights.is_some();
    Found { args, model, evaluation, reach, folded_in, parts, weighted, calibration }.print(global)
}

/// The model's users, and those of the test data whom it does not know but of whom `train` says
/// something; `None` if there are no such.
fn newcomers<'a>(
    model: &'a Recommender,
    train: &Dataset,
    test: &Dataset,
    global: &Global,
) -> Outcome<Option<Audience<'a>>> {
    let known = train.users().indices_in(model.users());
    let tested = train.users().indices_in(test.users());
    let is_tested = |user: u32| !test.interactions().row(UserId(user)).is_empty();
    let is_new = |user: UserId| {
        known[user.index()].is_none()
            && tested[user.index()].is_some_and(is_tested)
            && !train.interactions().row(user).is_empty()
    };
    let new = train.of_users(is_new)?;
    if new.users().is_empty() {
        return Ok(None);
    }
    match model.with_newcomers(&new) {
        Ok(audience) => {
            let users = count(audience.folded_in() as u64, "user");
            let rows = count(new.interactions().nnz() as u64, "training interaction");
            let unknown = match audience.unknown_rows() {
                0 => String::new(),
                rows => {
                    let rows = thousands(rows as u64);
                    format!(", {rows} of them of items that the model does not know")
                }
            };
            global.note(format_args!(
                "note: {users} in the test data are new to the model: folded in by {rows}{unknown}"
            ));
            Ok(Some(audience))
        }
        Err(foretaste::Error::FoldIn(FoldInError::Unsupported)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Held-out pairs of some of the items.
struct BandOfTest {
    name: String,
    /// How many items of the model are in it.
    items: usize,
    /// `None` if nothing of it is held out.
    set: Option<TestSet>,
}

fn bands(
    args: &Evaluate,
    (users, items): (&IdTable, &IdTable),
    test: &Dataset,
    counts: &[u32],
) -> Outcome<Vec<BandOfTest>> {
    let band = |name: String, n_items: usize, keep: &dyn Fn(Option<ItemId>) -> bool| {
        let set = TestSet::of_dataset(test, users, items, keep)?;
        Ok(BandOfTest { name, items: n_items, set: Some(set).filter(|set| set.n_users() > 0) })
    };
    let mut found: Vec<Outcome<BandOfTest>> = Vec::new();
    if args.by.is_some() {
        let bands = Bands::new(counts);
        for of in Band::ALL {
            let keep = |item| bands.of(item) == of;
            found.push(band(of.name().to_owned(), bands.n_items(of), &keep));
        }
    }
    if let Some(most) = args.rare {
        let keep = |item: Option<ItemId>| item.is_none_or(|item| counts[item.index()] <= most);
        let items = counts.iter().filter(|count| **count <= most).count();
        found.push(band("rare".to_owned(), items, &keep));
    }
    found.into_iter().collect()
}
