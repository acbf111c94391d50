//! Comparisons of recommenders: what to train, what came of it, what the differences mean.
//!
//! | to | use |
//! |---|---|
//! | name a method with its parameters | [`Entry`], [`settings`] |
//! | hold what is learnt from and reported on | [`Material`], [`HeldOut`] |
//! | measure a trained model | [`Measured`] |
//! | set methods side by side | [`Comparison`] |
//! | hold figures to a least value | [`Gate`] |
//! | make a report of it | [`publish`] |
//!
//! Nothing here names a method: what [`foretaste::Method`] knows can be set, trained and compared.

mod comparison;
mod entry;
mod error;
mod gate;
mod material;
mod measured;
mod publish;
pub mod settings;

pub use comparison::{Comparison, Estimate, Pair, Row, Runs};
pub use entry::{Entry, check_names, named, position};
pub use error::Error;
pub use gate::Gate;
pub use material::{Column, HeldOut, Material, check_metrics};
pub use measured::{Epoch, Measured};
pub use publish::{About, publish};
