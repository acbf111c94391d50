//! Tests of the evaluation as a whole.
#![expect(
    clippy::unwrap_used,
    reason = "tests may unwrap; helpers of integration tests count as none"
)]
#![expect(clippy::print_stderr, reason = "tests that measure say what they found")]

mod api;
mod beyond;
mod coverage;
mod golden;
mod rated;
mod reach;
mod scipy;
mod scorer;
mod support;
mod tools;
mod trec;
mod unbiased;
