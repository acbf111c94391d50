//! What can be wrong with a simulation.

use crate::MAX_CELLS;
use crate::progression::MAX_LEVELS;

/// An error of checking the parameters of a simulation or of running it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is outside its legal range.
    #[error("{name} is {value}; it must be {rule}")]
    OutOfRange {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The legal range.
        rule: &'static str,
    },
    /// The truth would not fit into memory.
    #[error("{users} users × {items} items are {} cells; at most {MAX_CELLS} are allowed, because \
             the true relevance and exposure of every cell are held in memory (8 bytes a cell)",
            u64::from(*users) * u64::from(*items))]
    TooManyCells {
        /// Number of users.
        users: u32,
        /// Number of items.
        items: u32,
    },
    /// No scale of the exposures gives as few or as many clicks as were asked for.
    #[error(
        "{wanted} interactions are out of reach: with these rates and limits of exposure \
             their expected number lies between {least:.0} and {most:.0}"
    )]
    Unreachable {
        /// Expected number of clicks that was asked for.
        wanted: u64,
        /// Expected number with every exposure at its minimum.
        least: f64,
        /// Expected number with every exposure at its maximum.
        most: f64,
    },
    /// A progression has too few levels, or too many.
    #[error("levels of a progression: {found}; there must be 2 to {MAX_LEVELS}")]
    Levels {
        /// Number of levels.
        found: usize,
    },
    /// A level whose name can't be that of a file and of a column.
    #[error("`{name}` can't be a level: {problem}")]
    LevelName {
        /// The name.
        name: String,
        /// What speaks against it.
        problem: &'static str,
    },
    /// Shares and levels do not go together.
    #[error("{found} shares for {levels} levels; it must be one for each level after the first")]
    Shares {
        /// Number of shares.
        found: usize,
        /// Number of levels.
        levels: usize,
    },
    /// The probabilities of all levels would not fit into memory.
    #[error(
        "{users} users × {items} items × {levels} levels are too many probabilities; at most \
             {MAX_CELLS} are allowed, because all are held in memory (4 bytes each)"
    )]
    TooManyProbabilities {
        /// Number of users.
        users: u32,
        /// Number of items.
        items: u32,
        /// Number of levels.
        levels: usize,
    },
    /// A level of which nothing is left in a part.
    #[error("no pair of `{level}` is in the {part} part")]
    EmptyLevel {
        /// Name of the level.
        level: String,
        /// `training` or `test`.
        part: &'static str,
    },
    /// Data without ratings, or with one rating for all.
    #[error("there are no ratings that differ, and so nothing to learn relevance from")]
    NoRatings,
    /// A factorization of the ratings that ran away.
    #[error("the factorization of the ratings diverged with an lr of {lr}")]
    Diverged {
        /// The rate of its steps.
        lr: f64,
    },
    /// The simulated clicks do not fit the limits of `foretaste-data`.
    #[error(transparent)]
    Data(#[from] foretaste_data::Error),
}
