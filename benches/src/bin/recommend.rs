//! Seconds of one call: the best items for all users of a model, without those that they had.
//!
//! What a process takes besides, loading the model and printing the lists, is not in it; other
//! libraries' calls are timed the same way (`benches/peers/`). The threads are rayon's:
//! `RAYON_NUM_THREADS`.

use clap::Parser;
use foretaste::data::UserId;
use foretaste::{Recommender, Seen};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Parser)]
struct Args {
    /// A model file.
    model: PathBuf,
    /// The length of a list.
    #[arg(short, default_value_t = 10)]
    k: usize,
    /// How many times to call; each has its line.
    #[arg(long, default_value_t = 1)]
    repeats: usize,
}

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let model = Recommender::load(&args.model)?;
    let users: Vec<UserId> = (0..model.users().len() as u32).map(UserId).collect();
    for _ in 0..args.repeats {
        let started = Instant::now();
        let lists = model.recommend(&users, args.k, Seen::All);
        let seconds = started.elapsed().as_secs_f64();
        let entries: usize = lists.iter().map(Vec::len).sum();
        writeln!(std::io::stdout(), "{{\"seconds\": {seconds}, \"entries\": {entries}}}")?;
    }
    Ok(())
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
