//! What one trained model came to.

use crate::aligned::Ranked;
use crate::calibration::of_material;
use crate::learns::SHUFFLED;
use crate::{Assumed, Error, HeldOut, Learns, LearntRows, Material};
use foretaste::Recommender;
use foretaste::eval::{Evaluation, Evaluator, LevelReliability, Metric, TestSet};
use foretaste::model::{Query, Scorer, recommend};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one trained model came to: everything that a comparison and its report need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The method and all its parameters, as the model file has them.
    pub config: Value,
    /// Seconds of the training; `None` for a model that was trained before.
    pub seconds: Option<f64>,
    /// The epochs of the training.
    pub history: Vec<Epoch>,
    /// One list a [`crate::Column`]: its values, user by user, in the order of
    /// [`Evaluation::users`]; NaN where there is none.
    #[serde(with = "numbers")]
    pub values: Vec<Vec<f64>>,
    /// The first column by popularity of the items, the most popular first: the values of users
    /// with a relevant item in the band; empty where there is no such user.
    #[serde(with = "numbers")]
    pub bands: Vec<Vec<f64>>,
    /// How often items are in the lists of the test's users, ascending, without those that never
    /// are.
    pub exposure: Vec<u64>,
    /// What the model takes to be true of items.
    #[serde(default)]
    pub assumed: Assumed,
    /// What was made of several feedbacks, as [`LearntRows::of_model`] reads it; null where there is
    /// one.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub feedback: Value,
    /// Whether features were dealt anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shuffled_features: bool,
    /// What a model of levels says of each, beside what happened in the test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<LevelReliability>,
}

/// One epoch of a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: u32,
    /// Mean loss of its samples.
    pub loss: f64,
    /// The validation metric, if this epoch was validated.
    pub metric: Option<f64>,
}

impl Epoch {
    /// The epoch whose validation was the best, of equals the first: the one whose model is kept.
    pub fn best(history: &[Self]) -> Option<u32> {
        let mut best: Option<(f64, u32)> = None;
        for (metric, epoch) in history.iter().filter_map(|one| Some((one.metric?, one.epoch))) {
            if best.is_none_or(|(highest, _)| metric > highest) {
                best = Some((metric, epoch));
            }
        }
        best.map(|(_, epoch)| epoch)
    }

    /// The epochs of a training.
    pub(crate) fn all(model: &Recommender) -> Vec<Self> {
        let epoch = |report: &foretaste::mf::EpochReport| Self {
            epoch: report.epoch,
            loss: report.loss,
            metric: report.metric,
        };
        model.history().iter().map(epoch).collect()
    }
}

impl Measured {
    /// Ranks all items for the users of the held-out interactions.
    ///
    /// # Errors
    /// [`Error::Eval`].
    pub fn of(
        model: &Recommender,
        seconds: Option<f64>,
        material: &Material,
    ) -> Result<Self, Error> {
        let ranked = Ranked::new(model, &material.train);
        let scorer = ranked.scorer();
        let mut values = Vec::new();
        for held_out in &material.held_out {
            let tests = [&held_out.test];
            let found = evaluate(scorer, material, held_out, &tests, &held_out.metrics)?;
            values.extend(found.into_iter().flatten());
        }
        let main = &material.held_out[0];
        let filled: Vec<&TestSet> = main.bands.iter().filter(|band| band.n_users() > 0).collect();
        let of_bands = evaluate(scorer, material, main, &filled, &main.metrics[..1])?;
        let mut of_bands = of_bands.into_iter();
        let band = |band: &TestSet| match band.n_users() {
            0 => Vec::new(),
            _ => of_bands.next().and_then(|mut columns| columns.pop()).unwrap_or_default(),
        };
        Ok(Self {
            config: model.info().parameters.clone(),
            seconds,
            history: Epoch::all(model),
            values,
            bands: main.bands.iter().map(band).collect(),
            exposure: exposure(scorer, material),
            assumed: Assumed::of(model),
            feedback: model.info().training["feedback"].clone(),
            shuffled_features: model.info().training[SHUFFLED] == true,
            calibration: of_material(model, material)?,
        })
    }

    /// What was measured on each of the held-out parts, as an evaluation.
    ///
    /// # Errors
    /// [`Error::Eval`] if it was not measured on this material.
    pub(crate) fn evaluations(&self, material: &Material) -> Result<Vec<Evaluation>, Error> {
        let mut columns = self.values.iter();
        let of = |held_out: &HeldOut| {
            let columns: Vec<&Vec<f64>> = columns.by_ref().take(held_out.metrics.len()).collect();
            evaluation(&held_out.test, &held_out.metrics, &columns)
        };
        material.held_out.iter().map(of).collect()
    }

    /// The first metric of each band of popularity, as an evaluation; `None` where there is no user.
    ///
    /// # Errors
    /// [`Error::Eval`] if it was not measured on this material.
    pub(crate) fn of_bands(&self, material: &Material) -> Result<Vec<Option<Evaluation>>, Error> {
        let main = &material.held_out[0];
        let of = |(band, values): (&TestSet, &Vec<f64>)| match band.n_users() {
            0 => Ok(None),
            _ => evaluation(band, &main.metrics[..1], &[values]).map(Some),
        };
        main.bands.iter().zip(&self.bands).map(of).collect()
    }

    /// What it learnt from.
    pub fn learns(&self) -> Learns {
        let rows = LearntRows::of_model(&self.feedback);
        Learns { rows, shuffled_features: self.shuffled_features }
    }

    /// The seed that it was trained with, if it needed one.
    pub fn seed(&self) -> Option<u64> {
        self.config.get(crate::settings::SEED)?.as_u64()
    }
}

/// An evaluation from a list of values for each metric.
fn evaluation(
    test: &TestSet,
    metrics: &[Metric],
    columns: &[&Vec<f64>],
) -> Result<Evaluation, Error> {
    let row = |n: usize| columns.iter().filter_map(move |column| column.get(n).copied());
    let longest = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    Ok(Evaluation::of_values(test, metrics, (0..longest).flat_map(row).collect())?)
}

/// For each test set and metric the values of users, in order.
fn evaluate(
    scorer: &dyn Scorer,
    material: &Material,
    held_out: &HeldOut,
    tests: &[&TestSet],
    metrics: &[Metric],
) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let (masks, counts) = (material.masks(held_out), material.train.interactions().item_counts());
    let mut evaluator = Evaluator::new(scorer, &masks, metrics)?.popularity(&counts)?;
    if let Some(candidates) = &held_out.candidates {
        evaluator = evaluator.among(candidates)?;
    }
    let found = evaluator.evaluate_each(tests)?;
    let column =
        |values: &[f64], n: usize| values.iter().skip(n).step_by(metrics.len()).copied().collect();
    let columns =
        found.iter().map(|found| (0..metrics.len()).map(|n| column(found.values(), n)).collect());
    Ok(columns.collect())
}

/// How often items are listed, over the lists of all users of the test.
fn exposure(scorer: &dyn Scorer, material: &Material) -> Vec<u64> {
    let users = material.held_out[0].test.known_users();
    let mut counts = vec![0; material.train.items().len()];
    let masks = material.masks(&material.held_out[0]);
    let query = Query::new(material.list_length()).exclude(&masks);
    // Lists of a few thousand users are held at once.
    for users in users.chunks(8192) {
        let lists = recommend(scorer, users, &query);
        lists.iter().flatten().for_each(|(item, _)| counts[item.index()] += 1);
    }
    counts.sort_unstable();
    let unlisted = counts.partition_point(|&count| count == 0);
    counts.split_off(unlisted)
}

/// JSON has no NaN; what some metrics say of a user without a list is `null` there.
mod numbers {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(lists: &[Vec<f64>], to: S) -> Result<S::Ok, S::Error> {
        let known = |value: &f64| (!value.is_nan()).then_some(*value);
        let lists = lists.iter().map(|list| list.iter().map(known).collect::<Vec<_>>());
        lists.collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<Vec<f64>>, D::Error> {
        let lists = Vec::<Vec<Option<f64>>>::deserialize(from)?;
        let list = |list: Vec<Option<f64>>| {
            list.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect()
        };
        Ok(lists.into_iter().map(list).collect())
    }
}
