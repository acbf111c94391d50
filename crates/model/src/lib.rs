//! What the rest of foretaste knows of a trained model: it scores items for users
//! ([`Scorer`]), lists of the best are taken from the scores ([`recommend`]), and it lives in a
//! file ([`ModelFile`]).

mod checksum;
mod error;
mod file;
mod products;
mod scorer;
mod search;
mod similar;
mod tensors;
mod top_k;

pub use error::Error;
pub use file::{FORMAT, Info, ModelFile, Tensor};
pub use products::Products;
pub use scorer::{Scorer, score_rows};
pub use similar::{Similarity, similar_items};
pub use top_k::{Scored, recommend, select_top_k};
