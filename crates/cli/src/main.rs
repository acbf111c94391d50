//! The foretaste command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    foretaste_cli::run()
}
