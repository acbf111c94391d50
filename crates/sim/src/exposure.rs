//! Who saw what: θ_ui = clip(k · w_i · a_u · l_ui, θ_min, θ_max).
//!
//! The exposure weight of an item is w_i = (r_i/n)^−η with r_i = 1, …, n its rank in popularity
//! (Zipf's law), the activity of a user is a_u = exp(σ z_u) with z_u standard normal. Items are
//! ranked by ρ · quality + √(1 − ρ²) · chance: with ρ = 0, the default, what is shown much is no
//! better than what is shown little. By position, l_ui = (p_ui/n)^−ξ with p_ui = 1, …, n the place of
//! the item in the list that a former recommender made for the user, by ⟨f_u, g_i⟩ of two random numbers
//! each, which know nothing of taste; with ξ = 0, the default, l_ui = 1. The scale k is solved for the expected number of clicks,
//! Σ θ_ui y_ui, where y_ui = P(Y = 1 | O = 1).

use crate::random::{Purpose, Stream};
use crate::solve::ascending_root;
use crate::taste::Taste;
use crate::{Error, FlipRates, Params, Simulation};

/// θ up to its scale and its limits.
#[derive(Debug)]
pub(crate) struct Exposure {
    /// w_i.
    items: Vec<f64>,
    /// a_u.
    users: Vec<f64>,
    /// l_ui, row by row; empty if all are 1.
    lists: Vec<f64>,
    /// r_i, from 0 (the most exposed) to n − 1.
    pub(crate) ranks: Vec<u32>,
}

impl Exposure {
    /// Draws the popularity of items and the activity of users.
    pub(crate) fn draw(params: &Params, taste: &Taste) -> Self {
        let ranks = ranks(params, taste);
        let n = f64::from(params.items);
        let weight = |&rank: &u32| libm::pow(f64::from(rank + 1) / n, -params.popularity);
        let activity = |user: u32| {
            let mut stream = Stream::new(params.seed, Purpose::Activity, user.into());
            libm::exp(params.activity * stream.normal())
        };
        Self {
            items: ranks.iter().map(weight).collect(),
            users: (0..params.users).map(activity).collect(),
            lists: lists(params),
            ranks,
        }
    }

    /// k w_i a_u l_ui, row by row, for k = exp(`log_scale`).
    fn cells(&self, log_scale: f64) -> impl Iterator<Item = f64> {
        let scale = libm::exp(log_scale);
        let n = self.items.len();
        self.users.iter().enumerate().flat_map(move |(row, user)| {
            let user = scale * user;
            self.items.iter().enumerate().map(move |(item, weight)| {
                user * weight * self.lists.get(row * n + item).unwrap_or(&1.0)
            })
        })
    }

    /// The logarithms of the least and of the greatest w_i a_u l_ui, or of what is beyond them.
    fn log_range(&self) -> (f64, f64) {
        let least = |values: &[f64]| values.iter().fold(f64::INFINITY, |a, &b| a.min(b));
        let most = |values: &[f64]| values.iter().fold(0.0_f64, |a, &b| a.max(b));
        let first = most(&self.lists).max(1.0);
        (
            libm::log(least(&self.items) * least(&self.users)),
            libm::log(most(&self.items) * most(&self.users) * first),
        )
    }
}

/// l_ui, row by row, if exposure follows positions.
fn lists(params: &Params) -> Vec<f64> {
    if params.position == 0.0 {
        return Vec::new();
    }
    let two = |purpose, index: u32| {
        let mut stream = Stream::new(params.seed, purpose, index.into());
        [stream.normal(), stream.normal()]
    };
    let n = params.items as usize;
    let items: Vec<[f64; 2]> =
        (0..params.items).map(|item| two(Purpose::ItemLists, item)).collect();
    let mut cells = vec![0.0; params.users as usize * n];
    for (user, row) in (0..).zip(cells.chunks_exact_mut(n)) {
        let [a, b] = two(Purpose::UserLists, user);
        let score = |&item: &usize| a * items[item][0] + b * items[item][1];
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|one, other| score(other).total_cmp(&score(one)));
        for (place, &item) in order.iter().enumerate() {
            row[item] = libm::pow((place + 1) as f64 / n as f64, -params.position);
        }
    }
    cells
}

/// The rank of each item by exposure.
fn ranks(params: &Params, taste: &Taste) -> Vec<u32> {
    let chance = (1.0 - params.dependence * params.dependence).sqrt();
    let scores: Vec<f64> = (taste.quality.iter().enumerate())
        .map(|(item, quality)| {
            let mut stream = Stream::new(params.seed, Purpose::Popularity, item as u64);
            params.dependence * quality + chance * stream.normal()
        })
        .collect();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut ranks = vec![0; scores.len()];
    for (rank, &item) in order.iter().enumerate() {
        ranks[item] = rank as u32;
    }
    ranks
}

impl Simulation {
    /// θ, row by row, at the scale that gives the expected number of clicks asked for.
    pub(crate) fn exposure(
        &self,
        gamma: &[f32],
        exposure: &Exposure,
        flips: &FlipRates,
    ) -> Result<Vec<f32>, Error> {
        let params = self.params();
        let limits = (params.min_exposure, params.max_exposure);
        let clickable = self.clickable(gamma, flips);
        let total: f64 = clickable.iter().map(|&y| f64::from(y)).sum();
        let (wanted, least, most) =
            (params.interactions as f64, limits.0 * total, limits.1 * total);
        if wanted <= least || wanted >= most {
            return Err(Error::Unreachable { wanted: params.interactions, least, most });
        }
        // At `low` every cell is at its minimum, at `high` at its maximum.
        let (smallest, largest) = exposure.log_range();
        let (low, high) = (libm::log(limits.0) - largest, libm::log(limits.1) - smallest);
        let scale = ascending_root(low, high, |scale| {
            let (mut clicks, mut slope) = (0.0, 0.0);
            for (y, raw) in clickable.iter().map(|&y| f64::from(y)).zip(exposure.cells(scale)) {
                let theta = raw.clamp(limits.0, limits.1);
                clicks += theta * y;
                slope += if theta == raw { theta * y } else { 0.0 };
            }
            ((clicks - wanted) / wanted, slope / wanted)
        });
        Ok(exposure.cells(scale).map(|raw| raw.clamp(limits.0, limits.1) as f32).collect())
    }

    /// P(Y = 1 | O = 1) = γ (1 − φ) + (1 − γ) ε, row by row.
    pub(crate) fn clickable(&self, gamma: &[f32], flips: &FlipRates) -> Vec<f32> {
        let items = self.params().items as usize;
        let noise = self.params().noise;
        (gamma.iter().enumerate())
            .map(|(cell, &gamma)| {
                let (gamma, phi) = (f64::from(gamma), flips.rate(cell / items, cell % items));
                (gamma * (1.0 - f64::from(phi)) + (1.0 - gamma) * noise) as f32
            })
            .collect()
    }
}
