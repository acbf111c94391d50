//! Errors, as the classes of `foretaste.errors`.

use foretaste::files::{self, OutputProblem};
use foretaste::model::TrainingError;
use foretaste::{data, eval, io, model, sim};
use foretaste_experiment as experiment;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// What went wrong, before it is an exception: it crosses threads without Python.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A parameter, by name, what it has to be, and what it is.
    Parameter { message: String, name: String, rule: String, value: String },
    /// What is asked for and can't be, in words.
    Asked(String),
    /// What is wrong with the data.
    Data(Trouble),
    /// A training whose numbers are no longer finite.
    Diverged { message: String, epoch: Option<u32>, learning_rate: Option<f32> },
    /// A model file, or bytes of one.
    ModelFile(String),
    /// What this model or method can't do.
    Unsupported(String),
    /// The system's own words, with its number if there is one.
    Io(std::io::Error),
    /// The training was told to end.
    Interrupted,
    /// Python's own exception.
    Python(PyErr),
}

/// What is wrong with the data, and where.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    pub(crate) column: Option<String>,
    /// From 0.
    pub(crate) row: Option<u64>,
    pub(crate) value: Option<String>,
}

impl Fault {
    /// Data that can't be used.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::Data(Trouble { message: message.into(), ..Trouble::default() })
    }

    /// The same of one of several trainings, by its name.
    pub(crate) fn about(self, name: &str) -> Self {
        match self {
            Self::Diverged { message, epoch, learning_rate } => {
                Self::Diverged { message: format!("{name}: {message}"), epoch, learning_rate }
            }
            other => other,
        }
    }

    /// A parameter that must be something else.
    pub(crate) fn parameter(name: &str, rule: impl Into<String>, value: impl ToString) -> Self {
        let (rule, value) = (rule.into(), value.to_string());
        let message = format!("{name} must be {rule}, not {value}");
        Self::Parameter { message, name: name.into(), rule, value }
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Fault>;

/// An error with what to do about it behind it, in words of Python.
fn helped(error: &impl ToString, help: Option<impl AsRef<str>>) -> String {
    in_python(&match help {
        Some(help) => format!("{}: {}", error.to_string(), help.as_ref()),
        None => error.to_string(),
    })
}

/// What is said of flags, said of arguments: `--item-features FILE` is `item_features=`.
fn in_python(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let flag = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
        let after_flag = words.last().is_some_and(|last| last.ends_with('='));
        match word.strip_prefix("--").filter(|name| flag(name)) {
            Some(name) => words.push(name.replace('-', "_") + "="),
            // What a flag takes is no word of Python.
            None if after_flag && word.len() > 1 && word.chars().all(|c| c.is_uppercase()) => {}
            None => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<data::Error> for Fault {
    fn from(error: data::Error) -> Self {
        match &error {
            data::Error::TooLarge { what: "interactions", .. } => {
                Self::data(format!("{error}: more than 2^32 interactions are for several machines"))
            }
            _ => Self::data(helped(&error, error.help())),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error {
            io::Error::Data(error) => error.into(),
            io::Error::Input { file, problem: io::InputProblem::NotFound } => {
                let kind = std::io::ErrorKind::NotFound;
                Self::Io(std::io::Error::new(kind, format!("{file}: no such file")))
            }
            io::Error::Row { line, .. } => Self::Data(Trouble {
                message: helped(&error, error.help()),
                row: Some(line),
                ..Trouble::default()
            }),
            _ => Self::data(helped(&error, error.help())),
        }
    }
}

impl From<TrainingError> for Fault {
    fn from(error: TrainingError) -> Self {
        let message = error.to_string();
        match error {
            TrainingError::Parameter { name, rule, value } => {
                Self::Parameter { message, name: name.into(), rule: rule.into(), value }
            }
            TrainingError::Diverged { epoch, learning_rate } => {
                Self::Diverged { message, epoch: Some(epoch), learning_rate }
            }
            TrainingError::Interrupted { .. } => Self::Interrupted,
            TrainingError::Method { concern, help, .. } => match concern {
                model::Concern::Parameters => Self::Unsupported(helped(&message, help)),
                _ => Self::data(helped(&message, help)),
            },
            _ => Self::data(message),
        }
    }
}

impl From<model::Error> for Fault {
    fn from(error: model::Error) -> Self {
        match error {
            model::Error::Read { source, .. } => Self::Io(source),
            model::Error::Write(error) => error.into(),
            _ => Self::ModelFile(error.to_string()),
        }
    }
}

impl From<foretaste::Error> for Fault {
    fn from(error: foretaste::Error) -> Self {
        use foretaste::Error;
        match error {
            Error::Training(error) => error.into(),
            Error::Model(error) => error.into(),
            Error::Data(error) => error.into(),
            Error::FoldIn(error) => Self::Unsupported(error.to_string()),
            error => Self::data(error.to_string()),
        }
    }
}

impl From<eval::Error> for Fault {
    fn from(error: eval::Error) -> Self {
        Self::data(error.to_string())
    }
}

impl From<files::Error> for Fault {
    fn from(error: files::Error) -> Self {
        use std::io::ErrorKind;
        let kind = match &error.problem {
            OutputProblem::Exists => ErrorKind::AlreadyExists,
            OutputProblem::Folder => ErrorKind::IsADirectory,
            OutputProblem::NoDirectory => ErrorKind::NotADirectory,
            OutputProblem::NoFolder { .. } | OutputProblem::DeadLink { .. } => ErrorKind::NotFound,
            OutputProblem::Io(source) | OutputProblem::Unwritable { source, .. } => source.kind(),
            _ => ErrorKind::Other,
        };
        Self::Io(std::io::Error::new(kind, helped(&error, error.help())))
    }
}

impl From<sim::Error> for Fault {
    fn from(error: sim::Error) -> Self {
        Self::Asked(error.to_string())
    }
}

impl From<experiment::Error> for Fault {
    fn from(error: experiment::Error) -> Self {
        match error {
            experiment::Error::Files(error) => error.into(),
            experiment::Error::Foretaste(error) => error.into(),
            experiment::Error::Data(error) => error.into(),
            experiment::Error::Eval(error) => error.into(),
            error => {
                let message = error.to_string();
                match error {
                    experiment::Error::Value { name, value, reason: rule, .. } => {
                        Self::Parameter { message, name, rule, value }
                    }
                    experiment::Error::Idle { name, beside: rule, .. } => {
                        Self::Parameter { message, name, rule, value: String::new() }
                    }
                    experiment::Error::Diverged { .. } => {
                        Self::Diverged { message, epoch: None, learning_rate: None }
                    }
                    experiment::Error::UnknownMethod { .. }
                    | experiment::Error::UnknownParameter { .. }
                    | experiment::Error::Form { .. }
                    | experiment::Error::Weights { .. }
                    | experiment::Error::Learns { .. }
                    | experiment::Error::RepeatedName { .. }
                    | experiment::Error::UnknownName { .. }
                    | experiment::Error::Metric { .. }
                    | experiment::Error::Validation { .. } => Self::Asked(message),
                    _ => Self::data(message),
                }
            }
        }
    }
}

/// An exception of a class of `foretaste.errors`.
fn raised<'py>(py: Python<'py>, class: &str, arguments: impl PyCallArgs<'py>) -> PyResult<PyErr> {
    let class = py.import("foretaste.errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call1(arguments)?))
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        Python::attach(|py| {
            let made = match fault {
                Fault::Parameter { message, name, rule, value } => {
                    raised(py, "ParameterError", (message, name, rule, value))
                }
                Fault::Asked(message) => raised(py, "ParameterError", (message,)),
                Fault::Data(Trouble { message, column, row, value }) => {
                    raised(py, "DataError", (message, column, row, value))
                }
                Fault::Diverged { message, epoch, learning_rate } => {
                    raised(py, "DivergedError", (message, epoch, learning_rate))
                }
                Fault::ModelFile(message) => raised(py, "ModelFileError", (message,)),
                Fault::Unsupported(message) => raised(py, "UnsupportedError", (message,)),
                Fault::Io(error) => Ok(error.into()),
                Fault::Interrupted => Ok(PyKeyboardInterrupt::new_err(())),
                Fault::Python(error) => Ok(error),
            };
            made.unwrap_or_else(|error| error)
        })
    }
}
