#![doc = include_str!("../README.md")]

mod adjacency;
mod alpharec;
mod base;
mod fold;
mod lightgcn;
mod losses;
mod newcomers;
mod params;
mod rlmrec;
mod streams;
#[cfg(test)]
mod testing;
mod texts;
mod tower;
mod trainer;

pub use alpharec::{AlphaRec, AlphaRecParams, AlphaRecTechnique, METHOD as ALPHAREC};
pub use lightgcn::{LightGcn, LightGcnTechnique, METHOD as LIGHTGCN};
pub use params::{Combine, Drop, Loss, Params};
pub use rlmrec::{Alignment, METHOD as RLMREC, RlmRec, RlmRecParams, RlmRecTechnique};
