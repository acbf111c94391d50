//! Ranking all items.

use super::report::{Found, Part};
use super::{Evaluate, files, test_set};
use crate::args::Global;
use crate::failure::Outcome;
use crate::held_out::{self, Role};
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, ItemId, Keep, align};
use foretaste::eval::{Band, Bands, Estimator, Evaluator, Metric, TestSet};

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
    if mask.is_empty() {
        mask.push(model.seen().clone());
    } else if mask[0] != *model.seen() {
        global.note(
            "note: the model was not trained on exactly these training interactions; \
             figures may be too good",
        );
    }
    let mask: Vec<&Interactions> = mask.iter().collect();
    let reach = whole.reach(&mask)?;
    held_out::check(&reach, Role::Test, &path, global)?;
    args.note_unmasked(&path, global);
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
    files::write_per_user(args, model, &test, &files::unknown_users(model, &test), &evaluation)?;
    files::write_trec(args, model, &mask, &whole, &test, metrics)?;
    let part = |band: &BandOfTest| Part {
        name: band.name.clone(),
        items: band.items,
        evaluation: band.set.as_ref().and_then(|_| evaluations.next()),
    };
    let parts = bands.iter().map(part).collect();
    Found { args, model, evaluation, reach, parts, weighted: weights.is_some() }.print(global)
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
