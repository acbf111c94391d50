#![doc = include_str!("../README.md")]

mod objective;
mod params;
mod technique;
mod weights;

pub use objective::Graph;
pub use params::{GfCf, METHOD, Params};
pub use technique::GfCfTechnique;
pub use weights::Filter;
