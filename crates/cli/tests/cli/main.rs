//! The binary from the outside: what a user types, and what comes back. One module a subject.
#![allow(clippy::unwrap_used, reason = "a test may stop where it likes")]

mod anybody;
mod bad_data;
mod bad_models;
mod bad_options;
mod bad_outputs;
mod bad_side_files;
mod checkpoints;
mod comparing;
mod evaluating;
mod evaluating_more;
mod experimenting;
mod explaining;
mod feedback;
mod filtering;
mod for_programs;
mod formats;
mod inputs;
mod interrupting;
mod list_files;
mod looking;
mod methods;
mod outputs;
mod provenance;
mod reach;
mod recommending;
mod scoring;
mod seen;
mod simulating;
mod splitting;
mod streams;
mod support;
mod terminal;
mod training;
mod tuning;
mod understanding;
