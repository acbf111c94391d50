#![doc = include_str!("../README.md")]

mod gram;
mod inverse;
mod memory;
mod objective;
mod params;
mod technique;
mod weights;

pub use inverse::{Stopped, Triangle, invert};
pub use memory::bytes_needed;
pub use objective::Form;
pub use params::{Ease, METHOD, Params};
pub use technique::{EaseTechnique, LAMBDA};
pub use weights::{EaseWeights, FromUsers};
