//! θ of pairs: factorizations of what was shown, each without a fold, and what their scores mean.

use super::places;
use crate::{Error, Estimator, Loss, RelMfLoss};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_mf::{
    Bias, Factors, Negatives, Params, Problem, Silent, Steps, Weighting, train_pointwise,
};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;

/// Into how many parts impressions are dealt; as many factorizations are trained.
pub const FOLDS: usize = 4;

/// The factorization: chosen by the likelihood of impressions that it was not told of.
fn params(seed: u64) -> Params {
    Params {
        factors: 8,
        epochs: 20,
        steps: Steps::AdaGrad,
        reg: 0.01,
        bias: Bias { user: true, item: true, global: true },
        negatives: 2,
        sampler: Negatives::Uniform,
        weighting: Weighting::Population,
        seed,
        ..Params::default()
    }
}

/// θ of each click, of which all are among what was shown.
pub(super) fn theta(
    shown: &Interactions,
    clicks: &Interactions,
    seed: u64,
) -> Result<Vec<f32>, Error> {
    let (folds, never) = (folds(shown, seed), Never::new(shown));
    let pairs: Vec<(UserId, ItemId)> = shown.pairs().map(|pair| (pair.user, pair.item)).collect();
    let mut scores = vec![0.0; pairs.len()];
    let mut zeros = Vec::new();
    for fold in 0..FOLDS as u8 {
        let Some(factors) = train(&without(fold, &folds, shown)?, seed)? else { continue };
        let score = |(user, item): (UserId, ItemId)| factors.score(0, user.index(), item.index());
        let own = scores.par_iter_mut().zip(&pairs).zip(&folds).filter(|(_, of)| **of == fold);
        own.for_each(|((x, pair), _)| *x = score(*pair));
        let drawn: Vec<_> = never.draw(pairs.len().div_ceil(FOLDS), seed ^ u64::from(fold));
        zeros.par_extend(drawn.into_par_iter().map(score));
    }
    if zeros.is_empty() {
        // Nothing was left to train on: all pairs are alike.
        zeros.push(0.0);
    }
    let share = Rising::fit(&scores, &zeros, never.len() as f64 / zeros.len() as f64);
    Ok(places(clicks, shown).into_iter().map(|place| share.at(scores[place])).collect())
}

/// The fold of each impression.
fn folds(shown: &Interactions, seed: u64) -> Vec<u8> {
    let mut draws = SplitMix64::seed_from_u64(seed);
    (0..shown.nnz()).map(|_| (draws.next_u64() % FOLDS as u64) as u8).collect()
}

/// The impressions of the other folds.
fn without(fold: u8, folds: &[u8], shown: &Interactions) -> Result<Interactions, Error> {
    let (mut starts, mut items) = (vec![0], Vec::with_capacity(shown.nnz()));
    for row in shown.starts().windows(2) {
        let row = row[0]..row[1];
        let kept = shown.items()[row.clone()].iter().zip(&folds[row]);
        items.extend(kept.filter(|(_, of)| **of != fold).map(|(item, _)| *item));
        starts.push(items.len());
    }
    Ok(Interactions::from_rows(starts, items, shown.n_items())?)
}

/// The factorization; none where there is nothing to train on.
fn train(shown: &Interactions, seed: u64) -> Result<Option<Factors>, Error> {
    let params = params(seed).check()?;
    if params.check_data(shown).is_err() {
        return Ok(None);
    }
    let loss = RelMfLoss::new(Loss::CrossEntropy, Estimator::Naive);
    let trained = train_pointwise(&loss, &Problem::default(), shown, &params, &mut Silent)?;
    Ok(Some(trained.factors))
}

/// The pairs that were never shown, of users who were shown something.
struct Never<'a> {
    shown: &'a Interactions,
    /// How many there are before each user's, and of all.
    before: Vec<usize>,
}

impl<'a> Never<'a> {
    fn new(shown: &'a Interactions) -> Self {
        let mut before = vec![0];
        for row in shown.starts().windows(2) {
            let lacks = if row[0] == row[1] { 0 } else { shown.n_items() - (row[1] - row[0]) };
            before.push(before[before.len() - 1] + lacks);
        }
        Self { shown, before }
    }

    fn len(&self) -> usize {
        self.before[self.before.len() - 1]
    }

    /// The pair at a place below [`Never::len`], by user, then item.
    fn at(&self, place: usize) -> (UserId, ItemId) {
        let user = self.before.partition_point(|before| *before <= place) - 1;
        let (place, row) = (place - self.before[user], self.shown.row(UserId(user as u32)));
        // As many of the user's items come before as leave fewer gaps than that.
        let (mut low, mut high) = (0, row.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match row[middle].index() - middle <= place {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        (UserId(user as u32), ItemId((place + low) as u32))
    }

    /// Pairs drawn at random, one of each of `count` parts of equal size.
    fn draw(&self, count: usize, seed: u64) -> Vec<(UserId, ItemId)> {
        let mut draws = SplitMix64::seed_from_u64(!seed);
        let part = self.len() as f64 / count as f64;
        let within = |part_of: usize| {
            let uniform = (draws.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
            self.at((((part_of as f64) + uniform) * part).min((self.len() - 1) as f64) as usize)
        };
        (0..count).map(within).collect()
    }
}

/// A step function that never falls: the share of impressions by x that is nearest by least squares.
struct Rising {
    /// Where each step begins, and its share; the first holds below, too.
    steps: Vec<(f32, f32)>,
}

impl Rising {
    /// By pooling neighbours that violate the order (Ayer et al., 1955). `weight`: how many pairs each of
    /// `zeros`, which were never shown, stands for.
    fn fit(ones: &[f32], zeros: &[f32], weight: f64) -> Self {
        let mut all: Vec<(f32, f64, f64)> = ones.iter().map(|&x| (x, 1.0, 1.0)).collect();
        all.extend(zeros.iter().map(|&x| (x, 0.0, weight)));
        all.par_sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut pooled: Vec<(f32, f64, f64)> = Vec::new();
        for (x, mut shown, mut count) in all {
            let mut start = x;
            while let Some(&(before, ones, of)) = pooled.last() {
                if before < start && ones * count < shown * of {
                    break;
                }
                (start, shown, count) = (before, shown + ones, count + of);
                pooled.pop();
            }
            pooled.push((start, shown, count));
        }
        let share = |(start, shown, count): (f32, f64, f64)| (start, (shown / count) as f32);
        Self { steps: pooled.into_iter().map(share).collect() }
    }

    fn at(&self, x: f32) -> f32 {
        let step = self.steps.partition_point(|(start, _)| *start <= x);
        self.steps.get(step.saturating_sub(1)).map_or(0.0, |(_, share)| *share)
    }
}

#[cfg(test)]
mod tests;
