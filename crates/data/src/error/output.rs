//! What can keep a file from being written.

use std::io;

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
    /// The folder to write in does not exist.
    #[error("the folder {folder} does not exist")]
    NoFolder {
        /// The folder.
        folder: String,
    },
    /// The system could not write.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl OutputProblem {
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            Self::Exists => Some("--force replaces it"),
            Self::Folder => Some("name a file in it"),
            Self::NoFolder { .. } => Some("create the folder first"),
            Self::Io(_) => None,
        }
    }
}
