//! Drawing negatives from a block of items.

use crate::Error;
use crate::streams::Stream;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a negative is drawn from the items that the user has not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Negatives {
    /// All equally likely.
    Uniform,
    /// Any other item than the positive, also one that the user has; all equally likely.
    Any,
    /// In proportion to (number of users)^power; items without users are never drawn.
    Popularity(f32),
    /// The one that the model likes best of so many uniform draws: Zhang, Chen, Wang, Yu,
    /// *Optimizing Top-N Collaborative Filtering via Dynamic Negative Item Sampling*, SIGIR 2013.
    /// A uniform negative is ranked right already, most of the time, and teaches nothing.
    ///
    /// 0 stands for a tenth of the square root of the number of items, from 2 to 32: the more
    /// items, the more draws it takes to find one that teaches, and the fewer of the hardest are
    /// items that the user would like.
    Hardest(u32),
}

pub(crate) const FORMS: &str = "`uniform`, `any`, `hardest`, `hardest-of-8`, or `pop^0.5`";

/// `uniform`, `any`, `hardest`, `hardest-of-N` or `pop^POWER`.
impl FromStr for Negatives {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let power = || text.strip_prefix("pop^")?.parse().ok();
        let of = || text.strip_prefix("hardest-of-")?.parse().ok();
        let found = match text {
            "uniform" => Some(Self::Uniform),
            "any" => Some(Self::Any),
            "hardest" => Some(Self::Hardest(0)),
            _ => power().map(Self::Popularity).or_else(|| of().map(Self::Hardest)),
        };
        found.ok_or_else(|| Error::parameter("sampler", FORMS, text))
    }
}

/// As [`FromStr`] reads it.
impl fmt::Display for Negatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Any => f.write_str("any"),
            Self::Hardest(0) => f.write_str("hardest"),
            Self::Hardest(of) => write!(f, "hardest-of-{of}"),
            Self::Popularity(power) => write!(f, "pop^{power}"),
        }
    }
}

impl Negatives {
    /// Draws among which the model chooses a negative.
    pub(crate) fn candidates(self, n_items: usize) -> u32 {
        match self {
            Self::Uniform | Self::Any | Self::Popularity(_) => 1,
            Self::Hardest(0) => ((n_items as f64).sqrt() / 10.0).round().clamp(2.0, 32.0) as u32,
            Self::Hardest(of) => of,
        }
    }
}

/// Draws local indices of a block.
///
/// `weight` is 1 for uniform draws. Draws by popularity are made within a block, and blocks differ
/// in their total; scaling a sample by `weight` = (block's total) / (mean total of a block) makes
/// its expectation that of a draw from all items.
#[derive(Clone, Debug)]
pub(crate) struct BlockSampler {
    pub(crate) weight: f32,
    len: u32,
    /// Walker's alias table: column n is kept with probability `keep[n]` / 2³², else its alias is
    /// taken. Empty for uniform draws.
    alias: Vec<(u32, u32)>,
}

/// After so many draws in a row that hit a marked item, the draw is made exactly among the rest.
const TRIES: u32 = 32;

impl BlockSampler {
    pub(crate) fn uniform(len: usize) -> Self {
        Self { weight: 1.0, len: len as u32, alias: Vec::new() }
    }

    /// In proportion to `weights`, which may be zero but not all of them.
    pub(crate) fn weighted(weights: &[f64], mean_total: f64) -> Self {
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return Self { weight: 0.0, ..Self::uniform(weights.len()) };
        }
        let weight = (total / mean_total) as f32;
        Self { weight, len: weights.len() as u32, alias: alias_table(weights, total) }
    }

    #[inline(always)]
    fn draw(&self, rng: &mut Stream) -> u32 {
        let bits = rng.next_u64();
        let column = (((bits >> 32) * u64::from(self.len)) >> 32) as u32;
        match self.alias.get(column as usize) {
            Some(&(keep, alias)) => {
                if (bits as u32) < keep {
                    column
                } else {
                    alias
                }
            }
            None => column,
        }
    }

    /// A draw among all items but `item`; there must be another one.
    #[inline(always)]
    pub(crate) fn draw_other(&self, item: u32, rng: &mut Stream) -> u32 {
        let others = u64::from(self.len - 1);
        let draw = (((rng.next_u64() >> 32) * others) >> 32) as u32;
        draw + u32::from(draw >= item)
    }

    /// A draw among the items that `marks` does not hold; at least one must be left, and one of
    /// them with a positive weight.
    #[inline(always)]
    pub(crate) fn draw_unmarked(&self, marks: &Marks, rng: &mut Stream) -> u32 {
        let mut item = self.draw(rng);
        if marks.has(item) {
            item = self.redraw(marks, rng);
        }
        item
    }

    #[inline(never)]
    fn redraw(&self, marks: &Marks, rng: &mut Stream) -> u32 {
        for _ in 0..TRIES {
            let item = self.draw(rng);
            if !marks.has(item) {
                return item;
            }
        }
        self.draw_exactly(marks, rng)
    }

    /// Inverse sampling over the unmarked items; linear in the block, for users who have nearly
    /// all of it.
    fn draw_exactly(&self, marks: &Marks, rng: &mut Stream) -> u32 {
        let chance = self.chances();
        let free = || (0..self.len).filter(|&item| !marks.has(item));
        let total: u128 = free().map(|item| u128::from(chance(item))).sum();
        let mut left = (u128::from(rng.next_u64()) * total) >> 64;
        let mut last = 0;
        for item in free() {
            let weight = u128::from(chance(item));
            if left < weight {
                return item;
            }
            left -= weight;
            last = item;
        }
        last
    }

    /// The weight of each item that the alias table stands for, in units of 2⁻³².
    fn chances(&self) -> impl Fn(u32) -> u64 {
        let mut chances = vec![1; self.len as usize];
        if !self.alias.is_empty() {
            chances.fill(0);
            for (column, &(keep, alias)) in self.alias.iter().enumerate() {
                chances[column] += u64::from(keep);
                chances[alias as usize] += (1 << 32) - u64::from(keep);
            }
        }
        move |item| chances[item as usize]
    }
}

/// Walker's alias table by Vose's method, in O(n).
fn alias_table(weights: &[f64], total: f64) -> Vec<(u32, u32)> {
    let mean = total / weights.len() as f64;
    let mut scaled: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
    let all = 0..weights.len();
    let (mut small, mut large): (Vec<_>, Vec<_>) = all.partition(|&n| scaled[n] < 1.0);
    let mut table: Vec<_> = (0..weights.len() as u32).map(|n| (u32::MAX, n)).collect();
    while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
        small.pop();
        table[low] = ((scaled[low] * 4_294_967_296.0) as u32, high as u32);
        scaled[high] -= 1.0 - scaled[low];
        if scaled[high] < 1.0 {
            large.pop();
            small.push(high);
        }
    }
    table
}

/// A set of local indices of a block: one bit each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
}

impl Marks {
    pub(crate) fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)] }
    }

    #[inline(always)]
    pub(crate) fn has(&self, item: u32) -> bool {
        self.words[item as usize / 64] >> (item % 64) & 1 == 1
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, item: u32) {
        self.words[item as usize / 64] |= 1 << (item % 64);
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, item: u32) {
        self.words[item as usize / 64] &= !(1 << (item % 64));
    }
}

#[cfg(test)]
mod tests;
