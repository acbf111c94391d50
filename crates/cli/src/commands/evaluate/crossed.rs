//! Users of one model with items of another: what becomes of lists where one of the two is swapped.

use super::{Evaluate, seen, test_set};
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::held_out::{self, Role};
use crate::input;
use crate::output::{Format, Report, count};
use foretaste::data::{Dataset, Interactions, Keep, UserId, align};
use foretaste::eval::{Comparison, Evaluation, Evaluator, Metric, Summary, compare};
use foretaste::{AlignError, Crossed, Error, Recommender};
use serde_json::{Map, Value, json};
use std::path::Path;

/// One of the four.
struct Cell {
    users: &'static str,
    items: &'static str,
    evaluation: Evaluation,
}

pub(super) fn run(
    args: &Evaluate,
    path: &Path,
    model: &Recommender,
    metrics: &[Metric],
    global: &Global,
) -> Outcome {
    let earlier = input::model(path, global)?;
    let (new, old) = (("new", model), ("old", &earlier));
    let files = args.parts(model, None)?;
    let (mut masked, _) = seen::masks(args, &files, model, global)?;
    if masked.is_empty() {
        masked.push(super::calibrated::of_model(model, model.seen())?);
    }
    let (test, _) = args.reading.read_part(&files.test, Keep::default(), global)?;
    let test = known_to_both(&test, [model, &earlier])?;
    if test.users().is_empty() {
        let message = format!("{}: no user is known to both models", files.test.display());
        return Err(Failure::data(message).help("ids have to be written alike"));
    }
    let mut cells = Vec::new();
    for (users, items) in [(new, new), (new, old), (old, new), (old, old)] {
        let scorer = Crossed::new((users.1, test.users()), items.1).map_err(no_vectors)?;
        let ids = items.1.items();
        let held_out = test_set(&test, test.users(), ids)?;
        let onto = |data: &Dataset| Outcome::Ok(align(data, test.users(), ids)?.interactions);
        let mask: Vec<Interactions> = masked.iter().map(onto).collect::<Outcome<_>>()?;
        let mask: Vec<&Interactions> = mask.iter().collect();
        if cells.is_empty() {
            held_out::check(&held_out.reach(&mask)?, Role::Test, &files.test, global)?;
        }
        let counts = items.1.seen().item_counts();
        let evaluator = Evaluator::new(&scorer, &mask, metrics)?.popularity(&counts)?;
        let evaluation = evaluator.evaluate(&held_out)?;
        cells.push(Cell { users: users.0, items: items.0, evaluation });
    }
    report(args, &cells, [model, &earlier], global.format())?.print(global.format())
}

fn no_vectors(error: Error) -> Failure {
    match error {
        Error::Align(error @ AlignError::NoVectors { .. }) => {
            Failure::usage(error).help("compare factorizations, as --model bpr and ials train them")
        }
        error => error.into(),
    }
}

/// The rows of users whom both models know.
fn known_to_both(test: &Dataset, models: [&Recommender; 2]) -> Outcome<Dataset> {
    let known = models.map(|model| test.users().indices_in(model.users()));
    let both = |user: UserId| known.iter().all(|known| known[user.index()].is_some());
    let has = |user: UserId| !test.interactions().row(user).is_empty();
    Ok(test.of_users(|user| both(user) && has(user))?)
}

fn report(
    args: &Evaluate,
    cells: &[Cell],
    [new, old]: [&Recommender; 2],
    format: Format,
) -> Outcome<Report> {
    let base = &cells.last().expect("four cells").evaluation;
    let (mut rows, mut matrix) = (Vec::new(), Vec::new());
    for cell in cells {
        let summaries = cell.evaluation.summary(args.seed);
        let over = compare(&cell.evaluation, base, args.seed)?;
        let is_base = (cell.users, cell.items) == ("old", "old");
        let mut of_metrics = Map::new();
        for (summary, over) in summaries.iter().zip(&over) {
            rows.push(row(cell, summary, (!is_base).then_some(over), format));
            let Summary { metric, mean, low, high, .. } = summary;
            let mut value = json!({ "mean": mean, "low": low, "high": high });
            if !is_base {
                let Comparison { diff, low, high, .. } = over;
                value["over_old"] = json!({ "diff": diff, "low": low, "high": high });
            }
            of_metrics.insert(metric.to_string(), value);
        }
        matrix.push(json!({
            "users": cell.users,
            "items": cell.items,
            "metrics": Value::Object(of_metrics),
        }));
    }
    let shared = new.items().indices_in(old.items()).iter().flatten().count();
    let [of_new, of_old] = [new, old].map(|model| model.items().len());
    let users = base.users().len();
    let json = json!({
        "users": users,
        "items": { "new": of_new, "old": of_old, "both": shared },
        "matrix": matrix,
    });
    let above = vec![
        format!("{}, whom both models know", count(users as u64, "test user")),
        format!(
            "{} of the new model that the old one lacks are in no list of old items, {} of the old one \
             in none of new ones",
            count((of_new - shared) as u64, "item"),
            (of_old - shared)
        ),
    ];
    let (low, over) = match format {
        Format::Csv => ("low", ["over_old", "over_low", "over_high"]),
        _ => ("95% low", ["over old × old", "95% low", "high"]),
    };
    let header = [vec!["users", "items", "metric", "mean", low, "high"], over.to_vec()].concat();
    Ok(Report { json, header, rows, above })
}

fn row(cell: &Cell, found: &Summary, over: Option<&Comparison>, format: Format) -> Vec<String> {
    let names = [cell.users.to_owned(), cell.items.to_owned(), found.metric.to_string()];
    let of_cell = [found.mean, found.low, found.high];
    let of_pair = over.map_or([f64::NAN; 3], |over| [over.diff, over.low, over.high]);
    let numbers = of_cell.into_iter().chain(of_pair).map(|x| format.number(x, 4));
    names.into_iter().chain(numbers).collect()
}
