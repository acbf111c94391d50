#![doc = include_str!("../README.md")]

mod batches;
mod levels;
mod model;
mod objective;
mod params;
mod technique;
#[cfg(test)]
mod testing;
mod told;

pub use levels::{Levels, Scale};
pub use model::GnolrModel;
pub use objective::Nested;
pub use params::{Embeddings, Fit, Gnolr, METHOD, Params, Trainer};
pub use technique::GnolrTechnique;
