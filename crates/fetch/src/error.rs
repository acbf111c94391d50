//! What can keep a data set from being fetched.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

/// A data set that can't be had. Its message is one line, and [`Error::help`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A registry that can't be used.
    #[error("{file}:{line}:{column}: {problem}")]
    Registry {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The character in it, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A name that is not in the registry.
    #[error("there is no data set {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A data set that no program can download.
    #[error("{name} can't be downloaded by a program: {why}")]
    ByHand {
        /// The data set.
        name: String,
        /// Why.
        why: String,
        /// Where it is.
        homepage: String,
    },
    /// A server that can't be reached.
    #[error("{url}: {problem}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What is in the way.
        problem: String,
    },
    /// An answer that is not the file.
    #[error("{url}: the server answers {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer: `404 Not Found`.
        status: String,
    },
    /// A web page in the place of the file.
    #[error("{url}: the server answers with a web page, not with the file")]
    Page {
        /// What was asked for.
        url: String,
    },
    /// A redirect that is not followed.
    #[error("{from}: redirects to {to}, {why}")]
    Redirect {
        /// What was asked for.
        from: String,
        /// Where it leads.
        to: String,
        /// Why it is not followed.
        why: &'static str,
    },
    /// Nothing came for too long.
    #[error("{url}: nothing came for {seconds} s, after {got} B")]
    Stalled {
        /// What was asked for.
        url: String,
        /// For how long.
        seconds: u64,
        /// What came before.
        got: u64,
    },
    /// A body that ends early.
    #[error("{url}: interrupted after {got} of {} B: {problem}", known(*.total))]
    Interrupted {
        /// What was asked for.
        url: String,
        /// What came.
        got: u64,
        /// What should have come.
        total: Option<u64>,
        /// What the system says.
        problem: String,
    },
    /// A file of another size than is stated.
    #[error("{url}: has {found} B, {by} {expected} B")]
    OtherSize {
        /// What was asked for.
        url: String,
        /// As it is stated.
        expected: u64,
        /// Who states it.
        by: SizeBy,
        /// As it came; if it is larger, what came until then.
        found: u64,
    },
    /// A file of another checksum than the registry says.
    #[error("{url}: has the {kind} {found}, the registry says {expected}")]
    OtherChecksum {
        /// What was asked for.
        url: String,
        /// `MD5` or `SHA-256`.
        kind: &'static str,
        /// As the registry has it.
        expected: String,
        /// As it came.
        found: String,
    },
    /// What came can't be taken apart.
    #[error("{file}: {problem}")]
    Content {
        /// The file or archive.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// Another process downloads the same.
    #[error("{}: another process is downloading this", part.display())]
    Busy {
        /// What came so far.
        part: PathBuf,
    },
    /// The system refuses.
    #[error("{}: {problem}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
        /// Of which kind that is.
        kind: ErrorKind,
    },
    /// An output can't be written.
    #[error(transparent)]
    Files(#[from] foretaste_files::Error),
}

/// Who says how large a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeBy {
    /// The registry.
    Registry,
    /// The server, when the download began.
    Server,
    /// Nobody: it is the most that is downloaded then.
    Limit,
}

impl fmt::Display for SizeBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registry => "the registry says",
            Self::Server => "the server said",
            Self::Limit => "where nobody states the size, the limit is",
        })
    }
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// What was asked for.
    Request,
    /// What came.
    Data,
    /// The network or the system.
    System,
}

impl Error {
    /// What it is about; of [`Error::Files`], the files' error says.
    pub fn concern(&self) -> Concern {
        match self {
            Self::Registry { .. } | Self::Unknown { .. } | Self::ByHand { .. } => Concern::Request,
            Self::OtherSize { .. }
            | Self::OtherChecksum { .. }
            | Self::Content { .. }
            | Self::Page { .. }
            | Self::Redirect { .. } => Concern::Data,
            _ => Concern::System,
        }
    }

    /// What can be done about it, if there is something to say.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Unknown { .. } => "`foretaste fetch` lists them",
            Self::ByHand { homepage, .. } => return Some(format!("get it from {homepage}")),
            Self::Unreachable { .. } => "check the connection; HTTPS_PROXY names a proxy",
            Self::Status { status, .. } if status.starts_with('5') => "try again later",
            Self::Status { .. } | Self::Page { .. } => {
                "look at the homepage; --registry FILE takes a registry with another address"
            }
            Self::Redirect { .. } => {
                "if that is right, --registry FILE takes a registry whose `redirects` names the host"
            }
            Self::Stalled { .. } => {
                "the same command goes on from there; --timeout waits for longer"
            }
            Self::Interrupted { .. } => "the same command goes on from there",
            Self::OtherSize { .. } | Self::OtherChecksum { .. } | Self::Content { .. } => {
                "nothing is kept; try again, and if it stays so, the publisher has another file: see \
                 the homepage"
            }
            Self::Busy { .. } => "wait for it, or name another folder",
            Self::Io { kind, .. } => match kind {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                    "make room, and the same command goes on from there"
                }
                _ => "name another folder to write",
            },
            Self::Files(error) => return error.help().map(str::to_owned),
            Self::Registry { .. } => return None,
        };
        Some(help.to_owned())
    }
}

fn known(total: Option<u64>) -> String {
    total.map_or("an unknown number of".to_owned(), |total| total.to_string())
}
