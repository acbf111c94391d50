//! A few users at a time: their rows rounded, and what they look for in a tile of items.

use super::items::{Items, Tile};
use super::rounded::{Extent, Lengths, most, pairs, round, unit};
use super::short;
use crate::Products;
use foretaste_data::UserId;
use foretaste_kernels::scan::{self, GROUP, Hit, Pair, scan};
use foretaste_kernels::screen::{self, ZERO, screen};

/// Beyond it, a score might overflow, in whatever order it is summed.
const MAX_SCORE: f64 = 1e37;
/// Where `f32` has less than its usual precision, or none: an error that is always allowed for.
const TINY: f64 = 1e-28;
/// If more than one pair in so many passes the screen, multiplying all pairs is faster.
const FEW: usize = 8;
/// For how many tiles the screen is left out at most, until it is tried again.
const LONGEST_WAIT: usize = 32;

/// Up to [`GROUP`] users.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// Each rounded to 16 bits, to a unit of its own.
    words: Vec<[Pair; GROUP]>,
    scale: [f32; GROUP],
    /// How far a score of a hit may be from the score, less [`Products::shift`].
    pub(super) error: [f64; GROUP],
    /// What a score of a hit must reach.
    pub(super) threshold: [f32; GROUP],
    /// Each rounded to 8 bits.
    bytes: Vec<[[i8; 4]; GROUP]>,
    offset: [i16; GROUP],
    exact: [&'a [f32]; GROUP],
    users: Vec<Short>,
    wait: Wait,
}

/// What rounding to 8 bits makes of a user.
#[derive(Debug)]
struct Short {
    unit: f32,
    lengths: Lengths,
    /// What `f32` rounds.
    summing: f64,
}

/// For how many tiles the screen is left out.
#[derive(Debug)]
struct Wait {
    tiles: usize,
    next: usize,
}

impl<'a> Group<'a> {
    /// `None` if a number is not finite, or a score might not be.
    pub(super) fn new(products: Products<'a>, items: &Items, users: &[UserId]) -> Option<Self> {
        let long = products.factors() + usize::from(items.beside_bias.is_some());
        let mut group = Self {
            words: vec![[[0; 2]; GROUP]; items.pairs],
            scale: [0.0; GROUP],
            error: [0.0; GROUP],
            threshold: [f32::INFINITY; GROUP],
            bytes: vec![[[0; 4]; GROUP]; pairs(long)],
            offset: [0; GROUP],
            exact: [products.user(users.first()?.index()); GROUP],
            users: Vec::with_capacity(users.len()),
            // There are no thresholds in the first tile.
            wait: Wait { tiles: if long > short::MAX_LEN { usize::MAX } else { 1 }, next: 1 },
        };
        let mut numbers = Vec::new();
        for (n, user) in users.iter().enumerate() {
            let row = products.user(user.index());
            let extent = Extent::of(row);
            if !extent.is_finite() {
                return None;
            }
            let unit = unit(extent.largest, f64::from(most(items.pairs)));
            let lengths = round(row, unit, &mut numbers);
            let words = group.words.iter_mut().zip(numbers.as_chunks::<2>().0);
            words.for_each(|(words, pair)| words[n] = *pair);
            group.scale[n] = (f64::from(unit) * f64::from(items.unit)) as f32;
            let summing = summing(row.len(), lengths, items, products.shift(user.index()).into())?;
            group.error[n] = 1.001 * lengths.error(&items.lengths) + summing;
            group.threshold[n] = f32::MIN;
            group.exact[n] = row;
            let long: Vec<f32> = row.iter().copied().chain(items.beside_bias).collect();
            group.set_short(n, &long, summing, &mut numbers);
        }
        Some(group)
    }

    /// Takes in the 8-bit numbers of user `n`: of the factors, and the number beside biases.
    fn set_short(&mut self, n: usize, row: &[f32], summing: f64, numbers: &mut Vec<i16>) {
        let unit = short::unit_of_user(row.len(), Extent::of(row));
        let lengths = round(row, unit, numbers);
        let bytes = self.bytes.iter_mut().zip(numbers.as_chunks::<2>().0);
        for (bytes, pair) in bytes {
            let [a, b] = pair.map(|number| number as i8);
            bytes[n] = [a, b, a, b];
        }
        let sum: i32 = numbers.iter().map(|&number| i32::from(number)).sum();
        self.offset[n] = (-i32::from(ZERO) * sum) as i16;
        self.users.push(Short { unit, lengths, summing });
    }

    /// Puts into `hits` the pairs of users and items of the tile whose score reaches the user's
    /// threshold, and maybe some whose score, as the hit has it, is below it by no more than the error.
    pub(super) fn look(
        &mut self,
        (items, products): (&Items, &Products<'_>),
        tile: &Tile,
        hits: &mut Vec<Hit>,
    ) {
        hits.clear();
        let bar = self.bar(tile);
        if bar == [i16::MAX; GROUP] {
            return;
        }
        if self.wait.tiles == 0 {
            let users = screen::Users {
                rows: &self.bytes,
                offset: &self.offset,
                bar: &bar,
                exact: self.exact,
                threshold: &self.threshold,
            };
            if let Some(passed) = screen(users, items.bytes(tile, products), hits) {
                return self.wait.after(passed * FEW > tile.n_pairs());
            }
            self.wait.tiles = usize::MAX;
        }
        self.wait.tiles -= 1;
        let users =
            scan::Users { rows: &self.words, scale: &self.scale, threshold: &self.threshold };
        scan(users, items.words(tile, products), hits);
    }

    /// What sums of 8-bit numbers must be above, for each user.
    fn bar(&self, tile: &Tile) -> [i16; GROUP] {
        let mut bar = [i16::MAX; GROUP];
        for (n, user) in self.users.iter().enumerate() {
            bar[n] = user.bar(tile, f64::from(self.threshold[n]) + self.error[n]);
        }
        bar
    }
}

impl Short {
    /// What sums must be above if the score, less [`Products::shift`], is at least `least`.
    fn bar(&self, tile: &Tile, least: f64) -> i16 {
        let least = least - self.summing;
        if least > 1.001 * self.lengths.exact * tile.lengths.exact {
            return i16::MAX;
        }
        let unit = f64::from(self.unit) * f64::from(tile.unit);
        let sum = (least - 1.001 * self.lengths.error(&tile.lengths)) / unit;
        // Where nothing is known, everything passes.
        if sum.is_nan() { i16::MIN } else { (sum.floor() - 1.0) as i16 }
    }
}

impl Wait {
    /// Longer each time that the screen did not pay.
    fn after(&mut self, in_vain: bool) {
        self.tiles = if in_vain { self.next } else { 0 };
        self.next = if in_vain { (2 * self.next).min(LONGEST_WAIT) } else { 1 };
    }
}

/// A bound of what summing `len` products and three biases in `f32` rounds, in whatever order, once for
/// a score and once for a hit: (2 len + 8) ε of the largest number that there can be (Higham, Accuracy
/// and Stability of Numerical Algorithms, 2002, section 3.1). The factor 1.1 covers what is left out
/// here, as 1.001 does elsewhere. `None` if scores may overflow.
fn summing(len: usize, user: Lengths, items: &Items, shift: f64) -> Option<f64> {
    let item = &items.lengths;
    let products = user.exact * item.exact + user.rounded * item.rounded;
    let size = products + items.largest_bias + shift.abs();
    let rounding = (2 * len + 8) as f64 * f64::from(f32::EPSILON / 2.0) * size;
    (size < MAX_SCORE).then_some(1.1 * rounding + TINY)
}

#[cfg(test)]
mod tests;
