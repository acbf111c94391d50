//! Who is asked, how, and within which limits.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::Problem;
use crate::{Budget, Cache, Error, Transport};

type Pause = Box<dyn Fn(Duration) + Send + Sync>;

/// Asks one model of one server.
pub struct Client<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) cache: Cache,
    pub(crate) model: String,
    pub(crate) provider: String,
    pub(crate) budget: Budget,
    pub(crate) concurrency: usize,
    pub(crate) texts: usize,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) dimensions: Option<u32>,
    pub(crate) pause: Pause,
}

/// What asking would take.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// Requests, if none has to be repeated.
    pub requests: u64,
    /// Questions that would be asked.
    pub asked: u64,
    /// Questions whose answers are in the cache.
    pub cached: u64,
    /// Questions that are there before.
    pub repeats: u64,
    /// Tokens that would be asked, about.
    pub tokens_in: u64,
    /// Tokens that would be answered, at most.
    pub tokens_out: u64,
    /// What that would cost, by the prices.
    pub cost: f64,
}

/// What happens meanwhile.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// So many of the questions that are asked are answered.
    Answered {
        /// How many.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// A question will be asked again.
    Again {
        /// Why.
        problem: Problem,
        /// After so long.
        wait: Duration,
    },
}

impl<'a> Client<'a> {
    /// Asks a model by its name, one question at a time, sleeping between tries.
    pub fn new(transport: &'a dyn Transport, model: impl Into<String>, cache: Cache) -> Self {
        Self {
            transport,
            cache,
            model: model.into(),
            provider: String::new(),
            budget: Budget::default(),
            concurrency: 1,
            texts: 64,
            parameters: Map::new(),
            dimensions: None,
            pause: Box::new(std::thread::sleep),
        }
    }

    /// Whose the model is: what tells it from another of the same name in the cache.
    #[must_use]
    pub fn of_provider(self, provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), ..self }
    }

    /// Asks by so many threads, at least one.
    #[must_use]
    pub fn by_threads(self, concurrency: usize) -> Self {
        Self { concurrency: concurrency.max(1), ..self }
    }

    /// Spends no more than this.
    #[must_use]
    pub fn within(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Sends so many texts in a request for vectors at most, at least one.
    #[must_use]
    pub fn with_texts(self, texts: usize) -> Self {
        Self { texts: texts.max(1), ..self }
    }

    /// Asks for vectors of so many numbers.
    #[must_use]
    pub fn with_dimensions(self, dimensions: Option<u32>) -> Self {
        Self { dimensions, ..self }
    }

    /// Sleeps in another way.
    #[must_use]
    pub fn pausing(self, pause: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { pause: Box::new(pause), ..self }
    }

    /// Sends a parameter with each chat, as `temperature`; `null` sends none.
    ///
    /// # Errors
    /// [`Error::Parameter`] for those that the client sets itself.
    pub fn with_parameter(mut self, name: &str, value: Value) -> Result<Self, Error> {
        if ["model", "messages", "stream", "n"].contains(&name) {
            return Err(Error::Parameter { name: name.to_owned() });
        }
        match value {
            Value::Null => self.parameters.remove(name),
            value => self.parameters.insert(name.to_owned(), value),
        };
        Ok(self)
    }
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, provider, budget, concurrency, .. } = self;
        f.debug_struct("Client")
            .field("model", model)
            .field("provider", provider)
            .field("budget", budget)
            .field("concurrency", concurrency)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
