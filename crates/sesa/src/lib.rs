#![doc = include_str!("../README.md")]

mod concepts;
mod encoder;
mod fold;
mod model;
mod params;
mod ranking;
mod sesa;
mod streams;
mod technique;
#[cfg(test)]
mod testing;
mod trainer;
mod weights;

pub use model::SesaModel;
pub use params::Params;
pub use sesa::Sesa;
pub use technique::{METHOD, SesaTechnique};
