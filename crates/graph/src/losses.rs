//! The losses of interactions, and what moves the nodes.
//!
//! ```text
//! bpr        −ln σ(x),  x = ⟨e_u, e_i⟩ − ⟨e_u, e_j⟩
//! softmax    −s_i / τ + ln (exp(s_i / τ) + Σ_{j in M} exp(s_j / τ)),  s the cosine with e_u
//! ```
//!
//! Both are means over the batch. M are items that the batch shares, drawn from all: now and then one is the
//! user's own.

use crate::contrast::{Directions, Told, contrast, exponentials, scale_all};
use crate::matrix::{Matrix, add as add_row};
use crate::params::Loss;
use crate::streams::{Purpose, some_of, stream};
use crate::trainer::{Batch, Setup};
use foretaste_kernels::{Lanes, dispatch, dot, exp, ln_1p_exp, sigmoid};

/// Nodes, and −∂ loss / ∂ of each.
#[derive(Debug)]
pub(crate) struct Along<'a> {
    pub(crate) nodes: &'a Matrix,
    pub(crate) users: usize,
    pub(crate) sums: &'a mut Matrix,
}

/// Adds what moves the nodes of a batch; its mean loss.
pub(crate) fn add(setup: &Setup, items: usize, batch: &Batch, along: &mut Along<'_>) -> f64 {
    match setup.loss {
        Loss::Bpr => bpr(batch, along),
        Loss::Softmax => softmax(setup, items, batch, along),
    }
}

fn bpr(batch: &Batch, along: &mut Along<'_>) -> f64 {
    let scale = 1.0 / batch.pairs.len() as f32;
    let Along { nodes, sums, .. } = along;
    let mut loss = 0.0;
    dispatch(
        #[inline(always)]
        || {
            for ([user, item], other) in batch.pairs.iter().zip(&batch.others) {
                let [u, i, j] = [user, item, other].map(|&node| nodes.row(node as usize));
                let x = dot(u, i) - dot(u, j);
                loss += f64::from(ln_1p_exp(-x));
                let a = scale * sigmoid(-x);
                let row = sums.row_mut(*user as usize);
                add_row(row, a, i);
                add_row(row, -a, j);
                add_row(sums.row_mut(*item as usize), a, u);
                add_row(sums.row_mut(*other as usize), -a, u);
            }
        },
    );
    loss / batch.pairs.len() as f64
}

fn softmax(setup: &Setup, items: usize, batch: &Batch, along: &mut Along<'_>) -> f64 {
    let Setup { temperature, shared_negatives, seed, .. } = *setup;
    let mut rng = stream(seed, Purpose::Negatives, batch.epoch, batch.number);
    let first = along.users as u32;
    let shared: Vec<u32> =
        some_of(items, shared_negatives, &mut rng).into_iter().map(|item| first + item).collect();
    // Users, each once, and their interactions of the batch.
    let mut pairs = batch.pairs.clone();
    pairs.sort_unstable();
    let mut users: Vec<u32> = pairs.iter().map(|pair| pair[0]).collect();
    users.dedup();
    let ends: Vec<usize> =
        users.iter().map(|&user| pairs.partition_point(|pair| pair[0] <= user)).collect();
    let own = |n: usize| (if n == 0 { 0 } else { ends[n - 1] })..ends[n];
    let chosen: Vec<u32> = pairs.iter().map(|pair| pair[1]).collect();
    let gathered = |nodes: &[u32]| Directions::of(Matrix::gathered(along.nodes, nodes));
    let (anchors, negatives) = (gathered(&users), gathered(&shared));
    let positives = gathered(&chosen);
    let cosine = |n: usize, at: usize| dot(anchors.rows.row(n), positives.rows.row(at));
    let scale = 1.0 / (pairs.len() as f32 * temperature);
    let weigh = |n: usize, cosines: &mut [f32]| {
        let largest = own(n).map(|at| cosine(n, at)).fold(f32::MIN, f32::max);
        let (sum, top) = exponentials(cosines, temperature, largest);
        let (mut loss, mut by) = (0.0, 0.0);
        for at in own(n) {
            let x = (cosine(n, at) - top) / temperature;
            let all = sum + exp(x);
            loss += f64::from(libm::logf(all) - x);
            by -= scale / all;
        }
        scale_all(cosines, by);
        Told { loss, sum, top }
    };
    let mut found = contrast(&anchors.rows, &negatives.rows, weigh);
    let mut of_positives = Matrix::zeros(pairs.len(), along.nodes.columns());
    for (n, told) in found.told.iter().enumerate() {
        for at in own(n) {
            let e = exp((cosine(n, at) - told.top) / temperature);
            let weight = scale * (1.0 - e / (told.sum + e));
            add_row(found.of_anchors.row_mut(n), weight, positives.rows.row(at));
            add_row(of_positives.row_mut(at), weight, anchors.rows.row(n));
        }
    }
    anchors.back(&mut found.of_anchors);
    negatives.back(&mut found.of_candidates);
    positives.back(&mut of_positives);
    scatter(&users, &found.of_anchors, along.sums);
    scatter(&shared, &found.of_candidates, along.sums);
    scatter(&chosen, &of_positives, along.sums);
    found.told.iter().map(|told| told.loss).sum::<f64>() / pairs.len() as f64
}

/// Adds rows to those of nodes.
pub(crate) fn scatter(nodes: &[u32], rows: &Matrix, out: &mut Matrix) {
    for (n, &node) in nodes.iter().enumerate() {
        let own: &mut [Lanes] = out.row_mut(node as usize);
        add_row(own, 1.0, rows.row(n));
    }
}

#[cfg(test)]
mod tests;
