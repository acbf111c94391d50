#![doc = include_str!("../README.md")]

mod objective;
mod params;
mod technique;
#[cfg(test)]
mod testing;

pub use params::{Ials, METHOD, Params};
pub use technique::{ALPHA, IalsTechnique, LAMBDA};
