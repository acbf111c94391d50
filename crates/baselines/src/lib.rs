#![doc = include_str!("../README.md")]

mod expomf;
mod popularity;
mod technique;

pub use expomf::{EXPOMF, ExpoMf, ExpoMfParams, ExpoMfTrained};
pub use popularity::{METHOD as POPULARITY, Popularity};
pub use technique::{ExpoMfTechnique, PopularityTechnique};
