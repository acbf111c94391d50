//! The filter, as a matrix that is never formed.

use crate::Graph;
use foretaste_data::ItemId;
use foretaste_kernels::multiply;
use foretaste_linear::{Weights, row_by_row};
use foretaste_model::{Error, ModelFile, Tensor};
use ndarray::{ArrayViewMut2, Axis};
use std::collections::BTreeMap;

/// X̃ and V.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    graph: Graph,
    /// V, items × K.
    vectors: Vec<f32>,
    k: usize,
    /// α.
    ideal: f32,
}

const VECTORS: &str = "item_vectors";
const IDEAL: &str = "ideal";

impl Filter {
    pub(crate) fn new(graph: Graph, (vectors, k): (Vec<f32>, usize), ideal: f32) -> Self {
        Self { graph, vectors, k, ideal }
    }

    /// Takes V out of a model file; the graph is that of what users had.
    ///
    /// # Errors
    /// [`Error::Tensor`] if a tensor is missing or does not fit the items.
    pub fn from_file(file: &mut ModelFile) -> Result<Self, Error> {
        let (shape, vectors) = file.take(VECTORS, &[Some(file.items.len()), None])?;
        let (_, ideal) = file.take::<f32>(IDEAL, &[Some(1)])?;
        Ok(Self { graph: Graph::new(&file.seen), vectors, k: shape[1], ideal: ideal[0] })
    }

    fn vector(&self, item: usize) -> &[f32] {
        &self.vectors[item * self.k..(item + 1) * self.k]
    }

    /// h D_i^-½ V.
    fn passed(&self, history: &[ItemId]) -> Vec<f32> {
        let mut sums = vec![0.0; self.k];
        for item in history {
            let by = self.graph.of_item[item.index()];
            sums.iter_mut().zip(self.vector(item.index())).for_each(|(sum, x)| *sum += by * x);
        }
        sums
    }

    /// h X̃ᵀ, times D_u^-½.
    fn to_users(&self, history: &[ItemId]) -> Vec<f32> {
        let mut users = vec![0.0; self.graph.of_user.len()];
        for item in history {
            let by = self.graph.of_item[item.index()];
            for &user in self.graph.items.columns(item.index()) {
                users[user as usize] += by;
            }
        }
        let scales = self.graph.of_user.iter();
        users.iter_mut().zip(scales).for_each(|(sum, scale)| *sum *= scale * scale);
        users
    }
}

impl Weights for Filter {
    fn score(&self, histories: &[&[ItemId]], mut out: ArrayViewMut2<'_, f32>) {
        let n_items = self.graph.of_item.len();
        let passed: Vec<Vec<f32>> = histories.iter().map(|history| self.passed(history)).collect();
        let users: Vec<&[f32]> = passed.iter().map(Vec::as_slice).collect();
        let items: Vec<&[f32]> = (0..n_items).map(|item| self.vector(item)).collect();
        let mut ideal = vec![0.0; histories.len() * n_items];
        multiply(&users, &items, &mut ideal);
        row_by_row(histories, out.view_mut(), |history, scores| {
            let users = self.to_users(history);
            for (item, score) in scores.iter_mut().enumerate() {
                let of = self.graph.items.columns(item).iter();
                let sum: f32 = of.map(|&user| users[user as usize]).sum();
                *score = sum * self.graph.of_item[item];
            }
        });
        for (mut row, ideal) in out.axis_iter_mut(Axis(0)).zip(ideal.chunks(n_items.max(1))) {
            for (item, (score, ideal)) in row.iter_mut().zip(ideal).enumerate() {
                *score += self.ideal * self.graph.root(item) * ideal;
            }
        }
    }

    fn weight(&self, from: ItemId, to: ItemId) -> f32 {
        let (from, to) = (from.index(), to.index());
        let others = self.graph.items.columns(to);
        let shared = self.graph.items.columns(from).iter();
        let shared = shared.filter(|user| others.binary_search(user).is_ok());
        let scale = |&user: &u32| f64::from(self.graph.of_user[user as usize]).powi(2);
        let linear: f64 = shared.map(scale).sum();
        let scales = |item: usize| f64::from(self.graph.of_item[item]);
        let of = self.vector(from).iter().zip(self.vector(to));
        let ideal: f64 = of.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        let ideal = f64::from(self.ideal) * f64::from(self.graph.root(to)) * ideal;
        (scales(from) * (linear * scales(to) + ideal)) as f32
    }

    /// `item_vectors`, V, items × K; and `ideal`, α.
    fn tensors(&self) -> BTreeMap<String, Tensor> {
        let shape = [self.graph.of_item.len(), self.k];
        BTreeMap::from([
            (VECTORS.to_owned(), Tensor::new(&shape, self.vectors.clone())),
            (IDEAL.to_owned(), Tensor::new(&[1], vec![self.ideal])),
        ])
    }
}
