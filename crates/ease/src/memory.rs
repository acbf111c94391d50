//! The memory that the closed form takes, before it is taken.

use crate::Form;
use foretaste_model::{Concern, TrainingError};

/// Bytes at the peak of training and writing down a model of so many users and items: what is kept is
/// n² numbers of 4 B in the primal form, half of m² in the dual one, and a model file is written from two
/// more copies.
pub fn bytes_needed(form: Form, n_users: usize, n_items: usize) -> f64 {
    let (m, n) = (n_users as f64, n_items as f64);
    match form {
        Form::Primal => 12.0 * n * n,
        Form::Dual => 6.0 * m * m,
    }
}

/// Refuses what takes more than `gib` 2³⁰ B.
pub(crate) fn check(
    form: Form,
    (n_users, n_items): (usize, usize),
    gib: f32,
) -> Result<(), TrainingError> {
    let needed = bytes_needed(form, n_users, n_items) / f64::from(1 << 30);
    if needed <= f64::from(gib) {
        return Ok(());
    }
    // Rounded up, so that it is never what it is more than.
    let needed = (needed * 100.0).ceil() / 100.0;
    let of = match form {
        Form::Primal => format!("{n_items} items"),
        Form::Dual => format!("{n_users} users, who are fewer than the items"),
    };
    Err(TrainingError::Method {
        concern: Concern::Parameters,
        message: format!("ease takes {needed} GiB of memory for {of}, and memory is {gib} GiB"),
        help: Some(format!(
            "where there is as much, give it --set memory={}; or leave out rare items (--k-core 10), or \
             take --model item-knn, which keeps the nearest of each item alone",
            needed.ceil()
        )),
    })
}
