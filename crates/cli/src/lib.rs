//! The foretaste command line: from interactions to recommendations.
//!
//! A library, of which the binary is one call: it is compiled while others still are, and a binary only
//! when all are done.

mod args;
mod cells;
mod commands;
mod destination;
mod failure;
mod held_out;
mod input;
mod output;
mod progress;
mod shell;
#[cfg(unix)]
mod signals;
mod titles;

use clap::Parser;
use std::process::ExitCode;

/// Does what the arguments of the process say; its results are on stdout, all else is on stderr.
pub fn run() -> ExitCode {
    #[cfg(unix)]
    signals::watch();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return failure::of_arguments(&error),
    };
    match commands::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
