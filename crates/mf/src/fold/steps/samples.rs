//! What is drawn and stepped along for a positive, by kind of objective.

use super::{At, BySteps, Samples, User};
use crate::searches::Found;
use crate::streams::Stream;
use crate::{Channel, Layout, PARTS, Pairwise, Params, Parted, Pointwise, Ranking, ValidParams};
use foretaste_data::Interactions;
use foretaste_kernels::{dot_with_norms, lanes_for, step_row};
use std::array::from_fn;
use std::fmt::Debug;
use std::ops::Range;

/// The samples of an objective of triples.
#[derive(Debug)]
pub struct OnTriples<O>(O);

/// The samples of an objective of triples whose negatives are sought.
#[derive(Debug)]
pub struct OnSearches<O>(O);

/// The samples of an objective of single pairs.
#[derive(Debug)]
pub struct OnPairs<O, const C: usize> {
    objective: O,
    channels: [Channel; C],
    /// Where the lanes of each channel end in a row.
    ends: [usize; C],
}

/// The samples of an objective of parts.
#[derive(Debug)]
pub struct OnParts<O> {
    objective: O,
    layout: Layout,
}

impl<O: Pairwise> BySteps<OnTriples<O>> {
    /// For factors that were trained on `data`, by [`train_pairwise`](crate::train_pairwise).
    pub fn on_triples(objective: O, params: &ValidParams, data: &Interactions) -> Self {
        Self::new(OnTriples(objective), params, data)
    }
}

impl<O: Ranking> BySteps<OnSearches<O>> {
    /// For factors that were trained on `data`, by [`train_ranking`](crate::train_ranking).
    pub fn on_searches(objective: O, params: &ValidParams, data: &Interactions) -> Self {
        Self::new(OnSearches(objective), params, data)
    }
}

impl<O: Pointwise<C>, const C: usize> BySteps<OnPairs<O, C>> {
    /// For factors that were trained on `data`, by [`train_pointwise`](crate::train_pointwise), of
    /// which `more` are the channels after the first.
    ///
    /// # Panics
    /// If there are not C − 1 more channels.
    pub fn on_pairs(
        objective: O,
        params: &ValidParams,
        more: &[Channel],
        data: &Interactions,
    ) -> Self {
        assert_eq!(more.len() + 1, C, "a channel for each of the objective's");
        let first = params.get().first_channel();
        let channels: [Channel; C] = from_fn(|c| if c == 0 { first } else { more[c - 1] });
        let end = |c: usize| channels[..=c].iter().map(|channel| lanes_for(channel.factors)).sum();
        Self::new(OnPairs { objective, channels, ends: from_fn(end) }, params, data)
    }
}

impl<O: Parted> BySteps<OnParts<O>> {
    /// For factors that were trained on `data`, by [`train_parted`](crate::train_parted).
    pub fn on_parts(
        objective: O,
        layout: &Layout,
        params: &ValidParams,
        data: &Interactions,
    ) -> Self {
        Self::new(OnParts { objective, layout: layout.clone() }, params, data)
    }
}

impl<O: Pairwise + Debug + Send> Samples for OnTriples<O> {
    const ALONE: bool = false;

    fn channels(&self, params: &Params) -> Vec<Channel> {
        vec![params.first_channel()]
    }

    #[inline(always)]
    fn step(at: &At<'_, Self>, user: &mut User<'_>, (i, label): (usize, f32), stream: &mut Stream) {
        for _ in 0..at.by.params.negatives {
            let (j, y) = at.negative(user, i, 0..user.row.len(), stream);
            at.triple(user, &at.by.samples.0, (i, j), [label, y]);
        }
    }
}

impl<O: Ranking + Debug + Send> Samples for OnSearches<O> {
    const ALONE: bool = false;

    fn channels(&self, params: &Params) -> Vec<Channel> {
        vec![params.first_channel()]
    }

    #[inline(always)]
    fn step(at: &At<'_, Self>, user: &mut User<'_>, (i, label): (usize, f32), stream: &mut Stream) {
        let objective = &at.by.samples.0;
        for _ in 0..at.by.params.negatives {
            let row = 0..user.row.len();
            let own = at.score(user.row, i, row.clone());
            for draw in 1..=objective.draws() {
                let j = at.by.sampler.draw_unmarked(user.marks, stream) as usize;
                if objective.descent(own - at.score(user.row, j, row.clone()), draw) != 0.0 {
                    at.triple(user, &Found { objective, draw }, (i, j), [label, 0.0]);
                    break;
                }
            }
        }
    }
}

/// What is done with a pair, whether it is a positive or was drawn.
trait Singly: Debug + Send + Sync + Sized {
    fn channels(&self, params: &Params) -> Vec<Channel>;

    /// The lanes of a row by which the model chooses a negative.
    fn first(&self) -> Range<usize>;

    /// Steps along a pair: an item, its label, and how much it counts.
    fn pair(&self, at: &At<'_, Self>, user: &mut User<'_>, pair: (usize, f32, f32));
}

impl<S: Singly> Samples for S {
    const ALONE: bool = true;

    fn channels(&self, params: &Params) -> Vec<Channel> {
        Singly::channels(self, params)
    }

    #[inline(always)]
    fn step(at: &At<'_, Self>, user: &mut User<'_>, (i, label): (usize, f32), stream: &mut Stream) {
        let samples = &at.by.samples;
        samples.pair(at, user, (i, label, at.by.weight));
        let negatives = if user.full { 0 } else { at.by.params.negatives };
        for _ in 0..negatives {
            let (j, y) = at.negative(user, i, samples.first(), stream);
            samples.pair(at, user, (j, y, user.weight));
        }
    }
}

impl<O: Pointwise<C>, const C: usize> OnPairs<O, C> {
    #[inline(always)]
    fn lanes(&self, channel: usize) -> Range<usize> {
        let start = if channel == 0 { 0 } else { self.ends[channel - 1] };
        start..self.ends[channel]
    }
}

impl<O: Pointwise<C> + Debug + Send, const C: usize> Singly for OnPairs<O, C> {
    fn channels(&self, _: &Params) -> Vec<Channel> {
        self.channels.to_vec()
    }

    #[inline(always)]
    fn first(&self) -> Range<usize> {
        self.lanes(0)
    }

    #[inline(always)]
    fn pair(&self, at: &At<'_, Self>, user: &mut User<'_>, (item, y, weight): (usize, f32, f32)) {
        let row = at.factors.items.row(item);
        let (mut x, mut of_item) = ([0.0; C], [0.0; C]);
        for c in 0..C {
            let lanes = self.lanes(c);
            let biases = &at.factors.biases[c];
            (x[c], _, of_item[c]) = dot_with_norms(&user.row[lanes.clone()], &row[lanes]);
            x[c] += biases.items.get(item).copied().unwrap_or(0.0);
            x[c] += user.bias[c] + biases.global;
        }
        let ascent = self.objective.ascent(x, y).map(|ascent| ascent * weight);
        let cols = at.factors.items.widths().iter().sum::<usize>() as f32;
        for c in 0..C {
            let one = if self.channels[c].bias.user { 1.0 } else { 0.0 };
            user.sum += ascent[c] * ascent[c] / cols * (of_item[c] + one);
        }
        for (c, &ascent) in ascent.iter().enumerate() {
            let lanes = self.lanes(c);
            let along = at.along(user, ascent, self.channels[c].reg);
            step_row(&mut user.row[lanes.clone()], &row[lanes], along);
            if self.channels[c].bias.user {
                user.bias[c] = along.keep * user.bias[c] + along.rate;
            }
        }
    }
}

impl<O: Parted + Debug + Send> Singly for OnParts<O> {
    fn channels(&self, params: &Params) -> Vec<Channel> {
        vec![params.first_channel()]
    }

    #[inline(always)]
    fn first(&self) -> Range<usize> {
        self.layout.lanes(0)
    }

    #[inline(always)]
    fn pair(&self, at: &At<'_, Self>, user: &mut User<'_>, (item, y, weight): (usize, f32, f32)) {
        let Self { objective, layout } = self;
        let row = at.factors.items.row(item);
        let depth = objective.depth(y).min(layout.widths().len());
        let (mut x, mut of_user, mut of_item) = ([0.0; PARTS], [0.0; PARTS], [0.0; PARTS]);
        for part in 0..depth {
            let at = layout.lanes(part);
            (x[part], of_user[part], of_item[part]) =
                dot_with_norms(&user.row[at.clone()], &row[at]);
        }
        let ascent = objective.ascent(&x, y).map(|ascent| ascent * weight);
        for part in 0..depth {
            let square = ascent[part] * ascent[part] / at.by.params.factors as f32;
            user.sum += square * of_item[part];
        }
        let rate = at.rate(user);
        for part in 0..depth {
            let at = layout.lanes(part);
            let products = (x[part], of_user[part], of_item[part]);
            let along = layout.along(part, rate * ascent[part], products);
            step_row(&mut user.row[at.clone()], &row[at], along);
        }
    }
}
