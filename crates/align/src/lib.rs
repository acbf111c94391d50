#![doc = include_str!("../README.md")]

mod polar;
mod rotation;

pub use rotation::{Fit, Rotation};
