//! Yu and Qin, *Sampler Design for Implicit Feedback Data by Noisy-label Robust Learning*, SIGIR
//! 2020: BPR, BPO, NBPO and its variants, by the procedure of the authors' program.

use crate::data::{matrix, rows, shape};
use crate::seeds::{Reference, Spread};
use crate::{Result, Run};
use foretaste::bpr::BprLoss;
use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::eval::{Metric, TestSet, evaluate};
use foretaste::mf::batch::{
    Cells, Emit, Optimiser, PositiveBlocks, Settings, Task, Trainer, Triples,
};
use foretaste::mf::{Biases, Factors, Table};
use foretaste_nbpo::{Bpo, Marginal, Nbpo as NbpoField, Plain};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;

/// The settings of the experiment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nbpo {
    /// The folder of the data.
    data: String,
    seeds: u64,
    factors: usize,
    epochs: u32,
    /// What η is multiplied by before each epoch.
    decay: f32,
    /// Positives in a block.
    block: usize,
    /// Drawn for each positive.
    negatives: u32,
    metrics: Vec<String>,
    /// Settings of a grid are chosen by the validation rows' mean of this metric.
    choose: String,
    methods: Vec<Method>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    name: String,
    objective: Objective,
    /// φ, where it is constant.
    #[serde(default)]
    flip: f32,
    lr: Vec<f32>,
    reg: Vec<f32>,
    /// λ of P and Q.
    #[serde(default = "nothing")]
    flip_reg: Vec<f32>,
    /// Whether φ is printed in each epoch, of the first seed.
    #[serde(default)]
    trace: bool,
    #[serde(default)]
    reference: BTreeMap<String, Reference>,
}

fn nothing() -> Vec<f32> {
    vec![0.0]
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Objective {
    Bpr,
    Bpo,
    Nbpo,
    NbpoO,
    NbpoS,
}

/// One point of a method's grid.
#[derive(Clone, Copy, Debug)]
struct Point {
    lr: f32,
    reg: f32,
    flip_reg: f32,
}

/// The rows, in the order of the file and as matrices.
struct Split {
    positives: Vec<(UserId, ItemId)>,
    train: Interactions,
    valid: TestSet,
    test: TestSet,
}

/// Of one method and point: metrics by seed.
struct Outcome {
    point: Point,
    /// Of [`Nbpo::choose`], on the validation rows.
    valid: Vec<f64>,
    /// A row a metric, a column a seed; on the test rows.
    test: Vec<Vec<f64>>,
}

impl Nbpo {
    pub(crate) fn run(&self, run: &Run<'_>, out: &mut dyn Write) -> Result<()> {
        let split = self.read(run)?;
        let (users, items) = (split.train.n_users(), split.train.n_items());
        writeln!(out, "{users} users, {items} items, {} positives\n", split.positives.len())?;
        writeln!(out, "| method | η | λ | valid {} | {} |", self.choose, self.metrics.join(" | "))?;
        writeln!(out, "|---|---|---|---|{}", "---|".repeat(self.metrics.len()))?;
        for method in self.methods.iter().filter(|method| run.wants(&method.name)) {
            let mut best: Option<Outcome> = None;
            let points = method.points();
            for &point in &points {
                let outcome = self.outcome(&split, method, point, run, out)?;
                if points.len() > 1 {
                    self.print(&format!("({})", method.name), method, &outcome, out)?;
                }
                let mean = |outcome: &Outcome| Spread::of(&outcome.valid).mean;
                if best.as_ref().is_none_or(|best| mean(&outcome) > mean(best)) {
                    best = Some(outcome);
                }
            }
            if let Some(best) = best {
                self.print(&method.name, method, &best, out)?;
            }
        }
        Ok(())
    }

    fn read(&self, run: &Run<'_>) -> Result<Split> {
        let part = |name: &str| rows(&run.data.join(&self.data).join(name));
        let (train, valid, test) = (part("train.csv")?, part("valid.csv")?, part("test.csv")?);
        let shape = shape(&[&train, &valid, &test]);
        let test_set =
            |rows| -> Result<TestSet> { Ok(TestSet::binary(&matrix(rows, shape)?, &[], &[])?) };
        Ok(Split {
            positives: train.iter().map(|row| (row.user, row.item)).collect(),
            train: matrix(&train, shape)?,
            valid: test_set(&valid)?,
            test: test_set(&test)?,
        })
    }

    fn outcome(
        &self,
        split: &Split,
        method: &Method,
        point: Point,
        run: &Run<'_>,
        out: &mut dyn Write,
    ) -> Result<Outcome> {
        let metrics: Vec<Metric> =
            self.metrics.iter().map(|name| name.parse()).collect::<std::result::Result<_, _>>()?;
        let choose: Metric = self.choose.parse()?;
        let mut outcome =
            Outcome { point, valid: Vec::new(), test: vec![Vec::new(); metrics.len()] };
        for seed in run.seeds(self.seeds) {
            let mut trace = Vec::new();
            let factors = self.train(split, method, point, seed, &mut trace)?;
            // Only the training positives are no candidates, as in the reference.
            let mask = [&split.train];
            outcome.valid.push(evaluate(&factors, &mask, &split.valid, &[choose])?.means()[0]);
            let means = evaluate(&factors, &mask, &split.test, &metrics)?.means();
            outcome.test.iter_mut().zip(means).for_each(|(of_metric, mean)| of_metric.push(mean));
            if method.trace && seed == 1 {
                writeln!(out, "\n{}: φ over all pairs, after epochs\n", method.name)?;
                trace.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                writeln!(out)?;
            }
        }
        Ok(outcome)
    }

    fn print(
        &self,
        name: &str,
        method: &Method,
        outcome: &Outcome,
        out: &mut dyn Write,
    ) -> Result<()> {
        let Point { lr, reg, flip_reg } = outcome.point;
        let reg = if flip_reg > 0.0 { format!("{reg}, {flip_reg}") } else { reg.to_string() };
        write!(out, "| {name} | {lr} | {reg} | {} |", Spread::of(&outcome.valid).beside(None, 4))?;
        for (metric, of_seeds) in self.metrics.iter().zip(&outcome.test) {
            let reference = method.reference.get(metric).copied();
            write!(out, " {} |", Spread::of(of_seeds).beside(reference, 4))?;
        }
        writeln!(out)?;
        out.flush()?;
        Ok(())
    }

    fn train(
        &self,
        split: &Split,
        method: &Method,
        point: Point,
        seed: u64,
        trace: &mut Vec<String>,
    ) -> Result<Factors> {
        let one = |task: &dyn Fn(&mut Epochs<'_, 1>) -> Result<()>, emit| {
            let mut epochs = self.epochs::<1>(split, point, seed, emit)?;
            (0..self.epochs).try_for_each(|_| task(&mut epochs))?;
            Ok(epochs.trainer.into_factors())
        };
        match method.objective {
            Objective::Bpr => one(&|epochs| epochs.run(&Triples(&BprLoss)), Emit::Triples),
            Objective::Bpo => {
                let bpo = Bpo { flip: method.flip };
                one(&|epochs| epochs.run(&Cells(&bpo)), Emit::Cells)
            }
            Objective::Nbpo => self.two(&Cells(&NbpoField), split, point, seed, trace),
            Objective::NbpoO => self.two(&Cells(&Marginal), split, point, seed, trace),
            Objective::NbpoS => self.two(&Cells(&Plain), split, point, seed, trace),
        }
    }

    fn two(
        &self,
        task: &impl Task<2>,
        split: &Split,
        point: Point,
        seed: u64,
        trace: &mut Vec<String>,
    ) -> Result<Factors> {
        let mut epochs = self.epochs::<2>(split, point, seed, Emit::Cells)?;
        trace.push(format!("- 0: {}", flips(epochs.trainer.factors())));
        for epoch in 1..=self.epochs {
            epochs.run(task)?;
            if epoch <= 5 || epoch % 50 == 0 {
                trace.push(format!("- {epoch}: {}", flips(epochs.trainer.factors())));
            }
        }
        Ok(epochs.trainer.into_factors())
    }

    fn epochs<'a, const C: usize>(
        &self,
        split: &'a Split,
        point: Point,
        seed: u64,
        emit: Emit,
    ) -> Result<Epochs<'a, C>> {
        let settings = Settings {
            optimiser: Optimiser::Sgd,
            lr: point.lr,
            decay: self.decay,
            reg: std::array::from_fn(|channel| [point.reg, point.flip_reg][channel]),
            global: [false; C],
            lengths: None,
        };
        let size = (self.block, self.negatives);
        Ok(Epochs {
            trainer: Trainer::new(self.initial(split, C, seed), settings)?,
            blocks: PositiveBlocks::new(&split.positives, &split.train, size, emit, seed)?,
        })
    }

    /// U, V uniform in [0, 1/√K), P in [0, 5/√K), Q in (−5/√K, 0].
    fn initial(&self, split: &Split, channels: usize, seed: u64) -> Factors {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let widths = vec![self.factors; channels];
        let mut table = |rows: usize, scales: [f32; 2]| {
            let mut table = Table::zeros(rows, &widths);
            for (channel, scale) in scales.into_iter().enumerate().take(channels) {
                let scale = scale / (self.factors as f32).sqrt();
                let numbers: Vec<f32> =
                    (0..rows * self.factors).map(|_| scale * rng.random::<f32>()).collect();
                table.fill(channel, &numbers);
            }
            table
        };
        let users = table(split.train.n_users(), [1.0, 5.0]);
        let items = table(split.train.n_items(), [1.0, -5.0]);
        Factors { users, items, biases: vec![Biases::default(); channels] }
    }
}

/// A training that goes on.
struct Epochs<'a, const C: usize> {
    trainer: Trainer<C>,
    blocks: PositiveBlocks<'a>,
}

impl<const C: usize> Epochs<'_, C> {
    fn run(&mut self, task: &impl Task<C>) -> Result<()> {
        self.trainer.epoch(task, &mut self.blocks)?;
        Ok(())
    }
}

impl Method {
    fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for &lr in &self.lr {
            for &reg in &self.reg {
                points.extend(self.flip_reg.iter().map(|&flip_reg| Point { lr, reg, flip_reg }));
            }
        }
        points
    }
}

/// Mean and standard deviation of φ = s(⟨P_u, Q_i⟩) over all pairs.
fn flips(factors: &Factors) -> String {
    let (users, items) = (factors.users.view(1), factors.items.view(1));
    let (mut sum, mut squares) = (0.0, 0.0);
    for flip in users.dot(&items.t()).iter().map(|&x| 1.0 / (1.0 + f64::from(-x).exp())) {
        sum += flip;
        squares += flip * flip;
    }
    let n = (factors.users.rows() * factors.items.rows()) as f64;
    let (mean, square) = (sum / n, squares / n);
    format!("{mean:.4} ± {:.4}", (square - mean * mean).max(0.0).sqrt())
}
