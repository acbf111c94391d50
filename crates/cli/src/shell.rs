//! Command lines that can be pasted into a shell.

use std::path::Path;

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    // Only a NUL can't be quoted, and no argument of ours has one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}

/// A path as an argument: one that starts with a dash is no option.
pub(crate) fn path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with('-') { quoted(&format!("./{text}")) } else { quoted(&text) }
}
