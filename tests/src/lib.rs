//! Conformance suites that every method instantiates in a few lines, and the README's doc-test.
//!
//! [`objective::assert_pairwise`] holds an objective to its own loss; [`scorer::assert_scorer`]
//! holds a trained model to the contract of `Scorer`.

pub mod objective;
pub mod scorer;
pub mod support;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
