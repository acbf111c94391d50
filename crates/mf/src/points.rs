//! Objectives of single pairs: a positive, then its negatives, each on its own.

use crate::cell::{Random, Step, Task, User};
use crate::deal::ItemBlock;
use crate::objective::{Label, Pointwise};
use crate::triples::draw_negative;
use crate::{Channel, Error, Params};
use foretaste_kernels::{dot_with_norms, lanes_for, step_pair};
use std::ops::Range;

/// Trains each positive and each of its negatives.
#[derive(Debug)]
pub(crate) struct Points<'a, O, const C: usize> {
    objective: &'a O,
    /// Where the lanes of each channel end in a row.
    ends: [usize; C],
    /// λ of each channel.
    reg: [f32; C],
}

impl<'a, O: Pointwise<C>, const C: usize> Points<'a, O, C> {
    pub(crate) fn new(objective: &'a O, params: &Params, more: &[Channel]) -> Result<Self, Error> {
        if more.len() + 1 != C {
            let (name, rule) = ("channels", "as many as the objective has");
            return Err(Error::Parameter { name, rule, value: (more.len() + 1).to_string() });
        }
        more.iter().try_for_each(|channel| channel.check())?;
        let mut points = Self { objective, ends: [0; C], reg: [params.reg; C] };
        let mut end = lanes_for(params.factors);
        points.ends[0] = end;
        for (n, channel) in more.iter().enumerate() {
            end += lanes_for(channel.factors);
            points.ends[n + 1] = end;
            points.reg[n + 1] = channel.reg;
        }
        Ok(points)
    }

    /// Where the lanes of a channel are; of the only channel, the whole row, whose length the
    /// compiler knows.
    #[inline(always)]
    fn lanes(&self, channel: usize, row: usize) -> Range<usize> {
        match (C, channel) {
            (1, _) => 0..row,
            (_, 0) => 0..self.ends[0],
            _ => self.ends[channel - 1]..self.ends[channel],
        }
    }

    #[inline(always)]
    fn train_pair<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (item, label): (usize, Label),
        random: &mut Random<'_>,
    ) {
        let lanes = user.row.len();
        let row = &mut items.rows[item * lanes..(item + 1) * lanes];
        let (mut x, mut of_user, mut of_item) = ([0.0; C], [0.0; C], [0.0; C]);
        for c in 0..C {
            let lanes = self.lanes(c, lanes);
            (x[c], of_user[c], of_item[c]) = dot_with_norms(&user.row[lanes.clone()], &row[lanes]);
        }
        x[0] += items.bias.get(item).copied().unwrap_or(0.0);
        random.tally.count(|| self.objective.loss(x, label));
        let mut ascent = self.objective.ascent(x, label);
        if label == Label::Negative {
            ascent = ascent.map(|a| a * items.sampler.weight);
        }
        let mut sums = [1.0; 2];
        if ADAPTIVE {
            for (ascent, (of_user, of_item)) in ascent.iter().zip(of_user.iter().zip(of_item)) {
                let square = ascent * ascent / step.cols;
                user.sum += square * of_item;
                items.sums[item] += square * of_user;
            }
            sums = [user.sum, items.sums[item]];
        }
        for (c, &ascent) in ascent.iter().enumerate() {
            let lanes = self.lanes(c, lanes);
            let channel = Step { reg: self.reg[c], ..*step };
            let [of_u, of_v] = sums.map(|sum| channel.along::<ADAPTIVE>(ascent, sum));
            step_pair(&mut user.row[lanes.clone()], &mut row[lanes], of_u, of_v);
        }
        if let Some(bias) = items.bias.get_mut(item) {
            let along = step.along::<ADAPTIVE>(ascent[0], sums[1]);
            *bias = along.keep * *bias + along.rate;
        }
    }
}

impl<O: Pointwise<C>, const C: usize> Task for Points<'_, O, C> {
    #[inline(always)]
    fn train<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        positive: usize,
        random: &mut Random<'_>,
    ) {
        let pair = (positive, Label::Positive);
        self.train_pair::<ADAPTIVE>(step, user, items, pair, random);
        for _ in 0..step.negatives {
            let negative = draw_negative(step, user.row, items, random.stream);
            let pair = (negative, Label::Negative);
            self.train_pair::<ADAPTIVE>(step, user, items, pair, random);
        }
    }
}
