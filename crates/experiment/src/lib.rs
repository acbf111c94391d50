//! Comparisons of recommenders: what to train, what came of it, what the differences mean.
//!
//! | to | use |
//! |---|---|
//! | name a method with its parameters | [`Entry`], [`settings`] |
//! | say what it learns from: of several feedbacks, with features as they are or shuffled | [`Learns`] |
//! | give a method what it learns from, and no more | [`Lesson`], [`select`] |
//! | train it | [`Training`], [`Validation`] |
//! | hold what is learnt from and reported on | [`Material`], [`HeldOut`] |
//! | measure a trained model | [`Measured`] |
//! | hold probabilities against what happened | [`calibration()`] |
//! | weigh test items by how likely they were to be seen | [`Propensities`], [`Rule`] |
//! | set methods side by side | [`Comparison`] |
//! | hold figures to a least value | [`Gate`] |
//! | make a report of it | [`publish`] |
//! | read an experiment file | [`read_plan`] |
//! | do what it says, once | [`run()`], [`tune`], [`Store`] |
//!
//! Nothing here names a method: what a [`foretaste::Registry`] knows can be set, trained and compared.

mod aligned;
mod assumed;
mod calibration;
mod comparison;
mod entry;
mod error;
mod file;
mod gate;
mod held_out;
mod learns;
mod lesson;
mod material;
mod measured;
mod plan;
mod propensities;
mod publish;
mod run;
mod search;
pub mod settings;
mod store;
mod training;

pub use assumed::Assumed;
pub use calibration::{calibration, event};
pub use comparison::{Comparison, Estimate, Pair, Row, Runs};
pub use entry::{Entry, check_names, named, position};
pub use error::{Error, listed, nearest};
pub use file::{EXAMPLE, read_plan};
pub use gate::Gate;
pub use held_out::{HeldOut, SeenFeedback};
pub use learns::{FeedbackWeights, Learns, LearntRows};
pub use lesson::{Learner, Lesson, check_lesson, select, select_for};
pub use material::{
    Column, Material, check_metrics, check_validation, default_metrics, validation_metric,
};
pub use measured::{Epoch, Measured};
pub use plan::{DataPlan, MethodPlan, Plan, SearchPlan, SplitPlan};
pub use propensities::{DEFAULT_CLIP, Propensities, Rule};
pub use publish::{About, publish};
pub use run::{Findings, Fitted, Job, Search, Trial, run, tune};
pub use search::{Range, check_ranges};
pub use store::Store;
pub use training::{DEFAULT_EVERY, DEFAULT_METRIC, DEFAULT_SEED, Training, Validation};
