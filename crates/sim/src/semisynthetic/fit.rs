//! The two factorizations, by Adam on random batches: Kingma and Ba, *Adam: A Method for Stochastic
//! Optimization*, ICLR 2015.

use foretaste_data::{Interactions, ItemId, UserId};

use super::Params;
use crate::Error;
use crate::random::{Purpose, Stream};

/// Factors of users and items, row by row.
pub(super) struct Factors {
    users: Vec<f64>,
    items: Vec<f64>,
    rank: usize,
}

/// A cell of a batch and the loss's derivative in its score.
type Sample = (usize, usize);

/// A side's gradient and its running moments.
struct Moments {
    gradient: Vec<f64>,
    mean: Vec<f64>,
    square: Vec<f64>,
}

/// U Vᵀ near the ratings, by squared error.
pub(super) fn ratings(params: &Params, data: &Interactions) -> Result<Factors, Error> {
    let ratings = data.weights().ok_or(Error::NoRatings)?;
    let least = ratings.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    let most = ratings.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    if least >= most {
        return Err(Error::NoRatings);
    }
    let (least, width) = (f64::from(least), f64::from(most) - f64::from(least));
    let users: Vec<usize> = data.pairs().map(|pair| pair.user.index()).collect();
    let mut batches = Stream::new(params.seed, Purpose::Batches, 0);
    Ok(adam(params, data, 0, |x, batch| {
        for _ in 0..params.batch {
            let at = batches.below(ratings.len());
            let rating = 1.0 + 4.0 * (f64::from(ratings[at]) - least) / width;
            let cell = (users[at], data.items()[at].index());
            batch(cell, 2.0 * (x(cell) - rating));
        }
    }))
}

/// s(U Vᵀ) near 1 on what was rated and near 0 elsewhere, by cross-entropy.
pub(super) fn rated(params: &Params, data: &Interactions) -> Result<Factors, Error> {
    let mut batches = Stream::new(params.seed, Purpose::Batches, 1);
    Ok(adam(params, data, 1, |x, batch| {
        for _ in 0..params.batch {
            let cell = (batches.below(data.n_users()), batches.below(data.n_items()));
            let rated = data.contains(UserId(cell.0 as u32), ItemId(cell.1 as u32));
            let s = 1.0 / (1.0 + libm::exp(-x(cell)));
            batch(cell, s - f64::from(u8::from(rated)));
        }
    }))
}

/// Steps along the mean gradient of each batch. `draw` is given the score of a cell and takes in its
/// cells with the loss's derivative in the score.
fn adam(
    params: &Params,
    data: &Interactions,
    index: u64,
    mut draw: impl FnMut(&dyn Fn(Sample) -> f64, &mut dyn FnMut(Sample, f64)),
) -> Factors {
    let mut factors = Factors::new(params, data, index);
    let mut moments = [Moments::new(factors.users.len()), Moments::new(factors.items.len())];
    let rank = factors.rank;
    for step in 1..=params.iterations {
        let share = 1.0 / f64::from(params.batch);
        let [users, items] = &mut moments;
        let before = &factors;
        draw(&|cell| before.score(cell), &mut |(user, item), slope| {
            for k in 0..rank {
                let (u, v) = (user * rank + k, item * rank + k);
                users.gradient[u] += share * slope * before.items[v];
                items.gradient[v] += share * slope * before.users[u];
            }
        });
        users.step(&mut factors.users, params.lr, step);
        items.step(&mut factors.items, params.lr, step);
    }
    factors
}

impl Factors {
    fn new(params: &Params, data: &Interactions, index: u64) -> Self {
        const SD: f64 = 0.1;
        let rank = params.factors as usize;
        let mut stream = Stream::new(params.seed, Purpose::InitialFactors, index);
        let mut table = |rows: usize| (0..rows * rank).map(|_| SD * stream.normal()).collect();
        Self { users: table(data.n_users()), items: table(data.n_items()), rank }
    }

    fn score(&self, (user, item): Sample) -> f64 {
        let user = &self.users[user * self.rank..(user + 1) * self.rank];
        let item = &self.items[item * self.rank..(item + 1) * self.rank];
        user.iter().zip(item).map(|(u, v)| u * v).sum()
    }

    /// A function of each cell's score, row by row.
    pub(super) fn cells(&self, f: impl Fn(f64) -> f32) -> Vec<f32> {
        let (users, items) = (self.users.len() / self.rank, self.items.len() / self.rank);
        let cell = |user| (0..items).map(move |item| (user, item));
        (0..users).flat_map(cell).map(|cell| f(self.score(cell))).collect()
    }
}

impl Moments {
    fn new(len: usize) -> Self {
        Self { gradient: vec![0.0; len], mean: vec![0.0; len], square: vec![0.0; len] }
    }

    /// Moves `values`, and leaves the gradient 0.
    fn step(&mut self, values: &mut [f64], lr: f64, step: u32) {
        let [b1, b2] = [0.9_f64, 0.999];
        let [c1, c2] = [b1, b2].map(|b| 1.0 - libm::pow(b, step.into()));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((value, gradient), (mean, square)) in
            values.iter_mut().zip(&mut self.gradient).zip(moments)
        {
            *mean = b1 * *mean + (1.0 - b1) * *gradient;
            *square = b2 * *square + (1.0 - b2) * *gradient * *gradient;
            *value -= lr * (*mean / c1) / ((*square / c2).sqrt() + 1e-8);
            *gradient = 0.0;
        }
    }
}
