//! Products of whole numbers, and which of them are large: the inner loop of a search for the best
//! items of many users.
//!
//! Rows of 16-bit numbers have half the size of `f32` rows, and the machine multiplies twice as many
//! of them at once: it adds the products of two neighbouring numbers in one instruction, so numbers
//! lie in memory as [`Pair`]s. Sums are exact, in 32 bits; so the result is the same on every
//! machine, whatever its instructions are. A panel of items times a group of users stays in
//! registers; only numbers above a user's threshold leave this module.

#[cfg(target_arch = "x86_64")]
mod x86;

use pulp::NullaryFnOnce;

/// Items in a panel.
pub const PANEL: usize = 32;
/// Users in a group.
pub const GROUP: usize = 8;

/// Two consecutive numbers of a row.
pub type Pair = [i16; 2];

/// The largest number that rows of `len` numbers may hold, so that no sum of products exceeds
/// 32 bits.
pub fn largest(len: usize) -> i16 {
    // The root rounds; a number less is on the safe side.
    let root = (f64::from(i32::MAX) / len.max(1) as f64).sqrt() as i64 - 1;
    root.clamp(0, i64::from(i16::MAX)) as i16
}

/// The rows of [`GROUP`] users.
#[derive(Clone, Copy, Debug)]
pub struct Users<'a> {
    /// The first pair of each user, then the second pair of each user, and so on.
    pub rows: &'a [[Pair; GROUP]],
    /// What one unit of a product is worth.
    pub scale: &'a [f32; GROUP],
    /// A score below it is of no interest.
    pub threshold: &'a [f32; GROUP],
}

/// The rows of items, in whole panels.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a> {
    /// Panel after panel; within each, the first pair of each item, then the second, and so on.
    pub panels: &'a [[Pair; PANEL]],
    /// What is added to each item's score; −∞ for what fills up the last panel.
    pub bias: &'a [[f32; PANEL]],
}

/// A score that reaches its user's threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Which user of the group.
    pub user: usize,
    /// Which item of those that were given.
    pub item: usize,
    /// scale · product + bias, up to rounding.
    pub score: f32,
}

/// Puts into `hits` every pair of a user and an item whose score reaches the user's threshold;
/// those of one user are in ascending order of the items.
///
/// # Panics
/// If the shapes do not fit: as many pairs in a row of users as of items, one panel of biases for
/// each panel of rows.
pub fn scan(users: Users<'_>, items: Items<'_>, hits: &mut Vec<Hit>) {
    let pairs = users.rows.len();
    assert_eq!(pairs * items.bias.len(), items.panels.len(), "panels of this width");
    hits.clear();
    if pairs == 0 {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if x86::scan(users, items, hits) {
        return;
    }
    Scan { with: Portable, users, items, hits }.call();
}

type Products = [[i32; PANEL]; GROUP];

/// The products of a group of users with a panel of items.
trait Multiply: Copy {
    fn multiply(self, users: &[[Pair; GROUP]], items: &[[Pair; PANEL]]) -> Products;

    /// A bit for each item whose score is at least `threshold`.
    #[inline(always)]
    fn reached(
        self,
        products: &[i32; PANEL],
        scale: f32,
        bias: &[f32; PANEL],
        threshold: f32,
    ) -> u32 {
        let reached = |n| score(products[n], scale, bias[n]) >= threshold;
        (0..PANEL).fold(0, |bits, n| bits | u32::from(reached(n)) << n)
    }
}

#[inline(always)]
fn score(product: i32, scale: f32, bias: f32) -> f32 {
    product as f32 * scale + bias
}

/// A scan, to be compiled for an instruction set.
struct Scan<'a, M> {
    with: M,
    users: Users<'a>,
    items: Items<'a>,
    hits: &'a mut Vec<Hit>,
}

impl<M: Multiply> NullaryFnOnce for Scan<'_, M> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { with, users, items, hits } = self;
        let panels = items.panels.chunks_exact(users.rows.len());
        for (panel, (rows, bias)) in panels.zip(items.bias).enumerate() {
            let products = with.multiply(users.rows, rows);
            for (user, products) in products.iter().enumerate() {
                let scale = users.scale[user];
                let mut reached = with.reached(products, scale, bias, users.threshold[user]);
                while reached != 0 {
                    let n = reached.trailing_zeros() as usize;
                    let score = score(products[n], scale, bias[n]);
                    hits.push(Hit { user, item: panel * PANEL + n, score });
                    reached &= reached - 1;
                }
            }
        }
    }
}

/// Without instructions of its own; the compiler vectorises it for what every machine of a kind has.
#[derive(Clone, Copy)]
struct Portable;

impl Multiply for Portable {
    #[inline(always)]
    fn multiply(self, users: &[[Pair; GROUP]], items: &[[Pair; PANEL]]) -> Products {
        let mut products = [[0; PANEL]; GROUP];
        for (user, products) in products.iter_mut().enumerate() {
            for (at, sums) in (0..).step_by(8).zip(products.as_chunks_mut::<8>().0) {
                for (users, items) in users.iter().zip(items) {
                    let [a, b] = users[user].map(i32::from);
                    for n in 0..8 {
                        let [c, d] = items[at + n].map(i32::from);
                        sums[n] += a * c + b * d;
                    }
                }
            }
        }
        products
    }
}

#[cfg(test)]
mod tests;
