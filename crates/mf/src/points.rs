//! Objectives of single pairs: a positive, then its negatives, each on its own.

use crate::cell::{MAX_CHANNELS, State, Step, User};
use crate::deal::ItemBlock;
use crate::objective::Pointwise;
use crate::pairs::Pairs;
use crate::{Bias, Channel, Error, Params};
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
    /// What each channel has of biases.
    bias: [Bias; C],
}

impl<'a, O: Pointwise<C>, const C: usize> Points<'a, O, C> {
    pub(crate) fn new(objective: &'a O, params: &Params, more: &[Channel]) -> Result<Self, Error> {
        const { assert!(C >= 1 && C <= MAX_CHANNELS, "rows have room for so many channels") };
        if more.len() + 1 != C {
            let (name, rule) = ("channels", "as many as the objective has");
            return Err(Error::parameter(name, rule, more.len() + 1));
        }
        more.iter().try_for_each(|channel| channel.check())?;
        let (reg, bias) = ([params.reg; C], [params.bias; C]);
        let mut points = Self { objective, ends: [0; C], reg, bias };
        let mut end = lanes_for(params.factors);
        points.ends[0] = end;
        for (n, channel) in more.iter().enumerate() {
            end += lanes_for(channel.factors);
            points.ends[n + 1] = end;
            points.reg[n + 1] = channel.reg;
            points.bias[n + 1] = channel.bias;
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
}

impl<O: Pointwise<C>, const C: usize> Pairs for Points<'_, O, C> {
    const ONE_CHANNEL: bool = C == 1;

    #[inline(always)]
    fn first(&self, row: usize) -> Range<usize> {
        self.lanes(0, row)
    }

    #[inline(always)]
    fn pair<const ADAPTIVE: bool>(
        &self,
        step: &Step,
        user: &mut User<'_>,
        items: &mut ItemBlock,
        (item, y, weight): (usize, f32, f32),
        measured: bool,
        state: &mut State<'_>,
    ) {
        let lanes = user.row.len();
        let row = &mut items.rows[item * lanes..(item + 1) * lanes];
        let (mut x, mut of_user, mut of_item) = ([0.0; C], [0.0; C], [0.0; C]);
        for c in 0..C {
            let lanes = self.lanes(c, lanes);
            (x[c], of_user[c], of_item[c]) = dot_with_norms(&user.row[lanes.clone()], &row[lanes]);
            x[c] += items.biases[c].get(item).copied().unwrap_or(0.0);
            x[c] += user.own.bias[c] + state.global[c].bias;
        }
        let objective = self.objective;
        state.count(measured, weight, move || objective.loss(x, y));
        let ascent = self.objective.ascent(x, y).map(|ascent| ascent * weight);
        let mut sums = [1.0; 2];
        if ADAPTIVE {
            for c in 0..C {
                // A bias is one more number of the row, whose gradient is the ascent itself.
                let one = |on: bool| if on { 1.0 } else { 0.0 };
                let square = ascent[c] * ascent[c] / step.cols;
                user.own.sum += square * (of_item[c] + one(self.bias[c].user));
                items.sums[item] += square * (of_user[c] + one(self.bias[c].item));
            }
            sums = [user.own.sum, items.sums[item]];
        }
        for (c, &ascent) in ascent.iter().enumerate() {
            let lanes = self.lanes(c, lanes);
            let channel = Step { reg: self.reg[c], ..*step };
            let [of_u, of_v] = sums.map(|sum| channel.along::<ADAPTIVE>(ascent, sum));
            step_pair(&mut user.row[lanes.clone()], &mut row[lanes], of_u, of_v);
            if self.bias[c].user {
                user.own.bias[c] = of_u.keep * user.own.bias[c] + of_u.rate;
            }
            if let Some(bias) = items.biases[c].get_mut(item) {
                *bias = of_v.keep * *bias + of_v.rate;
            }
            if self.bias[c].global {
                let global = &mut state.global[c];
                global.sum += if ADAPTIVE { ascent * ascent } else { 0.0 };
                let sum = if ADAPTIVE { global.sum } else { 1.0 };
                global.bias += Step { reg: 0.0, ..*step }.along::<ADAPTIVE>(ascent, sum).rate;
            }
        }
    }
}
