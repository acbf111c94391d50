//! Public data sets by name: where they are, under which terms, downloaded on request.
//!
//! The registry is `registry.toml` of this crate, or a file like it. With the feature `download`,
//! `fetch` gets a data set from its publisher: terms are for the caller to show first.
//!
//! | what can go wrong | what is done |
//! |---|---|
//! | the body ends early | what came is kept as `NAME.part` and gone on with, if the file is the same |
//! | size or checksum differ | both are told, and nothing is left |
//! | a redirect to another host, or away from HTTPS | refused, unless the registry names the host |
//! | an archive that would write elsewhere | refused whole |
//! | the disk is full, a signal comes | outputs are put in place together, or not at all |
//!
//! No clock is read but by timeouts. The proxy comes from the environment: HTTPS_PROXY, ALL_PROXY and
//! NO_PROXY.

mod error;
mod registry;

#[cfg(feature = "download")]
mod archive;
#[cfg(feature = "download")]
mod checksum;
#[cfg(feature = "download")]
mod convert;
#[cfg(feature = "download")]
mod fetch;
#[cfg(feature = "download")]
mod http;
#[cfg(feature = "download")]
mod part;
#[cfg(feature = "download")]
mod transfer;

pub use error::{Concern, Error, SizeBy};
#[cfg(feature = "download")]
pub use fetch::{Event, Fetched, Options, Output, Source, fetch};
pub use registry::{DataSet, Download, Read, Registry, SEAL, Shape, Size, Stated, Take};
