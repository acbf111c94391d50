//! Files that are written whole or not at all.
//!
//! A file is written under a temporary name in the folder that it is for, synced, renamed, and the
//! folder is synced: after a power cut there is the old file or the new one. Files that belong
//! together are put in place together.
//!
//! | to | use |
//! |---|---|
//! | write one file | [`write_file`], [`Overwrite`] |
//! | write files that belong together | [`FileSet`] |
//! | know before the work whether it can be written | [`check_writable`], [`check_folder`] |
//! | tell an error of the system | [`plain`] |
//! | leave nothing behind when a signal ends the process | [`abandon_outputs`] |

mod error;
mod set;
mod target;
mod temporary;
mod write;

pub use error::{Error, OutputProblem, plain};
pub use set::FileSet;
pub use temporary::abandon_outputs;
pub use write::{Overwrite, check_folder, check_writable, write_file};
