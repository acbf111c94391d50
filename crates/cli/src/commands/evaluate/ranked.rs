//! Ranking all items.

use super::report::{Found, Part};
use super::{Evaluate, files, test_set};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::output::count;
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, ItemId, Keep, align};
use foretaste::eval::{Band, Bands, Estimator, Evaluation, Evaluator, Metric, TestSet};
use std::path::Path;

pub(super) fn run(
    args: &Evaluate,
    model: &Recommender,
    metrics: &[Metric],
    global: &Global,
) -> Outcome {
    let (path, masks) = args.parts()?;
    let mut mask = Vec::new();
    for path in &masks {
        let (data, _) = args.reading.read_part(path, Keep::default(), global)?;
        mask.push(align(&data, model.users(), model.items())?.interactions);
    }
    let (test, _) = args.reading.read_part(&path, Keep::default(), global)?;
    let whole = test_set(&test, model.users(), model.items())?;
    check_overlap(&whole, &path)?;
    if mask.is_empty() {
        mask.push(model.seen().clone());
    } else if mask[0] != *model.seen() {
        global.note(
            "note: the model was not trained on exactly these training interactions; \
             figures may be too good",
        );
    }
    let mask: Vec<&Interactions> = mask.iter().collect();
    let counts = model.seen().item_counts();
    let bands = bands(args, model, &test, &counts)?;
    let weights = match metrics.iter().any(|metric| metric.estimator() != Estimator::Plain) {
        true => Some(args.unbiased.weights(model, &test)?),
        false => None,
    };
    let mut evaluator = Evaluator::new(model.scorer(), &mask, metrics)?.popularity(&counts)?;
    if let Some(weights) = &weights {
        evaluator = evaluator.weights(weights)?;
    }
    let tests: Vec<&TestSet> =
        std::iter::once(&whole).chain(bands.iter().filter_map(|band| band.set.as_ref())).collect();
    let mut evaluations = evaluator.evaluate_each(&tests)?.into_iter();
    let evaluation = evaluations.next().expect("an evaluation of the whole test set");
    remarks(&evaluation, &whole, &test, global);
    files::write_per_user(args, model, &test, &files::unknown_users(model, &test), &evaluation)?;
    files::write_trec(args, model, &mask, &whole, &test, metrics)?;
    let part = |band: &BandOfTest| Part {
        name: band.name.clone(),
        items: band.items,
        evaluation: band.set.as_ref().and_then(|_| evaluations.next()),
    };
    let parts = bands.iter().map(part).collect();
    Found { args, model, evaluation, parts, weighted: weights.is_some() }.print(global)
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
    model: &Recommender,
    test: &Dataset,
    counts: &[u32],
) -> Outcome<Vec<BandOfTest>> {
    let band = |name: String, items: usize, keep: &dyn Fn(Option<ItemId>) -> bool| {
        let set = TestSet::of_dataset(test, model.users(), model.items(), keep)?;
        Ok(BandOfTest { name, items, set: Some(set).filter(|set| set.n_users() > 0) })
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

/// Test data of which the model knows nothing are most likely the wrong file.
fn check_overlap(test: &TestSet, path: &Path) -> Outcome {
    let known = test.known_users();
    let nothing = match known.is_empty() {
        _ if test.n_users() == 0 => return Ok(()),
        true => "users",
        false if (0..known.len()).all(|n| test.known(n).items.is_empty()) => "items",
        false => return Ok(()),
    };
    let message = format_args!("{}: the model knows none of the {nothing}", path.display());
    Err(Failure::data(message)
        .help("are these the data that the model was trained for? ids have to be written alike"))
}

fn remarks(evaluation: &Evaluation, test_set: &TestSet, test: &Dataset, global: &Global) {
    let without = evaluation.users_without_list() as u64;
    if without > 0 {
        global.note(format_args!(
            "note: {} in the test data without a list (unknown to the model): each scores 0",
            count(without, "user")
        ));
    }
    let known: usize =
        (0..test_set.known_users().len()).map(|n| test_set.known(n).items.len()).sum();
    let of_unknown_users: u32 = test_set.unknown_users().iter().sum();
    let unknown = test.interactions.nnz() - known - of_unknown_users as usize;
    if unknown > 0 {
        global.note(format_args!(
            "note: {} of items that the model does not know: misses",
            count(unknown as u64, "test interaction")
        ));
    }
    let masked = evaluation.relevant_but_masked() as u64;
    if masked > 0 {
        global.note(format_args!(
            "note: {} among the interactions left out of the lists: misses; do the parts overlap?",
            count(masked, "test interaction")
        ));
    }
}
