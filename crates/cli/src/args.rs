//! The command line as plain data.

use crate::commands::{
    align, augment, compare, compress, demo, evaluate, experiment, explain, export, fetch,
    generate, inspect, methods, model, recommend, score, serve, similar, simulate, split, train,
    tune,
};
use crate::config::Sources;
use crate::output::Format;
use clap::{Parser, Subcommand};
use foretaste::Registry;

/// Recommendations from clicks, plays and purchases.
///
/// Trains, evaluates and ships recommenders for implicit feedback. The same data and seed give
/// the same model, byte for byte, whatever the number of threads.
#[derive(Debug, Parser)]
#[command(name = "foretaste", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 success, 1 failure or divergence, 2 usage, 3 bad data, \
                        4 bad model file, 5 a gate of compare not met, 130 interrupted, 143 \
                        terminated.")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
    /// Where arguments came from, when they are parsed.
    #[command(flatten)]
    _sources: Sources,
}

/// What holds for every command.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Global {
    /// How results are printed on stdout.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    /// Short for --format json.
    #[arg(long, global = true, conflicts_with = "format")]
    json: bool,
    /// Threads to use, at most 1024, 0 for all; changes no result.
    #[arg(long, default_value_t = 0, global = true, value_name = "N",
        value_parser = clap::value_parser!(u16).range(..=1024), allow_negative_numbers = true)]
    pub(crate) threads: u16,
    /// Print nothing on stderr but errors.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print each epoch of a training on stderr.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// The methods that this program knows.
    #[arg(skip)]
    pub(crate) registry: Option<&'static Registry>,
}

impl Global {
    /// The methods that this program knows.
    pub(crate) fn registry(&self) -> &'static Registry {
        self.registry.expect("the registry is set as soon as arguments are parsed")
    }

    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// Prints a note on stderr, unless quiet.
    pub(crate) fn note(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            crate::output::note(line);
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Demo),
    Inspect(inspect::Inspect),
    Split(split::Split),
    Methods(methods::Methods),
    Train(Box<train::Train>),
    Evaluate(evaluate::Evaluate),
    Compare(compare::Compare),
    Tune(tune::Tune),
    Experiment(experiment::Experiment),
    Recommend(recommend::Recommend),
    Score(score::Score),
    Similar(similar::Similar),
    Explain(explain::Explain),
    Serve(serve::Serve),
    Export(export::Export),
    Compress(compress::Compress),
    Align(align::Align),
    #[command(subcommand)]
    Model(model::Model),
    Simulate(simulate::Simulate),
    Fetch(fetch::Fetch),
    #[command(subcommand)]
    Augment(augment::Augment),
    Completions(generate::Completions),
    Man(generate::Man),
}
