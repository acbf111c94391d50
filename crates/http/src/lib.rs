//! Addresses of HTTP, and how they are asked.
//!
//! What all who ask have in common: no redirect is followed by itself, a status is no error, every wait
//! ends, and the proxy comes from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY).

#[cfg(feature = "client")]
mod client;
mod url;

#[cfg(feature = "client")]
pub use client::{Timeouts, agent, header, is_timeout, said};
#[cfg(feature = "client")]
pub use ureq;
pub use url::{Url, file_name};
