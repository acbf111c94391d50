#![doc = include_str!("../README.md")]

mod expomf;
mod popularity;

pub use expomf::{EXPOMF, ExpoMf, ExpoMfParams, ExpoMfTrained};
pub use popularity::{METHOD as POPULARITY, Popularity};
