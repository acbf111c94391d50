//! How much longer an evaluation takes than the lists that it needs, and how much memory.
//!
//! Factors of MovieLens 20M's shape (138,493 users, 26,744 items, K = 64), random; four fifths of the
//! interactions are masked, one fifth is held out. Timed in turn, the least of several rounds:
//! the best 20 items of each user alone; the same with all metrics of lists at k = 5, 10 and 20; with
//! 95% intervals; with the figures of each user written as CSV (to nowhere).

use clap::Parser;
use foretaste::data::{Interactions, UserId};
use foretaste::eval::{Evaluator, Kind, Metric, TestSet};
use foretaste::mf::{Factors, Table};
use foretaste::model::{Query, recommend};
use foretaste_benches::{ML_1M, ML_20M, generate};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::io::{Write, sink};
use std::time::Instant;

#[derive(Debug, Parser)]
struct Args {
    /// How many rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// MovieLens 1M's shape instead.
    #[arg(long)]
    small: bool,
}

/// Every metric of lists and of the catalogue; not AUC, which needs all scores.
fn metrics() -> Vec<Metric> {
    let of_lists = |kind: &Kind| {
        kind.has_cutoff() && !matches!(kind, Kind::DcgSaito | Kind::RecallSaito | Kind::MapSaito)
    };
    let kinds = Kind::ALL.into_iter().filter(of_lists);
    kinds.flat_map(|kind| [5, 10, 20].map(|k| Metric::at(kind, k).expect("a cut-off"))).collect()
}

/// Four fifths of each user's items, and the others.
fn parts(data: &Interactions) -> [Interactions; 2] {
    [false, true].map(|held_out| {
        let (mut starts, mut items) = (vec![0], Vec::new());
        for user in (0..data.n_users() as u32).map(UserId) {
            let row = data.row(user).iter().enumerate();
            items.extend(row.filter(|(n, _)| (n % 5 == 4) == held_out).map(|(_, item)| *item));
            starts.push(items.len());
        }
        Interactions::from_rows(starts, items, data.n_items()).expect("rows of the data")
    })
}

/// The most memory that the process ever held, in MB; 0 where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    number.unwrap_or(0.0) / 1e3
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let data = generate(if args.small { ML_1M } else { ML_20M });
    let [train, test] = parts(&data);
    drop(data);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let users = Table::normal(train.n_users(), 64, 0.1, &mut rng);
    let model = Factors::new(users, Table::normal(train.n_items(), 64, 0.1, &mut rng));
    let counts = train.item_counts();
    let test = TestSet::binary(&test, &[], &[])?;
    let (metrics, mask) = (metrics(), [&train]);
    let evaluator = Evaluator::new(&model, &mask, &metrics)?.popularity(&counts)?;
    let before = peak();
    let mut least = [f64::INFINITY; 4];
    for _ in 0..args.rounds {
        let mut since = Instant::now();
        let mut entries = 0;
        let query = Query::new(20).exclude(&mask);
        for users in test.known_users().chunks(16_384) {
            entries += recommend(&model, users, &query).iter().map(Vec::len).sum::<usize>();
        }
        let lists = since.elapsed().as_secs_f64();
        assert_eq!(entries, 20 * test.n_users());
        since = Instant::now();
        let found = evaluator.evaluate(&test)?;
        let metrics = since.elapsed().as_secs_f64();
        let summaries = found.summary(1);
        let intervals = since.elapsed().as_secs_f64();
        found.write_per_user(sink(), |n| n.to_string())?;
        let written = since.elapsed().as_secs_f64();
        assert!(summaries[0].mean >= 0.0);
        for (least, seconds) in least.iter_mut().zip([lists, metrics, intervals, written]) {
            *least = least.min(seconds);
        }
    }
    let mut out = std::io::stdout();
    let what = ["lists of 20", "and metrics", "and intervals", "and per-user CSV"];
    writeln!(out, "{} users, {} metrics", test.n_users(), metrics.len())?;
    for (what, seconds) in what.iter().zip(least) {
        writeln!(out, "{what:<17} {seconds:7.3} s  {:5.2} x", seconds / least[0])?;
    }
    writeln!(out, "peak memory {:.0} MB, of which {before:.0} MB before evaluating", peak())?;
    Ok(())
}
