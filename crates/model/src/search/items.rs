//! The items that may be listed, longest rows first, in tiles.

use super::rounded::{Extent, Lengths, most, pairs, round, unit};
use super::short;
use crate::Products;
use foretaste_data::ItemId;
use foretaste_kernels::scan::{self, PANEL, Pair};
use foretaste_kernels::screen::{self, Exact, ZERO};
use rayon::prelude::*;
use std::array::from_fn;
use std::ops::Range;
use std::sync::OnceLock;

/// Panels of a tile: 256 items.
const TILE: usize = 8;
/// The least and the largest number that stands for 1 beside a bias.
const BESIDE_BIAS: (f64, f64) = (1e-15, 1e15);

/// The items that may be listed, and their rows rounded.
#[derive(Debug)]
pub(super) struct Items {
    /// Which they are, by descending length of their rows.
    ids: Vec<ItemId>,
    bias: Vec<[f32; PANEL]>,
    tiles: Vec<Tile>,
    /// Pairs in a row of 16-bit numbers.
    pub(super) pairs: usize,
    /// The unit of 16-bit numbers.
    pub(super) unit: f32,
    /// The largest of each, of all items, in 16-bit numbers.
    pub(super) lengths: Lengths,
    pub(super) largest_bias: f64,
    /// What stands beside a user's factors where items have a bias.
    pub(super) beside_bias: Option<f32>,
}

/// Items that stay in the second-level cache while users pass by.
#[derive(Debug)]
pub(super) struct Tile {
    /// Its panels.
    pub(super) panels: Range<usize>,
    /// 16-bit numbers, made when they are needed.
    words: OnceLock<Vec<[Pair; PANEL]>>,
    /// 8-bit numbers.
    bytes: Vec<[[u8; 2]; PANEL]>,
    /// The unit of 8-bit numbers.
    pub(super) unit: f32,
    /// The largest of each, of the tile's items, in 8-bit numbers.
    pub(super) lengths: Lengths,
}

/// Rows of items as a model has them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a, 'p> {
    products: &'a Products<'p>,
    ids: &'a [ItemId],
}

impl<'p> Exact<'p> for Rows<'_, 'p> {
    #[inline(always)]
    fn count(self) -> usize {
        self.ids.len()
    }

    #[inline(always)]
    fn row(self, n: usize) -> &'p [f32] {
        self.products.item(self.ids[n].index())
    }
}

impl Items {
    /// `None` if a number is not finite, or there are too many factors.
    pub(super) fn new(products: Products<'_>, listable: Option<&[ItemId]>) -> Option<Self> {
        let mut ids = match listable {
            Some(items) => items.to_vec(),
            None => (0..products.n_items() as u32).map(ItemId).collect(),
        };
        let pairs = pairs(products.factors());
        if pairs == 0 || most(pairs) < 1 {
            return None;
        }
        let biases: Vec<f32> = ids.iter().map(|item| products.item_bias(item.index())).collect();
        let bias = Extent::of(&biases);
        let of_row = |item: &ItemId| Extent::of(products.item(item.index()));
        let extent = ids.par_iter().map(of_row).reduce(Extent::default, Extent::max);
        if !bias.is_finite() || !extent.is_finite() {
            return None;
        }
        let beside_bias = (bias.largest > 0.0).then(|| beside_bias(products, bias, extent));
        let long =
            |item: &ItemId| (Extent::of(&long_row(products, *item, beside_bias)).length, *item);
        let mut by_length: Vec<(f64, ItemId)> = ids.par_iter().map(long).collect();
        by_length.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ids.iter_mut().zip(by_length).for_each(|(id, (_, item))| *id = item);

        let largest_bias = bias.largest;
        let bias = |n: usize| match ids.get(n) {
            Some(item) => products.item_bias(item.index()),
            None => f32::NEG_INFINITY,
        };
        let bias = (0..ids.len()).step_by(PANEL).map(|start| from_fn(|n| bias(start + n)));
        let bias: Vec<[f32; PANEL]> = bias.collect();
        let unit = unit(extent.largest, f64::from(most(pairs)));
        let row = |item: &ItemId| products.item(item.index());
        let lengths = ids.par_iter().map_init(Vec::new, |to, item| round(row(item), unit, to));
        let lengths = lengths.reduce(Lengths::default, Lengths::max);
        let tile = |panels: Range<usize>| {
            let ids = &ids[panels.start * PANEL..ids.len().min(panels.end * PANEL)];
            Tile::new(panels, ids.iter().map(|item| long_row(products, *item, beside_bias)))
        };
        let tiles: Vec<Range<usize>> = tiles(bias.len()).collect();
        let tiles: Vec<Tile> = tiles.into_par_iter().map(tile).collect();
        Some(Self { ids, bias, tiles, pairs, unit, lengths, largest_bias, beside_bias })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Which item is in place `n`.
    pub(super) fn id(&self, n: usize) -> ItemId {
        self.ids[n]
    }

    pub(super) fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// The items of a tile in 16-bit numbers. `products` are those of [`Items::new`], or others of the
    /// same items.
    pub(super) fn words<'t>(&'t self, tile: &'t Tile, products: &Products<'_>) -> scan::Items<'t> {
        let pack = || {
            let mut panels = vec![[[0; 2]; PANEL]; tile.panels.len() * self.pairs];
            let mut numbers = Vec::new();
            let ids = self.ids_of(tile).chunks(PANEL);
            for (panel, ids) in panels.chunks_mut(self.pairs).zip(ids) {
                for (n, item) in ids.iter().enumerate() {
                    round(products.item(item.index()), self.unit, &mut numbers);
                    let pairs = panel.iter_mut().zip(numbers.as_chunks::<2>().0);
                    pairs.for_each(|(place, pair)| place[n] = *pair);
                }
            }
            panels
        };
        scan::Items { panels: tile.words.get_or_init(pack), bias: &self.bias[tile.panels.clone()] }
    }

    /// The items of a tile in 8-bit numbers; `products` as for [`Items::words`].
    pub(super) fn bytes<'t, 'p>(
        &'t self,
        tile: &'t Tile,
        products: &'t Products<'p>,
    ) -> screen::Items<'t, Rows<'t, 'p>> {
        screen::Items {
            panels: &tile.bytes,
            exact: Rows { products, ids: self.ids_of(tile) },
            bias: &self.bias[tile.panels.clone()],
        }
    }

    fn ids_of(&self, tile: &Tile) -> &[ItemId] {
        &self.ids[tile.panels.start * PANEL..self.ids.len().min(tile.panels.end * PANEL)]
    }
}

impl Tile {
    fn new(panels: Range<usize>, rows: impl Iterator<Item = Vec<f32>>) -> Self {
        let rows: Vec<Vec<f32>> = rows.collect();
        let len = rows.first().map_or(0, Vec::len);
        let extents = rows.iter().map(|row| Extent::of(row));
        let unit = short::unit_of_items(len, extents.fold(Extent::default(), Extent::max));
        let mut lengths = Lengths::default();
        let mut bytes = vec![[[ZERO; 2]; PANEL]; panels.len() * pairs(len)];
        let mut numbers = Vec::new();
        for (panel, rows) in bytes.chunks_mut(pairs(len)).zip(rows.chunks(PANEL)) {
            for (n, row) in rows.iter().enumerate() {
                lengths = lengths.max(round(row, unit, &mut numbers));
                let byte = |number: i16| (number + i16::from(ZERO)) as u8;
                let pairs = panel.iter_mut().zip(numbers.as_chunks::<2>().0);
                pairs.for_each(|(place, pair)| place[n] = pair.map(byte));
            }
        }
        Self { panels, words: OnceLock::new(), bytes, unit, lengths }
    }

    /// Pairs of a group of users and the items.
    pub(super) fn n_pairs(&self) -> usize {
        self.panels.len() * PANEL * scan::GROUP
    }
}

/// Small tiles first, for thresholds rise fast at first.
fn tiles(n_panels: usize) -> impl Iterator<Item = Range<usize>> {
    let end = move |start: usize| (start * 2).clamp(start + 1, start + TILE).min(n_panels);
    let next = move |last: &Range<usize>| Some(last.end..end(last.end));
    let first = Some(0..end(0));
    std::iter::successors(first, next).take_while(|tile| !tile.is_empty())
}

/// The factors of an item, and its bias, if there are biases.
fn long_row(products: Products<'_>, item: ItemId, beside_bias: Option<f32>) -> Vec<f32> {
    let bias = beside_bias.map(|beside| products.item_bias(item.index()) / beside);
    products.item(item.index()).iter().copied().chain(bias).collect()
}

/// A number s for which rounding (u, s) costs as much as rounding (v, b / s), more or less.
fn beside_bias(products: Products<'_>, bias: Extent, items: Extent) -> f32 {
    let users = (0..products.n_users()).step_by(products.n_users().div_ceil(64).max(1));
    let users = users.map(|user| Extent::of(products.user(user)).length).fold(0.0, f64::max);
    let beside = (bias.largest * users / items.length).sqrt();
    if beside.is_finite() { beside.clamp(BESIDE_BIAS.0, BESIDE_BIAS.1) as f32 } else { 1.0 }
}
