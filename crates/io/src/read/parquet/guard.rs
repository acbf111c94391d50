//! The crate's panics on damaged data as errors.
//!
//! `parquet` asserts what pages should have: a flipped bit can make it panic. No more than a page is lost
//! with it, and the file is not read on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::{ParquetError, Result};

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is caught, and told as an error of the file that is read: a panic hook
/// need not say anything.
pub fn panics_are_caught() -> bool {
    CAUGHT.get()
}

/// What comes of it, or an error if it panics. What it has touched must not be used then.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    CAUGHT.set(before);
    result.unwrap_or_else(|_| Err(ParquetError::General("a page is not what it says".into())))
}
