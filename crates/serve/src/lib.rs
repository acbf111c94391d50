//! A recommender behind HTTP.
//!
//! ```text
//! connection ─► hyper ─► layers: count, catch, CORS, token, permits, time ─► handler (api/*)
//!                                                                             │ ids → indices, sets of items
//!                  ┌────────── Queue (lists.rs) ◄─────────────────────────────┤ lists
//!                  ▼                                                          │ all else
//!   one thread takes what waits, groups what is alike,                        ▼
//!   finds it on the rayon pool by Catalogue, writes JSON              the rayon pool
//! ```
//!
//! Threads of the runtime read, write and wait; nothing is scored on them. A request holds one [`Arc`] of the
//! model that was served when it came, so that no answer is of two; another model is put in its place whole,
//! once it was read, checked and tried out (`reload.rs`). Lists are those of `foretaste recommend --json`, byte
//! for byte.
//!
//! [`Arc`]: std::sync::Arc

mod api;
mod attributes;
mod check;
mod error;
mod explorer;
mod filter;
mod find;
mod layers;
mod listen;
mod lists;
mod loaded;
mod metrics;
mod openapi;
mod options;
mod reload;
mod restrict;
mod state;

#[cfg(test)]
mod tests;

pub use axum::http::HeaderValue;
pub use check::check;
pub use error::Error;
pub use layers::Token;
pub use listen::{Server, Stopper};
pub use openapi::openapi;
pub use options::{Files, Options};
