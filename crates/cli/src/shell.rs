//! Command lines that can be pasted into a shell.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    // Only a NUL can't be quoted, and no argument of ours has one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}

/// An option and its value as one word: such a value may begin with a dash.
pub(crate) fn option(flag: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut word = OsString::from(flag);
    word.push("=");
    word.push(value);
    word
}

/// A path as an argument: one that starts with a dash is no option.
pub(crate) fn path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') { quoted(&format!("./{text}")) } else { quoted(&text) }
}
