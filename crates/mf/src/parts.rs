//! Objectives of several parts: single pairs, whose rows have parts of lengths that stay.

use crate::cell::{State, Step, User};
use crate::deal::ItemBlock;
use crate::objective::{PARTS, Parted};
use crate::pairs::Pairs;
use crate::{Error, Factors, ValidParams};
use foretaste_data::Interactions;
use foretaste_kernels::{LANES, Lanes, Move, dot_with_norms, lanes_for, step_pair};
use std::array::from_fn;
use std::ops::Range;

/// How rows are made of parts: one after the other, the first with the first numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    widths: Vec<usize>,
    /// Where the lanes of each part end; of those that there are not, where the last ends.
    ends: [usize; PARTS],
    /// γ: the squared length of each part.
    squares: [f32; PARTS],
}

impl Layout {
    /// Parts of so many numbers and of a squared length each, above 0. All but the last fill whole
    /// lanes of 16 numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] if they do not, if there are none or more than [`PARTS`].
    pub fn new(parts: &[(usize, f32)]) -> Result<Self, Error> {
        let legal = (1..=PARTS).contains(&parts.len());
        Error::unless(legal, "parts", "at least 1 and at most 8", parts.len())?;
        let last = parts.len() - 1;
        for (n, &(width, square)) in parts.iter().enumerate() {
            let whole = width > 0 && (n == last || width.is_multiple_of(LANES));
            Error::unless(
                whole,
                "parts",
                "of 16 numbers or multiples of it, but for the last",
                width,
            )?;
            let legal = square.is_finite() && square > 0.0;
            Error::unless(legal, "parts", "of a finite squared length above 0", square)?;
        }
        let widths: Vec<usize> = parts.iter().map(|part| part.0).collect();
        let end = |n: usize| widths.iter().take(n + 1).map(|&width| lanes_for(width)).sum();
        let squares = from_fn(|n| parts.get(n).map_or(0.0, |part| part.1));
        Ok(Self { ends: from_fn(end), squares, widths })
    }

    /// Numbers in each part.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// Numbers in a row.
    pub fn factors(&self) -> usize {
        self.widths.iter().sum()
    }

    /// γ of each part, 0 of those that there are not.
    pub fn squares(&self) -> [f32; PARTS] {
        self.squares
    }

    /// What a training starts from: normal rows, of the lengths that parts have.
    pub fn start(&self, data: &Interactions, params: &ValidParams) -> Factors {
        let mut factors = Factors::initial(data, params.get(), &[]);
        self.settle(&mut factors);
        factors
    }

    /// Gives each part of each row its length.
    pub fn settle(&self, factors: &mut Factors) {
        for table in [&mut factors.users, &mut factors.items] {
            let lanes = table.lanes();
            table.data_mut().chunks_exact_mut(lanes.max(1)).for_each(|row| self.settle_row(row));
        }
    }

    fn settle_row(&self, row: &mut [Lanes]) {
        for part in 0..self.widths.len() {
            let numbers = row[self.lanes(part)].as_flattened_mut();
            let square: f64 = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            // Nothing has no direction: it stays until a step gives it one.
            let scale = (f64::from(self.squares[part]) / square.max(f64::MIN_POSITIVE)).sqrt();
            numbers.iter_mut().for_each(|x| *x = (f64::from(*x) * scale) as f32);
        }
    }

    /// Where the lanes of a part are in a row.
    #[inline(always)]
    pub(crate) fn lanes(&self, part: usize) -> Range<usize> {
        let start = if part == 0 { 0 } else { self.ends[part - 1] };
        start..self.ends[part]
    }

    /// The move of a part along another one times `rate`, back to the length that it has: of x = ⟨a, b⟩,
    /// ‖a‖² and ‖b‖².
    #[inline(always)]
    pub(crate) fn along(&self, part: usize, rate: f32, (x, own, other): (f32, f32, f32)) -> Move {
        let square = self.squares[part];
        let moved = own + 2.0 * rate * x + rate * rate * other;
        // Where nothing is left, the length comes back with the next steps.
        let keep = (square / moved.max(square * LEAST)).sqrt();
        Move { keep, rate: keep * rate }
    }
}

/// The share of a squared length below which a row is not brought back at once.
const LEAST: f32 = 1e-6;

/// Trains each positive and each of its negatives, in the parts that each reaches.
#[derive(Debug)]
pub(crate) struct Parts<'a, O> {
    objective: &'a O,
    layout: &'a Layout,
}

impl<'a, O: Parted> Parts<'a, O> {
    pub(crate) fn new(objective: &'a O, layout: &'a Layout) -> Self {
        Self { objective, layout }
    }
}

impl<O: Parted> Pairs for Parts<'_, O> {
    const ONE_CHANNEL: bool = false;

    #[inline(always)]
    fn first(&self, _row: usize) -> Range<usize> {
        self.layout.lanes(0)
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
        let Self { objective, layout } = *self;
        let lanes = user.row.len();
        let row = &mut items.rows[item * lanes..(item + 1) * lanes];
        let depth = objective.depth(y).min(layout.widths.len());
        let (mut x, mut of_user, mut of_item) = ([0.0; PARTS], [0.0; PARTS], [0.0; PARTS]);
        for part in 0..depth {
            let at = layout.lanes(part);
            (x[part], of_user[part], of_item[part]) =
                dot_with_norms(&user.row[at.clone()], &row[at]);
        }
        state.count(measured, weight, move || objective.loss(&x, y));
        let ascent = objective.ascent(&x, y).map(|ascent| ascent * weight);
        let mut sums = [1.0; 2];
        if ADAPTIVE {
            for part in 0..depth {
                let square = ascent[part] * ascent[part] / step.cols;
                user.own.sum += square * of_item[part];
                items.sums[item] += square * of_user[part];
            }
            sums = [user.own.sum, items.sums[item]];
        }
        let [rate_u, rate_v] =
            sums.map(|sum| step.learning_rate * if ADAPTIVE { 1.0 / sum.sqrt() } else { 1.0 });
        for part in 0..depth {
            let at = layout.lanes(part);
            let (x, u, v) = (x[part], of_user[part], of_item[part]);
            let of_u = layout.along(part, rate_u * ascent[part], (x, u, v));
            let of_v = layout.along(part, rate_v * ascent[part], (x, v, u));
            step_pair(&mut user.row[at.clone()], &mut row[at], of_u, of_v);
        }
    }
}

#[cfg(test)]
mod tests;
