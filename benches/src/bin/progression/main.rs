//! Are the probabilities of GNOLR right, and from where on do its levels pay? Simulates views, carts and
//! purchases of known probabilities, and trains on what is not held out.
//!
//! ```sh
//! cargo run --release -p foretaste-benches --bin progression
//! ```
//!
//! First how far the probabilities that it tells are from the true ones, see [`calibration`]; then how it and its
//! rivals rank held-out purchases as purchases become rare, see [`ranking`]. A seed is a simulation and a training
//! of its own. All methods have their defaults.

mod calibration;
mod ranking;

use clap::{Parser, ValueEnum};
use foretaste::Recommender;
use foretaste::data::Dataset;
use foretaste::mf::Silent;
use serde_json::{Map, Value};
use std::error::Error as StdError;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn StdError>>;

/// Judge GNOLR where its probabilities are known.
#[derive(Debug, Parser)]
struct Args {
    /// Seeds of each setting.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only one of the two.
    #[arg(long)]
    only: Option<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Calibration,
    Ranking,
}

impl Args {
    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    fn seeds(&self) -> impl Iterator<Item = u64> {
        self.first..self.first + self.seeds
    }
}

fn main() -> ExitCode {
    foretaste_benches::exit_code(run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if args.wants(Part::Calibration) {
        calibration::print(args, &mut out)?;
    }
    if args.wants(Part::Ranking) {
        ranking::print(args, &mut out)?;
    }
    Ok(())
}

/// A model by a method's name, with parameters beside its defaults.
fn fit(name: &str, parameters: &[(&str, Value)], seed: u64, data: Dataset) -> Result<Recommender> {
    let method = foretaste::method(name)?;
    let mut given: Map<String, Value> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    if method.parameters().contains_key("seed") {
        given.insert("seed".to_owned(), seed.into());
    }
    Ok(Recommender::fit(&method.with(given)?, data, &mut Silent)?)
}
