//! Methods by name.

use crate::method::TAG;
use crate::{Error, Method, Model, ModelFile, Technique};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The methods that a program knows, by name. It can be extended by a crate that nobody here has
/// seen, and then everything that takes a registry knows its methods, too.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    techniques: Vec<Arc<dyn Technique>>,
}

/// Why a name or an object is no method.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// No method has this name.
    #[error("there is no method `{name}`; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// Two methods of one name.
    #[error("there is a method `{name}` already")]
    Taken {
        /// The name.
        name: &'static str,
    },
    /// Parameters of other types than the method's.
    #[error("{name}: {reason}")]
    Parameters {
        /// The method.
        name: String,
        /// What is wrong with them.
        reason: String,
    },
}

impl Registry {
    /// No methods.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another method.
    ///
    /// # Errors
    /// [`RegistryError::Taken`] if there is one of its name.
    pub fn with(mut self, technique: Arc<dyn Technique>) -> Result<Self, RegistryError> {
        let name = technique.about().name;
        if self.technique(name).is_some() {
            return Err(RegistryError::Taken { name });
        }
        self.techniques.push(technique);
        Ok(self)
    }

    /// All methods, in the order in which they were added.
    pub fn techniques(&self) -> &[Arc<dyn Technique>] {
        &self.techniques
    }

    /// The names of all methods.
    pub fn names(&self) -> Vec<&'static str> {
        self.techniques.iter().map(|technique| technique.about().name).collect()
    }

    /// A method with its default parameters.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] if there is none of that name.
    pub fn method(&self, name: &str) -> Result<Method, RegistryError> {
        let technique = self.technique(name).ok_or_else(|| self.unknown(name))?;
        Method::new(Arc::clone(technique), Map::new()).map_err(|error| wrong(name, error))
    }

    /// A method from what [`Method::to_json`] wrote.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] or [`RegistryError::Parameters`].
    pub fn from_json(&self, json: &Value) -> Result<Method, RegistryError> {
        let mut parameters = json.as_object().cloned().unwrap_or_default();
        let name = parameters.remove(TAG);
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        let technique = self.technique(name).ok_or_else(|| self.unknown(name))?;
        Method::new(Arc::clone(technique), parameters).map_err(|error| wrong(name, error))
    }

    /// Takes the model out of a file, by the method that the file names.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`] if there is no such method, or what it says of the file.
    pub fn load(&self, file: &mut ModelFile) -> Result<Box<dyn Model>, Error> {
        let name = file.info.method.clone();
        let Some(technique) = self.technique(&name) else {
            return Err(Error::UnknownMethod { known: self.names().join(", "), name });
        };
        technique.load(file)
    }

    fn technique(&self, name: &str) -> Option<&Arc<dyn Technique>> {
        self.techniques.iter().find(|technique| technique.about().name == name)
    }

    fn unknown(&self, name: &str) -> RegistryError {
        RegistryError::Unknown { name: name.into(), known: self.names().join(", ") }
    }
}

fn wrong(name: &str, error: serde_json::Error) -> RegistryError {
    RegistryError::Parameters { name: name.into(), reason: error.to_string() }
}
