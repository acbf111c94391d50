//! Saito et al., *Unbiased Recommender Learning from Missing-Not-At-Random Implicit Feedback*,
//! WSDM 2020: the semi-synthetic experiment, in which exposure θ and relevance γ are known.

use crate::data::glorot;
use crate::draws::Draws;
use crate::seeds::{Reference, Spread};
use crate::{Result, Run};
use foretaste::data::{ItemId, UserId};
use foretaste::eval::{Interval, bootstrap_means};
use foretaste::mf::batch::{Cell, Cells, Optimiser, Settings, Trainer};
use foretaste::mf::{Biases, Factors, Pointwise, Table};
use foretaste::relmf::{Loss, RelMfLoss};
use ndarray::Array2;
use ndarray_npy::NpzReader;
use rand::seq::{SliceRandom, index};
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

/// The settings of the experiment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Semisynthetic {
    /// The folder of the data.
    data: String,
    /// p: the exposure's power, as the files are called.
    powers: Vec<String>,
    seeds: u64,
    factors: usize,
    optimiser: Steps,
    lr: f32,
    /// λ; of several, that with the lowest validation loss.
    reg: Vec<f32>,
    /// Cells in a batch.
    batch: usize,
    steps: usize,
    /// Steps between two validations.
    validate: usize,
    #[serde(default)]
    draws: Draws,
    /// The weights that rank: the last, or those of the lowest validation loss.
    rank_with: Weights,
    methods: Vec<Method>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Steps {
    Sgd,
    Adam,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Weights {
    Last,
    Best,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    name: String,
    labels: Labels,
    /// M of clipped labels.
    #[serde(default)]
    clip: f32,
    /// By power, then by figure: `ce`, `dcg@5`, `recall@5`.
    #[serde(default)]
    reference: BTreeMap<String, BTreeMap<String, Reference>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Labels {
    /// γ.
    Oracle,
    /// Y.
    Naive,
    /// Y / max(θ, M); with M = 0, unbiased.
    Clipped,
}

const LOSS: RelMfLoss = RelMfLoss { loss: Loss::CrossEntropy, complement: true };

/// What is known of every cell.
struct Truth {
    theta: Array2<f32>,
    gamma: Array2<f32>,
    clicked: Array2<bool>,
    relevant: Array2<bool>,
}

/// Figures of one training.
struct Figures {
    valid: f64,
    ce: f64,
    /// DCG@5 and Recall@5, means over users.
    dcg: f64,
    recall: f64,
    /// CE and DCG@5 of each user.
    users: Vec<[f64; 2]>,
}

impl Semisynthetic {
    pub(crate) fn run(&self, run: &Run<'_>, out: &mut dyn Write) -> Result<()> {
        for power in &self.powers {
            let path = run.data.join(&self.data).join(format!("eps5_pow{power}.npz"));
            let truth = Truth::read(&path)?;
            truth.describe(power, out)?;
            writeln!(
                out,
                "| method | λ | validation loss | test CE | ratio to the first | DCG@5 | Recall@5 | CE − naive | DCG@5 − naive | CE of users | DCG@5 of users |"
            )?;
            writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
            let (mut first, mut naive): (Option<f64>, Option<Vec<[f64; 2]>>) = (None, None);
            for method in self.methods.iter().filter(|method| run.wants(&method.name)) {
                let (reg, figures) = self.best(&truth, method, run)?;
                let spread = |of: fn(&Figures) -> f64| {
                    Spread::of(&figures.iter().map(of).collect::<Vec<_>>())
                };
                let ce = spread(|figures| figures.ce);
                let first = *first.get_or_insert(ce.mean);
                let reference = |name: &str| method.reference.get(power)?.get(name).copied();
                write!(
                    out,
                    "| {} | {reg:.0e} | {} ",
                    method.name,
                    spread(|f| f.valid).beside(None, 5)
                )?;
                write!(out, "| {} | {:.3} ", ce.beside(reference("ce"), 5), ce.mean / first)?;
                write!(out, "| {} ", spread(|f| f.dcg).beside(reference("dcg@5"), 4))?;
                write!(out, "| {} |", spread(|f| f.recall).beside(reference("recall@5"), 4))?;
                let users = user_means(&figures);
                match &naive {
                    Some(naive) => write!(out, " {} |", differences(&users, naive))?,
                    None => write!(out, " | |")?,
                }
                writeln!(out, " {} |", intervals(&users))?;
                out.flush()?;
                if matches!(method.labels, Labels::Naive) {
                    naive = Some(users);
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// The λ of the lowest mean validation loss, and its figures, a seed each.
    fn best(&self, truth: &Truth, method: &Method, run: &Run<'_>) -> Result<(f32, Vec<Figures>)> {
        let mut best: Option<(f64, f32, Vec<Figures>)> = None;
        for &reg in &self.reg {
            let figures = run
                .seeds(self.seeds)
                .map(|seed| self.train(truth, method, reg, seed))
                .collect::<Result<Vec<_>>>()?;
            let valid = figures.iter().map(|figures| figures.valid).sum();
            if best.as_ref().is_none_or(|(best, ..)| valid < *best) {
                best = Some((valid, reg, figures));
            }
        }
        let (_, reg, figures) = best.ok_or("no λ to train with")?;
        Ok((reg, figures))
    }

    fn train(&self, truth: &Truth, method: &Method, reg: f32, seed: u64) -> Result<Figures> {
        if self.validate == 0 || !self.steps.is_multiple_of(self.validate) {
            return Err("validate: a part of steps".into());
        }
        let (train, valid) = self.draws.divide(truth.cells(method), seed, 0);
        let optimiser = match self.optimiser {
            Steps::Sgd => Optimiser::Sgd,
            Steps::Adam => Optimiser::ADAM,
        };
        let settings = Settings {
            optimiser,
            lr: self.lr,
            decay: 1.0,
            reg: [reg],
            global: [true],
            lengths: None,
        };
        let mut trainer = Trainer::new(self.initial(truth, seed), settings)?;
        let mut batches = self.draws.batches(train, self.batch, self.validate, seed)?;
        let mut best = (f64::INFINITY, trainer.factors().clone());
        for _ in 0..self.steps / self.validate {
            trainer.epoch(&Cells(&LOSS), &mut *batches)?;
            let loss = mean_loss(trainer.factors(), &valid);
            if loss < best.0 {
                best = (loss, trainer.factors().clone());
            }
        }
        let last = trainer.into_factors();
        let ranking = if self.rank_with == Weights::Last { &last } else { &best.1 };
        Ok(truth.figures(best.0, &best.1, ranking, seed))
    }

    /// Glorot-uniform factors, biases of standard deviation .01, a global bias of .001.
    fn initial(&self, truth: &Truth, seed: u64) -> Factors {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (n_users, n_items) = truth.theta.dim();
        let mut table = |rows| -> Table { glorot(rows, self.factors, &mut rng) };
        let mut factors = Factors::new(table(n_users), table(n_items));
        let normal = Normal::new(0.0, 0.01).expect("the deviation is positive");
        let mut numbers = |len| (0..len).map(|_| normal.sample(&mut rng)).collect();
        factors.biases =
            vec![Biases { users: numbers(n_users), items: numbers(n_items), global: 1e-3 }];
        factors
    }
}

impl Truth {
    fn read(path: &std::path::Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut npz = NpzReader::new(file)?;
        let exposed: Array2<u8> = npz.by_name("O")?;
        let relevant: Array2<u8> = npz.by_name("R")?;
        Ok(Self {
            theta: npz.by_name("theta")?,
            gamma: npz.by_name("gamma")?,
            clicked: (&exposed * &relevant).mapv(|y| y == 1),
            relevant: relevant.mapv(|r| r == 1),
        })
    }

    /// What can be reached: the best constant, the true γ, clicks as scores.
    fn describe(&self, power: &str, out: &mut dyn Write) -> Result<()> {
        let popularity: Vec<f32> = self
            .clicked
            .columns()
            .into_iter()
            .map(|c| c.iter().filter(|y| **y).count() as f32)
            .collect();
        let test = self.clicked.iter().zip(&self.relevant).filter(|(clicked, _)| !**clicked);
        let (n, relevant) =
            test.fold((0.0, 0.0), |(n, sum), (_, &r)| (n + 1.0, sum + f64::from(u8::from(r))));
        let share: f64 = relevant / n;
        let constant = -share * share.ln() - (1.0 - share) * (1.0 - share).ln();
        let logit = |gamma: f32| (gamma / (1.0 - gamma)).ln();
        let oracle = self.scored(&|u, i| logit(self.gamma[[u, i]]), 1);
        let clicks = self.scored(&|_, i| popularity[i], 1);
        let random = self.scored(&|u, i| ((u * 7919 + i * 104_729) % 10_007) as f32, 1);
        writeln!(
            out,
            "p = {power}: best constant CE {constant:.4}; true γ CE {:.4}, DCG@5 {:.4}; \
             clicks DCG@5 {:.4}; random DCG@5 {:.4}\n",
            oracle.ce, oracle.dcg, clicks.dcg, random.dcg
        )?;
        Ok(())
    }

    /// All cells, user by user, as the method labels them.
    fn cells(&self, method: &Method) -> Vec<Cell> {
        let label = |at: (usize, usize)| match method.labels {
            Labels::Oracle => self.gamma[at],
            Labels::Naive => f32::from(u8::from(self.clicked[at])),
            Labels::Clipped if self.clicked[at] => 1.0 / self.theta[at].max(method.clip),
            Labels::Clipped => 0.0,
        };
        let cell = |at: (usize, usize)| {
            let (user, item) = (UserId(at.0 as u32), ItemId(at.1 as u32));
            Cell { user, item, label: label(at), weight: 1.0 }
        };
        self.theta.indexed_iter().map(|(at, _)| cell(at)).collect()
    }

    /// CE of `probable`, and ranking of `ranking`, on all cells that were not clicked.
    fn figures(&self, valid: f64, probable: &Factors, ranking: &Factors, seed: u64) -> Figures {
        let ce = self.scored(&|u, i| probable.score(0, u, i), seed);
        let ranked = self.scored(&|u, i| ranking.score(0, u, i), seed);
        let users = ce.users.iter().zip(&ranked.users).map(|(a, b)| [a[0], b[1]]).collect();
        Figures { valid, ce: ce.ce, users, ..ranked }
    }

    fn scored(&self, score: &dyn Fn(usize, usize) -> f32, seed: u64) -> Figures {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xd1ce);
        let (mut ce, mut cells, mut users) = (0.0, 0, Vec::new());
        let mut sums = [0.0; 2];
        for (user, clicked) in self.clicked.rows().into_iter().enumerate() {
            let test: Vec<usize> = (0..clicked.len()).filter(|&item| !clicked[item]).collect();
            let label = |item: usize| f32::from(u8::from(self.relevant[[user, item]]));
            let losses = test.iter().map(|&i| LOSS.loss([score(user, i)], label(i)));
            let of_user: f64 = losses.map(f64::from).sum();
            ce += of_user;
            cells += test.len();
            let (relevant, others): (Vec<usize>, Vec<usize>) =
                test.iter().partition(|&&item| self.relevant[[user, item]]);
            let [dcg, recall] = top_5(user, &relevant, &others, score, &mut rng);
            sums = [sums[0] + dcg, sums[1] + recall];
            users.push([of_user / test.len() as f64, dcg]);
        }
        let [dcg, recall] = sums.map(|sum| sum / users.len() as f64);
        Figures { valid: 0.0, ce: ce / cells as f64, dcg, recall, users }
    }
}

/// DCG and recall of the first five of all `relevant` items and a hundred `others`. DCG has the
/// discounts 1, 1, 1/log₂3, … and is divided by the number of relevant items, as recall is.
fn top_5(
    user: usize,
    relevant: &[usize],
    others: &[usize],
    score: &dyn Fn(usize, usize) -> f32,
    rng: &mut impl Rng,
) -> [f64; 2] {
    let drawn = index::sample(rng, others.len(), others.len().min(100));
    let mut list: Vec<(f32, bool)> = relevant.iter().map(|&i| (score(user, i), true)).collect();
    list.extend(drawn.iter().map(|n| (score(user, others[n]), false)));
    // Ties in random order.
    list.shuffle(rng);
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found = [0.0; 2];
    for (n, _) in list.iter().take(5).enumerate().filter(|(_, (_, relevant))| *relevant) {
        found[0] += 1.0 / (n.max(1) as f64 + 1.0).log2();
        found[1] += 1.0;
    }
    found.map(|sum| sum / relevant.len().max(1) as f64)
}

fn mean_loss(factors: &Factors, cells: &[Cell]) -> f64 {
    let loss = |cell: &Cell| {
        let x = factors.score(0, cell.user.index(), cell.item.index());
        f64::from(LOSS.loss([x], cell.label))
    };
    cells.iter().map(loss).sum::<f64>() / cells.len() as f64
}

/// CE and DCG@5 of each user, means over seeds.
fn user_means(figures: &[Figures]) -> Vec<[f64; 2]> {
    let mut means = vec![[0.0; 2]; figures[0].users.len()];
    for figures in figures {
        for (mean, user) in means.iter_mut().zip(&figures.users) {
            *mean = [0, 1].map(|n| mean[n] + user[n]);
        }
    }
    means.iter().map(|sum| sum.map(|sum| sum / figures.len() as f64)).collect()
}

/// The paired differences over users with their 95% bootstrap intervals.
fn differences(ours: &[[f64; 2]], theirs: &[[f64; 2]]) -> String {
    let rows = ours.iter().zip(theirs);
    intervals(&rows.map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect::<Vec<_>>())
}

/// The means over users with their 95% bootstrap intervals.
fn intervals(users: &[[f64; 2]]) -> String {
    let show =
        |found: &Interval| format!("{:+.4} [{:+.4}, {:+.4}]", found.mean, found.low, found.high);
    bootstrap_means(users.as_flattened(), 2, 1).iter().map(show).collect::<Vec<_>>().join(" | ")
}
