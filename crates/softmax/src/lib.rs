#![doc = include_str!("../README.md")]

mod block;
mod fold;
mod item_steps;
mod objective;
mod params;
mod rows;
mod solver;
mod start;
mod technique;
#[cfg(test)]
mod testing;

pub use objective::Loss;
pub use params::{METHOD, Params, Softmax};
pub use technique::{NEGATIVE_WEIGHT, SoftmaxTechnique, TEMPERATURE};
