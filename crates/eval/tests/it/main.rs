//! Tests of the evaluation as a whole.
#![expect(
    clippy::unwrap_used,
    reason = "tests may unwrap; helpers of integration tests count as none"
)]

mod api;
mod beyond;
mod golden;
mod rated;
mod scipy;
mod scorer;
mod support;
mod trec;
mod unbiased;
