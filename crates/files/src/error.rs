//! What can keep a file from being written.

use std::io;

/// A file that can't be written. Its message is one line, `file: what`, and [`Error::help`] says
/// what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
#[non_exhaustive]
pub struct Error {
    /// The file, as it was named.
    pub file: String,
    /// What is in the way.
    pub problem: OutputProblem,
}

impl Error {
    /// What the user can do about it, if there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        self.problem.help()
    }
}

/// Why a file can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputProblem {
    /// There is a file of this name, and it is not to be replaced.
    #[error("exists already")]
    Exists,
    /// A folder of this name.
    #[error("is a folder")]
    Folder,
    /// Something else where there must be a folder.
    #[error("is a file, not a folder")]
    NoDirectory,
    /// A pipe or a device where there must be a file.
    #[error("is a pipe or a device, not a file")]
    NoFile,
    /// The folder to write in does not exist.
    #[error("the folder {folder} does not exist")]
    NoFolder {
        /// The folder.
        folder: String,
    },
    /// A link to a file in a folder that does not exist.
    #[error("is a link to {to}, in a folder that does not exist")]
    DeadLink {
        /// What it names.
        to: String,
    },
    /// A link that leads to itself.
    #[error("is a link that leads back to itself")]
    LinkLoop,
    /// The system lets no file be made in the folder.
    #[error("the folder {folder} can't be written to: {}", plain(.source))]
    Unwritable {
        /// The folder.
        folder: String,
        /// What the system says.
        source: io::Error,
    },
    /// The system could not write.
    #[error("{}", plain(.0))]
    Io(#[from] io::Error),
}

impl OutputProblem {
    /// What the user can do about it, if there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Exists => Some("--force replaces it"),
            Self::Folder => Some("name a file in it"),
            Self::NoDirectory | Self::NoFile => Some("name another folder to write"),
            Self::NoFolder { .. } => Some("create the folder first"),
            Self::DeadLink { .. } => Some("create the folder first, or remove the link"),
            Self::LinkLoop => Some("remove the link, or name another file"),
            Self::Unwritable { .. } => Some("name another place to write"),
            Self::Io(_) => None,
        }
    }
}

/// What the system says, without its numbers and the names of temporary files.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}
