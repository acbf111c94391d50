//! Cross-crate tests, one module a subject.
#![allow(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod aligning;
mod anchors;
mod engine;
mod estimators;
mod graph;
mod ials;
mod impressions;
mod linear;
mod methods;
mod public_types;
mod quality;
mod real_data;
mod relmf;
mod reproduction;
mod resuming;
mod training;
mod unbiased;
