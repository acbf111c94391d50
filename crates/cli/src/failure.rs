//! Failures: a line that says what is wrong, a line that says what to do, an exit code.

use foretaste::{Error, data, eval, mf, model, sim};
use std::fmt::Display;
use std::process::ExitCode;

/// The documented exit codes; 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The work itself failed: divergence, or the system refused.
    Runtime = 1,
    /// The command line asks for something that can't be.
    Usage = 2,
    /// The data can't be used.
    Data = 3,
    /// The model file can't be used.
    Model = 4,
}

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    error: anyhow::Error,
    help: Option<String>,
    /// The reader of our output went away, as `head` does: no failure at all.
    closed_pipe: bool,
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into(), help: None, closed_pipe: false }
    }

    /// A command line that asks for something that can't be.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Code::Usage, anyhow::anyhow!("{message}"))
    }

    /// Data that can't be used.
    pub(crate) fn data(message: impl Display) -> Self {
        Self::new(Code::Data, anyhow::anyhow!("{message}"))
    }

    /// Adds what to do about it.
    pub(crate) fn help(mut self, help: impl Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// Prints the failure to stderr and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.closed_pipe {
            return ExitCode::SUCCESS;
        }
        let one_line = |text: String| text.replace(['\n', '\r'], " ");
        crate::output::note(format_args!("error: {}", one_line(format!("{:#}", self.error))));
        if let Some(help) = &self.help {
            crate::output::note(format_args!("help: {}", one_line(help.clone())));
        }
        ExitCode::from(self.code as u8)
    }
}

impl From<data::Error> for Failure {
    fn from(error: data::Error) -> Self {
        let code = match error {
            data::Error::Output { .. }
            | data::Error::Options(_)
            | data::Error::Fraction { .. }
            | data::Error::Fractions { .. } => Code::Usage,
            _ => Code::Data,
        };
        let help = error.help();
        Self { help, ..Self::new(code, error) }
    }
}

impl From<model::Error> for Failure {
    fn from(error: model::Error) -> Self {
        match error {
            model::Error::Write(error) => error.into(),
            model::Error::NotAModel { .. } | model::Error::Damaged { .. } => {
                Self::new(Code::Model, error).help("train the model again, or copy the file again")
            }
            _ => Self::new(Code::Model, error),
        }
    }
}

impl From<mf::Error> for Failure {
    fn from(error: mf::Error) -> Self {
        let code = match error {
            mf::Error::Parameter { .. } => Code::Usage,
            mf::Error::NoData { .. } => Code::Data,
            _ => Code::Runtime,
        };
        Self::new(code, error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Training(error) => error.into(),
            Error::Model(error) => error.into(),
            _ => Self::new(Code::Usage, error),
        }
    }
}

impl From<eval::Error> for Failure {
    fn from(error: eval::Error) -> Self {
        Self::new(Code::Usage, error)
    }
}

impl From<sim::Error> for Failure {
    fn from(error: sim::Error) -> Self {
        Self::new(Code::Usage, error)
    }
}

/// Writing to stdout failed.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let closed_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self { closed_pipe, ..Self::new(Code::Runtime, error) }
    }
}
