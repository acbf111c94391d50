#![doc = include_str!("../README.md")]

mod objective;
mod params;
mod technique;
mod weights;

pub use objective::Similarity;
pub use params::{ItemKnn, METHOD, Params};
pub use technique::ItemKnnTechnique;
pub use weights::Neighbours;
