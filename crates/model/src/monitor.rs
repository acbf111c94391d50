//! What a caller sees of a training while it runs.

use crate::{Scorer, State, TrainingError};
use serde::Serialize;

/// What happened in one epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Its learning rate; `None` of a training without steps.
    pub learning_rate: Option<f32>,
    /// Mean loss of its samples by their weights, each measured before the step on it, in nats,
    /// without the L2 penalty. Of steps, it is an unbiased sample: triples, or positives each with all
    /// its negatives, that are chosen by chance, of large data one in 32; NaN if nothing could be
    /// trained on.
    pub loss: f64,
    /// Samples that were trained on.
    pub samples: u64,
    /// Samples that were left out because all items of the block are the user's own: triples, or,
    /// of objectives of single pairs, negatives.
    pub skipped: u64,
    /// What [`Monitor::validate`] returned.
    pub metric: Option<f64>,
}

impl EpochReport {
    /// Of an epoch of which only the loss is known; what else is, is set.
    pub fn new(epoch: u32, loss: f64) -> Self {
        Self { epoch, learning_rate: None, loss, samples: 0, skipped: 0, metric: None }
    }
}

/// Callbacks of a training; each has a default that does nothing.
pub trait Monitor {
    /// Scores the model after an epoch, larger is better; `None` if this epoch is not validated.
    /// The best validated model is the one that the training returns.
    ///
    /// # Errors
    /// [`TrainingError::Validation`] if the score can't be computed, which ends the training: any number in
    /// its place would choose a model.
    fn validate(&mut self, _epoch: u32, _model: &dyn Scorer) -> Result<Option<f64>, TrainingError> {
        Ok(None)
    }

    /// Called where parameters are estimated before the training, after each of the trainings that
    /// it takes, with their number so far.
    fn estimating(&mut self, _trainings: u32) {}

    /// Told how many bytes the training will take for what grows with the square of the data, before
    /// it takes them, by methods that have such.
    fn memory(&mut self, _bytes: u64) {}

    /// Called with each finished epoch.
    fn epoch(&mut self, _report: &EpochReport) {}

    /// Called between rounds with the share of the current epoch that is done. Return `false` to
    /// end the training after this epoch.
    fn progress(&mut self, _epoch: u32, _share: f64) -> bool {
        true
    }

    /// Asked between rounds: whether to end the training at once, with
    /// [`TrainingError::Interrupted`] and without a model. Its state is offered first.
    fn interrupted(&mut self) -> bool {
        false
    }

    /// Offered the state of the training after each epoch but the last, each training of an estimate,
    /// and where [`Monitor::interrupted`] ends it (`ending`), with the number of finished epochs. Who
    /// keeps it can go on from there: see [`Start`](crate::Start). It is made, a copy of all factors,
    /// when it is asked for.
    fn checkpoint(&mut self, _epochs: u32, _ending: bool, _state: &mut dyn FnMut() -> State) {}
}

/// The monitor that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {}
