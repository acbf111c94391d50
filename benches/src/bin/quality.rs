//! Ranks as well as sequential SGD? Trains the blocked trainer and the plain sequential one with
//! the same parameters for several seeds, and compares what was held out.
//!
//! ```sh
//! cargo run --release -p foretaste-benches --bin quality -- FOLDER…
//! ```
//!
//! A verdict is `pass` if the 95% interval of the relative difference lies within the margin,
//! `fail` if it lies outside, and `open` if it takes more seeds to tell. The exit code is 1 if
//! anything fails.

use clap::Parser;
use foretaste::data::{Dataset, Split, SplitMethod, split};
use foretaste::eval::Metric;
use foretaste::io::{Error, ReadOptions, read_interactions};
use foretaste::mf::{Negatives, Params, Schedule, Steps};
use foretaste_tests::quality::Task;
use foretaste_tests::welch::Welch;
use std::error::Error as StdError;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/sample/interactions.csv");

/// Compare the blocked trainer with sequential SGD.
#[derive(Debug, Parser)]
struct Args {
    /// Folders with train.* and test.*; without any, the bundled sample, split 80/20.
    folders: Vec<PathBuf>,
    /// Length of a factor row.
    #[arg(long, default_value_t = 64)]
    factors: usize,
    /// Passes over the data.
    #[arg(long, default_value_t = 30)]
    epochs: u32,
    /// Learning rate of the first epoch; it falls to zero on a straight line.
    #[arg(long, default_value_t = 0.1)]
    lr: f32,
    /// L2 regularisation.
    #[arg(long, default_value_t = 0.01)]
    reg: f32,
    /// Negatives drawn per positive, uniformly.
    #[arg(long, default_value_t = 1)]
    negatives: u32,
    /// How long steps are.
    #[arg(long, default_value = "sgd", value_parser = steps)]
    steps: Steps,
    /// Trainings of each kind, with seeds from 1.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..))]
    seeds: u64,
    /// The relative difference that would matter.
    #[arg(long, default_value_t = 0.01)]
    margin: f64,
}

fn steps(text: &str) -> Result<Steps, String> {
    match text {
        "sgd" => Ok(Steps::Sgd),
        "adagrad" => Ok(Steps::AdaGrad),
        _ => Err("steps are `sgd` or `adagrad`".into()),
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints a row for each data set and metric; whether nothing failed.
fn run(args: &Args) -> Result<bool, Box<dyn StdError>> {
    let params = Params {
        factors: args.factors,
        epochs: args.epochs,
        lr: args.lr,
        schedule: Schedule::Linear,
        steps: args.steps,
        reg: args.reg,
        negatives: args.negatives,
        sampler: Negatives::Uniform,
        patience: 0,
        ..Params::default()
    };
    let seeds: Vec<u64> = (1..=args.seeds).collect();
    let metrics: [Metric; 2] = ["ndcg@10".parse()?, "recall@20".parse()?];
    let mut out = std::io::stdout().lock();
    writeln!(out, "{params:?}\n\n| data | metric | blocked | sequential | difference | verdict |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    let mut sound = true;
    let sample = [PathBuf::from(SAMPLE)];
    let sources = if args.folders.is_empty() { &sample[..] } else { &args.folders };
    for source in sources {
        let (train, test) = parts(source)?;
        let found = Task::new(train, &test).compare(&params, &seeds, &metrics);
        for (metric, welch) in metrics.iter().zip(&found) {
            let verdict = verdict(welch, args.margin);
            sound &= verdict != "fail";
            let name = source.file_stem().unwrap_or_default().display();
            writeln!(out, "| {name} | {metric} | {} | {verdict} |", columns(welch))?;
        }
        out.flush()?;
    }
    Ok(sound)
}

/// "mean ± sd" of both, and the relative difference with its interval in percent.
fn columns(welch: &Welch) -> String {
    let ((tested, of_tested), (reference, of_reference)) = (welch.tested, welch.reference);
    let (relative, margin) = (100.0 * welch.relative(), 100.0 * welch.relative_margin());
    let (low, high) = (relative - margin, relative + margin);
    format!(
        "{tested:.4} ± {of_tested:.4} | {reference:.4} ± {of_reference:.4} \
         | {relative:+.2}% [{low:+.2}, {high:+.2}]"
    )
}

fn verdict(welch: &Welch, margin: f64) -> &'static str {
    let (difference, around) = (welch.relative().abs(), welch.relative_margin());
    match () {
        () if difference + around <= margin => "pass",
        () if difference - around > margin => "fail",
        () => "open",
    }
}

/// The training part and the test part of a folder; of a file, a fifth of each user's rows.
fn parts(source: &Path) -> Result<(Dataset, Dataset), Box<dyn StdError>> {
    let read = |path: &Path| Ok::<_, Error>(read_interactions(path, &ReadOptions::default())?.0);
    if source.is_dir() {
        return Ok((read(&part(source, "train")?)?, read(&part(source, "test")?)?));
    }
    let by = SplitMethod::Random { valid: 0.0, test: 0.2 };
    let Split { train, test, .. } = split(&read(source)?, by, 42)?;
    Ok((train, test))
}

/// The file of a folder whose name up to the first dot is `stem`.
fn part(folder: &Path, stem: &str) -> Result<PathBuf, Box<dyn StdError>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.split('.').next() == Some(stem) {
            return Ok(path);
        }
    }
    Err(format!("{}: there is no {stem}.csv", folder.display()).into())
}
