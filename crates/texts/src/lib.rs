#![doc = include_str!("../README.md")]

mod encoder;
mod error;
mod params;
mod words;

pub use encoder::{Encoded, Encoder};
pub use error::Error;
pub use params::Params;
