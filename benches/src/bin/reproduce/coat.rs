//! The real-data experiment of Saito et al., WSDM 2020, on Coat: self-selected ratings to train on,
//! ratings of items chosen at random to test on.

mod figures;
mod models;

use crate::data::{Row, matrix, rows, shape};
use crate::draws::Draws;
use crate::seeds::{Reference, Spread};
use crate::{Result, Run};
use figures::{FIGURES, Figures};
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::eval::bootstrap_means;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;

/// The settings of the experiment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coat {
    /// The folder of the data.
    data: String,
    seeds: u64,
    /// From this rating on, a training row is a positive, and a test row relevant.
    positive: f32,
    /// η of θ_i = (n_i / max n)^η.
    power: f64,
    /// Who divides: this program, a tenth of all cells for validation; or the authors', a tenth of
    /// the ratings, whose cells are then unlabeled.
    #[serde(default)]
    draws: Draws,
    /// Items with so many training positives or fewer are rare.
    rare: u32,
    /// Of Adam.
    lr: f32,
    steps: usize,
    /// Positives in a batch, and as many unlabeled cells.
    batch: usize,
    methods: Vec<Method>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    name: String,
    kind: Kind,
    #[serde(default = "one::<usize>")]
    factors: Vec<usize>,
    #[serde(default = "one::<f32>")]
    reg: Vec<f32>,
    /// w, of unlabeled cells.
    #[serde(default = "one::<f32>")]
    weight: Vec<f32>,
    /// M; 1 takes every propensity for 1.
    #[serde(default = "one::<f32>")]
    clip: Vec<f32>,
    /// Of BPR: ten negatives of each positive, drawn once, instead of anew for each step.
    #[serde(default)]
    fixed_negatives: bool,
    /// Methods that come before, from whose DCG@5 the difference is printed.
    #[serde(default)]
    against: Vec<String>,
    #[serde(default)]
    reference: BTreeMap<String, Reference>,
}

fn one<T: From<u8>>() -> Vec<T> {
    vec![T::from(1)]
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Random,
    Popularity,
    /// Σ [(Y/t)(1−s)² + w (1−Y/t) s²] / Σ [Y + w (1−Y)], t = max(θ, M).
    RelMf,
    Bpr,
    /// By expectation maximization, ten sweeps.
    ExpoMf,
    /// All cells by the exact solver, with λ in its units: Rel-MF clipped at M, or, if M is 1, clicks
    /// that count w times.
    Als,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    factors: usize,
    reg: f32,
    weight: f32,
    clip: f32,
}

/// One division into training and validation cells.
struct Split {
    positives: Vec<(UserId, ItemId)>,
    unlabeled: Vec<(UserId, ItemId)>,
    seen: Interactions,
    /// Training positives of each item.
    counts: Vec<u32>,
    theta: Vec<f64>,
    /// For each user, the validation cells and whether they are positives.
    valid: Vec<Vec<(ItemId, bool)>>,
}

impl Coat {
    pub(crate) fn run(&self, run: &Run<'_>, out: &mut dyn Write) -> Result<()> {
        let part = |name: &str| rows(&run.data.join(&self.data).join(name));
        let (train, test) = (part("train.csv")?, part("test.csv")?);
        let shape = shape(&[&train, &test]);
        let mut tests = vec![Vec::new(); shape.0];
        for row in &test {
            tests[row.user.index()].push((row.item, row.rating >= self.positive));
        }
        let splits = run
            .seeds(self.seeds)
            .map(|seed| self.split(&train, shape, seed))
            .collect::<Result<Vec<_>>>()?;
        let relevant = tests.iter().flatten().filter(|(_, relevant)| *relevant).count();
        writeln!(
            out,
            "{} training positives (seed 1), {} test rows, {relevant} relevant\n",
            splits[0].positives.len(),
            test.len()
        )?;
        writeln!(out, "| method | K, λ, w, M | validation SNIPS | {} |", FIGURES.join(" | "))?;
        writeln!(out, "|---|---|---|{}", "---|".repeat(FIGURES.len()))?;
        let mut done: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut differences = Vec::new();
        for method in self.methods.iter().filter(|method| run.wants(&method.name)) {
            let (point, figures) = self.best(method, &splits, &tests)?;
            let valid: Vec<f64> = figures.iter().map(|figures| figures.valid).collect();
            let of_point = point.map_or(String::new(), |p| {
                format!("{}, {:.0e}, {}, {}", p.factors, p.reg, p.weight, p.clip)
            });
            write!(
                out,
                "| {} | {of_point} | {} |",
                method.name,
                Spread::of(&valid).beside(None, 3)
            )?;
            for (n, name) in FIGURES.iter().enumerate() {
                let of_seeds: Vec<f64> = figures.iter().map(|figures| figures.test[n]).collect();
                let reference = method.reference.get(*name).copied();
                write!(out, " {} |", Spread::of(&of_seeds).beside(reference, 3))?;
            }
            writeln!(out)?;
            out.flush()?;
            let users: Vec<f64> = (0..shape.0)
                .map(|user| {
                    figures.iter().map(|f| f.users[user]).sum::<f64>() / figures.len() as f64
                })
                .collect();
            for other in &method.against {
                if let Some(theirs) = done.get(other.as_str()) {
                    differences.push(difference(&method.name, other, &users, theirs));
                }
            }
            done.insert(method.name.as_str(), users);
        }
        writeln!(out)?;
        differences.iter().try_for_each(|line| writeln!(out, "- {line}"))?;
        Ok(())
    }

    fn split(&self, train: &[Row], shape: (usize, usize), seed: u64) -> Result<Split> {
        let relevant = |row: &Row| row.rating >= self.positive;
        let (rows, held) = match self.draws {
            Draws::Own => (train.to_vec(), Vec::new()),
            Draws::Authors => self.draws.divide(train.to_vec(), seed, 12345),
        };
        let mut valid = vec![Vec::new(); shape.0];
        for row in held {
            valid[row.user.index()].push((row.item, relevant(&row)));
        }
        let rows: Vec<Row> = rows.into_iter().filter(relevant).collect();
        let known = matrix(&rows, shape)?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x5eed);
        let mut holds = || self.draws == Draws::Own && rng.random_bool(0.1);
        let (mut positives, mut unlabeled) = (Vec::new(), Vec::new());
        for user in (0..shape.0 as u32).map(UserId) {
            for item in (0..shape.1 as u32).map(ItemId) {
                let positive = known.contains(user, item);
                if holds() {
                    valid[user.index()].push((item, positive));
                } else if positive {
                    positives.push((user, item));
                } else {
                    unlabeled.push((user, item));
                }
            }
        }
        let row = |&(user, item): &(UserId, ItemId)| Row { user, item, rating: 1.0 };
        let seen = matrix(&positives.iter().map(row).collect::<Vec<_>>(), shape)?;
        let counts = seen.item_counts();
        let most = f64::from(counts.iter().copied().max().unwrap_or(1));
        // An item without training positives is taken for one with one.
        let theta = |&n: &u32| (f64::from(n.max(1)) / most).powf(self.power);
        let theta = counts.iter().map(theta).collect();
        Ok(Split { positives, unlabeled, seen, counts, theta, valid })
    }

    /// The point of the grid with the best mean on validation cells, and its figures, a seed each.
    fn best(
        &self,
        method: &Method,
        splits: &[Split],
        tests: &[Vec<(ItemId, bool)>],
    ) -> Result<(Option<Point>, Vec<Figures>)> {
        let mut best: Option<(f64, Option<Point>, Vec<Figures>)> = None;
        for point in method.points() {
            let mut figures = Vec::new();
            for (split, seed) in splits.iter().zip(1..) {
                let scores = models::scores(self, method, point, split, seed)?;
                figures.push(Figures::of(&scores, split, tests, self.rare));
            }
            let valid = figures.iter().map(|figures| figures.valid).sum();
            if best.as_ref().is_none_or(|(best, ..)| valid > *best) {
                let plain = matches!(method.kind, Kind::Random | Kind::Popularity);
                let point = (!plain).then_some(point);
                best = Some((valid, point, figures));
            }
        }
        let (_, point, figures) = best.ok_or("an empty grid")?;
        Ok((point, figures))
    }
}

impl Method {
    fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for &factors in &self.factors {
            for &reg in &self.reg {
                for &weight in &self.weight {
                    let point = |&clip| Point { factors, reg, weight, clip };
                    points.extend(self.clip.iter().map(point));
                }
            }
        }
        points
    }
}

/// The paired difference over users with its 95% bootstrap interval.
fn difference(name: &str, other: &str, ours: &[f64], theirs: &[f64]) -> String {
    let values: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let found = &bootstrap_means(&values, 1, 1)[0];
    let (mean, low, high) = (found.mean, found.low, found.high);
    format!("DCG@5 of {name} − {other}: {mean:+.3} [{low:+.3}, {high:+.3}]")
}
