#![doc = include_str!("../README.md")]

mod model;
mod weights;

pub use model::HistoryModel;
pub use weights::{Weights, row_by_row};
