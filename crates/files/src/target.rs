//! Which file a path names, and what is there.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::{OutputProblem, Overwrite};

/// Links that may lead to one another, as on Linux.
const LINKS: usize = 40;

/// A file that may be written.
#[derive(Debug)]
pub(crate) struct Target {
    /// Behind all links.
    path: PathBuf,
    /// What is there.
    found: Option<Metadata>,
}

impl Target {
    /// The file that a path names, behind all links, if it may be written.
    pub(crate) fn new(path: &Path, overwrite: Overwrite) -> Result<Self, OutputProblem> {
        let Ok(found) = fs::metadata(path) else { return Self::missing(path) };
        if found.is_dir() {
            return Err(OutputProblem::Folder);
        }
        // What leads to a pipe, as /dev/stdout does, has no other name to go by.
        if !found.is_file() {
            return Ok(Self { path: path.to_owned(), found: Some(found) });
        }
        match overwrite {
            Overwrite::Refuse => Err(OutputProblem::Exists),
            Overwrite::Replace => Ok(Self { path: fs::canonicalize(path)?, found: Some(found) }),
        }
    }

    /// What is to be made: the path itself, or what a link to nothing names.
    fn missing(path: &Path) -> Result<Self, OutputProblem> {
        let mut target = path.to_owned();
        for followed in 0..LINKS {
            if let Ok(to) = fs::read_link(&target) {
                target = target.parent().unwrap_or(Path::new("")).join(to);
                continue;
            }
            let folder = folder_of(&target);
            return match (folder.is_dir(), followed) {
                (true, _) => Ok(Self { path: target, found: None }),
                (false, 0) => Err(OutputProblem::NoFolder { folder: folder.display().to_string() }),
                (false, _) => Err(OutputProblem::DeadLink { to: target.display().to_string() }),
            };
        }
        Err(OutputProblem::LinkLoop)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn folder(&self) -> &Path {
        folder_of(&self.path)
    }

    /// The file that is there.
    pub(crate) fn found(&self) -> Option<&Metadata> {
        self.found.as_ref()
    }

    /// Whether it is there and no regular file.
    pub(crate) fn is_special(&self) -> bool {
        self.found.as_ref().is_some_and(|found| !found.is_file())
    }
}

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
