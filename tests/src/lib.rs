//! Conformance suites that every method instantiates in a few lines, and the README's doc-test.
//!
//! [`objective::assert_pairwise`] holds an objective to its own loss; [`scorer::assert_scorer`]
//! holds a trained model to the contract of `Scorer`. [`sequential::train`] is what the blocked
//! trainer must be as good as, and [`welch::Welch`] says whether it is.

pub mod objective;
pub mod quality;
pub mod scorer;
pub mod sequential;
pub mod support;
pub mod welch;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
