//! A training, under a progress bar.

use crate::args::Global;
use crate::checkpoints::Plan;
use crate::commands::evaluate::test_set;
use crate::failure::{Failure, Outcome};
use crate::learning::{Learner, Lesson};
use crate::progress::{Training, Validate};
use foretaste::data::{Dataset, Preference};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::model::{Scorer, Task, TrainingError};
use foretaste::{Method, Recommender};
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
    let used = if method.uses().extra { extra } else { &[] };
    let ids = (!used.is_empty()).then(|| (train.users().clone(), train.items().clone()));
    let lesson = Lesson::new(train, (method, learns))?;
    let known = match ids {
        Some((users, items)) => {
            let users = users.indices_in(lesson.learned().users());
            let items = items.indices_in(lesson.learned().items());
            used.iter().filter_map(|one| one.onto(&users, &items)).collect()
        }
        None => Vec::new(),
    };
    fit_to(method, lesson.preferring(known), valid, validate, Plan::default(), global)
}

pub(super) fn fit_to(
    method: &Method,
    lesson: Lesson,
    valid: Option<&Dataset>,
    (metric, every): (Metric, u32),
    plan: Plan,
    global: &Global,
) -> Outcome<(Recommender, Duration)> {
    let train = &lesson.data;
    // Before the rows of which epochs are validated are gone: a method without such may learn from them.
    let learned = |valid: &Dataset| {
        let (users, items) = (lesson.learned().users().clone(), lesson.learned().items().clone());
        valid.clone().into_target()?.onto(users, items)
    };
    let used = valid.filter(|_| method.uses().validation).map(learned).transpose()?;
    // What has no epochs is not validated.
    let valid = valid.filter(|_| method.has_epochs());
    let held_out = valid.map(|valid| test_set(valid, train.users(), train.items())).transpose()?;
    if held_out.as_ref().is_some_and(|held_out: &TestSet| held_out.known_users().is_empty()) {
        return Err(Failure::data("no user of the validation part is in the training part")
            .help("are the two parts of one split?"));
    }
    // The training matrix is moved into the model while the monitor still masks with it.
    let mask = held_out.is_some().then(|| train.interactions().clone());
    let epochs = method.whole("epochs").unwrap_or(1);
    let validate = held_out.as_ref().zip(mask.as_ref()).map(|(held_out, mask)| Validate {
        every,
        epochs: epochs as u32,
        measure: Box::new(move |model: &dyn Scorer| {
            Ok(evaluate(model, &[mask], held_out, &[metric])?.means()[0])
        }),
    });
    let data = lesson.learned();
    let samples = data.interactions().nnz() as u64 * method.whole("negatives").unwrap_or(1);
    let validated = valid.map(|valid| (valid, metric, every));
    let mut beginning = plan.begin(method, &lesson, validated, global)?;
    let keeper = beginning.keeper.take();
    let start = beginning.start();
    let started = Instant::now();
    let kept = (keeper, start.state.is_some());
    let mut monitor = Training::new(epochs as u32, samples, validate, kept, global);
    let task = Task::new(data).starting(start).preferring(lesson.extra());
    let task = used.as_ref().map_or(task, |rows| task.validated_on(rows.interactions()));
    let fitted = method.fit(&task, &mut monitor);
    let keeper = monitor.into_keeper();
    let mut fitted = match (fitted, keeper) {
        (Err(TrainingError::Interrupted { epoch }), Some(keeper)) => {
            return Err(keeper.interrupted(epoch));
        }
        (fitted, _) => fitted.map_err(foretaste::Error::from)?,
    };
    let before = Duration::try_from_secs_f64(beginning.before).unwrap_or_default();
    let seconds = before.saturating_add(started.elapsed());
    if let Some(note) = lesson.feedback() {
        fitted.notes.insert("feedback".to_owned(), note);
    }
    if lesson.has_shuffled_features() {
        fitted.notes.insert("shuffled_features".to_owned(), true.into());
    }
    // Lists leave out the target's interactions, also where the method has seen others.
    Ok((Recommender::from_parts(method, lesson.data, fitted), seconds))
}
