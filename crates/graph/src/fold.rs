//! Folding in: a user who comes later gets what the edges of their history bring.
//!
//! ```text
//! e_u = c E^(0)_u + 1/√d_u Σ_{i of the history} Σ_{l<L} c E^(l)_i / √d_i
//! ```
//!
//! This is the row that the backbone gives a user with these edges, but for what such a user would change
//! of the items. E^(0)_u is the mean of the trained users, or, where it comes from texts, that of the items
//! of the history.

use crate::adjacency::{Adjacency, Scratch};
use crate::params::{Loss, Params};
use foretaste_data::{Interactions, UserId};
use foretaste_kernels::{LANES, Lanes};
use foretaste_mf::dense::direct;
use foretaste_mf::dense::{Matrix, add};
use foretaste_mf::{Factors, FoldIn, Users};
use foretaste_model::made_once;
use std::sync::OnceLock;

/// Folding in along edges.
#[derive(Debug)]
pub(crate) struct ByEdges {
    graph: Adjacency,
    params: Params,
    /// Where E^(0) comes from: whether from texts.
    of_texts: bool,
    /// What each item brings to a user, but for 1/√d_u; once somebody asked.
    brought: OnceLock<Matrix>,
}

impl ByEdges {
    pub(crate) fn new(data: &Interactions, params: Params, of_texts: bool) -> Self {
        let (graph, brought) = (Adjacency::new(data), OnceLock::new());
        Self { graph, params, of_texts, brought }
    }

    fn brought(&self, factors: &Factors) -> Matrix {
        let Params { layers, factors: width, .. } = self.params;
        let mut base = Matrix::zeros(self.graph.nodes(), width);
        base.fill(&[factors.users.to_rows(1), factors.items.to_rows(1)].concat());
        if layers == 0 {
            return Matrix::zeros(base.rows(), base.columns());
        }
        let (mut sums, mut out) = (Matrix::default(), Matrix::default());
        let along_layers = (layers - 1, self.params.layer_weight());
        self.graph.propagate(&base, along_layers, &mut Scratch::default(), &mut sums);
        self.graph.scaled(&sums, &mut out);
        out
    }
}

impl FoldIn for ByEdges {
    fn fits(&self, factors: &Factors) -> bool {
        let nodes = factors.users.rows() + factors.items.rows();
        let plain = factors.biases.iter().all(|biases| biases.users.is_empty());
        factors.users.widths() == [self.params.factors; 2] && nodes == self.graph.nodes() && plain
    }

    /// What nodes start from goes along edges as it is: a turned start gives turned rows.
    fn one_space(&self) -> usize {
        2
    }

    fn fold_in(&self, factors: &Factors, histories: &Interactions, users: &mut Users) {
        let brought = made_once(&self.brought, || self.brought(factors));
        let (width, first) = (self.params.factors, self.graph.users());
        let c = self.params.layer_weight();
        let lanes = width.div_ceil(LANES);
        let bases = factors.items.view(1);
        for user in 0..histories.n_users() {
            let history = histories.row(UserId(user as u32));
            if history.is_empty() {
                continue;
            }
            let mut row: Vec<Lanes> = vec![[0.0; LANES]; lanes];
            let scale = (1.0 / (history.len() as f64).sqrt()) as f32;
            for item in history {
                add(&mut row, scale, brought.row(first + item.index()));
            }
            let numbers = &mut row.as_flattened_mut()[..width];
            let mut start = |from: &[f32], weight: f32| {
                numbers.iter_mut().zip(from).for_each(|(x, from)| *x += weight * from);
            };
            if self.of_texts {
                let weight = c / history.len() as f32;
                for item in history {
                    start(bases.row(item.index()).as_slice().expect("rows are whole"), weight);
                }
            } else {
                let mean = users.rows.view(1);
                start(mean.row(user).as_slice().expect("rows are whole"), c);
            }
            if self.params.loss == Loss::Softmax {
                direct(&mut row);
            }
            users.rows.set(user, 0, &row.as_flattened()[..width]);
        }
    }
}

#[cfg(test)]
mod tests;
