//! How purchases are ranked as they become rare: a share of views from a half to a fiftieth, of which the square
//! root are carts.
//!
//! What is held out is so with all of its levels, so a pair with any feedback in the training can't be a held-out
//! purchase: all are left out of lists. Figures are means over users with a held-out purchase, of all seeds, and
//! what `gnolr` has more than the method, with a 95% interval of the users' differences.

use crate::{Args, Result, fit};
use foretaste::data::{Dataset, Interactions, UserId};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::model::Scorer;
use foretaste_sim::Params as World;
use foretaste_sim::progression::{Params, Truth};
use ndarray::ArrayViewMut2;
use serde_json::Value;
use std::io::Write;

/// Views for a purchase.
const VIEWS: [u32; 5] = [2, 5, 10, 20, 50];
const METRICS: [&str; 2] = ["ndcg@10", "recall@20"];

/// What a method learns from.
#[derive(Clone, Copy, Debug)]
enum From {
    Levels,
    Union,
    Purchases,
}

/// Name, method, parameters and data; the first is compared with the others.
type Entry = (&'static str, &'static str, Vec<(&'static str, Value)>, From);

fn entries() -> [Entry; 7] {
    let shared = || vec![("embeddings", "shared".into())];
    [
        ("gnolr", "gnolr", vec![], From::Levels),
        ("gnolr, embeddings=shared", "gnolr", shared(), From::Levels),
        ("bpr, union", "bpr", vec![], From::Union),
        ("ials, union", "ials", vec![], From::Union),
        ("gnolr, purchases alone", "gnolr", vec![], From::Purchases),
        ("bpr, purchases alone", "bpr", vec![], From::Purchases),
        ("ials, purchases alone", "ials", vec![], From::Purchases),
    ]
}

/// Values of each user, of all seeds, by method and metric.
type Values = Vec<[Vec<f64>; METRICS.len()]>;

pub(crate) fn print(args: &Args, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "## Ranking\n\n{} seeds; gnolr minus the method in brackets.", args.seeds)?;
    let mut found = Vec::new();
    for views in VIEWS {
        found.push(of_share(args, 1.0 / f64::from(views))?);
    }
    for (metric, name) in METRICS.iter().enumerate() {
        let shares = VIEWS.map(|views| format!("1/{views}")).join(" | ");
        writeln!(out, "\n| {name} | {shares} |\n|---|{}", "---|".repeat(VIEWS.len()))?;
        let names = entries().map(|entry| entry.0);
        for (n, method) in names.iter().chain(&["true probabilities"]).enumerate() {
            let cell = |values: &Values| cell(&values[n][metric], &values[0][metric], n == 0);
            writeln!(
                out,
                "| {method} | {} |",
                found.iter().map(cell).collect::<Vec<_>>().join(" | ")
            )?;
        }
        let users = found.iter().map(|values| values[0][metric].len().to_string());
        writeln!(out, "| users | {} |", users.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(out.flush()?)
}

fn of_share(args: &Args, share: f64) -> Result<Values> {
    let mut values: Values = vec![Default::default(); entries().len() + 1];
    for seed in args.seeds() {
        let world = World { seed, ..World::default() };
        let shares = vec![share.sqrt(); 2];
        let truth = Params { world, shares, ..Params::default() }.check()?.generate()?;
        let metrics = METRICS.map(str::parse::<Metric>);
        let metrics: Vec<Metric> = metrics.into_iter().collect::<std::result::Result<_, _>>()?;
        let test = TestSet::binary(&truth.test[2], &[], Default::default())?;
        let mut measure = |n: usize, scorer: &dyn Scorer| -> Result<()> {
            let found = evaluate(scorer, &[&truth.train[0]], &test, &metrics)?;
            for user in found.values().chunks(METRICS.len()) {
                values[n].iter_mut().zip(user).for_each(|(all, value)| all.push(*value));
            }
            Ok(())
        };
        for (n, (_, method, parameters, from)) in entries().into_iter().enumerate() {
            let model = fit(method, &parameters, seed, data(&truth, from)?)?;
            measure(n, model.scorer())?;
        }
        measure(entries().len(), &Known(&truth))?;
    }
    Ok(values)
}

fn data(truth: &Truth, from: From) -> Result<Dataset> {
    let all = truth.training()?;
    Ok(match from {
        From::Levels => all,
        From::Union => all.union()?,
        From::Purchases => all.without_others(),
    })
}

/// A mean, and how much more the first method has.
fn cell(values: &[f64], first: &[f64], is_first: bool) -> String {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if is_first {
        return format!("{mean:.3}");
    }
    let differences: Vec<f64> = first.iter().zip(values).map(|(a, b)| a - b).collect();
    let count = differences.len() as f64;
    let more = differences.iter().sum::<f64>() / count;
    let square = differences.iter().map(|x| (x - more) * (x - more)).sum::<f64>() / (count - 1.0);
    let around = 1.96 * (square / count).sqrt();
    format!("{mean:.3} ({more:+.3} [{:+.3}, {:+.3}])", more - around, more + around)
}

/// Scores by the true π of the last level.
#[derive(Debug)]
struct Known<'a>(&'a Truth);

impl Known<'_> {
    fn pairs(&self) -> &Interactions {
        &self.0.test[2]
    }
}

impl Scorer for Known<'_> {
    fn n_users(&self) -> usize {
        self.pairs().n_users()
    }

    fn n_items(&self) -> usize {
        self.pairs().n_items()
    }

    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        let n = self.n_items();
        for (user, mut row) in users.iter().zip(out.rows_mut()) {
            let own = &self.0.probabilities[2][user.index() * n..][..n];
            row.iter_mut().zip(own).for_each(|(score, pi)| *score = *pi);
        }
    }
}
