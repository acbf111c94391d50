//! Ranks what was lost? Plants noise in low-rank truth, trains every method on what was observed,
//! and asks where the pairs rank that are positive but were not observed.
//!
//! ```sh
//! cargo run --release -p foretaste-benches --bin planted
//! ```
//!
//! Every method is tuned on a tenth of the observed pairs, held out, never on the truth: settings
//! by the AUC of these pairs (NDCG@10 has a standard error that is larger than what settings
//! differ by), each model ranking by its p(y = 1); flip rates under each λ by their likelihood
//! (`foretaste_nbpo::Held`). Differences are to the calibrated method, with the 95% t-interval over
//! the seeds, each a truth, a noise and a training of its own.

use clap::Parser;
use foretaste::bpr::Bpr;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::mf::{Bias, Factors, Negatives, Params, Silent};
use foretaste::model::Scorer;
use foretaste_benches::without;
use foretaste_nbpo::{
    BpoModel, BpoParams, CalibratedModel, CalibratedParams, Held, NbpoModel, NbpoParams, Noise,
    Observed, Variant, flip_probability,
};
use foretaste_sim::{Flips, NoisyFeedback, Planted};
use std::error::Error as StdError;
use std::io::Write;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn StdError>>;

/// Rank planted positives that were not observed.
#[derive(Debug, Parser)]
struct Args {
    /// Truths of each kind, with seeds from 1.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=30))]
    seeds: u64,
    /// Passes over the data of each training.
    #[arg(long, default_value_t = 60)]
    epochs: u32,
    /// Only noise whose name starts like this.
    #[arg(long, default_value = "")]
    only: String,
}

/// What is planted, by name.
const NOISE: [(&str, Flips); 4] = [
    ("uniform .6", Flips::Uniform { rate: 0.6 }),
    ("popularity .6", Flips::Popularity { rate: 0.6 }),
    ("popularity .85", Flips::Popularity { rate: 0.85 }),
    ("user .6", Flips::User { rate: 0.6 }),
];
const METHODS: [&str; 6] = ["bpr", "bpo", "constant φ", "nbpo", "nbpo-o", "calibrated"];
/// λ.
const REGS: [f32; 6] = [0.01, 0.015, 0.02, 0.03, 0.04, 0.06];
/// Constant flip rates.
const RATES: [f32; 5] = [0.1, 0.3, 0.5, 0.7, 0.85];
/// λ_φ of NBPO.
const FLIP_REGS: [f32; 2] = [0.003, 0.03];
const METRICS: [&str; 3] = ["NDCG@10", "AUC", "AUC of all pairs"];

/// What is measured of a tuned model.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// See [`METRICS`].
    metrics: [f64; 3],
    /// Mean φ, and its correlation with the truth over items and over users.
    flips: Option<[f64; 3]>,
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

fn run(args: &Args) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, flips) in NOISE.iter().filter(|(name, _)| name.starts_with(&args.only)) {
        let mut found = Vec::new();
        for seed in 1..=args.seeds {
            let planted = Planted { flips: *flips, seed, ..Planted::default() };
            found.push(Task::new(planted.generate()?, seed, args.epochs)?.all()?);
        }
        report(&mut out, name, &found)?;
    }
    Ok(())
}

/// Feedback, and what of it is held out.
struct Task {
    feedback: NoisyFeedback,
    held: Held,
    hidden: Interactions,
    seed: u64,
    epochs: u32,
}

impl Task {
    fn new(feedback: NoisyFeedback, seed: u64, epochs: u32) -> Result<Self> {
        let held = Held::out(&feedback.observed, seed);
        let hidden = without(&feedback.truth, &feedback.observed)?;
        Ok(Self { feedback, held, hidden, seed, epochs })
    }

    fn params(&self, reg: f32) -> Params {
        Params {
            factors: 8,
            epochs: self.epochs,
            reg,
            sampler: Negatives::Uniform,
            bias: Bias { user: true, item: true, global: true },
            seed: self.seed,
            ..Params::default()
        }
    }

    /// Each of [`METHODS`], tuned.
    fn all(&self) -> Result<[Found; METHODS.len()]> {
        let nbpo = |variant| {
            let settings = REGS.iter().flat_map(|&reg| FLIP_REGS.map(|flip| (reg, flip)));
            self.tuned(settings, |&(reg, flip_reg)| {
                let mf = self.params(reg);
                let params =
                    NbpoParams { mf, variant, flip_dim: 8, flip_reg, ..NbpoParams::default() };
                Ok(NbpoModel::new(params)?.fit(&self.held.kept, &mut Silent)?.factors)
            })
        };
        Ok([
            self.tuned(REGS, |&reg| {
                let bias = Bias { item: true, ..Bias::default() };
                let params = Params { bias, ..self.params(reg) };
                Ok(Bpr::new(params)?.fit(&self.held.kept, &mut Silent)?.factors)
            })?,
            self.tuned(REGS, |&reg| {
                let params = BpoParams { mf: self.params(reg), flip: 0.0 };
                Ok(BpoModel::new(params)?.fit(&self.held.kept, &mut Silent)?.factors)
            })?,
            self.with_noise(|reg| self.constant(reg))?,
            nbpo(Variant::Nbpo)?,
            nbpo(Variant::NbpoO)?,
            self.with_noise(|reg| {
                Ok(self.calibrated(reg, None)?.noise(&self.feedback.observed, &mut Silent)?)
            })?,
        ])
    }

    fn calibrated(&self, reg: f32, noise: Option<Noise>) -> Result<CalibratedModel> {
        Ok(CalibratedModel::new(CalibratedParams { mf: self.params(reg), noise })?)
    }

    /// The constant rate under which the held-out pairs are most likely.
    fn constant(&self, reg: f32) -> Result<Noise> {
        let mut best = (f64::NEG_INFINITY, Noise::default());
        for noise in RATES.map(|rate| Noise { rate, ..Noise::default() }) {
            let model = self.calibrated(reg, Some(noise))?;
            let factors = model.fit(&self.held.kept, &mut Silent)?.factors;
            let likelihood = self.held.log_likelihood(&factors);
            if likelihood > best.0 {
                best = (likelihood, noise);
            }
        }
        Ok(best.1)
    }

    /// Each λ with the noise that is estimated under it.
    fn with_noise(&self, estimate: impl Fn(f32) -> Result<Noise>) -> Result<Found> {
        self.tuned(REGS, |&reg| {
            let model = self.calibrated(reg, Some(estimate(reg)?))?;
            Ok(model.fit(&self.held.kept, &mut Silent)?.factors)
        })
    }

    /// The model that ranks the held-out pairs best by what it expects to be observed, judged by
    /// how it ranks the hidden ones by what it takes for relevant.
    fn tuned<S>(
        &self,
        settings: impl IntoIterator<Item = S>,
        fit: impl Fn(&S) -> Result<Factors>,
    ) -> Result<Found> {
        let mut best: Option<(f64, Factors)> = None;
        for setting in settings {
            let factors = fit(&setting)?;
            let observed = Observed(&factors);
            let scorer: &dyn Scorer = if factors.channels() > 1 { &observed } else { &factors };
            let [_, auc] = ranking(scorer, &self.held.kept, &self.held.held)?;
            if best.as_ref().is_none_or(|(best, _)| auc > *best) {
                best = Some((auc, factors));
            }
        }
        let (_, factors) = best.ok_or("no settings")?;
        let [ndcg, auc] = ranking(&factors, &self.feedback.observed, &self.hidden)?;
        let metrics = [ndcg, auc, self.auc_of_all(&factors)];
        let flips = (factors.channels() > 1).then(|| self.flips(&factors));
        Ok(Found { metrics, flips })
    }

    /// The probability that a hidden positive outranks a true negative, of whatever users.
    fn auc_of_all(&self, factors: &Factors) -> f64 {
        let mut scores: Vec<(f32, bool)> = Vec::new();
        for (user, item) in cells(&self.feedback) {
            if !self.feedback.observed.contains(user, item) {
                let score = factors.score(0, user.index(), item.index());
                scores.push((score, self.hidden.contains(user, item)));
            }
        }
        scores.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut negatives, mut below) = (0.0, 0.0);
        for (_, hidden) in &scores {
            if *hidden { below += negatives } else { negatives += 1.0 }
        }
        below / (negatives * (scores.len() as f64 - negatives))
    }

    fn flips(&self, factors: &Factors) -> [f64; 3] {
        let (users, items) = (factors.n_users(), factors.n_items());
        let mut sums = [vec![[0.0; 2]; items], vec![[0.0; 2]; users]];
        for (user, item) in cells(&self.feedback) {
            let estimate = f64::from(flip_probability(factors, user, item));
            let (user, item) = (user.index(), item.index());
            let truth = f64::from(self.feedback.flip_rates.rate(user, item));
            for (sums, n) in sums.iter_mut().zip([item, user]) {
                sums[n][0] += estimate;
                sums[n][1] += truth;
            }
        }
        let mean = sums[0].iter().map(|sum| sum[0]).sum::<f64>() / (users * items) as f64;
        [mean, correlation(&sums[0]), correlation(&sums[1])]
    }
}

fn cells(feedback: &NoisyFeedback) -> impl Iterator<Item = (UserId, ItemId)> {
    let (users, items) = (feedback.truth.n_users() as u32, feedback.truth.n_items() as u32);
    (0..users).flat_map(move |user| (0..items).map(move |item| (UserId(user), ItemId(item))))
}

/// NDCG@10 and AUC by user, over users with a pair in `test`.
fn ranking(scorer: &dyn Scorer, mask: &Interactions, test: &Interactions) -> Result<[f64; 2]> {
    let metrics: [Metric; 2] = ["ndcg@10".parse()?, "auc".parse()?];
    let test = TestSet::binary(test, &[], Default::default())?;
    let found = evaluate(scorer, &[mask], &test, &metrics)?;
    let users = found.users().len() as f64;
    Ok([0, 1].map(|n| found.values().chunks(2).map(|row| row[n]).sum::<f64>() / users))
}

/// Pearson's; NaN if one of the two does not vary.
fn correlation(pairs: &[[f64; 2]]) -> f64 {
    let n = pairs.len() as f64;
    let mean = [0, 1].map(|c| pairs.iter().map(|pair| pair[c]).sum::<f64>() / n);
    let product = |a: usize, b: usize| -> f64 {
        pairs.iter().map(|pair| (pair[a] - mean[a]) * (pair[b] - mean[b])).sum()
    };
    let spread = |c: usize| product(c, c) / n > 1e-6 * mean[c] * mean[c];
    match spread(0) && spread(1) {
        true => product(0, 1) / (product(0, 0) * product(1, 1)).sqrt(),
        false => f64::NAN,
    }
}

/// The mean and the half-width of its 95% t-interval.
fn interval(values: &[f64]) -> (f64, f64) {
    /// The .975 quantile of Student's t for 1, 2, … degrees of freedom.
    const QUANTILES: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    // Beyond the table, a quantile that is a little too large.
    let quantile = QUANTILES.get(values.len() - 2).copied().unwrap_or(2.262);
    (mean, quantile * (variance / n).sqrt())
}

fn report(out: &mut impl Write, name: &str, found: &[[Found; METHODS.len()]]) -> Result<()> {
    writeln!(out, "\n{name}: {} seeds; calibrated minus the method in brackets\n", found.len())?;
    writeln!(out, "| method | {} | mean φ | r by item | r by user |", METRICS.join(" | "))?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for (m, method) in METHODS.iter().enumerate() {
        write!(out, "| {method} |")?;
        for metric in 0..METRICS.len() {
            let value = |m: usize| found.iter().map(move |seed| seed[m].metrics[metric]);
            let mean = value(m).sum::<f64>() / found.len() as f64;
            let differences: Vec<f64> =
                value(METHODS.len() - 1).zip(value(m)).map(|(a, b)| a - b).collect();
            let (difference, around) = interval(&differences);
            match m + 1 < METHODS.len() {
                true => write!(
                    out,
                    " {mean:.4} ({difference:+.4} [{:+.4}, {:+.4}]) |",
                    difference - around,
                    difference + around
                )?,
                false => write!(out, " {mean:.4} |")?,
            }
        }
        for n in 0..3 {
            let values = found.iter().filter_map(|seed| seed[m].flips).map(|flips| flips[n]);
            let mean = values.sum::<f64>() / found.len() as f64;
            let known = found[0][m].flips.is_some() && !mean.is_nan();
            if known { write!(out, " {mean:.2} |")? } else { write!(out, " |")? }
        }
        writeln!(out)?;
    }
    Ok(out.flush()?)
}
