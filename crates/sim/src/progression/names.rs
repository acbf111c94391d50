//! What levels can be called: each is the name of a file, and of a column of `truth.csv`.

use super::MAX_LEVELS;
use crate::Error;

/// Names of other files and columns, and of what readers of the folder take for something else.
const TAKEN: [&str; 15] = [
    "train",
    "valid",
    "test",
    "train-seen",
    "valid-seen",
    "test-seen",
    "manifest",
    "item-features",
    "user-features",
    "item-tags",
    "user-tags",
    "items",
    "truth",
    "user",
    "item",
];
/// Characters that a name may have: some systems have files of names up to 255 bytes.
const LONGEST: usize = 60;

/// An error that names the first level that can't be called so.
pub(super) fn check(levels: &[String]) -> Result<(), Error> {
    if !(2..=MAX_LEVELS).contains(&levels.len()) {
        return Err(Error::Levels { found: levels.len() });
    }
    for (n, name) in levels.iter().enumerate() {
        if let Some(problem) = problem(name, &levels[..n]) {
            let shown = name.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c });
            return Err(Error::LevelName { name: shown.collect(), problem });
        }
    }
    Ok(())
}

fn problem(name: &str, before: &[String]) -> Option<&'static str> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let odd = |c: char| c.is_control() || "/\\.,\"".contains(c);
    if name.is_empty() || name.trim() != name {
        Some("a name has letters, and no blanks around them")
    } else if name.chars().count() > LONGEST {
        Some("a name has at most 60 characters")
    } else if name.contains(odd) {
        Some("a name of a file has no / \\ . , or quotes")
    } else if before.iter().any(|other| is(other)) {
        Some("it is given twice")
    } else if TAKEN.into_iter().any(is) || starts_with(name, "test-") {
        Some("another file or column has this name, or begins with it")
    } else {
        None
    }
}

/// Whether a name is that of the held-out part of a level.
fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
