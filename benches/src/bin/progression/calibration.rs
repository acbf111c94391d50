//! How far told probabilities are from true ones.
//!
//! With h the share of pairs that is held out, what is trained on has a pair of a level with probability
//! (1 − h) π_t, and that is what a model can tell. All pairs of users and items are put in order of what is told,
//! and cut into ten bins of as many pairs each:
//!
//! ```text
//! ECE = Σ_bins (pairs of the bin / all pairs) |mean told − mean (1 − h) π_t|
//! ```
//!
//! It is printed as a share of the base rate, the mean of (1 − h) π_t; and once more of pairs without feedback in
//! the training, which are those that lists have. Beside it is the mean of |told − (1 − h) π_t| pair by pair, which no
//! bins level out.

use crate::{Args, Result, fit};
use foretaste::Recommender;
use foretaste::data::{ItemId, UserId};
use foretaste::model::Scorer;
use foretaste_sim::Params as World;
use foretaste_sim::progression::{Params, Truth};
use serde_json::Value;
use std::io::Write;

/// What is simulated, by name.
fn worlds() -> [(&'static str, Params); 4] {
    let shares = vec![0.4, 0.4];
    let plain = || Params { shares: shares.clone(), ..Params::default() };
    let of = |world: World| Params { world, ..plain() };
    [
        ("48 views a user", plain()),
        ("16 views a user", of(World { interactions: 20_000, ..World::default() })),
        ("users differ more", of(World { activity: 1.0, ..World::default() })),
        ("a purchase of 25 views", Params { shares: vec![0.2; 2], ..plain() }),
    ]
}

fn methods() -> [(&'static str, Vec<(&'static str, Value)>); 4] {
    [
        ("gnolr", Vec::new()),
        ("factors=64", vec![("factors", 64.into())]),
        ("depth_weight=1", vec![("depth_weight", 1.into())]),
        ("embeddings=shared", vec![("embeddings", "shared".into())]),
    ]
}

/// What is printed of a level, of each seed.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    base: f64,
    told: f64,
    all: f64,
    without: f64,
    by_pair: f64,
    /// Mean told and true of the tenth that is told most.
    most: [f64; 2],
}

pub(crate) fn print(args: &Args, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "## Calibration\n\nMeans over {} seeds, and the largest.\n", args.seeds)?;
    writeln!(
        out,
        "| data | method | level | base rate | mean told | ECE / base rate | of pairs without feedback | \
         by pair | highest tenth: told, true |\n|---|---|---|---|---|---|---|---|---|"
    )?;
    for (world, params) in worlds() {
        for (method, parameters) in methods() {
            let mut found = Vec::new();
            for seed in args.seeds() {
                let world = World { seed, ..params.world.clone() };
                let truth = Params { world, ..params.clone() }.check()?.generate()?;
                let model = fit("gnolr", &parameters, seed, truth.training()?)?;
                found.push(of_levels(&truth, &model)?);
            }
            for (level, name) in params.levels.iter().enumerate() {
                let mean = |of: fn(&Found) -> f64| {
                    found.iter().map(|levels| of(&levels[level])).sum::<f64>() / found.len() as f64
                };
                let most = |of: fn(&Found) -> f64| {
                    found.iter().map(|levels| of(&levels[level])).fold(0.0, f64::max)
                };
                writeln!(
                    out,
                    "| {world} | {method} | {name} | {:.5} | {:.5} | {:.3} (≤ {:.3}) | {:.3} (≤ {:.3}) \
                     | {:.2} | {:.4}, {:.4} |",
                    mean(|f| f.base),
                    mean(|f| f.told),
                    mean(|f| f.all),
                    most(|f| f.all),
                    mean(|f| f.without),
                    most(|f| f.without),
                    mean(|f| f.by_pair),
                    mean(|f| f.most[0]),
                    mean(|f| f.most[1]),
                )?;
            }
            out.flush()?;
        }
    }
    Ok(writeln!(out)?)
}

fn of_levels(truth: &Truth, model: &Recommender) -> Result<Vec<Found>> {
    let levels = model.model().levels().ok_or("the model has no levels")?;
    let vectors = Scorer::user_vectors(model.scorer()).ok_or("the model has no rows")?;
    let (kept, n) = (1.0 - truth.params.test, truth.params.world.items);
    let mut all = vec![Vec::new(); levels.names().len()];
    for user in (0..truth.params.world.users).map(UserId) {
        let row = vectors.row(user.index()).to_vec();
        for item in (0..n).map(ItemId) {
            let told = levels.probabilities((&row, levels.history_length(user)), item);
            let cell = user.index() * n as usize + item.index();
            let is_seen = truth.train[0].contains(user, item);
            for (level, told) in told.into_iter().enumerate() {
                let pi = f64::from(truth.probabilities[level][cell]);
                all[level].push((f64::from(told), kept * pi, is_seen));
            }
        }
    }
    Ok(all.into_iter().map(of_level).collect())
}

/// A pair: what is told, what is true, and whether it has feedback.
type Told = (f64, f64, bool);

fn of_level(mut pairs: Vec<Told>) -> Found {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let without: Vec<Told> = pairs.iter().copied().filter(|pair| !pair.2).collect();
    let [told, base] = means(&pairs);
    let off = pairs.iter().map(|(told, truth, _)| (told - truth).abs()).sum::<f64>();
    let by_pair = off / pairs.len() as f64 / base;
    let most = bins(&pairs).last().map_or([0.0; 2], means);
    Found { base, told, all: ece(&pairs) / base, without: ece(&without) / base, by_pair, most }
}

fn bins(pairs: &[Told]) -> std::slice::Chunks<'_, Told> {
    pairs.chunks(pairs.len().div_ceil(10).max(1))
}

fn ece(pairs: &[Told]) -> f64 {
    let off = |bin: &[Told]| {
        let [told, truth] = means(bin);
        (told - truth).abs() * bin.len() as f64 / pairs.len() as f64
    };
    bins(pairs).map(off).sum()
}

fn means(pairs: &[Told]) -> [f64; 2] {
    let sums = pairs.iter().fold([0.0; 2], |[a, b], pair| [a + pair.0, b + pair.1]);
    sums.map(|sum| sum / pairs.len() as f64)
}
