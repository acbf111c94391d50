//! How a method is known: by name, with parameters that are data, to be trained and loaded.

use crate::parameter::with_defaults;
use crate::{
    Apart, Concern, EpochReport, Error, Model, ModelFile, Monitor, Parameter, Start, Starts,
    TrainingError, Whole,
};
use foretaste_data::{Dataset, Interactions, Preference, preferences_fingerprint};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::path::PathBuf;

/// What a method is, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// What command lines, experiments and model files call it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The paper that it is of; empty if there is none.
    pub source: &'static str,
}

/// What there is to learn from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Task<'a> {
    /// The interactions and their ids.
    pub data: &'a Dataset,
    /// What to begin from, of methods that can ([`Typed::starts`]).
    pub start: Start<'a>,
    /// What users are said to prefer beside what they did, of methods that use it ([`Uses::extra`]).
    pub extra: &'a [Preference],
    /// Interactions that were held out of `data`, by its users and items, of methods that learn something from
    /// such ([`Uses::validation`]); what validates epochs is the [`Monitor`]'s matter.
    pub validation: Option<&'a Interactions>,
}

impl<'a> Task<'a> {
    /// To learn from these interactions.
    pub fn new(data: &'a Dataset) -> Self {
        Self { data, start: Start::default(), extra: &[], validation: None }
    }

    /// The same from another start.
    #[must_use]
    pub fn starting(self, start: Start<'a>) -> Self {
        Self { start, ..self }
    }

    /// The same with what users are said to prefer.
    #[must_use]
    pub fn preferring(self, extra: &'a [Preference]) -> Self {
        Self { extra, ..self }
    }

    /// The same with interactions that were held out of the data.
    #[must_use]
    pub fn validated_on(self, validation: &'a Interactions) -> Self {
        Self { validation: Some(validation), ..self }
    }

    /// What is said of the preferences in the model: how many they are, and their checksum.
    pub(crate) fn note_of_extra(&self) -> Value {
        let print = preferences_fingerprint(self.data.users(), self.data.items(), self.extra);
        serde_json::json!({ "rows": self.extra.len(), "fingerprint": print.to_string() })
    }
}

/// What a method learns from beside the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The other feedbacks, each by itself.
    pub feedback: bool,
    /// The features of users and items.
    pub features: bool,
    /// Users and items that are known by their features alone, too: the method has scores for them.
    pub cold: bool,
    /// The weights of the interactions, where they have such.
    pub weights: bool,
    /// One of the other feedbacks, which the parameters name ([`Typed::side_feedback`]), of the users and
    /// items of the target.
    pub side_feedback: bool,
    /// What users are said to prefer beside what they did ([`Task::extra`]).
    pub extra: bool,
    /// Interactions that were held out of the data ([`Task::validation`]).
    pub validation: bool,
}

/// A trained model, and how the training went.
#[derive(Debug)]
pub struct Fitted {
    /// The model: the best that was validated, or else the last.
    pub model: Box<dyn Model>,
    /// The epoch that it is of; 0 where there are no epochs.
    pub best_epoch: u32,
    /// The epochs; empty where there are none.
    pub history: Vec<EpochReport>,
    /// What else is worth knowing of the training, by name; model files keep it.
    pub notes: Map<String, Value>,
}

impl Fitted {
    /// A model that took no epochs.
    pub fn at_once(model: impl Model + 'static) -> Self {
        let (model, history, notes) = (Box::new(model), Vec::new(), Map::new());
        Self { model, best_epoch: 0, history, notes }
    }

    /// Notes a number that the method worked with, given or from the data, as short as it is written.
    #[must_use]
    pub fn with_number(mut self, name: &str, number: f32) -> Self {
        self.notes.insert(name.to_owned(), as_written(&number));
        self
    }
}

crate::parameters! {
    /// The parameters of a method without any.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct NoParameters {}
}

/// A method whose parameters are a type: what a crate implements to add one.
///
/// Implementors are a [`Technique`], which a [`Registry`](crate::Registry) takes.
pub trait Typed: Debug + Send + Sync + 'static {
    /// The parameters. Fields that are left out take the values of [`Typed::defaults`]. A method that
    /// has epochs calls their number `epochs`, and one that is random its seed `seed`.
    type Parameters: Serialize + DeserializeOwned;

    /// What the method is.
    fn about(&self) -> About;

    /// The parameters that the method has where none are given.
    fn defaults(&self) -> Self::Parameters;

    /// What is known of each parameter, the default excepted: [`described`](crate::Described::described) of a type that
    /// [`parameters!`](crate::parameters) defined, or a list with a line a field. What is not in it has
    /// a name and a default all the same.
    fn described(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// Checks what is not in the range of a single parameter; those that are described are checked.
    ///
    /// # Errors
    /// [`TrainingError::Parameter`] naming the first that is not legal.
    fn check(&self, _parameters: &Self::Parameters) -> Result<(), TrainingError> {
        Ok(())
    }

    /// Trains, in parallel on the current rayon pool, whose size does not change the result.
    ///
    /// # Errors
    /// What is wrong with parameters, data or training.
    fn fit(
        &self,
        parameters: &Self::Parameters,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError>;

    /// Takes a model of this method out of its file.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a tensor is missing or has another shape.
    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error>;

    /// What the method learns from beside the target: the rest is left out of its data.
    fn uses(&self) -> Uses {
        Uses::default()
    }

    /// What else than nothing a training can begin from.
    fn starts(&self) -> Starts {
        Starts::default()
    }

    /// The file that the method reads besides the data.
    fn side_file(&self, _parameters: &Self::Parameters) -> Option<PathBuf> {
        None
    }

    /// The other feedback that the parameters name: it says something of the target's pairs, and is not
    /// learnt from for itself.
    fn side_feedback(&self, _parameters: &Self::Parameters) -> Option<String> {
        None
    }

    /// Those of the parameters that have no effect beside the others, each with the setting beside
    /// which it would have one.
    fn idle(&self, _parameters: &Self::Parameters) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// The training of such data by workers that have a part of them each, of methods that know how.
    ///
    /// # Errors
    /// [`TrainingError::Method`] that says why these parameters, or the method, can't; what is wrong with
    /// parameters or data.
    fn apart(
        &self,
        _parameters: &Self::Parameters,
        _whole: &Whole,
    ) -> Result<Box<dyn Apart>, TrainingError> {
        Err(TrainingError::Method {
            concern: Concern::Parameters,
            message: format!("{} can't be trained in parts", self.about().name),
            help: Some("train it on one machine, or take a method that can".to_owned()),
        })
    }
}

/// A method whose parameters are data: what command line, experiments and model files know.
///
/// Implement [`Typed`] instead.
pub trait Technique: Debug + Send + Sync {
    /// What the method is.
    fn about(&self) -> About;

    /// Every parameter with its default, and what is known of it.
    fn parameters(&self) -> Vec<Parameter>;

    /// All parameters, from those that are given: an object, of which what is left out is the
    /// method's default. Numbers are as short as they were written.
    ///
    /// # Errors
    /// What serde says of a value of another type.
    fn complete(&self, given: &Value) -> Result<Value, serde_json::Error>;

    /// Checks every value against its range, then as [`Typed::check`].
    ///
    /// # Errors
    /// As there.
    fn check(&self, parameters: &Value) -> Result<(), TrainingError>;

    /// As [`Typed::fit`].
    ///
    /// # Errors
    /// As there.
    fn fit(
        &self,
        parameters: &Value,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError>;

    /// As [`Typed::load`].
    ///
    /// # Errors
    /// As there.
    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error>;

    /// As [`Typed::uses`].
    fn uses(&self) -> Uses;

    /// As [`Typed::starts`].
    fn starts(&self) -> Starts;

    /// As [`Typed::side_file`].
    fn side_file(&self, parameters: &Value) -> Option<PathBuf>;

    /// As [`Typed::side_feedback`].
    fn side_feedback(&self, parameters: &Value) -> Option<String>;

    /// As [`Typed::idle`].
    fn idle(&self, parameters: &Value) -> Vec<(&'static str, &'static str)>;

    /// As [`Typed::apart`].
    ///
    /// # Errors
    /// As there.
    fn apart(&self, parameters: &Value, whole: &Whole) -> Result<Box<dyn Apart>, TrainingError>;
}

impl<T: Typed> Technique for T {
    fn about(&self) -> About {
        Typed::about(self)
    }

    fn parameters(&self) -> Vec<Parameter> {
        with_defaults(self.described(), &as_written(&self.defaults()))
    }

    fn complete(&self, given: &Value) -> Result<Value, serde_json::Error> {
        let mut all = as_written(&self.defaults());
        match (&mut all, given) {
            (Value::Object(all), Value::Object(given)) => {
                all.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            (all, _) => *all = given.clone(),
        }
        let read = as_written(&T::Parameters::deserialize(&all)?);
        match is_lost(&all, &read) {
            true => Err(serde::de::Error::custom("too large a number")),
            false => Ok(read),
        }
    }

    fn check(&self, parameters: &Value) -> Result<(), TrainingError> {
        let typed = read::<T>(parameters)?;
        self.described().iter().try_for_each(|one| one.check_in(parameters))?;
        Typed::check(self, &typed)
    }

    fn fit(
        &self,
        parameters: &Value,
        task: &Task<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Fitted, TrainingError> {
        Typed::fit(self, &read::<T>(parameters)?, task, monitor)
    }

    fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        Typed::load(self, file)
    }

    fn uses(&self) -> Uses {
        Typed::uses(self)
    }

    fn starts(&self) -> Starts {
        Typed::starts(self)
    }

    fn side_file(&self, parameters: &Value) -> Option<PathBuf> {
        Typed::side_file(self, &read::<T>(parameters).ok()?)
    }

    fn side_feedback(&self, parameters: &Value) -> Option<String> {
        Typed::side_feedback(self, &read::<T>(parameters).ok()?)
    }

    fn idle(&self, parameters: &Value) -> Vec<(&'static str, &'static str)> {
        read::<T>(parameters).map_or(Vec::new(), |parameters| Typed::idle(self, &parameters))
    }

    fn apart(&self, parameters: &Value, whole: &Whole) -> Result<Box<dyn Apart>, TrainingError> {
        Typed::apart(self, &read::<T>(parameters)?, whole)
    }
}

/// Whether a number became infinite when it was read, which JSON can't say.
fn is_lost(given: &Value, read: &Value) -> bool {
    match (given, read) {
        (Value::Number(_), Value::Null) => true,
        (Value::Object(given), Value::Object(read)) => read
            .iter()
            .any(|(name, read)| given.get(name).is_some_and(|given| is_lost(given, read))),
        _ => false,
    }
}

fn read<T: Typed>(parameters: &Value) -> Result<T::Parameters, TrainingError> {
    T::Parameters::deserialize(parameters).map_err(|error| TrainingError::Method {
        concern: Concern::Parameters,
        message: error.to_string(),
        help: None,
    })
}

/// Plain data as JSON, with numbers as short as they were written: 0.1 is an f32, and as an f64,
/// which is what JSON values hold, it would read 0.10000000149011612.
pub(crate) fn as_written(data: &impl Serialize) -> Value {
    let text = serde_json::to_string(data).expect("parameters are plain data");
    serde_json::from_str(&text).expect("what was just written is JSON")
}
