//! The contracts: what the rest of foretaste knows of methods and models.
//!
//! A method is a [`Technique`]; with parameters it is a [`Method`]; a [`Registry`] knows some by
//! name, and a [`Parameter`] says what each value means. Trained, it gives a [`Model`]: it scores
//! items for users ([`Scorer`]), lists of the best are taken from the scores ([`recommend`], of what a
//! [`Query`] lets through), users whom it has never seen are folded in by their [`Histories`], and it
//! lives in a file ([`ModelFile`]). A [`Monitor`] looks on while it is trained; a [`Checkpoint`] is what it
//! can be gone on from; where it can be trained by several machines, [`Apart`] says how.

mod apart;
mod checkpoint;
mod checksum;
mod error;
mod file;
mod fold_in;
mod item_set;
mod method;
mod model;
mod monitor;
mod once;
mod parameter;
mod products;
mod query;
mod range;
mod registry;
mod score_pairs;
mod score_vectors;
mod scorer;
mod search;
mod similar;
mod start;
mod storage;
mod technique;
mod tensor;
mod tensors;
mod top_k;
mod training_error;

pub use apart::{Apart, Footprint, Place, Tally, Turnout, Whole, Worker, cuts, pairs_before};
pub use checkpoint::{Checkpoint, Run};
pub use error::Error;
pub use file::{FORMAT, Info, ModelFile};
pub use fold_in::{FoldInError, Histories};
pub use foretaste_align::Rotation;
pub use item_set::ItemSet;
pub use method::{Method, TAG};
pub use model::{Explanation, Levelled, Model};
pub use monitor::{EpochReport, Monitor, Silent};
pub use once::made_once;
pub use parameter::{Described, Parameter, narrowed};
#[doc(hidden)]
pub use parameter::{check_parts, meaning};
pub use products::Products;
pub use query::Query;
pub use range::{Range, above, among, at_least, forms};
pub use registry::{Registry, RegistryError};
pub use score_pairs::score_pairs;
pub use score_vectors::ScoreVectors;
pub use scorer::{Scorer, score_rows};
pub use search::Catalogue;
pub use similar::{Similarity, similar_items, similar_users};
pub use start::{EXTRA, Start, Starts, State, WARM_START, WarmStart};
pub use storage::{Precision, Storage};
pub use technique::{About, Fitted, NoParameters, Task, Technique, Typed, Uses};
pub use tensor::{Element, Tensor};
pub use top_k::{Scored, recommend, select_top_k};
pub use training_error::{Concern, TrainingError};
