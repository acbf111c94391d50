//! What clicks count, in the order of a side.

use super::Squares;
use crate::Targets;
use foretaste_data::{Interactions, Side};

/// A number a click.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Numbers {
    /// The same for all.
    Same(f32),
    /// In the order of the side.
    Each(Vec<f32>),
}

impl Numbers {
    /// Of the clicks of a row, given where they are.
    fn of(&self, places: std::ops::Range<usize>) -> impl Iterator<Item = f32> {
        let (same, each) = match self {
            Self::Same(number) => (Some(*number), &[][..]),
            Self::Each(numbers) => (None, &numbers[places.clone()]),
        };
        (0..places.len()).map(move |at| same.unwrap_or_else(|| each[at]))
    }

    /// On the other side, of the users' side.
    fn by_items(&self, data: &Interactions) -> Self {
        match self {
            Self::Same(number) => Self::Same(*number),
            Self::Each(numbers) => Self::Each(Side::by_items(data, numbers)),
        }
    }
}

/// What the clicks of a side count.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    /// y.
    labels: Numbers,
    /// How many times each counts.
    weights: Numbers,
    /// Whether y is not multiplied by that: then the weight is of x² alone.
    apart: bool,
}

impl Values {
    /// On the users' side, with y in the order of [`Interactions::items`].
    ///
    /// # Panics
    /// If there is not a y for each.
    pub(super) fn of_users(data: &Interactions, targets: Targets<'_>) -> Self {
        let label = |(at, item): (usize, &foretaste_data::ItemId)| targets.of(item.index(), at);
        let first = data.items().first().map_or(1.0, |item| targets.of(item.index(), 0));
        let mut all = data.items().iter().enumerate().map(label);
        let labels = match all.all(|y| y == first) {
            true => Numbers::Same(first),
            false => Numbers::Each(data.items().iter().enumerate().map(label).collect()),
        };
        let weights = data.weights().map_or(Numbers::Same(1.0), |all| Numbers::Each(all.to_vec()));
        Self { labels, weights, apart: false }
    }

    /// On the users' side, with y and what x² counts more, of each click.
    pub(super) fn apart(labels: Vec<f32>, weights: Vec<f32>) -> Self {
        Self { labels: Numbers::Each(labels), weights: Numbers::Each(weights), apart: true }
    }

    /// The same on the items' side.
    pub(super) fn by_items(&self, data: &Interactions) -> Self {
        let Self { labels, weights, apart } = self;
        Self { labels: labels.by_items(data), weights: weights.by_items(data), apart: *apart }
    }
}

/// How much x² counts in each cell.
#[derive(Clone, Copy)]
pub(super) enum Cells<'a> {
    /// 1.
    Same,
    /// So much in those of a column.
    OfColumns(&'a [f64]),
    /// So much in those of a row.
    OfRows(&'a [f64]),
}

/// Rows that are held to earlier ones: λ ‖q − q_old‖² is added to what is minimised.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    /// λ, which may be infinite.
    pub(super) weight: f64,
    /// Which rows there are.
    pub(super) known: Vec<bool>,
    /// The earlier rows, one after the other; of others, anything.
    pub(super) rows: Vec<f32>,
}

/// One side, whose rows are solved for.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) squares: Squares,
    pub(super) side: &'a Side,
    pub(super) values: &'a Values,
    pub(super) cells: Cells<'a>,
    pub(super) anchor: Option<&'a Anchor>,
}

impl Rows<'_> {
    /// λ of the anchor and the earlier row, of a row that is held.
    pub(super) fn held(&self, row: usize) -> Option<(f64, &[f32])> {
        let k = self.squares.factors;
        let anchor = self.anchor.filter(|anchor| anchor.known[row])?;
        Some((anchor.weight, &anchor.rows[row * k..(row + 1) * k]))
    }

    /// Whether there is nothing that a row is drawn to, so that it is 0.
    pub(super) fn is_empty(&self, row: usize) -> bool {
        self.side.columns(row).is_empty() && self.held(row).is_none()
    }

    /// The anchor's part of the loss, of a row that is held.
    pub(super) fn strain<'a>(&self, row: usize, numbers: impl Iterator<Item = &'a f32>) -> f64 {
        match self.held(row) {
            // Where it is infinite, the row is the earlier one.
            Some((weight, old)) if weight.is_finite() => {
                let square = |(x, old): (&f32, &f32)| (f64::from(*x) - f64::from(*old)).powi(2);
                weight * numbers.zip(old).map(square).sum::<f64>()
            }
            _ => 0.0,
        }
    }

    /// The columns of a row, with their weighted y and their weight.
    pub(super) fn of(&self, row: usize) -> impl Iterator<Item = (usize, f64, f64)> {
        let (columns, apart) = (self.side.columns(row).iter(), self.values.apart);
        let clicks = columns.zip(self.given(row));
        clicks.map(move |(&column, (y, weight))| {
            let (y, weight) = (f64::from(y), f64::from(weight));
            (column as usize, if apart { y } else { y * weight }, weight)
        })
    }

    /// Weighted y and weight of the clicks of a row, in f32.
    pub(super) fn counted(&self, row: usize) -> impl Iterator<Item = (f32, f32)> {
        let apart = self.values.apart;
        self.given(row).map(move |(y, weight)| (if apart { y } else { y * weight }, weight))
    }

    fn given(&self, row: usize) -> impl Iterator<Item = (f32, f32)> {
        let places = self.side.places(row);
        self.values.labels.of(places.clone()).zip(self.values.weights.of(places))
    }

    /// λ of a row of so many columns.
    pub(super) fn ridge(&self, row: usize, columns: usize) -> f64 {
        self.squares.ridge.of(self.side.columns(row).len(), self.of_row(row) * columns as f64)
    }

    /// How much x² counts in the cells of a row, beside their columns' weight.
    pub(super) fn of_row(&self, row: usize) -> f64 {
        if let Cells::OfRows(weights) = self.cells { weights[row] } else { 1.0 }
    }

    /// [`Self::of_row`] of a cell, its column's weight included.
    pub(super) fn of_cell(&self, row: usize, column: usize) -> f64 {
        match self.cells {
            Cells::OfColumns(weights) => weights[column],
            _ => self.of_row(row),
        }
    }

    /// Σ y of all clicks, weighted: what the loss of no factors is, but for what does not depend on them.
    pub(super) fn sum_of_labels(&self) -> f64 {
        (0..self.side.rows()).flat_map(|row| self.of(row)).map(|(_, y, _)| y).sum()
    }
}
