//! `serve`: a model behind HTTP.

#[cfg(feature = "serve")]
mod run;

#[cfg(feature = "serve")]
pub(super) use run::{options, serve};

#[cfg(not(feature = "serve"))]
use crate::args::Global;
#[cfg(not(feature = "serve"))]
use crate::failure::{Failure, Outcome};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// Where a server is, if nothing is said.
pub(super) const LOCAL: &str = "127.0.0.1:8080";

/// Serve a model over HTTP: lists, unseen users, filters, and a page to look at it.
///
/// Lists are those of `recommend --json`, byte for byte. The model is taken anew when its file changes: one
/// that can't be read is told, and the old one stays. Whoever asks shows the token that --token-file holds,
/// or the variable FORETASTE_TOKEN; without one, other machines can't reach the server. TLS is for a proxy in
/// front.
///
/// / is a page to look at the model, /openapi.json describes the routes, /metrics has figures for Prometheus.
/// SIGTERM and Ctrl-C take no more requests and answer those that are there.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// The model file.
    #[arg(required_unless_present_any = ["check", "print_openapi"])]
    model: Option<PathBuf>,
    /// The address: HOST:PORT, or a port of this machine alone; port 0 takes one that is free.
    #[arg(long, value_name = "ADDRESS", default_value = LOCAL, value_parser = address)]
    addr: SocketAddr,
    /// A file with the token that whoever asks has to show, as Authorization: Bearer or X-API-Key; instead
    /// of the variable FORETASTE_TOKEN.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Serve other machines without a token.
    #[arg(long)]
    insecure: bool,
    /// A file of item titles to tell beside the ids: id and title, as in movies.csv or u.item.
    #[arg(long, value_name = "FILE")]
    titles: Option<PathBuf>,
    /// A table of items to filter lists by: a header, a column of items, and columns such as genre or year.
    #[arg(long, value_name = "FILE")]
    attributes: Option<PathBuf>,
    /// How often the files are looked at for another model, e.g. 500ms, 2s, 1min; 0s for never.
    #[arg(long, value_name = "TIME", default_value = "2s")]
    watch: String,
    /// The longest body of a request, in bytes, or with K or M.
    #[arg(long, value_name = "BYTES", default_value = "1M", value_parser = bytes)]
    max_body: usize,
    /// How long a request may take.
    #[arg(long, value_name = "TIME", default_value = "2s")]
    timeout: String,
    /// How many requests are answered at once; others are told to come again.
    #[arg(long, value_name = "N", default_value_t = 256,
        value_parser = clap::value_parser!(u32).range(1..=65536))]
    max_inflight: u32,
    /// Pages of this origin may ask, e.g. https://shop.example; may be given several times.
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,
    /// Tell figures at /metrics without a token.
    #[arg(long)]
    metrics_open: bool,
    /// How long requests that are under way have when the server ends.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    drain: String,
    /// Ask a server whether it is ready, and serve nothing: exit code 0 if it is.
    #[arg(long, value_name = "URL", exclusive = true)]
    check: Option<String>,
    /// Print the description of the routes (OpenAPI 3.1), and serve nothing.
    #[arg(long, exclusive = true)]
    print_openapi: bool,
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let wrong = || "HOST:PORT, e.g. 127.0.0.1:8080".to_owned();
    text.to_socket_addrs().map_err(|_| wrong())?.next().ok_or_else(wrong)
}

fn bytes(text: &str) -> Result<usize, String> {
    let number = text.trim_end_matches(['K', 'M', 'k', 'm']);
    let unit = match &text[number.len()..] {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        _ => 0,
    };
    let bytes = number.parse().ok().and_then(|number: usize| number.checked_mul(unit));
    let fits = bytes.filter(|bytes| (1..=64 << 20).contains(bytes));
    fits.ok_or_else(|| "a number of bytes from 1 to 64M, e.g. 1M".to_owned())
}

/// Says how to get what was built without it.
#[cfg(not(feature = "serve"))]
pub(crate) fn without() -> Failure {
    Failure::usage("this foretaste was built without serving")
        .help("`cargo install --path crates/cli --features serve` has it, as releases do")
}

#[cfg(not(feature = "serve"))]
impl Serve {
    #[allow(clippy::unused_self, reason = "as where it serves")]
    pub(crate) fn run(&self, _: &Global) -> Outcome {
        Err(without())
    }
}
