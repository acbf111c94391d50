//! Implicit-feedback recommendation: train, evaluate, recommend.
//!
//! This crate re-exports the foretaste crates under short names and adds the one thing that knows
//! all methods at once: [`registry`], by name, and [`Recommender`], a trained model
//! together with the ids and the history that it was trained on.
//!
//! The feature `io`, on by default, has the readers of files. Without it, data is built from rows at
//! hand, and nothing is compiled that only readers need.
//!
#![cfg_attr(feature = "io", doc = "```")]
#![cfg_attr(not(feature = "io"), doc = "```ignore")]
//! use foretaste::{Recommender, Seen, io, mf::Silent};
//!
//! let rows = "user,item\nann,tea\nann,jam\nbob,tea\nbob,jam\nbob,ham\ncat,ham\ncat,tea\n";
//! let options = io::ReadOptions::default();
//! let (dataset, _) = io::read_interactions_from(rows.as_bytes(), "rows", &options)?;
//! let model = Recommender::fit(&foretaste::method("bpr")?, dataset, &mut Silent)?;
//! let ann = model.user("ann").expect("ann is in the data");
//! let list = &model.recommend(&[ann], 1, Seen::All)[0];
//! assert_eq!(model.item_name(list[0].0), "ham");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aligned;
mod audience;
mod compress;
mod crossed;
mod error;
#[cfg(feature = "io")]
mod list_line;
mod methods;
mod recommender;
mod seen;

pub use aligned::{ALIGNED, AlignError, Alignment};
pub use audience::Audience;
pub use compress::{CompressError, Keep};
pub use crossed::Crossed;
pub use error::Error;
pub use foretaste_align as align;
pub use foretaste_als as als;
pub use foretaste_baselines as baselines;
pub use foretaste_bpr as bpr;
pub use foretaste_data as data;
pub use foretaste_dnis as dnis;
pub use foretaste_ease as ease;
pub use foretaste_eval as eval;
pub use foretaste_files as files;
pub use foretaste_gfcf as gfcf;
pub use foretaste_gnolr as gnolr;
pub use foretaste_graph as graph;
#[cfg(feature = "io")]
pub use foretaste_io as io;
pub use foretaste_linear as linear;
pub use foretaste_mf as mf;
pub use foretaste_model as model;
pub use foretaste_model::{ItemSet, Method, Query, Registry};
pub use foretaste_nbpo as nbpo;
pub use foretaste_neighbours as neighbours;
pub use foretaste_relmf as relmf;
pub use foretaste_sesa as sesa;
pub use foretaste_sim as sim;
pub use foretaste_softmax as softmax;
pub use foretaste_spectral as spectral;
pub use foretaste_texts as texts;
pub use foretaste_warp as warp;
#[cfg(feature = "io")]
pub use list_line::Whose;
pub use methods::{method, registry};
pub use recommender::{Recommender, Similarity};
pub use seen::Seen;
