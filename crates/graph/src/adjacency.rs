//! The graph of users and items, and what goes along its edges.
//!
//! ```text
//! Â = D^-½ A D^-½                      A: edges between users and items, D: how many each node has
//! E^(l+1) = Â E^(l),   E = Σ_l c E^(l), l = 0..L           c: 1, or 1 / (L + 1)
//! ```
//!
//! (He et al., LightGCN, equations 3, 4 and 7.) The map from E^(0) to E is linear and its own transpose, so
//! that gradients go back as numbers go forward.

use foretaste_data::{Interactions, Side};
use foretaste_kernels::{LANES, Lanes, dispatch};
use foretaste_mf::dense::{Matrix, add, hash};
use rayon::prelude::*;

/// Nodes whose sums one task computes.
const NODES: usize = 128;

/// Nodes, users first and then items, with their neighbours.
#[derive(Clone, Debug)]
pub(crate) struct Adjacency {
    users: usize,
    nodes: usize,
    chunks: Vec<Chunk>,
    /// √d; 0 of whoever has no edge.
    roots: Vec<f32>,
}

/// The neighbours of [`NODES`] nodes.
#[derive(Clone, Debug, Default)]
struct Chunk {
    /// Where those of each end.
    ends: Vec<u32>,
    neighbours: Vec<u32>,
}

/// Room for two layers, kept from one call to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    layer: Matrix,
    next: Matrix,
}

impl Adjacency {
    /// An edge for each pair. Takes 8 B a pair, and 8 B a node.
    pub(crate) fn new(data: &Interactions) -> Self {
        let (of_users, of_items) = (Side::of_users(data), Side::of_items(data));
        let (users, nodes) = (data.n_users(), data.n_users() + data.n_items());
        let columns = |node: usize| match node < users {
            true => (of_users.columns(node), users as u32),
            false => (of_items.columns(node - users), 0),
        };
        let chunk = |start: usize| {
            let mut chunk = Chunk::default();
            for (others, first) in (start..nodes.min(start + NODES)).map(columns) {
                chunk.neighbours.extend(others.iter().map(|other| first + other));
                chunk.ends.push(chunk.neighbours.len() as u32);
            }
            chunk
        };
        let starts: Vec<usize> = (0..nodes).step_by(NODES).collect();
        let root = |node| (columns(node).0.len() as f64).sqrt() as f32;
        Self {
            users,
            nodes,
            chunks: starts.into_par_iter().map(chunk).collect(),
            roots: (0..nodes).map(root).collect(),
        }
    }

    pub(crate) fn nodes(&self) -> usize {
        self.nodes
    }

    /// The same with each edge kept with a probability, by a hash of `key` and its ends, but none of the
    /// items that are taken for new, likewise. What is left is scaled as all was.
    pub(crate) fn thinned(&self, keep: f32, new: f32, key: u64) -> Self {
        // Of 2⁶⁴; at 1, all.
        let below = |share: f32| (f64::from(share) * 2f64.powi(64)) as u64;
        let (kept, new) = (below(keep), below(new));
        let is_kept = |node: u32, other: u32| {
            // Items are numbered after users.
            let (user, item) = (u64::from(node.min(other)), u64::from(node.max(other)));
            hash((user << 32 | item) ^ key) <= kept && hash(item ^ hash(key)) >= new
        };
        let thin = |(n, chunk): (usize, &Chunk)| {
            let mut kept = Chunk::default();
            kept.neighbours.reserve(chunk.neighbours.len());
            let mut start = 0;
            for (node, &end) in (n * NODES..).zip(&chunk.ends) {
                let others = &chunk.neighbours[start..end as usize];
                let own = others.iter().filter(|&&other| is_kept(node as u32, other));
                kept.neighbours.extend(own);
                kept.ends.push(kept.neighbours.len() as u32);
                start = end as usize;
            }
            kept
        };
        let chunks = self.chunks.par_iter().enumerate().map(thin).collect();
        Self { chunks, roots: self.roots.clone(), ..*self }
    }

    /// Sets `out` to Σ_l c E^(l), l = 0..L, of rows for all nodes.
    pub(crate) fn propagate(
        &self,
        rows: &Matrix,
        (layers, c): (u32, f32),
        scratch: &mut Scratch,
        out: &mut Matrix,
    ) {
        let lanes = rows.lanes();
        out.take_shape(rows);
        let chunks = out.all_mut().par_chunks_mut(NODES * lanes);
        chunks.zip(rows.all().par_chunks(NODES * lanes)).for_each(|(out, rows)| {
            let numbers = out.as_flattened_mut().iter_mut().zip(rows.as_flattened());
            numbers.for_each(|(out, x)| *out = c * x);
        });
        if layers == 0 {
            return;
        }
        let Scratch { layer, next } = scratch;
        next.take_shape(rows);
        // D^-½ E^(l): the scale between two layers is then one number a node.
        self.scaled(rows, layer);
        for _ in 0..layers {
            let outs = out.all_mut().par_chunks_mut(NODES * lanes).enumerate();
            outs.zip(next.all_mut().par_chunks_mut(NODES * lanes)).for_each(|((n, out), next)| {
                dispatch(
                    #[inline(always)]
                    || {
                        self.chunks[n].sum(layer, next);
                        let roots = self.roots[n * NODES..].iter();
                        let rows = out.chunks_exact_mut(lanes).zip(next.chunks_exact_mut(lanes));
                        for (&root, (out, next)) in roots.zip(rows) {
                            let square = if root > 0.0 { 1.0 / (root * root) } else { 0.0 };
                            next.iter_mut().flatten().for_each(|x| *x *= square);
                            add(out, c * root, next);
                        }
                    },
                );
            });
            std::mem::swap(layer, next);
        }
    }

    /// D^-½ of rows; 0 of whoever has no edge.
    pub(crate) fn scaled(&self, rows: &Matrix, out: &mut Matrix) {
        let lanes = rows.lanes();
        out.take_shape(rows);
        let rows = out.all_mut().par_chunks_mut(lanes).zip(rows.all().par_chunks(lanes));
        rows.zip(&self.roots).for_each(|((out, row), &root)| {
            let by = if root > 0.0 { 1.0 / root } else { 0.0 };
            let numbers = out.as_flattened_mut().iter_mut().zip(row.as_flattened());
            numbers.for_each(|(out, x)| *out = by * x);
        });
    }

    /// Users among the nodes.
    pub(crate) fn users(&self) -> usize {
        self.users
    }
}

impl Chunk {
    /// Sets each row to the sum of its neighbours'.
    #[inline(always)]
    fn sum(&self, rows: &Matrix, out: &mut [Lanes]) {
        let lanes = rows.lanes();
        let mut start = 0;
        for (&end, out) in self.ends.iter().zip(out.chunks_exact_mut(lanes)) {
            let own = &self.neighbours[start..end as usize];
            start = end as usize;
            let (mut at, mut out) = (0, out);
            while !out.is_empty() {
                let (now, later) =
                    out.split_at_mut(if out.len() >= 4 { 4 } else { out.len().min(2) });
                match now.len() {
                    4 => sum_lanes::<4>(rows, own, at, now),
                    2 => sum_lanes::<2>(rows, own, at, now),
                    _ => sum_lanes::<1>(rows, own, at, now),
                }
                (at, out) = (at + now.len(), later);
            }
        }
    }
}

/// N lanes of a sum, which stay in registers.
#[inline(always)]
fn sum_lanes<const N: usize>(rows: &Matrix, own: &[u32], at: usize, out: &mut [Lanes]) {
    let (all, lanes) = (rows.all(), rows.lanes());
    let mut sums = [[0.0; LANES]; N];
    for &other in own {
        let row = &all[other as usize * lanes + at..][..N];
        for (sums, row) in sums.iter_mut().zip(row) {
            for n in 0..LANES {
                sums[n] += row[n];
            }
        }
    }
    out.copy_from_slice(&sums);
}

#[cfg(test)]
mod tests;
