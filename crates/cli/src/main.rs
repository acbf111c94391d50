//! The foretaste command line: from interactions to recommendations.

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

fn main() -> ExitCode {
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
