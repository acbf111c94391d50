//! BPR-MF without blocks, lanes or threads: what the blocked trainer is held to.
//!
//! In each epoch all observed pairs come in a fresh random order, and each negative is drawn from
//! all items that the user has not. Loss, penalty, schedule and step rules are those that
//! `foretaste::mf` documents; the code is its own, and slow.

use foretaste::data::{Interactions, ItemId, UserId};
use foretaste::mf::{Factors, Negatives, Params, Steps, Table};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_distr::Normal;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The c of [`Steps::AdaGrad`].
const FIRST_SUM: f32 = 0.1;

/// The rows of users or of items.
struct Rows {
    /// K numbers a row.
    factors: Vec<f32>,
    /// One number a row; stays 0 for users, and for items of a model without biases.
    bias: Vec<f32>,
    /// Sums of the mean squares of each row's gradients.
    sums: Vec<f32>,
    k: usize,
}

impl Rows {
    fn normal(count: usize, params: &Params, rng: &mut Xoshiro256PlusPlus) -> Self {
        let (k, bias, sums) = (params.factors, vec![0.0; count], vec![FIRST_SUM; count]);
        let normal = Normal::new(0.0, params.init_sd).expect("a legal deviation");
        let factors = rng.sample_iter(normal).take(count * k).collect();
        Self { factors, bias, sums, k }
    }

    fn row(&self, n: usize) -> &[f32] {
        &self.factors[n * self.k..(n + 1) * self.k]
    }

    /// One step of row `n` along `descent` · `direction`, and of its bias along `bias`.
    fn step(&mut self, n: usize, direction: &[f32], descent: f32, bias: f32, step: &Step) {
        let square: f32 = direction.iter().map(|x| descent * x * descent * x).sum();
        self.sums[n] += square / self.k as f32;
        let eta = match step.steps {
            Steps::AdaGrad => step.lr / self.sums[n].sqrt(),
            _ => step.lr,
        };
        let keep = (1.0 - eta * step.reg).max(0.0);
        for (x, towards) in self.factors[n * self.k..].iter_mut().zip(direction) {
            *x = keep * *x + eta * descent * towards;
        }
        self.bias[n] = keep * self.bias[n] + eta * bias;
    }

    fn table(&self) -> Table {
        Table::from_rows(self.k, &self.factors).expect("rows are whole")
    }
}

struct Step {
    steps: Steps,
    lr: f32,
    reg: f32,
}

/// Trains for `params.epochs` epochs; early stopping is not known here.
///
/// # Panics
/// If negatives are not drawn uniformly.
pub fn train(data: &Interactions, params: &Params) -> Factors {
    assert_eq!(params.sampler, Negatives::Uniform, "the reference draws uniformly");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(params.seed);
    let mut users = Rows::normal(data.n_users(), params, &mut rng);
    let mut items = Rows::normal(data.n_items(), params, &mut rng);
    let mut pairs: Vec<(UserId, ItemId)> =
        data.pairs().map(|pair| (pair.user, pair.item)).collect();
    pairs.retain(|(user, _)| data.row(*user).len() < data.n_items());
    for epoch in 1..=params.epochs {
        let lr = params.lr * params.schedule.share(epoch, params.epochs);
        let step = Step { steps: params.steps, lr, reg: params.reg };
        pairs.shuffle(&mut rng);
        for (user, item) in &pairs {
            for _ in 0..params.negatives {
                let negative = draw(data, *user, &mut rng);
                let triple = (user.index(), item.index(), negative.index());
                train_triple(&mut users, &mut items, triple, &step, params.bias.item);
            }
        }
    }
    let mut factors = Factors::new(users.table(), items.table());
    if params.bias.item {
        factors.biases[0].items = items.bias;
    }
    factors
}

/// An item that the user has not, all of them equally likely.
fn draw(data: &Interactions, user: UserId, rng: &mut Xoshiro256PlusPlus) -> ItemId {
    loop {
        let item = ItemId(rng.random_range(0..data.n_items() as u32));
        if !data.contains(user, item) {
            return item;
        }
    }
}

fn train_triple(
    users: &mut Rows,
    items: &mut Rows,
    (u, i, j): (usize, usize, usize),
    step: &Step,
    with_bias: bool,
) {
    let user = users.row(u).to_vec();
    let difference: Vec<f32> = items.row(i).iter().zip(items.row(j)).map(|(i, j)| i - j).collect();
    let dot: f32 = user.iter().zip(&difference).map(|(a, b)| a * b).sum();
    let x = dot + items.bias[i] - items.bias[j];
    let descent = 1.0 / (1.0 + x.exp());
    let bias = if with_bias { descent } else { 0.0 };
    users.step(u, &difference, descent, 0.0, step);
    items.step(i, &user, descent, bias, step);
    items.step(j, &user, -descent, -bias, step);
}
