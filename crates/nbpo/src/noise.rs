//! The noise: where φ comes from.

use crate::{Conditional, Marginal};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_kernels::sigmoid;
use foretaste_mf::{
    Bias, BySteps, Channel, Error, Factors, FoldIn, Monitor, OnPairs, Params, Pointwise, Problem,
    Start, Trained, Users, ValidParams, train_pointwise,
};
use foretaste_model::{Scorer, parameters};
use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

/// φ = p(y = 0 | t = 1) of a pair, of a model of this crate's that has a second channel.
///
/// # Panics
/// If the factors have no second channel, or there is no such user or item.
pub fn flip_probability(factors: &Factors, user: UserId, item: ItemId) -> f32 {
    sigmoid(factors.score(1, user.index(), item.index()))
}

/// Ranks by p(y = 1) = (1 − φ) s(R): what will be observed, where the factors themselves, as a
/// [`Scorer`], rank by what is liked. It is this that held-out observations can judge.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a>(pub &'a Factors);

impl Scorer for Observed<'_> {
    fn n_users(&self) -> usize {
        self.0.n_users()
    }

    fn n_items(&self) -> usize {
        self.0.n_items()
    }

    /// Writes ln p(y = 1).
    fn score_block(&self, users: &[UserId], mut out: ArrayViewMut2<'_, f32>) {
        self.0.score_block(users, out.view_mut());
        for (user, mut row) in users.iter().zip(out.rows_mut()) {
            for (item, x) in row.iter_mut().enumerate() {
                *x = -Marginal.loss([*x, self.0.score(1, user.index(), item)], 1.0);
            }
        }
    }
}

parameters! {
    /// How likely a positive label is to be lost, by how much was observed of user and item:
    ///
    /// ```text
    /// γ_ui = logit(rate) + by_item · z(ln(1 + n_i)) + by_user · z(ln(1 + n_u))       φ = s(γ)
    /// ```
    ///
    /// n counts the observed pairs; z subtracts the mean over all items (users), and divides by the
    /// standard deviation.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct Noise {
        /// The flip probability where user and item are average.
        #[symbol("φ")]
        #[range(above(0).below(1))]
        pub rate: f32,
        /// How its log-odds change with the popularity of the item, per standard deviation. Below 0, rare
        /// items lose more.
        #[range(at_least(-10).at_most(10))]
        pub by_item: f32,
        /// How they change with the activity of the user.
        #[range(at_least(-10).at_most(10))]
        pub by_user: f32,
    }
}

impl Default for Noise {
    fn default() -> Self {
        Self { rate: 0.5, by_item: 0.0, by_user: 0.0 }
    }
}

impl Noise {
    /// Trains on the likelihood of `data` under this noise. Of an earlier model, the rows of relevance
    /// are a start.
    pub(crate) fn fit(
        &self,
        data: &Interactions,
        params: &ValidParams,
        from: Start<'_>,
        monitor: &mut dyn Monitor,
    ) -> Result<Trained, Error> {
        // γ and −ln ρ are in the biases, which the objective leaves alone; the rows are there because
        // a channel has some.
        let n_items = data.n_items();
        let more = given();
        let mut start = Factors::initial(data, params.get(), &more);
        for channel in [1, 2] {
            start.users.fill(channel, &vec![0.0; data.n_users()]);
            start.items.fill(channel, &vec![0.0; n_items]);
        }
        let (users, items) = counts(data);
        let biases = &mut start.biases[1];
        biases.users = standard(&users).map(|z| self.by_user * z).collect();
        biases.items = standard(&items).map(|z| self.by_item * z).collect();
        biases.global = libm::logf(self.rate / (1.0 - self.rate));
        let rare = |&n: &usize| rare(n, n_items, params.get().negatives);
        start.biases[2].users = users.iter().map(rare).collect();
        let (start, carried) = (Some(start), Some(1));
        let problem = Problem { more: &more, start, from, carried, ..Problem::default() };
        train_pointwise(&Conditional, &problem, data, params, monitor)
    }
}

/// The channels of γ and of −ln ρ.
fn given() -> [Channel; 2] {
    let bias = Bias { user: true, item: true, global: true };
    let given = Channel { factors: 1, reg: 0.0, init_sd: 1.0, bias };
    let of_users = Bias { user: true, ..Bias::default() };
    [given, Channel { bias: of_users, ..given }]
}

/// −ln ρ of a user with `n` observed items: the others are drawn `negatives` times for each of them.
fn rare(n: usize, n_items: usize, negatives: u32) -> f32 {
    match n {
        0 => 0.0,
        n => libm::logf((n_items - n).max(1) as f32 / (negatives as f32 * n as f32)),
    }
}

/// Folding in under the noise that the factors were trained under.
#[derive(Debug)]
pub(crate) struct UnderNoise {
    steps: BySteps<OnPairs<Conditional, 3>>,
    negatives: u32,
    /// γ of users is on a line over ln(1 + n): this much at 0…
    at_zero: f64,
    /// …and so much more for each.
    slope: f64,
}

impl UnderNoise {
    /// The line is that of the trained users: of the one with the fewest items to the one with the
    /// most.
    pub(crate) fn new(params: &ValidParams, factors: &Factors, data: &Interactions) -> Self {
        let own = |user: usize| data.row(UserId(user as u32)).len();
        let gammas = factors.biases.get(1).map_or(&[][..], |biases| &biases.users);
        let gamma = |user: usize| f64::from(gammas.get(user).copied().unwrap_or(0.0));
        let users = 0..gammas.len();
        let few = users.clone().min_by_key(|&user| own(user)).unwrap_or(0);
        let many = users.max_by_key(|&user| own(user)).unwrap_or(0);
        let [low, high] = [few, many].map(|user| match gammas.len() {
            0 => 0.0,
            _ => libm::log1p(own(user) as f64),
        });
        let slope = if high > low { (gamma(many) - gamma(few)) / (high - low) } else { 0.0 };
        let steps = BySteps::on_pairs(Conditional, params, &given(), data);
        let negatives = params.get().negatives;
        Self { steps, negatives, at_zero: gamma(few) - slope * low, slope }
    }
}

impl FoldIn for UnderNoise {
    fn fits(&self, factors: &Factors) -> bool {
        self.steps.fits(factors)
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        for user in 0..histories.n_users() {
            let own = histories.row(UserId(user as u32)).len();
            users.biases[1][user] = (self.at_zero + self.slope * libm::log1p(own as f64)) as f32;
            users.biases[2][user] = rare(own, factors.n_items(), self.negatives);
        }
        self.steps.fold_in(factors, histories, users);
    }
}

/// The number of observed pairs of each user, and of each item.
fn counts(data: &Interactions) -> (Vec<usize>, Vec<usize>) {
    let users = data.starts().windows(2).map(|bounds| bounds[1] - bounds[0]).collect();
    let mut items = vec![0; data.n_items()];
    data.pairs().for_each(|pair| items[pair.item.index()] += 1);
    (users, items)
}

/// ln(1 + n), less the mean, over the standard deviation; 0 where all are equal.
fn standard(counts: &[usize]) -> impl Iterator<Item = f32> {
    let logs: Vec<f64> = counts.iter().map(|&n| libm::log1p(n as f64)).collect();
    let count = logs.len().max(1) as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let sd = (logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
    let scale = if sd > 1e-9 { 1.0 / sd } else { 0.0 };
    logs.into_iter().map(move |x| ((x - mean) * scale) as f32)
}

/// Where the paper starts: P uniform on (0, a) / √K₁, Q on (−a, 0) / √K₁, with a² / 4 the log-odds
/// against a flip.
pub(crate) fn paper_start(
    data: &Interactions,
    params: &Params,
    channel: &Channel,
    prior: f32,
) -> Factors {
    let mut start = Factors::initial(data, params, &[*channel]);
    let a = 2.0 * libm::log(f64::from((1.0 - prior) / prior)).sqrt();
    let scale = (a / (channel.factors as f64).sqrt()) as f32;
    start.fill_uniform(1, [scale, -scale], params.seed);
    start
}

#[cfg(test)]
mod tests;
