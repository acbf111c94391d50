//! Probabilities as they are told: of all pairs of users and items, not of what is trained on.
//!
//! What is trained on has more of some pairs than there are. A drawn pair of a user with n_u of n items stands
//! for ρ_u = (n − n_u) / (negatives · n_u) pairs, one of label y above 0 for 1 / (its weight), so
//!
//! ```text
//! m_0 = ρ_u (1 − π_1)        m_y = (π_y − π_{y+1}) / weight_y        P(y ≥ t) = (m_t + … + m_T) / (m_0 + … + m_T)
//! ```
//!
//! As the a_t are given, and scores are bounded, nothing in the training makes these as many as there are pairs of
//! each level. So S_t is lowered by a number b_t of each level, at which the mean of P(y ≥ t) over all pairs is the
//! share of pairs that have the level, or a stronger one:
//!
//! ```text
//! b_t ← b_t + ln(mean P(y ≥ t) / share)        until no mean is off by more than 10⁻⁴ of it
//! ```
//!
//! The mean is of all pairs where they are few, else of pairs with feedback and of others, so many of each. Order
//! by a level does not change by it.

use crate::{Levels, Scale};
use foretaste_data::{ItemId, UserId};
use foretaste_kernels::sigmoid;
use foretaste_mf::{Factors, PARTS};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Most pairs, with feedback or without, that the means are of.
const MOST: usize = 1 << 18;
/// Most rounds.
const ROUNDS: usize = 50;
/// How far the logarithm of a mean may be off in the end.
const ENOUGH: f64 = 1e-4;

impl Scale {
    /// P(y ≥ t) of each level among all pairs of users and items: of S_t by level, of a user who has
    /// feedback of `own` items; of who has none, as if of the average.
    pub(crate) fn told(&self, sums: impl IntoIterator<Item = f32>, own: u32) -> Vec<f32> {
        let mut all = [0.0; PARTS];
        let levels = self.offsets.len().min(PARTS);
        all.iter_mut().zip(sums).take(levels).for_each(|(own, sum)| *own = sum);
        let told = self.probabilities(&all, own, &self.shifts);
        told[..levels].iter().map(|&p| p as f32).collect()
    }

    fn probabilities(&self, sums: &[f32; PARTS], own: u32, shifts: &[f32]) -> [f64; PARTS] {
        let mut reached = [0.0; PARTS + 1];
        let shift = |level: usize| shifts.get(level).copied().unwrap_or(0.0);
        for (level, a) in self.offsets.iter().enumerate().take(PARTS) {
            reached[level] = f64::from(sigmoid(sums[level] - a - shift(level)));
        }
        let none = self.of_drawn(own) * (1.0 - reached[0]) / f64::from(self.weights[0]);
        let (mut told, mut sum) = ([0.0; PARTS], 0.0);
        for level in (0..self.offsets.len().min(PARTS)).rev() {
            let label = (reached[level] - reached[level + 1]).max(0.0);
            sum += label / f64::from(self.weights[level + 1]);
            told[level] = sum;
        }
        // Nothing of anything, as of scores beyond measure.
        let all = (none + sum).max(f64::MIN_POSITIVE);
        told.map(|sum| sum / all)
    }

    /// ρ_u.
    fn of_drawn(&self, own: u32) -> f64 {
        match own {
            0 => self.stands_for.into(),
            own => {
                let others = self.items.saturating_sub(own).max(1);
                f64::from(others) / (f64::from(self.negatives) * f64::from(own))
            }
        }
    }

    /// The same with b_t, of factors that were trained, whose parts end at these numbers of a row.
    pub(crate) fn brought_to_shares(
        self,
        factors: &Factors,
        ends: &[usize],
        levels: &Levels,
        seed: u64,
    ) -> Self {
        let counts = levels.counts();
        let cells = levels.pairs().n_users() as f64 * levels.pairs().n_items() as f64;
        let share = |level: usize| counts[level..].iter().sum::<usize>() as f64 / cells;
        let sample = sample(factors, ends, (levels, counts.len()), seed);
        let mut shifts = vec![0.0; counts.len()];
        for _ in 0..ROUNDS {
            let (mut sums, mut pairs) = ([0.0; PARTS], 0.0);
            for Drawn { sums: scores, own, count } in &sample {
                let told = self.probabilities(scores, *own, &shifts);
                sums.iter_mut().zip(told).for_each(|(sum, p)| *sum += count * p);
                pairs += count;
            }
            let off = |level: usize| (sums[level] / pairs / share(level)).ln();
            let off: Vec<f64> = (0..shifts.len()).map(off).collect();
            if off.iter().all(|off| off.abs() <= ENOUGH) || off.iter().any(|off| !off.is_finite()) {
                break;
            }
            shifts.iter_mut().zip(off).for_each(|(shift, off)| *shift += off as f32);
        }
        Self { shifts, ..self }
    }
}

/// A pair that the means are of.
struct Drawn {
    /// S_t.
    sums: [f32; PARTS],
    /// Items that the user has feedback of.
    own: u32,
    /// How many pairs it stands for.
    count: f64,
}

/// Pairs with feedback, and others.
fn sample(
    factors: &Factors,
    ends: &[usize],
    (levels, count): (&Levels, usize),
    seed: u64,
) -> Vec<Drawn> {
    let pairs = levels.pairs();
    let (users, items) = (factors.users.view(0), factors.items.view(0));
    let drawn = |user: UserId, item: ItemId, of: f64| {
        let (u, v) = (users.row(user.index()), items.row(item.index()));
        let (mut sums, mut sum, mut start) = ([0.0; PARTS], 0.0, 0);
        for level in 0..count {
            // Levels that share a part have one score.
            let end = ends[level.min(ends.len() - 1)];
            sum += (start..end).map(|n| f64::from(u[n] * v[n])).sum::<f64>();
            start = end;
            sums[level] = sum as f32;
        }
        Drawn { sums, own: pairs.row(user).len() as u32, count: of }
    };
    let every = pairs.nnz().div_ceil(MOST);
    let with = pairs.pairs().step_by(every.max(1));
    let of = pairs.nnz() as f64 / pairs.nnz().div_ceil(every.max(1)) as f64;
    let mut sample: Vec<Drawn> = with.map(|pair| drawn(pair.user, pair.item, of)).collect();
    let (m, n) = (pairs.n_users() as u64, pairs.n_items() as u64);
    let lacks = |&(user, item): &(UserId, ItemId)| !pairs.contains(user, item);
    if m * n <= MOST as u64 {
        let all = (0..m as u32).flat_map(|u| (0..n as u32).map(move |i| (UserId(u), ItemId(i))));
        sample.extend(all.filter(lacks).map(|(user, item)| drawn(user, item, 1.0)));
    } else {
        let mut stream = Xoshiro256PlusPlus::seed_from_u64(seed);
        let draw = |_| {
            let user = stream.random_range(0..m as u32);
            (UserId(user), ItemId(stream.random_range(0..n as u32)))
        };
        let others: Vec<_> = (0..MOST).map(draw).filter(lacks).collect();
        let of = (m * n - pairs.nnz() as u64) as f64 / others.len().max(1) as f64;
        sample.extend(others.into_iter().map(|(user, item)| drawn(user, item, of)));
    }
    sample
}

#[cfg(test)]
mod tests;
