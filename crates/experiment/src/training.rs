//! One training, whoever watches it: what epochs are validated on, and what the model says of it.

use crate::learns::SHUFFLED;
use crate::{Error, Lesson};
use foretaste::data::{Dataset, Interactions};
use foretaste::eval::{self, Metric, TestSet, evaluate};
use foretaste::mf;
use foretaste::model::{Fitted, Monitor, Scorer, Start, Task, TrainingError};
use foretaste::{Method, Recommender};

/// The seed of what is random, if none is said.
pub const DEFAULT_SEED: u64 = 42;
/// Epochs between two validations, if it is not said.
pub const DEFAULT_EVERY: u32 = 5;
/// What trainings are validated by, if it is not said.
pub const DEFAULT_METRIC: &str = "ndcg@10";

/// A training that is prepared.
#[derive(Debug)]
pub struct Training<'a> {
    method: &'a Method,
    lesson: Lesson,
    /// Held-out rows that the method learns something from.
    rows: Option<Dataset>,
}

/// What a model is held against after some of the epochs.
#[derive(Clone, Debug)]
pub struct Validation {
    held_out: TestSet,
    /// What lists leave out. A copy: the training part moves into the model.
    mask: Interactions,
    metric: Metric,
    every: u32,
    epochs: u32,
}

impl<'a> Training<'a> {
    /// A method and what it learns from; with held-out rows, the metric and the epochs between two
    /// validations, if there are such rows: they are for the monitor, and methods without epochs have none.
    ///
    /// # Errors
    /// [`Error::NoValidationUsers`] if no user of the held-out rows is in the lesson; [`Error::Data`] and
    /// [`Error::Eval`] if they do not fit its ids.
    pub fn new(
        method: &'a Method,
        lesson: Lesson,
        valid: Option<&Dataset>,
        (metric, every): (Metric, u32),
    ) -> Result<(Self, Option<Validation>), Error> {
        // A method without epochs may learn from held-out rows, too.
        let learned = |valid: &Dataset| {
            let (users, items) =
                (lesson.learned().users().clone(), lesson.learned().items().clone());
            valid.clone().into_target()?.onto(users, items)
        };
        let rows = valid.filter(|_| method.uses().validation).map(learned).transpose()?;
        let validation = |valid: &Dataset| {
            let train = lesson.data();
            let held_out = TestSet::of_dataset(valid, train.users(), train.items(), |_| true)?;
            if held_out.known_users().is_empty() {
                return Err(Error::NoValidationUsers);
            }
            let (mask, epochs) = (train.interactions().clone(), epochs(method));
            Ok(Validation { held_out, mask, metric, every, epochs })
        };
        let validation = valid.filter(|_| method.has_epochs()).map(validation).transpose()?;
        Ok((Self { method, lesson, rows }, validation))
    }

    /// What is learnt from.
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// How many epochs there are; 1 of a method without.
    pub fn epochs(&self) -> u32 {
        epochs(self.method)
    }

    /// How many samples are drawn in an epoch, about.
    pub fn samples(&self) -> u64 {
        let pairs = self.lesson.learned().interactions().nnz() as u64;
        pairs * self.method.whole("negatives").unwrap_or(1)
    }

    /// Trains, in parallel on the current rayon pool.
    ///
    /// # Errors
    /// As for [`Method::fit`].
    pub fn fit(
        &self,
        start: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        let task = Task::new(self.lesson.learned()).starting(start);
        let task = task.preferring(self.lesson.extra());
        let rows = self.rows.as_ref().map(Dataset::interactions);
        let task = rows.map_or(task, |rows| task.validated_on(rows));
        self.method.fit(&task, monitor)
    }

    /// The recommender of what [`Training::fit`] gave. Lists leave out the target's interactions, also
    /// where the method has seen others.
    pub fn finish(self, mut fitted: Fitted) -> Recommender {
        if let Some(note) = self.lesson.feedback() {
            fitted.notes.insert("feedback".to_owned(), note);
        }
        if self.lesson.has_shuffled_features() {
            fitted.notes.insert(SHUFFLED.to_owned(), true.into());
        }
        Recommender::from_parts(self.method, self.lesson.into_data(), fitted)
    }
}

fn epochs(method: &Method) -> u32 {
    method.whole("epochs").unwrap_or(1) as u32
}

impl Validation {
    /// The metric of a model after an epoch, if the epoch is one of those that are validated: what
    /// [`Monitor::validate`] has to give.
    ///
    /// # Errors
    /// [`mf::Error::Validation`] if the metric can't be taken.
    pub fn after(&self, epoch: u32, model: &dyn Scorer) -> Result<Option<f64>, mf::Error> {
        if !epoch.is_multiple_of(self.every) && epoch != self.epochs {
            return Ok(None);
        }
        let found = evaluate(model, &[&self.mask], &self.held_out, &[self.metric]);
        let failed =
            |error: eval::Error| mf::Error::Validation { epoch, reason: error.to_string() };
        Ok(Some(found.map_err(failed)?.means()[0]))
    }
}

#[cfg(test)]
mod tests;
