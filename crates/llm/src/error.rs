//! What can keep a question from being answered.

use std::path::PathBuf;

/// Questions that are not answered. Its message is one line, and [`Error::help`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Built without the feature `http`.
    #[error("this foretaste asks no server: it is built without the feature llm")]
    NoHttp,
    /// An address that can't be asked.
    #[error("{url}: {problem}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A key would be sent so that anybody on the way could read it.
    #[error("{url}: the key would be sent to another machine without TLS")]
    OpenKey {
        /// The address.
        url: String,
    },
    /// A key that can't be sent.
    #[error("the key {problem}")]
    Key {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A parameter that is not for the caller to set.
    #[error("parameter {name}: is set by the client itself")]
    Parameter {
        /// Its name.
        name: String,
    },
    /// A template without a place for what it is for.
    #[error("the template has no {place}")]
    Template {
        /// What has to be in it.
        place: &'static str,
    },
    /// Not in the cache, and nobody can be asked.
    #[error("{missing} of {of} answers are not in the cache, the first to {first:?}")]
    Missing {
        /// How many are not.
        missing: usize,
        /// How many were wanted.
        of: usize,
        /// The beginning of the first question.
        first: String,
    },
    /// The budget does not allow the next request.
    #[error(
        "{spent} tokens are used, and the next request could make them {needed}: the limit is {limit}"
    )]
    Tokens {
        /// The budget.
        limit: u64,
        /// What was used.
        spent: u64,
        /// What it would be with the requests under way and the next.
        needed: u64,
    },
    /// The same of the cost.
    #[error(
        "{spent:.4} is spent, and the next request could make it {needed:.4}: the limit is {limit}"
    )]
    Cost {
        /// The budget.
        limit: f64,
        /// What was spent.
        spent: f64,
        /// What it would be with the requests under way and the next.
        needed: f64,
    },
    /// Questions were refused, or there was no answer to them.
    #[error("{}{problem}{}", times(*.failed, *.of), about(.question))]
    Unanswered {
        /// How many.
        failed: usize,
        /// How many were asked.
        of: usize,
        /// The beginning of the first of them.
        question: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Vectors of another width than those that are in the cache.
    #[error("vectors have {found} numbers, and others of the same model {expected}")]
    Widths {
        /// Of the first.
        expected: usize,
        /// Of another.
        found: usize,
    },
    /// The cache can't be used.
    #[error("{}: {problem}", path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another process writes to the cache.
    #[error("{}: another process uses this cache", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the cache can't be written.
    #[error(transparent)]
    Files(#[from] foretaste_files::Error),
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// None came, though it was asked for several times.
    #[error(transparent)]
    Failure(#[from] crate::Failure),
    /// Its status is an error.
    #[error("the server answers {status}{}", said(.message))]
    Status {
        /// The status.
        status: u16,
        /// What the server says; may be empty.
        message: String,
    },
    /// The server wants to be asked later than anybody waits for.
    #[error("the server answers {status}, and asks to be asked again in {seconds} s")]
    Later {
        /// The status.
        status: u16,
        /// When.
        seconds: u64,
    },
    /// It leads elsewhere.
    #[error("the server redirects to {to}, which is not followed")]
    Redirect {
        /// Where.
        to: String,
    },
    /// It is a web page.
    #[error("the server answers with a web page")]
    Page,
    /// It is not what was asked for.
    #[error("the answer {0}")]
    Content(String),
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// What was asked for.
    Request,
    /// What came.
    Data,
    /// The network, the server or the system.
    System,
}

impl Error {
    /// What it is about; of [`Error::Files`], the files' error says.
    pub fn concern(&self) -> Concern {
        match self {
            Self::NoHttp
            | Self::Address { .. }
            | Self::OpenKey { .. }
            | Self::Key { .. }
            | Self::Parameter { .. }
            | Self::Template { .. } => Concern::Request,
            Self::Missing { .. } | Self::Widths { .. } => Concern::Data,
            Self::Unanswered { problem: Problem::Content(_), .. } => Concern::Data,
            _ => Concern::System,
        }
    }

    /// What can be done about it, if there is something to say.
    pub fn help(&self) -> Option<String> {
        let kept = "what was answered is kept, and the same command asks for the rest";
        Some(match self {
            Self::NoHttp => {
                "releases have it; `cargo install foretaste-cli --features llm` builds one that has; \
                 --offline takes answers from the cache"
            }
            .to_owned(),
            Self::Address { .. } => "write http://localhost:11434/v1 or https://HOST/v1".to_owned(),
            Self::OpenKey { .. } => {
                "use https, or a tunnel to a port of this machine; or leave out the key".to_owned()
            }
            Self::Key { .. } => "the file or variable holds the key alone".to_owned(),
            Self::Parameter { .. } => return None,
            Self::Template { .. } => {
                "{history} and {candidates} are replaced by lists of items".to_owned()
            }
            Self::Missing { .. } => "run it once without --offline".to_owned(),
            Self::Tokens { .. } => format!("--max-tokens allows more; {kept}"),
            Self::Cost { .. } => format!("--max-cost allows more; {kept}"),
            Self::Widths { .. } => {
                "the server has another model under this name: --provider NAME keeps them apart"
                    .to_owned()
            }
            Self::Busy { .. } => "wait for it, or name another folder".to_owned(),
            Self::Cache { .. } => "--cache names another folder".to_owned(),
            Self::Files(error) => return error.help().map(str::to_owned),
            Self::Unanswered { problem, .. } => return problem.help(kept),
        })
    }
}

impl Problem {
    fn help(&self, kept: &str) -> Option<String> {
        Some(match self {
            Self::Failure(crate::Failure::TimedOut { .. }) => {
                format!("--timeout waits for longer; {kept}")
            }
            Self::Status { status: 401 | 403, .. } => {
                "--key-env NAME or --key-file FILE gives the key".to_owned()
            }
            Self::Status { status: 404, .. } | Self::Page => {
                "--base-url is the address that /chat/completions is behind, which often ends in /v1; \
                 or the server has no model of this name"
                    .to_owned()
            }
            Self::Status { status: 413, .. } => "the text is too long for the server".to_owned(),
            Self::Redirect { .. } => "if that is right, give it as --base-url".to_owned(),
            Self::Content(_) => return None,
            _ => kept.to_owned(),
        })
    }
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn about(question: &str) -> String {
    if question.is_empty() { String::new() } else { format!(" (asked: {question:?})") }
}

fn times(failed: usize, of: usize) -> String {
    match of {
        1 => String::new(),
        _ => format!("{failed} of {of} questions unanswered, the first: "),
    }
}

/// What is to become of a question, and of the others, after a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is asked again.
    Again,
    /// It is not answered; others may be.
    Refused,
    /// None will be.
    End,
}

impl Problem {
    pub(crate) fn fate(&self) -> Fate {
        use crate::Failure as F;
        match self {
            Self::Failure(F::Offline) => Fate::End,
            Self::Failure(F::TooLarge { .. }) => Fate::Refused,
            Self::Failure(_) => Fate::Again,
            Self::Status { status, .. } => match status {
                408 | 409 | 429 | 500..=599 => Fate::Again,
                401 | 403 | 404 => Fate::End,
                _ => Fate::Refused,
            },
            Self::Later { .. } | Self::Redirect { .. } | Self::Page => Fate::End,
            Self::Content(_) => Fate::Refused,
        }
    }
}
