#![doc = include_str!("../README.md")]

mod objective;
mod params;
mod technique;
#[cfg(test)]
mod testing;

pub use objective::squares;
pub use params::{Ials, METHOD, Params};
pub use technique::{IalsTechnique, LAMBDA};
