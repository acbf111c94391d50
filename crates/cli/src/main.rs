//! The foretaste command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    foretaste_cli::run(foretaste::registry(), std::env::args_os())
}
