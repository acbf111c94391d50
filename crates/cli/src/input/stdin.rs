//! `-`: data from standard input.

use crate::failure::{Failure, Outcome};
use std::io::{self, StdinLock};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What messages call it.
pub(super) const NAME: &str = "stdin";

/// Whether a path stands for standard input; a file of that name is `./-`.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The file as messages call it.
pub(crate) fn name(path: &Path) -> String {
    if is_stdin(path) { NAME.to_owned() } else { path.display().to_string() }
}

/// Standard input, which can be read once.
pub(super) fn take() -> Outcome<StdinLock<'static>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    match TAKEN.swap(true, Ordering::Relaxed) {
        false => Ok(io::stdin().lock()),
        true => Err(Failure::usage("-: stdin can be read once, as one file")
            .help("name a file for the others")),
    }
}
