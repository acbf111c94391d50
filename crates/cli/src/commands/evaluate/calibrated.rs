//! Whether a model's probabilities of feedbacks are what happened.

use super::Evaluate;
use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::input::part_of_folder;
use crate::output::{Format, Report};
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, Keep};
use foretaste::eval::{Among, LevelReliability};
use foretaste_experiment::{calibration, event};
use serde_json::Value;

/// The diagrams, if they are asked for. `masked` is what lists leave out, the training part first.
pub(super) fn diagrams(
    args: &Evaluate,
    model: &Recommender,
    test: &Dataset,
    masked: &[Dataset],
    global: &Global,
) -> Outcome<Option<Vec<LevelReliability>>> {
    if !args.calibration {
        return Ok(None);
    }
    let levels = model.model().levels().ok_or_else(|| {
        let method = &model.info().method;
        Failure::usage(format_args!("--calibration: {method} tells no probabilities of feedbacks"))
            .help("a model that gnolr makes of several feedbacks does")
    })?;
    let names = levels.names();
    let [lower @ .., target] = names else { return Ok(Some(Vec::new())) };
    if args.target.name().is_some_and(|name| name != target) {
        return Err(Failure::usage(
            "--calibration: is of all feedbacks, with the last one's test part",
        )
        .help("leave out --feedback, or name the last"));
    }
    let folder = args.data.as_deref().filter(|data| data.is_dir());
    let read = |stem: &str| -> Outcome<Option<Dataset>> {
        let part = folder.map(|folder| part_of_folder(folder, stem)).transpose()?.flatten();
        let reading = args.reading.of_all_rows();
        let rows = |part| Outcome::Ok(reading.read_part(&part, Keep::default(), global)?.0);
        part.map(rows).transpose()
    };
    let (mut trained, mut held_out) = (Vec::new(), Vec::new());
    for name in lower {
        trained.extend(read(name)?.map(|part| (name.as_str(), part)));
        held_out.extend(read(&format!("test-{name}"))?.map(|part| (name.as_str(), part)));
    }
    // The model has the others in one.
    if let (true, Some(others), [first, ..]) = (trained.is_empty(), model.seen_in_others(), lower) {
        trained.push((first, of_model(model, others)?));
    }
    let own = of_model(model, model.seen())?;
    trained.push((target, masked.first().cloned().unwrap_or(own)));
    let test = (target.as_str(), test);
    let held_out = held_out.iter().map(|(name, part)| (*name, part)).chain([test]);
    let held_out: Vec<(&str, &Dataset)> = held_out.collect();
    let trained: Vec<(&str, &Dataset)> = trained.iter().map(|(name, part)| (*name, part)).collect();
    let left_out: Vec<&Dataset> = masked.iter().skip(1).collect();
    Ok(Some(calibration(model, &trained, &held_out, &left_out)?))
}

/// Pairs of a model's users and items.
pub(super) fn of_model(model: &Recommender, pairs: &Interactions) -> Outcome<Dataset> {
    Ok(Dataset::new(model.users().clone(), model.items().clone(), pairs.clone())?)
}

/// A row a bin, below what each diagram comes to.
pub(super) fn table(diagrams: &[LevelReliability]) -> Report {
    let number = |x: f64| match x {
        x if x == 0.0 || x >= 0.01 => format!("{x:.4}"),
        x => format!("{x:.3e}"),
    };
    let line = |one: &LevelReliability| {
        let found = &one.reliability;
        let factor = match one.among {
            Among::Unknown { factor } => {
                format!(", odds of the predictions times {}", number(factor))
            }
            Among::Reached { .. } => String::new(),
        };
        format!(
            "{}: predicted {}, happened {}, ECE {}{factor}",
            event(one),
            number(found.predicted),
            number(found.happened),
            number(found.ece),
        )
    };
    let mut rows = Vec::new();
    for one in diagrams {
        for bin in &one.reliability.bins {
            let pairs = Format::Table.count(bin.pairs.round() as u64);
            let figures = [bin.predicted, bin.happened, bin.low, bin.high].map(number);
            rows.push([vec![event(one), pairs], figures.into()].concat());
        }
    }
    let heading = "\nCalibration, in bins of what was predicted".to_owned();
    Report {
        json: Value::Null,
        header: vec!["event", "pairs", "predicted", "happened", "95% low", "high"],
        rows,
        above: std::iter::once(heading).chain(diagrams.iter().map(line)).collect(),
    }
}
