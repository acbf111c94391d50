//! Failures: a line that says what is wrong, a line that says what to do, an exit code.

mod experiment;

use crate::args::Args;
use crate::config::Origins;
use clap::CommandFactory;
use foretaste::files::{self, OutputProblem};
use foretaste::io::InputProblem;
use foretaste::model::{Concern, FoldInError};
use foretaste::{CompressError, Error, data, eval, io as reading, mf, model, sim};
use std::fmt::Display;
use std::io;
use std::path::Path;
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
    /// A figure is below what it has to reach.
    Gate = 5,
    /// A signal has ended a training, whose state is kept.
    Interrupted = 130,
}

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    error: anyhow::Error,
    help: Option<String>,
    /// The error names the file that it is about.
    names_file: bool,
    /// The reader of our output went away, as `head` does: no failure at all.
    closed_pipe: bool,
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Whether a training diverged.
    pub(crate) fn is_divergence(&self) -> bool {
        let mf = self.error.downcast_ref::<mf::Error>();
        mf.is_some_and(|error| matches!(error, mf::Error::Diverged { .. }))
    }

    /// Whether a file has no row.
    pub(crate) fn is_of_empty_file(&self) -> bool {
        let reading = self.error.downcast_ref::<reading::Error>();
        reading.is_some_and(|error| match error {
            reading::Error::Input { problem, .. } => {
                matches!(problem, InputProblem::Empty | InputProblem::HeaderOnly)
            }
            _ => false,
        })
    }

    /// Whether a file has rows, and none that is positive.
    pub(crate) fn is_of_no_positive(&self) -> bool {
        let reading = self.error.downcast_ref::<reading::Error>();
        reading.is_some_and(|error| {
            matches!(
                error,
                reading::Error::Input { problem: InputProblem::NothingPasses { .. }, .. }
            )
        })
    }

    pub(crate) fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into(), help: None, names_file: false, closed_pipe: false }
    }

    /// A command line that asks for something that can't be.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Code::Usage, anyhow::anyhow!("{message}"))
    }

    /// What the argument parser has against words that were not typed: its first line.
    pub(crate) fn arguments(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let line = text.lines().next().unwrap_or_default();
        Self::usage(line.strip_prefix("error: ").unwrap_or(line))
    }

    /// Data that can't be used.
    pub(crate) fn data(message: impl Display) -> Self {
        Self::new(Code::Data, anyhow::anyhow!("{message}"))
    }

    /// A file or folder that the system does not let us use.
    pub(crate) fn io(code: Code, path: &Path, error: &io::Error) -> Self {
        let problem = match error.kind() {
            io::ErrorKind::NotFound => "no such file".to_owned(),
            io::ErrorKind::IsADirectory => "is a folder, not a file".to_owned(),
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                "is a file, not a folder".to_owned()
            }
            io::ErrorKind::InvalidData => "this is not UTF-8 text".to_owned(),
            _ => error.to_string(),
        };
        Self::new(code, anyhow::anyhow!("{}: {problem}", path.display()))
    }

    /// Adds what to do about it, instead of what has been said so far.
    pub(crate) fn help(mut self, help: impl Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// Names the file whose data can't be used; failures of another kind, and of another file, stay
    /// as they are.
    pub(crate) fn about_data(self, path: &Path) -> Self {
        if self.code == Code::Data && !self.names_file { self.about(path) } else { self }
    }

    /// Names the run that can't be, where its parameters are no options.
    pub(crate) fn about_run(self, run: &str) -> Self {
        if self.code != Code::Usage {
            return self;
        }
        let error = anyhow::anyhow!("{run}: {}", self.error);
        Self { error, ..self }.help("a run is METHOD or METHOD:NAME=VALUE,NAME=VALUE")
    }

    /// Names the file, where the error itself does not.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.error = anyhow::anyhow!("{}: {}", path.display(), self.error);
        self
    }

    /// Where arguments come from that the failure is about.
    pub(crate) fn notes(&self, origins: &Origins) -> Vec<String> {
        if self.code != Code::Usage {
            return Vec::new();
        }
        origins.notes(&self.error.to_string())
    }

    /// Prints the failure to stderr and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.closed_pipe {
            return ExitCode::SUCCESS;
        }
        crate::output::note(format_args!("error: {}", self.error));
        if let Some(help) = &self.help {
            crate::output::note(format_args!("help: {help}"));
        }
        ExitCode::from(self.code as u8)
    }
}

/// Prints what the argument parser has to say, or the help that was asked for.
pub(crate) fn of_arguments(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let harmless = |character| character == '\n' || data::is_printable(character);
    if !error.use_stderr() || text.chars().all(harmless) {
        error.exit();
    }
    // What was typed is in it, and must not reach the terminal as it is; colours have to go, too.
    text.lines().for_each(crate::output::note);
    ExitCode::from(Code::Usage as u8)
}

/// What sets a parameter on the command line.
fn help_of(parameter: &str) -> String {
    let command = Args::command();
    let has_option = |name: &str| {
        let train = command.find_subcommand("train");
        train.is_some_and(|train| train.get_arguments().any(|option| option.get_id() == name))
    };
    match parameter {
        "bias" => {
            "--item-bias sets that of items, --set bias.user and bias.global the others".into()
        }
        name if has_option(name) => format!("--{} sets it", name.replace('_', "-")),
        name => format!("--set {name}=VALUE sets it"),
    }
}

impl From<data::Error> for Failure {
    fn from(error: data::Error) -> Self {
        let code = match error {
            data::Error::Fraction { .. } | data::Error::Fractions { .. } => Code::Usage,
            _ => Code::Data,
        };
        let help = error.help().map(str::to_owned);
        Self { help, ..Self::new(code, error) }
    }
}

impl From<reading::Error> for Failure {
    fn from(error: reading::Error) -> Self {
        let code = match error {
            reading::Error::Data(error) => return error.into(),
            reading::Error::Options(_) => Code::Usage,
            _ => Code::Data,
        };
        let help = error.help();
        Self { help, ..Self::new(code, error) }
    }
}

impl From<files::Error> for Failure {
    fn from(error: files::Error) -> Self {
        let code = match error.problem {
            OutputProblem::Io(_) | OutputProblem::Unwritable { .. } => Code::Runtime,
            _ => Code::Usage,
        };
        let help = error.help().map(str::to_owned);
        Self { help, ..Self::new(code, error) }
    }
}

impl From<model::Error> for Failure {
    fn from(error: model::Error) -> Self {
        match error {
            model::Error::Write(error) => error.into(),
            model::Error::Read { path, source } => Self::io(Code::Model, &path, &source)
                .help("name a file that `foretaste train` wrote"),
            model::Error::NotAModel { .. } | model::Error::Damaged { .. } => {
                Self::new(Code::Model, error).help("train the model again, or copy the file again")
            }
            model::Error::OtherRun { .. } => Self::new(Code::Usage, error),
            model::Error::TooNew { .. } | model::Error::UnknownMethod { .. } => {
                Self::new(Code::Model, error).help("use the version of foretaste that wrote it")
            }
            _ => Self::new(Code::Model, error),
        }
    }
}

impl From<mf::Error> for Failure {
    fn from(error: mf::Error) -> Self {
        let (code, help) = match &error {
            mf::Error::Parameter { name, .. } => (Code::Usage, Some(help_of(name))),
            mf::Error::NoData { .. } => {
                (Code::Data, Some("add interactions, or train with --model popularity".to_owned()))
            }
            mf::Error::State { .. } => {
                (Code::Model, Some("begin afresh, without --resume".to_owned()))
            }
            mf::Error::Method { concern: Concern::Parameters, help, .. } => {
                (Code::Usage, help.clone())
            }
            mf::Error::Method { help, .. } => (Code::Data, help.clone()),
            _ => (Code::Runtime, None),
        };
        let names_file = matches!(error, mf::Error::Method { concern: Concern::File, .. });
        Self { help, names_file, ..Self::new(code, error) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Training(error) => error.into(),
            Error::Model(error) => error.into(),
            Error::Data(error) => error.into(),
            Error::FoldIn(FoldInError::Unsupported) => Self::new(Code::Usage, error)
                .help("train a model that can, such as --model bpr or ials"),
            Error::FoldIn(_) => Self::new(Code::Runtime, error),
            Error::Compress(
                CompressError::NoRows { .. } | CompressError::NotScoresAlone { .. },
            ) => Self::new(Code::Usage, error)
                .help("leave out --keep: --to i8 takes any method that has matrices"),
            _ => Self::new(Code::Usage, error),
        }
    }
}

impl From<eval::Error> for Failure {
    fn from(error: eval::Error) -> Self {
        let code = match error {
            eval::Error::NoTestUsers => Code::Data,
            _ => Code::Usage,
        };
        Self::new(code, error)
    }
}

impl From<foretaste_fetch::Error> for Failure {
    fn from(error: foretaste_fetch::Error) -> Self {
        use foretaste_fetch::{Concern, Error as E};
        let code = match error.concern() {
            Concern::Request => Code::Usage,
            Concern::Data => Code::Data,
            Concern::System => Code::Runtime,
        };
        let help = error.help();
        match error {
            E::Files(error) => error.into(),
            error => Self { help, ..Self::new(code, error) },
        }
    }
}

impl From<foretaste_llm::Error> for Failure {
    fn from(error: foretaste_llm::Error) -> Self {
        use foretaste_llm::{Concern, Error as E};
        let code = match error.concern() {
            Concern::Request => Code::Usage,
            Concern::Data => Code::Data,
            Concern::System => Code::Runtime,
        };
        let help = error.help();
        match error {
            E::Files(error) => error.into(),
            error => Self { help, ..Self::new(code, error) },
        }
    }
}

impl From<sim::Error> for Failure {
    fn from(error: sim::Error) -> Self {
        let help = match error {
            sim::Error::Unreachable { .. } => {
                Some("--interactions asks for another number, --users and --items make room".into())
            }
            sim::Error::Levels { .. } => {
                Some("--progression view,cart,buy names the feedbacks, weakest first".into())
            }
            sim::Error::LevelName { .. } => Some("--progression gives it another name".into()),
            sim::Error::Shares { .. } => Some(
                "of --progression view,cart,buy, --shares 0.2,0.5 are those of cart and buy".into(),
            ),
            sim::Error::EmptyLevel { .. } => Some(
                "--interactions and --shares make more pairs, --test holds out another share"
                    .into(),
            ),
            sim::Error::TooManyProbabilities { .. } => {
                Some("--users and --items ask for fewer, or --progression for fewer levels".into())
            }
            _ => None,
        };
        Self { help, ..Self::new(Code::Usage, error) }
    }
}

/// Writing to stdout failed.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        let error = anyhow::anyhow!("could not write the results to stdout: {error}");
        Self { closed_pipe, ..Self::new(Code::Runtime, error) }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        // As an `io::Error`, `csv::Error` forgets which kind of one it holds.
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            other => io::Error::other(format!("{other:?}")).into(),
        }
    }
}
