#![doc = include_str!("../README.md")]

mod blocks;
mod gates;
mod held_out;
mod objective;
mod params;
mod search;
mod streams;
mod technique;

pub use params::{Dnis, METHOD, Params};
pub use search::Found;
pub use technique::DnisTechnique;
