//! Folding in by the method's own steps.
//!
//! ```text
//! U_u = mean of the trained users
//! for each of PASSES                    η falls over them as it fell over the epochs
//!     for each positive i, in an order that is drawn anew
//!         for each of its negatives j, drawn from all items as in the training
//!             step along the objective's coefficient, in U_u and the user's biases
//! ```
//!
//! The random numbers depend on the seed alone, not on where the user stands among others: the same
//! history gives the same row.

mod samples;

use super::{FoldIn, Users};
use crate::apart::weight_of_positives;
use crate::cell::MAX_CHANNELS;
use crate::deal::ItemWeights;
use crate::epoch::FIRST_SUM;
use crate::negatives::{BlockSampler, Marks};
use crate::streams::{Purpose, Stream, stream};
use crate::{Biases, Channel, Factors, Negatives, Pairwise, Params, Steps, ValidParams, Weighting};
use foretaste_data::{Interactions, ItemId, UserId};
use foretaste_kernels::{Lanes, Move, dispatch, dot, step_row_between, sub_dot_with_norms};
use foretaste_model::Scorer;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::array::from_fn;
use std::fmt::Debug;
use std::ops::Range;

pub use samples::{OnPairs, OnParts, OnSearches, OnTriples};

/// Passes over a history. NDCG@10 of validation users, a tenth whom the training had not seen, against
/// the same users' figure when it had:
///
/// | | 2 | 5 | 10 | 20 | 40 | trained |
/// |---|---|---|---|---|---|---|
/// | bpr, MovieLens 1M | .244 | .251 | .258 | .256 | .258 | .258 |
/// | relmf, MovieLens 1M | .205 | .209 | .212 | .212 | .213 | .212 |
/// | nbpo, MovieLens 1M | .190 | .201 | .206 | .210 | .211 | .214 |
/// | bpr, Gowalla | .093 | .096 | .098 | .099 | .100 | .105 |
///
/// From a row of zeros instead of the mean it is less for few passes, and the same for 40.
const PASSES: u32 = 40;

/// Folding in by steps along the objective that the factors were trained on.
#[derive(Debug)]
pub struct BySteps<S> {
    samples: S,
    params: Params,
    /// The labels of items in a history; empty if all are 1.
    labels: Vec<f32>,
    sampler: BlockSampler,
    /// How much a positive counts, and whether negatives count for what they stand for.
    weight: f32,
}

impl<S> BySteps<S> {
    fn new(samples: S, params: &ValidParams, data: &Interactions) -> Self {
        let params = params.get().clone();
        let all: Vec<u32> = (0..data.n_items() as u32).collect();
        let counts = match params.sampler {
            Negatives::Popularity(_) => data.item_counts(),
            _ => Vec::new(),
        };
        let sampler = ItemWeights::new(params.sampler, &counts).sampler(&all, 1);
        let weight = match params.weighting {
            Weighting::Sampled => 1.0,
            Weighting::Population => {
                let active = data.starts().windows(2).filter(|row| row[0] < row[1]).count();
                let size = (active, data.n_items());
                weight_of_positives(data.nnz(), size, params.negatives) as f32
            }
        };
        Self { samples, params, labels: Vec::new(), sampler, weight }
    }

    /// With the labels of items in a history, one for each: those of
    /// [`Targets::Items`](crate::Targets::Items).
    #[must_use]
    pub fn with_labels(self, labels: Vec<f32>) -> Self {
        Self { labels, ..self }
    }

    fn label(&self, item: usize) -> f32 {
        if self.labels.is_empty() { 1.0 } else { self.labels[item] }
    }

    /// How much a negative counts of a user who has `own` of `n` items.
    fn weight_of_negatives(&self, own: usize, n: usize) -> f32 {
        match self.params.weighting {
            Weighting::Sampled => 1.0,
            Weighting::Population => {
                self.weight * ((n - own) as f32 / (own as f32 * self.params.negatives as f32))
            }
        }
    }
}

/// What is done with a positive of a user and its label.
trait Samples: Debug + Send + Sync {
    /// Whether a positive without negatives can be trained on.
    const ALONE: bool;

    /// The channels, in order.
    fn channels(&self, params: &Params) -> Vec<Channel>;

    fn step(at: &At<'_, Self>, user: &mut User<'_>, positive: (usize, f32), stream: &mut Stream)
    where
        Self: Sized;
}

/// What a step needs besides the user.
struct At<'a, S> {
    by: &'a BySteps<S>,
    factors: &'a Factors,
    learning_rate: f32,
    candidates: u32,
}

/// A user on the way.
struct User<'a> {
    row: &'a mut [Lanes],
    bias: [f32; MAX_CHANNELS],
    /// Sum of squared gradients.
    sum: f32,
    /// How much a negative counts.
    weight: f32,
    marks: &'a Marks,
    history: History<'a>,
    /// Whether there is no negative.
    full: bool,
}

/// What a user has, and how much it counts if that differs.
#[derive(Clone, Copy)]
struct History<'a> {
    items: &'a [ItemId],
    weights: Option<&'a [f32]>,
}

impl History<'_> {
    /// How much an item that the user has counts.
    #[inline(always)]
    fn weight(&self, item: ItemId) -> f32 {
        let Some(weights) = self.weights else { return 1.0 };
        self.items.binary_search(&item).map_or(1.0, |at| weights[at])
    }
}

impl<S: Samples> FoldIn for BySteps<S> {
    fn fits(&self, factors: &Factors) -> bool {
        let channels = self.samples.channels(&self.params);
        let widths = channels.iter().map(|channel| &channel.factors);
        let of_users = |(channel, biases): (&Channel, &Biases)| {
            biases.users.len() == if channel.bias.user { factors.n_users() } else { 0 }
        };
        widths.eq(factors.users.widths())
            && channels.iter().zip(&factors.biases).all(of_users)
            && (self.labels.is_empty() || self.labels.len() == factors.n_items())
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        let lanes = users.rows.lanes();
        let n_items = factors.n_items();
        let biases = &users.biases;
        let own_biases = |user: usize| from_fn(|c| bias_of(biases.get(c), user));
        let rows = users.rows.data_mut().par_chunks_mut(lanes.max(1)).enumerate();
        let scratch = || (Marks::new(n_items), Vec::new());
        let found: Vec<[f32; MAX_CHANNELS]> = rows
            .map_init(scratch, |(marks, order), (user, row)| {
                let (bias, user) = (own_biases(user), UserId(user as u32));
                let (items, weights) = (histories.row(user), histories.row_weights(user));
                match items {
                    [] => bias,
                    _ => fold_one(
                        self,
                        factors,
                        History { items, weights },
                        (row, bias),
                        marks,
                        order,
                    ),
                }
            })
            .collect();
        for (channel, biases) in users.biases.iter_mut().enumerate() {
            biases.iter_mut().zip(&found).for_each(|(bias, found)| *bias = found[channel]);
        }
    }
}

fn bias_of(biases: Option<&Vec<f32>>, user: usize) -> f32 {
    biases.and_then(|biases| biases.get(user)).copied().unwrap_or(0.0)
}

/// Moves one user; returns the biases.
fn fold_one<S: Samples>(
    by: &BySteps<S>,
    factors: &Factors,
    history: History<'_>,
    (row, bias): (&mut [Lanes], [f32; MAX_CHANNELS]),
    marks: &mut Marks,
    order: &mut Vec<(ItemId, f32)>,
) -> [f32; MAX_CHANNELS] {
    let (own, n) = (history.items.len(), factors.n_items());
    let full = if by.params.sampler == Negatives::Any { n == 1 } else { own == n };
    if full && !S::ALONE {
        return bias;
    }
    history.items.iter().for_each(|item| marks.add(item.0));
    order.clear();
    let label = |&item: &ItemId| (item, by.label(item.index()) * history.weight(item));
    order.extend(history.items.iter().map(label));
    let weight = by.weight_of_negatives(own, n);
    let mut user = User { row, bias, sum: FIRST_SUM, weight, marks, history, full };
    let mut stream = stream(by.params.seed, Purpose::FoldIn);
    for pass in 1..=PASSES {
        order.shuffle(&mut stream);
        let learning_rate = by.params.lr * by.params.schedule.share(pass, PASSES);
        let at = At { by, factors, learning_rate, candidates: by.params.sampler.candidates(n) };
        dispatch(
            #[inline(always)]
            || {
                for &(item, label) in &*order {
                    S::step(&at, &mut user, (item.index(), label), &mut stream);
                }
            },
        );
    }
    let bias = user.bias;
    history.items.iter().for_each(|item| marks.remove(item.0));
    bias
}

impl<S> At<'_, S> {
    /// A negative for a positive, and its label: as the training draws it, but of all items.
    #[inline(always)]
    fn negative(
        &self,
        user: &User<'_>,
        positive: usize,
        first: Range<usize>,
        stream: &mut Stream,
    ) -> (usize, f32) {
        let sampler = &self.by.sampler;
        if self.by.params.sampler == Negatives::Any {
            let other = sampler.draw_other(positive as u32, stream);
            let own = || self.by.label(other as usize) * user.history.weight(ItemId(other));
            let label = if user.marks.has(other) { own() } else { 0.0 };
            return (other as usize, label);
        }
        let mut negative = sampler.draw_unmarked(user.marks, stream) as usize;
        if self.candidates > 1 {
            let own = &user.row[first.clone()];
            let mut highest = self.score(own, negative, first.clone());
            for _ in 1..self.candidates {
                let other = sampler.draw_unmarked(user.marks, stream) as usize;
                let found = self.score(own, other, first.clone());
                if found > highest {
                    (negative, highest) = (other, found);
                }
            }
        }
        (negative, 0.0)
    }

    /// What the first channel makes of an item. No closure: it would be compiled without the
    /// instruction set that was dispatched to, and takes most of the time.
    #[inline(always)]
    fn score(&self, own: &[Lanes], item: usize, first: Range<usize>) -> f32 {
        let bias = self.factors.biases[0].items.get(item).copied().unwrap_or(0.0);
        dot(own, &self.factors.items.row(item)[first]) + bias
    }

    /// The user's step on a triple of labels `y`.
    #[inline(always)]
    fn triple(
        &self,
        user: &mut User<'_>,
        objective: &impl Pairwise,
        (i, j): (usize, usize),
        y: [f32; 2],
    ) {
        let (items, params) = (&self.factors.items, &self.by.params);
        let (row_i, row_j) = (items.row(i), items.row(j));
        let (mut x, _, of_items) = sub_dot_with_norms(user.row, row_i, row_j);
        let biases = &self.factors.biases[0].items;
        if !biases.is_empty() {
            x += biases[i] - biases[j];
        }
        let descent = objective.descent(x, y);
        user.sum += descent * descent / params.factors as f32 * of_items;
        step_row_between(user.row, row_i, row_j, self.along(user, descent, params.reg));
    }

    /// The move of the user along a direction times `descent`, after a gradient with this mean square.
    #[inline(always)]
    fn along(&self, user: &User<'_>, descent: f32, reg: f32) -> Move {
        let rate = self.rate(user);
        Move { keep: (1.0 - rate * reg).max(0.0), rate: rate * descent }
    }

    /// The user's learning rate.
    #[inline(always)]
    fn rate(&self, user: &User<'_>) -> f32 {
        let adaptive = self.by.params.steps == Steps::AdaGrad;
        self.learning_rate * if adaptive { 1.0 / user.sum.sqrt() } else { 1.0 }
    }
}
