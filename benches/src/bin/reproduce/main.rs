//! Repeats the experiments of papers with the papers' own procedures, and prints each table beside
//! the reference.
//!
//! ```sh
//! FORETASTE_DATA=data cargo run --release -p foretaste-benches --bin reproduce -- nbpo-amazon
//! ```
//!
//! The names are those of the files in `benches/reproductions`, which hold the settings. Figures
//! are the mean ± the standard deviation over seeds.

mod coat;
mod data;
mod draws;
mod nbpo;
mod seeds;
mod semisynthetic;

use clap::Parser;
use serde::Deserialize;
use std::error::Error as StdError;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Whatever goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn StdError>>;

const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reproductions");

/// Repeat the experiments of a paper.
#[derive(Debug, Parser)]
struct Args {
    /// Names of files in benches/reproductions, without .toml.
    #[arg(required = true)]
    experiments: Vec<String>,
    /// Only methods with these names.
    #[arg(long)]
    only: Vec<String>,
    /// Trainings of each method, with seeds from 1, instead of what the file says.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// The folder with the data sets.
    #[arg(long, env = "FORETASTE_DATA")]
    data: PathBuf,
}

/// A file of settings.
#[derive(Debug, Deserialize)]
#[serde(tag = "experiment", rename_all = "kebab-case")]
enum Experiment {
    Nbpo(nbpo::Nbpo),
    Semisynthetic(semisynthetic::Semisynthetic),
    Coat(coat::Coat),
}

/// What the command line says about all experiments.
#[derive(Debug)]
struct Run<'a> {
    data: &'a Path,
    only: &'a [String],
    seeds: Option<u64>,
}

impl Run<'_> {
    /// The seeds to train with, where a file says how many.
    fn seeds(&self, of_file: u64) -> std::ops::RangeInclusive<u64> {
        1..=self.seeds.unwrap_or(of_file)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

fn main() -> ExitCode {
    foretaste_benches::exit_code(run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let run = Run { data: &args.data, only: &args.only, seeds: args.seeds };
    for name in &args.experiments {
        let path = Path::new(SETTINGS).join(format!("{name}.toml"));
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let experiment: Experiment =
            toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        writeln!(out, "## {name}\n")?;
        match experiment {
            Experiment::Nbpo(nbpo) => nbpo.run(&run, &mut out)?,
            Experiment::Semisynthetic(semisynthetic) => semisynthetic.run(&run, &mut out)?,
            Experiment::Coat(coat) => coat.run(&run, &mut out)?,
        }
        writeln!(out)?;
    }
    Ok(())
}
