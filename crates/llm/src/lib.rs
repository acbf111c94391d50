//! A client for language models and embeddings behind any OpenAI-compatible server.
//!
//! [`Client::chat`] asks `/chat/completions`, [`Client::embed`] asks `/embeddings`. Every answer is kept
//! in a [`Cache`], by what was asked: the second run asks nothing, and with [`Offline`] it can't.
//!
//! ```
//! use foretaste_llm::{Cache, Chat, Client, Failure, Reply, Transport};
//!
//! struct Parrot;
//! impl Transport for Parrot {
//!     fn post(&self, _path: &str, _body: &[u8]) -> Result<Reply, Failure> {
//!         Ok(Reply::ok(br#"{"choices": [{"message": {"content": "Hello"}}]}"#.to_vec()))
//!     }
//! }
//!
//! let client = Client::new(&Parrot, "parrot-1", Cache::none());
//! let answers = client.chat(&[Chat::new("Say hello.")], &mut |_| ())?;
//! assert_eq!(answers.texts, ["Hello"]);
//! # Ok::<(), foretaste_llm::Error>(())
//! ```
//!
//! | what can go wrong | what is done |
//! |---|---|
//! | 408, 409, 429, 5xx, no connection, a body cut short | asked again, up to six times: when the answer says (`Retry-After`), else after 1, 2, 4 … s |
//! | 401, 403, 404, a redirect, a web page | the end: nothing else will be better |
//! | another refusal | the others are asked all the same; five refusals in a row are the end |
//! | 413 of several texts | asked in halves |
//! | vectors missing, of several widths, not finite, zero | an error that says which |
//! | tokens or cost would exceed the [`Budget`] | the end before they do |
//!
//! In any case, what was answered is kept, and the next run asks for the rest alone.
//!
//! The result depends on the answers alone: rows are in the order of the questions, whichever came first,
//! and a question that is there twice is asked once. No clock is read but by timeouts, no entropy is
//! drawn, and [`Client::pausing`] takes another way to wait than sleeping. A [`Secret`] key is sent in one
//! header and stands nowhere else: where a server repeats it, it is replaced by `***`.

mod answer;
mod asking;
mod budget;
mod cache;
mod chat;
mod choice;
mod client;
mod embed;
mod endpoint;
mod error;
mod floats;
#[cfg(feature = "http")]
mod http;
mod pool;
mod prompt;
mod question;
mod retry;
mod secret;
mod tokens;
mod transport;

pub use budget::{Budget, Prices, Tally};
pub use cache::Cache;
pub use chat::Completions;
pub use choice::{Choice, Discarded};
pub use client::{Client, Estimate, Event};
pub use embed::Embeddings;
pub use endpoint::{Endpoint, connect};
pub use error::{Concern, Error, Problem};
pub use prompt::Template;
pub use question::Chat;
pub use secret::Secret;
pub use transport::{Failure, Offline, Reply, Transport};
