//! Ranking the items that users rated because they were asked to.

use super::level::Level;
use super::report::{Found, Part};
use super::{Evaluate, files};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::held_out::{self, Role};
use foretaste::Recommender;
use foretaste::data::{Dataset, ItemId, Keep};
use foretaste::eval::{Band, Bands, Metric, RatedSet, evaluate_rated};

pub(super) fn run(
    args: &Evaluate,
    model: &Recommender,
    metrics: &[Metric],
    global: &Global,
) -> Outcome {
    let unused = [
        (args.train.is_some(), "--train"),
        (args.mask.is_some(), "--mask"),
        (args.trec.is_some(), "--trec"),
    ];
    if let Some((_, flag)) = unused.iter().find(|(given, _)| *given) {
        return Err(Failure::usage(format_args!("{flag} is of no use with --candidates rated"))
            .help("only what a user rated is ranked, and all of it"));
    }
    if let Some(level) = Level::of(args, model) {
        let name = &level.names[0];
        let message = format!("--feedback {name} is of no use with --candidates rated");
        return Err(
            Failure::usage(message).help("what was rated is relevant or not, by --positive")
        );
    }
    let path = args.parts(model, None)?.test;
    let keep = Keep { weights: true, ..Keep::default() };
    let (reading, rule) = args.reading.of_ratings()?;
    let (test, _) = reading.read_part(&path, keep, global)?;
    if test.interactions().weights().is_none() {
        return Err(Failure::data(format_args!("{}: no column of ratings", path.display()))
            .help("--columns rating=N names it; without ratings nothing says what is irrelevant"));
    }
    let is_relevant = |rating: f32| match &rule {
        Some(rule) => rule.passes(f64::from(rating)),
        None => rating > 0.0,
    };
    let of = |keep: &dyn Fn(Option<ItemId>) -> bool| {
        RatedSet::of_dataset(&test, model.users(), model.items(), is_relevant, keep)
    };
    let whole = of(&|_| true);
    let reach = whole.reach();
    held_out::check(&reach, Role::Rated, &path, global)?;
    let evaluation = evaluate_rated(model.scorer(), &whole, metrics)?;
    let mut unknown = files::unknown_users(model.users(), &test);
    let relevant = judged(&test, &is_relevant);
    // The evaluation has those with a relevant item last.
    unknown.sort_by_key(|user| relevant[user.index()]);
    files::write_per_user(args, model.users(), &test, &unknown, &evaluation)?;
    let counts = model.seen().item_counts();
    let mut parts = Vec::new();
    let mut part = |name: &str, items: usize, keep: &dyn Fn(Option<ItemId>) -> bool| {
        let set = of(keep);
        let evaluation = match set.n_users() {
            0 => None,
            _ => Some(evaluate_rated(model.scorer(), &set, metrics)?),
        };
        parts.push(Part { name: name.to_owned(), items, evaluation });
        Outcome::Ok(())
    };
    if args.by.is_some() {
        let bands = Bands::new(&counts);
        for band in Band::ALL {
            part(band.name(), bands.n_items(band), &|item| bands.of(item) == band)?;
        }
    }
    if let Some(most) = args.rare {
        let items = counts.iter().filter(|count| **count <= most).count();
        part("rare", items, &|item| item.is_none_or(|item| counts[item.index()] <= most))?;
    }
    Found {
        args,
        model,
        evaluation,
        reach,
        folded_in: 0,
        parts,
        weighted: false,
        calibration: None,
    }
    .print(global)
}

/// Whether each user of the test data rated anything that is relevant.
fn judged(test: &Dataset, is_relevant: &impl Fn(f32) -> bool) -> Vec<bool> {
    let mut relevant = vec![false; test.users().len()];
    for pair in test.interactions().pairs() {
        relevant[pair.user.index()] |= is_relevant(pair.weight);
    }
    relevant
}
