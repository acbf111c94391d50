//! What can be wrong with a model file.

use std::path::PathBuf;

/// An error of reading or writing a model file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] foretaste_files::Error),
    /// The file is no foretaste model, or not all of it is there.
    #[error("{}: not a foretaste model: {reason}", path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// The contents do not match the checksum that was written with them.
    #[error("{}: damaged: the contents do not match their checksum", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file is no checkpoint of a training, or not all of it is there.
    #[error("{}: not a whole checkpoint: {reason}", path.display())]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// A checkpoint of another version: the rest of the training might be another.
    #[error("{}: a checkpoint of version {found}, and this is {own}", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version that wrote it.
        found: String,
        /// This one.
        own: &'static str,
    },
    /// A checkpoint of another training than the one that is to go on.
    #[error("{}: the checkpoint of another training, which had another {what}", path.display())]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// What is not the same.
        what: String,
    },
    /// The file was written by a later version of foretaste.
    #[error("{}: has format {found}; this version reads up to format {known}", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The latest format that this version reads.
        known: u32,
    },
    /// A model of a method that is not known here.
    #[error("there is no method `{name}`; there are {known}")]
    UnknownMethod {
        /// The method that the file names.
        name: String,
        /// All that are known.
        known: String,
    },
    /// A tensor that the method needs is missing, has another shape or is not finite.
    #[error("tensor `{name}`: {reason}")]
    Tensor {
        /// Which tensor.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}
