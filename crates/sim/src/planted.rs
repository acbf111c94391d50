//! Noisy labels alone: every pair is seen, positives are lost at known rates.
//!
//! The model of Yu and Qin, *Sampler Design for Implicit Feedback Data by Noisy-label Robust
//! Learning*, SIGIR 2020:
//!
//! ```text
//! truth      T ~ Bernoulli(s(R))       R = a ⟨p_u, q_i⟩ / √K + b_i + c,  p, q, b / quality ~ N(0, 1)
//! observed   Y = T · (1 − Bernoulli(φ))
//! ```
//!
//! The intercept c is solved for the mean of s(R). The rates φ are those of [`Flips`]; there, the
//! rank of an item is that by its expected number of true positives.

use foretaste_data::{Interactions, ItemId};

use crate::params::in_range;
use crate::random::{Purpose, Stream};
use crate::solve::{intercept, sigmoid};
use crate::{Error, FlipRates, Flips, MAX_CELLS, Params};

/// The parameters of planted noise; [`Planted::generate`] checks them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planted {
    /// m, the number of users. Default 600; at least 1, and users × items at most [`MAX_CELLS`].
    pub users: u32,
    /// n, the number of items. Default 500; at least 1.
    pub items: u32,
    /// K, the rank of taste. Default 5; 1 to 256.
    pub rank: u32,
    /// The mean of s(R) over all pairs. Default 0.2; inside (0, 1).
    pub relevance: f64,
    /// a, the standard deviation of taste on the logit. Default 4: three pairs of four are settled,
    /// s(R) below .05 or above .95. 0 to 20.
    pub taste: f64,
    /// The standard deviation of b_i, the quality of items on the logit. Default 1; 0 to 10.
    pub quality: f64,
    /// φ, which positive labels are lost. Default none.
    pub flips: Flips,
    /// The seed. Default 1; any.
    pub seed: u64,
}

impl Default for Planted {
    fn default() -> Self {
        Self {
            users: 600,
            items: 500,
            rank: 5,
            relevance: 0.2,
            taste: 4.0,
            quality: 1.0,
            flips: Flips::None,
            seed: 1,
        }
    }
}

/// Feedback with planted noise, and the truth behind it. Matrices are users × items over the same
/// dense indices; users and items without a pair are part of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NoisyFeedback {
    /// Y, what was observed.
    pub observed: Interactions,
    /// T, what is truly positive, observed or not.
    pub truth: Interactions,
    /// s(R) = P(T = 1), row by row, users × items.
    pub relevance: Vec<f32>,
    /// φ = P(Y = 0 | T = 1).
    pub flip_rates: FlipRates,
}

impl Planted {
    /// Draws the feedback. The same parameters give the same bytes; truth and observation have
    /// streams of their own, so that other rates leave the truth as it is.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] names the first parameter outside its range, [`Error::TooManyCells`]
    /// refuses sizes that would not fit into memory.
    pub fn generate(&self) -> Result<NoisyFeedback, Error> {
        self.check()?;
        let relevance = self.relevance();
        let flip_rates = self.rates(&relevance);
        let items = self.items as usize;
        let (mut truth, mut observed) = (Rows::default(), Rows::default());
        for (user, row) in relevance.chunks_exact(items).enumerate() {
            let stream = |purpose| Stream::new(self.seed, purpose, user as u64);
            let (mut of_truth, mut of_labels) =
                (stream(Purpose::Relevance), stream(Purpose::Labels));
            for (item, &chance) in row.iter().enumerate() {
                let (coin, label) = (of_truth.uniform(), of_labels.uniform());
                if coin < f64::from(chance) {
                    truth.items.push(ItemId(item as u32));
                    if label >= f64::from(flip_rates.rate(user, item)) {
                        observed.items.push(ItemId(item as u32));
                    }
                }
            }
            truth.end();
            observed.end();
        }
        let (truth, observed) = (truth.done(items)?, observed.done(items)?);
        Ok(NoisyFeedback { observed, truth, relevance, flip_rates })
    }

    fn check(&self) -> Result<(), Error> {
        let positive = |x| x >= 1.0;
        in_range("users", self.users.into(), "at least 1", positive)?;
        in_range("items", self.items.into(), "at least 1", positive)?;
        in_range("rank", self.rank.into(), "from 1 to 256", |x| (1.0..=256.0).contains(&x))?;
        if u64::from(self.users) * u64::from(self.items) > MAX_CELLS {
            return Err(Error::TooManyCells { users: self.users, items: self.items });
        }
        in_range("relevance", self.relevance, "above 0 and below 1", |x| x > 0.0 && x < 1.0)?;
        in_range("taste", self.taste, "from 0 to 20", |x| (0.0..=20.0).contains(&x))?;
        in_range("quality", self.quality, "from 0 to 10", |x| (0.0..=10.0).contains(&x))?;
        self.flips.check()
    }

    /// s(R), row by row.
    fn relevance(&self) -> Vec<f32> {
        let rank = self.rank as usize;
        let rows = |purpose, count: u32| -> Vec<f64> {
            let streams = (0..u64::from(count)).map(|n| Stream::new(self.seed, purpose, n));
            streams.flat_map(|mut s| (0..=rank).map(|_| s.normal()).collect::<Vec<_>>()).collect()
        };
        let users = rows(Purpose::UserTaste, self.users);
        // The last number of a row is the quality of an item; that of a user has no meaning.
        let items = rows(Purpose::ItemTaste, self.items);
        let scale = self.taste / f64::from(self.rank).sqrt();
        let mut cells = Vec::with_capacity(self.users as usize * self.items as usize);
        for user in users.chunks_exact(rank + 1) {
            cells.extend(items.chunks_exact(rank + 1).map(|item| {
                let dot: f64 = user[..rank].iter().zip(item).map(|(p, q)| p * q).sum();
                (scale * dot + self.quality * item[rank]) as f32
            }));
        }
        let intercept = intercept(&cells, &[], self.relevance);
        cells.iter_mut().for_each(|x| *x = sigmoid(f64::from(*x) + intercept) as f32);
        cells
    }

    fn rates(&self, relevance: &[f32]) -> FlipRates {
        let mut expected = vec![0.0; self.items as usize];
        for row in relevance.chunks_exact(expected.len()) {
            expected.iter_mut().zip(row).for_each(|(sum, &p)| *sum += f64::from(p));
        }
        let mut order: Vec<usize> = (0..expected.len()).collect();
        order.sort_by(|&a, &b| expected[b].total_cmp(&expected[a]));
        let mut ranks = vec![0; order.len()];
        (0..).zip(order).for_each(|(rank, item)| ranks[item] = rank);
        let params = Params { users: self.users, seed: self.seed, ..Params::default() };
        self.flips.rates(&params, &ranks)
    }
}

/// Rows of a matrix that is being drawn.
struct Rows {
    starts: Vec<usize>,
    items: Vec<ItemId>,
}

impl Default for Rows {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl Rows {
    fn end(&mut self) {
        self.starts.push(self.items.len());
    }

    fn done(self, n_items: usize) -> Result<Interactions, Error> {
        Ok(Interactions::from_rows(self.starts, self.items, n_items)?)
    }
}
