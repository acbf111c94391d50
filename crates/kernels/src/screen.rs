//! Which products of rows may be large, told by 8-bit numbers; the few that may are computed.
//!
//! Most items are far from a user's best. Rows of 8-bit numbers say so: the machine multiplies twice as
//! many of them at once as 16-bit numbers, and sums them in 16 bits. An item's number is stored with
//! [`ZERO`] added, since the instruction takes one factor without a sign. A sum passes over the range of 16
//! bits on its way and comes back: it is right at the end if the sum of the numbers themselves is within
//! that range.

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::scan::{GROUP, Hit, PANEL};
use crate::{LANES, dot};

/// What is added to an item's number. Those of users are at most [`MOST_OF_USERS`], of items
/// [`MOST_OF_ITEMS`], so that two products and this have room in 16 bits.
pub const ZERO: u8 = 128;
/// The largest size of a user's number.
pub const MOST_OF_USERS: i8 = 64;
/// The largest size of an item's number.
pub const MOST_OF_ITEMS: i8 = 127;
/// The lengths ‖û‖ that rows of users, and ‖v̂‖ that rows of items may have: their product is within 16
/// bits, and so is the product of the rows.
pub const LONGEST: (f64, f64) = (127.0, 255.0);

/// The rows of [`GROUP`] users.
#[derive(Clone, Copy, Debug)]
pub struct Users<'a> {
    /// The first two numbers of each user, twice, then the second two of each user, and so on.
    pub rows: &'a [[[i8; 4]; GROUP]],
    /// −[`ZERO`] · (the sum of a user's numbers), what is beyond 16 bits cut off.
    pub offset: &'a [i16; GROUP],
    /// A sum that is not above it is of no interest.
    pub bar: &'a [i16; GROUP],
    /// The rows as they are; as long as those of items.
    pub exact: [&'a [f32]; GROUP],
    /// A score below it is of no interest.
    pub threshold: &'a [f32; GROUP],
}

/// Rows as they are, wherever they lie.
pub trait Exact<'a>: Copy {
    /// How many there are.
    fn count(self) -> usize;

    /// Row `n`.
    ///
    /// # Panics
    /// If there are not so many.
    fn row(self, n: usize) -> &'a [f32];
}

impl<'a> Exact<'a> for &[&'a [f32]] {
    #[inline(always)]
    fn count(self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn row(self, n: usize) -> &'a [f32] {
        self[n]
    }
}

/// The rows of items.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a, E> {
    /// Panel after panel of [`PANEL`] items; within each, the first two numbers of each item, then the
    /// second two, and so on.
    pub panels: &'a [[[u8; 2]; PANEL]],
    /// The rows as they are, one of each item.
    pub exact: E,
    /// What is added to each item's score.
    pub bias: &'a [[f32; PANEL]],
}

/// Puts into `hits` the pairs whose sum is above the user's bar and whose score reaches the user's
/// threshold; the score is that of `f32` rows, summed in some order. Those of one user are in ascending
/// order of the items. Returns the number of pairs whose sum is above the bar; `None` where the machine
/// has no instructions for it, and other ways are faster.
///
/// # Panics
/// If the shapes do not fit.
pub fn screen<'a, E: Exact<'a>>(
    users: Users<'_>,
    items: Items<'_, E>,
    hits: &mut Vec<Hit>,
) -> Option<usize> {
    let panels = items.exact.count().div_ceil(PANEL);
    assert_eq!(users.rows.len() * panels, items.panels.len(), "panels of this width");
    assert_eq!(panels, items.bias.len(), "a panel of biases for each panel of rows");
    hits.clear();
    if users.rows.is_empty() {
        return None;
    }
    #[cfg(target_arch = "x86_64")]
    return x86::screen(users, items, hits);
    #[cfg(not(target_arch = "x86_64"))]
    None
}

/// Which sums of a group of users with a panel of items are above the users' bars: a bit an item.
trait Reach: Copy {
    fn reached(self, users: &Users<'_>, items: &[[[u8; 2]; PANEL]]) -> [u32; GROUP];
}

/// A screening, to be compiled for an instruction set.
struct Screen<'a, R, E> {
    with: R,
    users: Users<'a>,
    items: Items<'a, E>,
    hits: &'a mut Vec<Hit>,
}

impl<'a, R: Reach, E: Exact<'a>> pulp::NullaryFnOnce for Screen<'_, R, E> {
    type Output = usize;

    #[inline(always)]
    fn call(self) -> usize {
        let Self { with, users, items, hits } = self;
        let panels = items.panels.chunks_exact(users.rows.len());
        for (start, panel) in (0..items.exact.count()).step_by(PANEL).zip(panels) {
            let filled = PANEL.min(items.exact.count() - start);
            for (user, reached) in with.reached(&users, panel).into_iter().enumerate() {
                // A panel that is not full has no items in its last places.
                let mut reached = reached & (u32::MAX >> (PANEL - filled));
                while reached != 0 {
                    let item = start + reached.trailing_zeros() as usize;
                    hits.push(Hit { user, item, score: 0.0 });
                    reached &= reached - 1;
                }
            }
        }
        // Rows come from further away. If no branch stands between them, several are waited for at once.
        let n_reached = hits.len();
        let mut n_hits = 0;
        for n in 0..n_reached {
            let Hit { user, item, .. } = hits[n];
            let bias = items.bias[item / PANEL][item % PANEL];
            let score = product(users.exact[user], items.exact.row(item)) + bias;
            hits[n_hits] = Hit { user, item, score };
            n_hits += usize::from(score >= users.threshold[user]);
        }
        hits.truncate(n_hits);
        n_reached
    }
}

/// ⟨a, b⟩.
#[inline(always)]
fn product(a: &[f32], b: &[f32]) -> f32 {
    let ((a, rest_of_a), (b, rest_of_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest: f32 = rest_of_a.iter().zip(rest_of_b).map(|(a, b)| a * b).sum();
    dot(a, b) + rest
}

#[cfg(test)]
mod tests;
