//! The native half of the Python package `foretaste`.
//!
//! What Python has comes in as [`data`], goes to the engine by [`training`], and out as a [`model`]'s [`lists`]. Long
//! work runs on a thread of its own, watched by the caller's ([`engine`]); what goes wrong is told by the classes of
//! `foretaste.errors` ([`fault`]). Everything that people see is made by the Python half, which is beside this crate,
//! in `python/foretaste`. What the drop-in for the library implicit asks for beside is [`implicit`]'s; what workers of
//! `foretaste.spark` are made of is [`apart`]'s.

mod apart;
mod asked;
mod column;
mod comparison;
mod data;
mod engine;
mod evaluation;
mod fault;
mod frame;
mod ids;
mod implicit;
mod lists;
mod making;
mod model;
mod pool;
mod reading;
mod rows;
mod taken;
mod training;
mod tuning;

use pyo3::prelude::*;

/// What the Python half of foretaste is made of. Private: it changes without notice.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::apart::{Apart, Pairs, Shard, Worker};
    #[pymodule_export]
    use crate::comparison::{Comparison, compare};
    #[pymodule_export]
    use crate::data::{Data, named_columns};
    #[pymodule_export]
    use crate::evaluation::{Evaluation, evaluate};
    #[pymodule_export]
    use crate::frame::stream_columns;
    #[pymodule_export]
    use crate::implicit::lists::implicit_top_k;
    #[pymodule_export]
    use crate::implicit::{ImplicitAls, ImplicitBpr, implicit_products, implicit_solve};
    #[pymodule_export]
    use crate::lists::{Lists, stream};
    #[pymodule_export]
    use crate::making::{simulate, split};
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::training::{check_parameters, fit, methods};
    #[pymodule_export]
    use crate::tuning::{Search, tune};

    /// The version of the package.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    /// What stands for no index.
    #[pymodule_export]
    const NO_INDEX: u32 = crate::ids::ABSENT;
}
