//! Whether what models of levels say of feedbacks is what happens, and its pictures.

use crate::{Comparison, Error, Material};
use foretaste::Recommender;
use foretaste::data::{Dataset, Interactions, align};
use foretaste::eval::{Among, LevelPairs, LevelReliability, level_reliability};
use foretaste_report::{Calibration, CalibrationCurve, Figure};

/// Diagrams of a model of levels, by what there is of each feedback in training and held out, by name:
/// what is neither is unknown. None of other models.
///
/// # Errors
/// [`Error::Data`] or [`Error::Eval`] if the parts do not fit the model.
pub fn calibration(
    model: &Recommender,
    trained: &[(&str, &Dataset)],
    held_out: &[(&str, &Dataset)],
    left_out: &[&Dataset],
) -> Result<Vec<LevelReliability>, Error> {
    let Some(levels) = model.model().levels() else { return Ok(Vec::new()) };
    let fit =
        |part: &Dataset| Ok::<_, Error>(align(part, model.users(), model.items())?.interactions);
    let by_level = |parts: &[(&str, &Dataset)]| {
        let of = |name: &String| {
            let found = parts.iter().find(|(other, _)| other == name);
            found.map(|(_, part)| fit(part)).transpose()
        };
        levels.names().iter().map(of).collect::<Result<Vec<_>, _>>()
    };
    let (trained, held_out) = (by_level(trained)?, by_level(held_out)?);
    let left_out = left_out.iter().map(|part| fit(part)).collect::<Result<Vec<_>, _>>()?;
    let trained: Vec<Option<&Interactions>> = trained.iter().map(Option::as_ref).collect();
    let held_out: Vec<Option<&Interactions>> = held_out.iter().map(Option::as_ref).collect();
    let left_out: Vec<&Interactions> = left_out.iter().collect();
    let pairs = LevelPairs { trained: &trained, held_out: &held_out, left_out: &left_out };
    Ok(level_reliability(levels, model.scorer(), pairs)?)
}

/// The same of what is compared.
pub(crate) fn of_material(
    model: &Recommender,
    material: &Material,
) -> Result<Vec<LevelReliability>, Error> {
    if model.model().levels().is_none() || material.levels.is_empty() {
        return Ok(Vec::new());
    }
    let train = &material.train;
    let alone = |pairs: &Interactions| {
        Dataset::new(train.users().clone(), train.items().clone(), pairs.clone())
    };
    let others = train.others().iter().map(|one| (one.name(), one.interactions()));
    let target = train.target_name().map(|name| (name, train.interactions()));
    let trained = others.chain(target).map(|(name, pairs)| Ok((name, alone(pairs)?)));
    let trained = trained.collect::<Result<Vec<_>, foretaste::data::Error>>()?;
    let trained: Vec<(&str, &Dataset)> = trained.iter().map(|(name, part)| (*name, part)).collect();
    let held_out: Vec<(&str, &Dataset)> =
        material.levels.iter().map(|(name, part)| (name.as_str(), part)).collect();
    let valid: Vec<&Dataset> = material.valid.iter().collect();
    calibration(model, &trained, &held_out, &valid)
}

/// What an event is called: "cart held out", "buy after cart".
pub fn event(one: &LevelReliability) -> String {
    match &one.among {
        Among::Unknown { .. } => format!("{} held out", one.name),
        Among::Reached { before } => format!("{} after {before}", one.name),
    }
}

/// A picture an event, with a curve for each method that tells its probability, by its first training.
pub(crate) fn pictures(comparison: &Comparison) -> Vec<Calibration> {
    let mut pictures: Vec<Calibration> = Vec::new();
    for (method, row) in comparison.rows.iter().enumerate() {
        for one in row.runs.first().map_or(&[][..], |run| &run.calibration) {
            let (title, rare) = (event(one), matches!(one.among, Among::Unknown { .. }));
            let at = pictures.iter().position(|picture| picture.title == title);
            let at = at.unwrap_or_else(|| {
                let (log, curves) = (rare, Vec::new());
                pictures.push(Calibration { title, caption: caption(&one.among), log, curves });
                pictures.len() - 1
            });
            pictures[at].curves.push(curve(method, one));
        }
    }
    pictures
}

fn caption(among: &Among) -> String {
    match among {
        Among::Unknown { .. } => {
            "Of pairs without it in training, the share of which it, or a stronger \
            one, is held out, in bins of equally many predicted events; odds of the predictions \
            times one factor, so that as much is predicted as happened."
                .into()
        }
        Among::Reached { before } => format!(
            "Of held-out pairs that reached {before}, the share that went on, in bins of equally many \
             pairs; predictions as they are."
        ),
    }
}

fn curve(method: usize, one: &LevelReliability) -> CalibrationCurve {
    let bins = one.reliability.bins.iter().map(|bin| {
        let figure = Figure { mean: bin.happened, low: bin.low, high: bin.high, sd: None };
        (bin.predicted, figure)
    });
    let factor = match one.among {
        Among::Unknown { factor } => Some(factor),
        Among::Reached { .. } => None,
    };
    CalibrationCurve {
        method,
        bins: bins.collect(),
        predicted: one.reliability.predicted,
        happened: one.reliability.happened,
        ece: one.reliability.ece,
        factor,
    }
}
