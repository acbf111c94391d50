//! The neighbours of all items, from the side of those that a history has.

use foretaste_data::ItemId;
use foretaste_linear::{Weights, row_by_row};
use foretaste_model::{Error, ModelFile, Scored, Tensor};
use ndarray::ArrayViewMut2;
use std::collections::BTreeMap;

/// An item that speaks for another, and how much it weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Neighbour {
    pub(crate) item: u32,
    pub(crate) weight: f32,
}

/// B in compressed sparse rows: of each item, which others it is a neighbour of.
///
/// Takes 8 B a neighbour and 12 B an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    starts: Vec<u64>,
    items: Vec<u32>,
    weights: Vec<f32>,
    /// b; empty where there is none.
    shift: Vec<f32>,
}

const STARTS: &str = "neighbours.starts";
const ITEMS: &str = "neighbours.items";
const WEIGHTS: &str = "neighbours.weights";
const SHIFT: &str = "item_shift";

impl Neighbours {
    /// From the neighbours of each item.
    pub(crate) fn new(of: &[Vec<Neighbour>], shift: Vec<f32>) -> Self {
        let mut starts = vec![0u64; of.len() + 1];
        of.iter().flatten().for_each(|one| starts[one.item as usize + 1] += 1);
        for item in 0..of.len() {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let all = starts[of.len()] as usize;
        let (mut items, mut weights) = (vec![0; all], vec![0.0; all]);
        for (scored, neighbours) in of.iter().enumerate() {
            for one in neighbours {
                let at = &mut next[one.item as usize];
                (items[*at as usize], weights[*at as usize]) = (scored as u32, one.weight);
                *at += 1;
            }
        }
        Self { starts, items, weights, shift }
    }

    /// Takes them out of a model file.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a tensor is missing, or they are no rows of the file's items.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let n_items = file.items.len();
        let wrong =
            |name: &str, reason: &str| Error::Tensor { name: name.into(), reason: reason.into() };
        let (_, starts) = file.take::<u64>(STARTS, &[Some(n_items + 1)])?;
        let (_, items) = file.take::<u32>(ITEMS, &[None])?;
        let (_, weights) = file.take::<f32>(WEIGHTS, &[Some(items.len())])?;
        let shift = match file.tensors.contains_key(SHIFT) {
            true => file.take::<f32>(SHIFT, &[Some(n_items)])?.1,
            false => Vec::new(),
        };
        let ends = starts.first() == Some(&0) && starts.last() == Some(&(items.len() as u64));
        if !(ends && starts.is_sorted()) {
            return Err(wrong(STARTS, "does not ascend from 0 to the number of neighbours"));
        }
        let all = Self { starts, items, weights, shift };
        let is_row = |row: &[u32]| {
            row.is_sorted_by(|a, b| a < b)
                && row.last().is_none_or(|last| (*last as usize) < n_items)
        };
        match (0..n_items as u32).all(|item| is_row(all.row(ItemId(item)).0)) {
            true => Ok(all),
            false => Err(wrong(ITEMS, "are no ascending items of the model")),
        }
    }

    /// The items that an item is a neighbour of, ascending, and what it brings to them.
    fn row(&self, item: ItemId) -> (&[u32], &[f32]) {
        let row = self.starts[item.index()] as usize..self.starts[item.index() + 1] as usize;
        (&self.items[row.clone()], &self.weights[row])
    }

    /// Number of pairs of an item and one of its neighbours.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item has a neighbour.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Weights for Neighbours {
    fn score(&self, histories: &[&[ItemId]], out: ArrayViewMut2<'_, f32>) {
        row_by_row(histories, out, |history, scores| {
            match self.shift.is_empty() {
                true => scores.fill(0.0),
                false => scores.copy_from_slice(&self.shift),
            }
            for item in history {
                let (items, weights) = self.row(*item);
                for (item, weight) in items.iter().zip(weights) {
                    scores[*item as usize] += weight;
                }
            }
        });
    }

    fn weight(&self, from: ItemId, to: ItemId) -> f32 {
        let (items, weights) = self.row(from);
        items.binary_search(&to.0).map_or(0.0, |at| weights[at])
    }

    /// The neighbours of the item itself: what it is a neighbour of may be nothing, or what nothing
    /// else is near to.
    fn alike(&self, item: ItemId, k: usize, n_items: usize) -> Vec<Scored> {
        let others = (0..n_items as u32).map(ItemId);
        let of = |other: ItemId| (other, self.weight(other, item));
        let mut all: Vec<Scored> = others.map(of).filter(|(_, weight)| *weight > 0.0).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }

    fn shift(&self, item: ItemId) -> f32 {
        self.shift.get(item.index()).copied().unwrap_or(0.0)
    }

    /// `neighbours.starts` (items + 1), `neighbours.items` and `neighbours.weights`: the rows of B; and
    /// `item_shift`, b, if there is any.
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let Self { starts, items, weights, shift } = self;
        let mut tensors = BTreeMap::from([
            (STARTS.to_owned(), Tensor::new(&[starts.len()], starts.clone())),
            (ITEMS.to_owned(), Tensor::new(&[items.len()], items.clone())),
            (WEIGHTS.to_owned(), Tensor::new(&[weights.len()], weights.clone())),
        ]);
        if !shift.is_empty() {
            tensors.insert(SHIFT.to_owned(), Tensor::new(&[shift.len()], shift.clone()));
        }
        tensors
    }
}
