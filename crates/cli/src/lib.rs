//! The foretaste command line: from interactions to recommendations.
//!
//! A library, of which the binary is one call: it is compiled while others still are, and a binary only
//! when all are done.

mod args;
mod best;
mod cells;
mod checkpoints;
mod commands;
mod config;
mod destination;
mod extra;
mod failure;
mod held_out;
mod input;
mod learning;
mod material;
mod output;
mod progress;
mod shell;
mod signals;
mod table_file;
mod titles;
mod vector_files;

use config::{NotParsed, Parsed};
use foretaste::Registry;
use std::ffi::OsString;
use std::process::ExitCode;

/// Does what the arguments say, of which the first is the program's name, and variables `FORETASTE_…` of
/// the environment, with the methods of a registry; results are on stdout, all else is on stderr. To be called once, by `main`: interrupts
/// are watched for from then on.
pub fn run(registry: Registry, args: impl IntoIterator<Item = OsString>) -> ExitCode {
    #[cfg(unix)]
    signals::watch();
    #[cfg(feature = "parquet")]
    leave_caught_panics_to_be_told();
    let words: Vec<OsString> = args.into_iter().collect();
    let (mut args, notes, origins) = match config::parse(&words, std::env::vars_os()) {
        Ok(Parsed::Run(args, notes, origins)) => (args, notes, origins),
        Ok(Parsed::Print(text)) => return ended(output::print(&text)),
        Err(NotParsed::Arguments(error)) => return failure::of_arguments(&error),
        Err(NotParsed::Failure(failure)) => return failure.report(),
    };
    args.global.registry = Some(Box::leak(Box::new(registry)));
    notes.iter().for_each(|note| args.global.note(note));
    let outcome = commands::run(&args);
    if let Err(failure) = &outcome {
        failure.notes(&origins).iter().for_each(|note| args.global.note(note));
    }
    ended(outcome)
}

fn ended(outcome: failure::Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Panics of the reader of Parquet are errors of the file, and told as such.
#[cfg(feature = "parquet")]
fn leave_caught_panics_to_be_told() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !foretaste::io::panics_are_caught() {
            hook(panic);
        }
    }));
}
