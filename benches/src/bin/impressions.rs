//! Are propensities that are estimated from impressions as good as true ones? Simulates clicks with a
//! log of what was shown, and trains Rel-MF with either.
//!
//! ```sh
//! cargo run --release -p foretaste-benches --bin impressions
//! ```
//!
//! First how θ is estimated: of clicks in tenths by estimated θ, 1 / mean 1/θ by estimate and by truth
//! (a click comes to be in proportion to θ, so that this is the mean of θ before anything was shown), and
//! how far estimates are off, as the root mean square of ln(estimate / truth). Then NDCG@10 of all
//! truly relevant items without training clicks, and how much of what the true θ of pairs gain over the
//! better of `naive` and `pop^0.5` each estimate keeps, with 95% bootstrap intervals over users. A seed is a
//! simulation, a split and a training of its own; of the sample, a split and a training.

use clap::Parser;
use foretaste::data::{Dataset, Split, SplitMethod, split};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::mf::{Silent, Start};
use foretaste::relmf::{Estimator, Exposure, Params, Propensities, Propensity};
use foretaste_benches::without;
use foretaste_sim::{Feedback, Params as World};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::error::Error as StdError;
use std::io::Write;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn StdError>>;

/// Estimate propensities from simulated impressions.
#[derive(Debug, Parser)]
struct Args {
    /// Seeds of each setting.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only settings whose name starts like this.
    #[arg(long, default_value = "")]
    only: String,
    /// How θ is estimated, without training.
    #[arg(long)]
    estimates_only: bool,
}

/// What is compared; the first two know nothing of what was shown, the last two all.
const METHODS: [&str; 7] = [
    "naive",
    "pop^0.5",
    "from:impression, item",
    "from:impression, pair",
    "from:impression, relative",
    "true, item",
    "true, pair",
];
const FLOOR: f32 = 1e-3;

/// What decides what is shown.
fn worlds() -> [(&'static str, World); 4] {
    let flat = || World { popularity: 0.0, activity: 0.0, ..World::default() };
    [
        ("sample", World::default()),
        ("popularity", World { popularity: 1.2, ..flat() }),
        ("user", World { activity: 1.0, ..flat() }),
        ("position", World { position: 1.8, ..flat() }),
    ]
}

fn main() -> ExitCode {
    foretaste_benches::exit_code(run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, world) in worlds().into_iter().filter(|(name, _)| name.starts_with(&args.only)) {
        writeln!(out, "## {name}\n")?;
        let mut users = Vec::new();
        for seed in args.first..args.first + args.seeds {
            let of_seed = if name == "sample" { world.seed } else { seed };
            let feedback = World { seed: of_seed, ..world.clone() }.check()?.generate()?;
            let task = Task::new(&feedback, seed)?;
            if seed == args.first {
                task.estimates(&mut out)?;
            }
            if !args.estimates_only {
                users.extend(task.ndcg()?);
            }
        }
        if !args.estimates_only {
            table(&users, &mut out)?;
        }
        out.flush()?;
    }
    Ok(())
}

/// A simulation, split.
struct Task<'a> {
    truth: &'a Feedback,
    /// The clicks that are trained on, beside what was shown.
    data: Dataset,
    seed: u64,
}

impl<'a> Task<'a> {
    fn new(truth: &'a Feedback, seed: u64) -> Result<Self> {
        let by = SplitMethod::Random { valid: 0.0, test: 0.2 };
        let Split { train, .. } = split(&truth.clicks, by, seed)?;
        let ids = || (truth.clicks.users().clone(), truth.clicks.items().clone());
        let (users, items) = ids();
        let shown = Dataset::new(users.clone(), items.clone(), truth.exposed.clone())?;
        let feedbacks = vec![("impression".to_owned(), shown), ("click".to_owned(), train)];
        let data = Dataset::of_feedbacks(feedbacks)?.onto(users, items)?;
        Ok(Self { truth, data, seed })
    }

    fn estimated(&self, propensity: Propensity, exposure: Exposure) -> Result<Propensities> {
        Ok(Propensities::new(&propensity, (exposure, self.seed), FLOOR, &self.data)?)
    }

    /// θ of each method.
    fn propensities(&self) -> Result<[Propensities; METHODS.len()]> {
        let impression = || Propensity::From("impression".into());
        let clicks = self.data.interactions();
        let of_items = self.truth.item_exposure().into_iter().map(|theta| theta as f32).collect();
        Ok([
            self.estimated(Propensity::Constant(1.0), Exposure::Item)?,
            self.estimated(Propensity::Popularity(0.5), Exposure::Item)?,
            self.estimated(impression(), Exposure::Item)?,
            self.estimated(impression(), Exposure::Pair)?,
            self.estimated(impression(), Exposure::Relative)?,
            Propensities::items(of_items)?,
            Propensities::pairs(self.theta(), clicks)?,
        ])
    }

    /// The true θ of each click.
    fn theta(&self) -> Vec<f32> {
        let clicks = self.data.interactions().pairs();
        clicks.map(|pair| self.truth.theta_row(pair.user)[pair.item.index()]).collect()
    }

    fn estimates(&self, out: &mut dyn Write) -> Result<()> {
        let (all, truth) = (self.propensities()?, self.theta());
        let tenths: Vec<String> = (1..=10).map(|n| n.to_string()).collect();
        writeln!(out, "| θ of clicks | off by | tenth {} |", tenths.join(" | "))?;
        writeln!(out, "|---|---|{}", "---|".repeat(10))?;
        for (name, theta) in METHODS.iter().zip(&all).skip(1) {
            let clicks = self.data.interactions().items().iter().enumerate();
            let mut both: Vec<(f64, f64)> = clicks
                .map(|(at, item)| (f64::from(theta.of(at, *item)), f64::from(truth[at])))
                .collect();
            both.sort_by(|a, b| a.0.total_cmp(&b.0));
            let square: f64 = both.iter().map(|(found, truth)| (found / truth).ln().powi(2)).sum();
            let tenth = |part: &[(f64, f64)]| {
                let mean = |of: fn(&(f64, f64)) -> f64| {
                    part.len() as f64 / part.iter().map(|both| 1.0 / of(both)).sum::<f64>()
                };
                format!("{:.3} / {:.3}", mean(|both| both.0), mean(|both| both.1))
            };
            let tenths: Vec<String> = both.chunks(both.len().div_ceil(10)).map(tenth).collect();
            let off = (square / both.len() as f64).sqrt();
            writeln!(out, "| {name} | {off:.3} | {} |", tenths.join(" | "))?;
        }
        Ok(writeln!(out)?)
    }

    /// NDCG@10 of each user by each method.
    fn ndcg(&self) -> Result<Vec<[f64; METHODS.len()]>> {
        let clicks = self.data.interactions();
        let relevant = without(&self.truth.relevance, clicks)?;
        let test = TestSet::binary(&relevant, &[], Default::default())?;
        let metrics: [Metric; 1] = ["ndcg@10".parse()?];
        let mut users = Vec::new();
        for (n, theta) in self.propensities()?.iter().enumerate() {
            let estimator = if n == 0 { Estimator::Naive } else { Estimator::Clipped };
            let mut params = Params { estimator, ..Params::default() };
            params.mf.seed = self.seed;
            let relmf = params.check()?;
            let trained = relmf.fit_with(clicks, theta, Start::default(), &mut Silent)?;
            let found = evaluate(&trained.factors, &[clicks], &test, &metrics)?;
            users.resize(found.values().len(), [0.0; METHODS.len()]);
            users.iter_mut().zip(found.values()).for_each(|(user, value)| user[n] = *value);
        }
        Ok(users)
    }
}

/// What each method comes to, and which share of the gain it keeps.
fn table(users: &[[f64; METHODS.len()]], out: &mut dyn Write) -> Result<()> {
    const DRAWS: usize = 2000;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut draw = || (0..users.len()).map(|_| rng.random_range(0..users.len())).collect();
    let draws: Vec<[f64; METHODS.len()]> =
        (0..DRAWS).map(|_| draw()).map(|drawn: Vec<usize>| means(users, drawn)).collect();
    let whole = means(users, 0..users.len());
    writeln!(out, "| method | NDCG@10 | share of the gain |\n|---|---|---|")?;
    for (n, name) in METHODS.iter().enumerate() {
        let interval = |of: &dyn Fn(&[f64; METHODS.len()]) -> f64| {
            let mut all: Vec<f64> = draws.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            format!("[{:.3}, {:.3}]", all[DRAWS / 40], all[DRAWS - 1 - DRAWS / 40])
        };
        write!(out, "| {name} | {:.4} {} |", whole[n], interval(&|means| means[n]))?;
        writeln!(out, " {:.3} {} |", share(&whole, n), interval(&|means| share(means, n)))?;
    }
    Ok(writeln!(out)?)
}

fn means(
    users: &[[f64; METHODS.len()]],
    drawn: impl IntoIterator<Item = usize>,
) -> [f64; METHODS.len()] {
    let (mut sums, mut count) = ([0.0; METHODS.len()], 0.0);
    for user in drawn {
        sums.iter_mut().zip(users[user]).for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    sums.map(|sum| sum / count)
}

fn share(means: &[f64; METHODS.len()], n: usize) -> f64 {
    let base = means[0].max(means[1]);
    (means[n] - base) / (means[METHODS.len() - 1] - base)
}
