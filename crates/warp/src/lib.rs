#![doc = include_str!("../README.md")]

mod objective;
mod params;
mod technique;

pub use objective::{WarpLoss, harmonic};
pub use params::{METHOD, Params, Warp};
pub use technique::{REG, WarpTechnique};
