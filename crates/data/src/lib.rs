//! Implicit-feedback interactions: what they are, how they are filtered and split.
//!
//! Rows are a [`Dataset`]: two [`IdTable`]s, which keep every id as its author wrote it, and
//! [`Interactions`], the same rows as a compressed sparse matrix over dense indices. Filters and
//! splits turn data sets into data sets. Beside what is to be recommended for, a data set may have
//! other [`Feedback`]s (views beside purchases) and [`Features`] of its users and items, all over the
//! same ids.
//!
//! | to | use |
//! |---|---|
//! | build data from rows | [`IdTable::from_text`], [`Interactions::from_pairs`], [`Coordinates`] |
//! | number ids as they come | [`Interner`] |
//! | put several feedbacks together | [`Dataset::of_feedbacks`], [`Dataset::union`] |
//! | add vectors and tags | [`FeatureTable`], [`Dataset::with_item_features`] |
//! | keep what was seen and is not positive | [`Dataset::with_not_positive`] |
//! | turn plays into what they count | [`Interactions::weighed`], [`Confidence`] |
//! | drop rare users and items | [`k_core`] |
//! | hold out test data | [`split()`], [`SplitMethod`] |
//! | score test data on a model's ids | [`align()`] |
//! | show what others wrote on a terminal | [`printable`] |
//! | deal features anew, as a control | [`Dataset::with_shuffled_features`] |
//! | name the data a model has seen | [`Dataset::fingerprint`] |
//!
//! The same rows in any order give the same [`Dataset`], to the bit. Readers of files are in
//! `foretaste-io`.

mod align;
mod confidence;
mod coordinates;
mod csv;
mod dataset;
mod error;
mod features;
mod feedback;
mod filter;
mod fingerprint;
mod ids;
mod interactions;
mod interner;
mod not_positive;
mod preference;
mod printable;
mod shuffled;
mod side;
mod split;
#[cfg(test)]
mod testing;
mod weights;

pub use align::{Aligned, align};
pub use confidence::Confidence;
pub use coordinates::{Coordinates, Repeats};
pub use csv::{push_csv, push_quoted};
pub use dataset::Dataset;
pub use error::Error;
pub use features::{FeatureTable, Features, Tags, Vectors};
pub use feedback::Feedback;
pub use filter::k_core;
pub use fingerprint::{Fingerprint, fingerprint};
pub use ids::{IdTable, IdView, ItemId, UserId};
pub use interactions::{Interactions, Keep, Pair};
pub use interner::Interner;
pub use preference::{Preference, preferences_fingerprint};
pub use printable::{is_printable, printable, printable_json};
pub use side::Side;
pub use split::{HeldOut, Split, SplitMethod, split};
