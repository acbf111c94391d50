//! A method with its parameters.

use crate::technique::as_written;
use crate::{
    About, Apart, Concern, EXTRA, Fitted, Monitor, Parameter, Starts, Task, Technique,
    TrainingError, Typed, Uses, WARM_START, Whole,
};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// The entry of a method's JSON that holds its name.
pub const TAG: &str = "model";

/// A method with its parameters: plain data, and the [`Technique`] that knows what it means.
#[derive(Clone, Debug)]
pub struct Method {
    technique: Arc<dyn Technique>,
    parameters: Map<String, Value>,
}

/// Equal by name and parameters.
impl PartialEq for Method {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.parameters == other.parameters
    }
}

impl Method {
    /// A method with parameters of its type.
    pub fn of<T: Typed>(technique: T, parameters: &T::Parameters) -> Self {
        let parameters = object(as_written(parameters));
        Self { technique: Arc::new(technique), parameters }
    }

    /// A method with the parameters that are given, and its defaults for what is left out.
    ///
    /// # Errors
    /// What serde says of a value of another type.
    pub fn new(
        technique: Arc<dyn Technique>,
        given: Map<String, Value>,
    ) -> Result<Self, serde_json::Error> {
        let parameters = object(technique.complete(&Value::Object(given))?);
        Ok(Self { technique, parameters })
    }

    /// The same method with other parameters.
    ///
    /// # Errors
    /// As for [`Method::new`].
    pub fn with(&self, parameters: Map<String, Value>) -> Result<Self, serde_json::Error> {
        Self::new(Arc::clone(&self.technique), parameters)
    }

    /// What the method is.
    pub fn about(&self) -> About {
        self.technique.about()
    }

    /// The method's name, as model files have it.
    pub fn name(&self) -> &'static str {
        self.about().name
    }

    /// All parameters by name.
    pub fn parameters(&self) -> &Map<String, Value> {
        &self.parameters
    }

    /// Every parameter with its default, and what is known of it.
    pub fn described(&self) -> Vec<Parameter> {
        self.technique.parameters()
    }

    /// A parameter that is a whole number: `epochs`, `seed`.
    pub fn whole(&self, name: &str) -> Option<u64> {
        self.parameters.get(name)?.as_u64()
    }

    /// Whether it is trained epoch by epoch, and so can be validated on the way.
    pub fn has_epochs(&self) -> bool {
        self.parameters.contains_key("epochs")
    }

    /// Name and parameters as JSON.
    pub fn to_json(&self) -> Value {
        let name = (TAG.to_owned(), Value::from(self.name()));
        std::iter::once(name).chain(self.parameters.clone()).collect::<Map<_, _>>().into()
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] naming the first that is not legal.
    pub fn check(&self) -> Result<(), TrainingError> {
        self.technique.check(&self.as_value())
    }

    /// Trains, in parallel on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// What is wrong with parameters, data, start or training.
    pub fn fit(&self, task: &Task<'_>, monitor: &mut dyn Monitor) -> Result<Fitted, TrainingError> {
        self.check()?;
        self.starts().check(self.name(), task.start)?;
        self.check_extra(task)?;
        self.check_validation(task)?;
        let mut fitted = self.technique.fit(&self.as_value(), task, monitor)?;
        if let Some(warm) = task.start.warm {
            fitted.notes.insert(WARM_START.to_owned(), warm.note());
        }
        if !task.extra.is_empty() {
            fitted.notes.insert(EXTRA.to_owned(), task.note_of_extra());
        }
        Ok(fitted)
    }

    /// The training of such data by workers that have a part of them each.
    ///
    /// # Errors
    /// As for [`Typed::apart`].
    pub fn apart(&self, whole: &Whole) -> Result<Box<dyn Apart>, TrainingError> {
        self.check()?;
        self.technique.apart(&self.as_value(), whole)
    }

    /// Refuses preferences that the method does not use, or that are of others than the data's.
    fn check_extra(&self, task: &Task<'_>) -> Result<(), TrainingError> {
        let (users, items) = (task.data.users().len(), task.data.items().len());
        let (message, concern) = match task.extra {
            [] => return Ok(()),
            _ if !self.uses().extra => {
                (format!("{} learns from no extra preferences", self.name()), Concern::Parameters)
            }
            extra if extra.iter().all(|one| one.is_within(users, items)) => return Ok(()),
            _ => {
                let message = "an extra preference is of a user or item that the data have not";
                (message.to_owned(), Concern::Data)
            }
        };
        Err(TrainingError::Method { concern, message, help: None })
    }

    /// Refuses held-out interactions that the method does not use, or that are of others than the data's.
    fn check_validation(&self, task: &Task<'_>) -> Result<(), TrainingError> {
        let Some(rows) = task.validation else { return Ok(()) };
        let data = task.data.interactions();
        let (message, concern) = match self.uses().validation {
            false => {
                (format!("{} learns from no validation rows", self.name()), Concern::Parameters)
            }
            true if (rows.n_users(), rows.n_items()) == (data.n_users(), data.n_items()) => {
                return Ok(());
            }
            true => {
                let message = "validation rows are of other users or items than the data";
                (message.to_owned(), Concern::Data)
            }
        };
        Err(TrainingError::Method { concern, message, help: None })
    }

    /// What else than nothing a training can begin from.
    pub fn starts(&self) -> Starts {
        self.technique.starts()
    }

    /// What it learns from beside the target.
    pub fn uses(&self) -> Uses {
        Uses { side_feedback: self.side_feedback().is_some(), ..self.technique.uses() }
    }

    /// The other feedback that the parameters name.
    pub fn side_feedback(&self) -> Option<String> {
        self.technique.side_feedback(&self.as_value())
    }

    /// The file that the method reads besides the data.
    pub fn side_file(&self) -> Option<PathBuf> {
        self.technique.side_file(&self.as_value())
    }

    /// Those of the parameters that have no effect beside the others, each with the setting beside
    /// which it would have one.
    pub fn idle_parameters(&self) -> Vec<(&'static str, &'static str)> {
        self.technique.idle(&self.as_value())
    }

    fn as_value(&self) -> Value {
        Value::Object(self.parameters.clone())
    }
}

/// # Panics
/// If parameters are no struct.
fn object(value: Value) -> Map<String, Value> {
    let Value::Object(entries) = value else { panic!("parameters are a struct, not {value}") };
    entries
}
