//! What can go wrong in training.

use std::borrow::Cow;
use std::fmt::Display;

/// An error of checking parameters or of training.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// A parameter outside its legal range.
    #[error("{name} must be {rule}, not {value}")]
    Parameter {
        /// Name of the parameter.
        name: Cow<'static, str>,
        /// What is legal.
        rule: Cow<'static, str>,
        /// What was given.
        value: String,
    },
    /// Nothing to learn from.
    #[error("there is nothing to learn from: {reason}")]
    NoData {
        /// What is missing.
        reason: &'static str,
    },
    /// The factors are no longer finite.
    #[error("training diverged in epoch {epoch}{}more regularisation", advice(*.learning_rate))]
    Diverged {
        /// The epoch, from 1.
        epoch: u32,
        /// The learning rate of that epoch, of a training by steps.
        learning_rate: Option<f32>,
    },
    /// A validation without a score.
    #[error("the validation after epoch {epoch} failed: {reason}")]
    Validation {
        /// The epoch, from 1.
        epoch: u32,
        /// Why there is none.
        reason: String,
    },
    /// [`Monitor::interrupted`](crate::Monitor::interrupted) said so.
    #[error("the training was interrupted in epoch {epoch}")]
    Interrupted {
        /// The epoch, from 1.
        epoch: u32,
    },
    /// A [`State`](crate::State) that is not one of this training's.
    #[error("the state to go on from does not fit: `{name}` {reason}")]
    State {
        /// Which list of numbers.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More items than the engine's 32-bit codes can hold.
    #[error("{items} items are too many for this engine (at most 1073741824)")]
    TooManyItems {
        /// How many there are.
        items: usize,
    },
    /// What a method says in a way of its own.
    #[error("{message}")]
    Method {
        /// What is wrong.
        concern: Concern,
        /// In a line, what is wrong with it.
        message: String,
        /// What to do about it, if there is something to say.
        help: Option<String>,
    },
}

impl TrainingError {
    /// A parameter that must be something else.
    pub fn parameter(
        name: impl Into<Cow<'static, str>>,
        rule: impl Into<Cow<'static, str>>,
        value: impl Display,
    ) -> Self {
        Self::Parameter { name: name.into(), rule: rule.into(), value: value.to_string() }
    }

    /// Nothing, where a parameter is as it must be.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] where it is not.
    pub fn unless(
        legal: bool,
        name: impl Into<Cow<'static, str>>,
        rule: impl Into<Cow<'static, str>>,
        value: impl Display,
    ) -> Result<(), Self> {
        if legal { Ok(()) } else { Err(Self::parameter(name, rule, value)) }
    }
}

/// What is to be changed for a training to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The parameters.
    Parameters,
    /// The data.
    Data,
    /// A file besides the data; the message names it.
    File,
}

fn advice(learning_rate: Option<f32>) -> String {
    learning_rate
        .map_or(": try ".into(), |rate| format!(" at learning rate {rate}: try a tenth of it, or "))
}
