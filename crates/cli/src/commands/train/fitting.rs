//! A training, under a progress bar.

use crate::args::Global;
use crate::checkpoints::Plan;
use crate::failure::Outcome;
use crate::progress;
use foretaste::data::{Dataset, Preference};
use foretaste::eval::Metric;
use foretaste::model::TrainingError;
use foretaste::{Method, Recommender};
use foretaste_experiment::{Learner, Lesson, Training};
use std::time::{Duration, Instant};

/// Trains under a progress bar; returns the model and the seconds it took. `extra` is by the ids of the data,
/// for methods that use it.
pub(crate) fn fit(
    (method, learns): Learner<'_>,
    (train, extra): (Dataset, &[Preference]),
    valid: Option<&Dataset>,
    validate: (Metric, u32),
    global: &Global,
) -> Outcome<(Recommender, Duration)> {
    let lesson = Lesson::with_extra(train, (method, learns), extra)?;
    fit_to(method, lesson, valid, validate, Plan::default(), global)
}

pub(super) fn fit_to(
    method: &Method,
    lesson: Lesson,
    valid: Option<&Dataset>,
    (metric, every): (Metric, u32),
    plan: Plan,
    global: &Global,
) -> Outcome<(Recommender, Duration)> {
    let (training, validation) = Training::new(method, lesson, valid, (metric, every))?;
    // What has no epochs is not validated.
    let validated = valid.filter(|_| validation.is_some()).map(|valid| (valid, metric, every));
    let mut beginning = plan.begin(method, training.lesson(), validated, global)?;
    let keeper = beginning.keeper.take();
    let start = beginning.start();
    let started = Instant::now();
    let kept = (keeper, start.state.is_some());
    let steps = (training.epochs(), training.samples());
    let mut monitor = progress::Training::new(steps, validation, kept, global);
    let fitted = training.fit(start, &mut monitor);
    let keeper = monitor.into_keeper();
    let fitted = match (fitted, keeper) {
        (Err(TrainingError::Interrupted { epoch }), Some(keeper)) => {
            return Err(keeper.interrupted(epoch));
        }
        (fitted, _) => fitted.map_err(foretaste::Error::from)?,
    };
    let before = Duration::try_from_secs_f64(beginning.before).unwrap_or_default();
    let seconds = before.saturating_add(started.elapsed());
    Ok((training.finish(fitted), seconds))
}
