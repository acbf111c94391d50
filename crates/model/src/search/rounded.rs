//! Users and items rounded to whole numbers, and how far that moves a score.

use crate::Products;
use foretaste_data::{ItemId, UserId};
use foretaste_kernels::scan::{self, GROUP, PANEL, Pair, largest};
use rayon::prelude::*;
use std::array::from_fn;
use std::ops::Range;

/// Beyond it, a score might overflow, in whatever order it is summed.
const MAX_SCORE: f64 = 1e37;
/// Where `f32` has less than its usual precision, or none: an error that is always allowed for.
const TINY: f64 = 1e-28;

/// What rounding makes of a row: v̂ = unit · numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths {
    /// ‖v‖
    exact: f64,
    /// ‖v̂‖
    rounded: f64,
    /// ‖v − v̂‖
    between: f64,
}

impl Lengths {
    fn of(row: &[f32], unit: f32) -> Self {
        let mut squares = Self::default();
        for &number in row {
            let (exact, rounded) =
                (f64::from(number), f64::from(unit) * round(number, unit) as f64);
            squares.exact += exact * exact;
            squares.rounded += rounded * rounded;
            squares.between += (exact - rounded) * (exact - rounded);
        }
        let Self { exact, rounded, between } = squares;
        Self { exact: exact.sqrt(), rounded: rounded.sqrt(), between: between.sqrt() }
    }

    fn max(self, other: Self) -> Self {
        Self {
            exact: self.exact.max(other.exact),
            rounded: self.rounded.max(other.rounded),
            between: self.between.max(other.between),
        }
    }
}

/// The nearest whole number of units. Its size is at most a number that [`unit`] was made for.
fn round(number: f32, unit: f32) -> i16 {
    let units = if unit > 0.0 { number / unit } else { 0.0 };
    (units + 0.5f32.copysign(units)) as i16
}

/// The unit in which the largest number has `most` units; `None` if a number is not finite. 0 where
/// the unit would be too small for a division with the usual precision: all is rounded to 0, and
/// the error says so.
fn unit<'a>(numbers: impl Iterator<Item = &'a f32>, most: i16) -> Option<f32> {
    let mut largest = 0.0f32;
    let mut finite = true;
    for number in numbers {
        finite &= number.is_finite();
        largest = largest.max(number.abs());
    }
    let unit = largest / f32::from(most);
    finite.then_some(if unit.is_normal() { unit } else { 0.0 })
}

/// The numbers at 2k and 2k + 1, rounded; 0 behind the end.
fn pair(row: &[f32], k: usize, unit: f32) -> Pair {
    from_fn(|n| row.get(2 * k + n).map_or(0, |&number| round(number, unit)))
}

/// The items that may be listed, rounded to one unit, in panels.
#[derive(Debug)]
pub(super) struct Items<'a> {
    /// Which they are, ascending; all if it is not said.
    listable: Option<&'a [ItemId]>,
    panels: Vec<[Pair; PANEL]>,
    bias: Vec<[f32; PANEL]>,
    /// Pairs in a row.
    pairs: usize,
    unit: f32,
    /// The largest of each, of all items.
    lengths: Lengths,
    largest_bias: f64,
}

/// The size of whole numbers that `pairs` pairs may have: one less than the largest, since
/// dividing by a unit rounds.
fn most(pairs: usize) -> i16 {
    largest(2 * pairs) - 1
}

fn id(listable: Option<&[ItemId]>, n: usize) -> ItemId {
    listable.map_or(ItemId(n as u32), |items| items[n])
}

impl<'a> Items<'a> {
    /// `None` if a number is not finite, or there are too many factors.
    pub(super) fn new(products: Products<'_>, listable: Option<&'a [ItemId]>) -> Option<Self> {
        let n_items = listable.map_or(products.n_items(), <[ItemId]>::len);
        let index = |n: usize| id(listable, n).index();
        let pairs = products.factors().div_ceil(2);
        if pairs == 0 || most(pairs) < 1 {
            return None;
        }
        let unit = unit((0..n_items).flat_map(|n| products.item(index(n))), most(pairs))?;
        let bias = |n| match n < n_items {
            true => products.item_bias(index(n)),
            false => f32::NEG_INFINITY,
        };
        let mut panels = vec![[[0; 2]; PANEL]; n_items.div_ceil(PANEL) * pairs];
        let pack = |(n, panel): (usize, &mut [[Pair; PANEL]])| {
            let mut lengths = Lengths::default();
            for (at, n) in (n * PANEL..n_items).take(PANEL).enumerate() {
                let row = products.item(index(n));
                lengths = lengths.max(Lengths::of(row, unit));
                panel.iter_mut().enumerate().for_each(|(k, pairs)| pairs[at] = pair(row, k, unit));
            }
            lengths
        };
        let lengths = panels.par_chunks_mut(pairs).enumerate().map(pack);
        let lengths = lengths.reduce(Lengths::default, Lengths::max);
        let bias: Vec<[f32; PANEL]> =
            (0..n_items).step_by(PANEL).map(|start| from_fn(|n| bias(start + n))).collect();
        let biases = (0..n_items).map(|n| f64::from(products.item_bias(index(n))));
        let largest_bias = biases.fold(0.0f64, |largest, bias| largest.max(bias.abs()));
        let finite = (0..n_items).all(|n| products.item_bias(index(n)).is_finite());
        finite.then_some(Self { listable, panels, bias, pairs, unit, lengths, largest_bias })
    }

    /// Which item is in place `n` of the panels.
    pub(super) fn id(&self, n: usize) -> ItemId {
        id(self.listable, n)
    }

    pub(super) fn n_panels(&self) -> usize {
        self.bias.len()
    }

    pub(super) fn panels(&self, range: Range<usize>) -> scan::Items<'_> {
        let rows = range.start * self.pairs..range.end * self.pairs;
        scan::Items { panels: &self.panels[rows], bias: &self.bias[range] }
    }
}

/// Up to [`GROUP`] users, each rounded to a unit of their own.
#[derive(Debug)]
pub(super) struct Group {
    rows: Vec<[Pair; GROUP]>,
    scale: [f32; GROUP],
    /// How far a score in a scan may be from the score, less [`Products::shift`].
    pub(super) error: [f64; GROUP],
    /// What a score in a scan must reach.
    pub(super) threshold: [f32; GROUP],
}

impl Group {
    /// `None` if a number is not finite, or a score might not be.
    pub(super) fn new(products: Products<'_>, items: &Items<'_>, users: &[UserId]) -> Option<Self> {
        let mut group = Self {
            rows: vec![[[0; 2]; GROUP]; items.pairs],
            scale: [0.0; GROUP],
            error: [0.0; GROUP],
            threshold: [f32::INFINITY; GROUP],
        };
        for (n, user) in users.iter().enumerate() {
            let row = products.user(user.index());
            let unit = unit(row.iter(), most(items.pairs))?;
            group.rows.iter_mut().enumerate().for_each(|(k, rows)| rows[n] = pair(row, k, unit));
            group.scale[n] = (f64::from(unit) * f64::from(items.unit)) as f32;
            let shift = f64::from(products.shift(user.index()));
            group.error[n] = error(row.len(), Lengths::of(row, unit), items, shift)?;
            group.threshold[n] = f32::MIN;
        }
        Some(group)
    }

    pub(super) fn users(&self) -> scan::Users<'_> {
        scan::Users { rows: &self.rows, scale: &self.scale, threshold: &self.threshold }
    }
}

/// A bound of |score in a scan − (score − shift)| for all items; `None` if scores may overflow.
///
/// From rounding u and v, by Cauchy and Schwarz: |u·v − û·v̂| ≤ ‖u − û‖ ‖v‖ + ‖û‖ ‖v − v̂‖.
/// From summing `len` products and three biases in `f32`, and from turning a whole number into a score:
/// (len + 8) ε of the largest number that there can be (Higham, Accuracy and Stability of Numerical
/// Algorithms, 2002, section 3.1). The factors 1.001 and 1.1 cover what is left out here.
fn error(len: usize, user: Lengths, items: &Items<'_>, shift: f64) -> Option<f64> {
    let item = &items.lengths;
    let rounding = user.between * item.exact + user.rounded * item.between;
    let products = user.exact * item.exact + user.rounded * item.rounded;
    let size = products + items.largest_bias + shift.abs();
    let summing = (len + 8) as f64 * f64::from(f32::EPSILON / 2.0) * size;
    (size < MAX_SCORE).then_some(1.001 * rounding + 1.1 * summing + TINY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    proptest! {
        /// The bound holds for each pair, and is not much larger than the largest error.
        #[test]
        fn errors_are_bounded(
            (users, items, factors) in (1usize..70).prop_flat_map(|factors| {
                let numbers = |rows: usize| prop::collection::vec(-1.0f32..1.0, rows * factors);
                (numbers(8), numbers(40), Just(factors))
            }),
            size in -20i32..20,
            bias in -5.0f32..5.0,
        ) {
            let users = Array2::from_shape_vec((8, factors), users).unwrap() * 2f32.powi(size);
            let items = Array2::from_shape_vec((40, factors), items).unwrap();
            let (of_users, of_items) = (vec![bias; 8], vec![bias / 2.0; 40]);
            let products = Products::new(users.view(), items.view());
            let products = products.with_biases(&of_users, &of_items, 1.0);
            let ids: Vec<UserId> = (0..8).map(UserId).collect();
            let rounded = Items::new(products, None).unwrap();
            let group = Group::new(products, &rounded, &ids).unwrap();
            let mut hits = Vec::new();
            scan::scan(group.users(), rounded.panels(0..2), &mut hits);
            prop_assert_eq!(hits.len(), 8 * 40);
            for hit in hits {
                let score = f64::from(products.score(hit.user, hit.item)) - f64::from(bias) - 1.0;
                let error = (score - f64::from(hit.score)).abs();
                prop_assert!(error <= group.error[hit.user], "{} {:?}", error, group.error);
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_left_to_others() {
        let good = Array2::from_elem((3, 4), 1.0f32);
        let mut bad = good.clone();
        bad[[1, 2]] = f32::NAN;
        let huge = Array2::from_elem((3, 4), 1e20f32);
        let made = |users: &Array2<f32>, items: &Array2<f32>| {
            let products = Products::new(users.view(), items.view());
            let items = Items::new(products, None)?;
            Group::new(products, &items, &[UserId(1)])
        };
        assert!(made(&good, &good).is_some());
        assert!(made(&bad, &good).is_none() && made(&good, &bad).is_none());
        assert!(made(&huge, &huge).is_none() && made(&huge, &good).is_some());
    }
}
