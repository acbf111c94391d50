//! Recommenders without a gradient: what every method has to beat.

mod popularity;

pub use popularity::{METHOD as POPULARITY, Popularity};
