//! The losses of interactions, and what moves the nodes.
//!
//! ```text
//! bpr        −ln σ(x),  x = ⟨e_u, e_i⟩ − ⟨e_u, e_j⟩
//! softmax    −s_i / τ + ln (exp(s_i / τ) + Σ_{j in M} exp(s_j / τ)),  s the cosine with e_u
//! ```
//!
//! Both are means over the batch. M are items that the batch shares, drawn from those that
//! somebody has: now and then one is the user's own. (What nobody has would be a negative and nothing else, and could
//! not be told by its text.) Extra preferences (Wei et al., LLMRec, equation 6) are triples of the same loss, with a weight;
//! beside a softmax, x = (s_i − s_j) / τ. Of all triples, `bpr` may leave out a share by their loss, at
//! either end: LLMRec's equation 7 keeps the smallest log-likelihoods, and its text speaks of the largest.

use crate::params::{Drop, Loss, Params};
use crate::streams::{Purpose, some_of, stream};
use crate::trainer::Batch;
use foretaste_kernels::{Lanes, dispatch, dot, exp, ln_1p_exp, sigmoid};
use foretaste_mf::dense::{Directions, Told, contrast, exponentials, scale_all};
use foretaste_mf::dense::{Matrix, add as add_row};

/// Nodes, and −∂ loss / ∂ of each.
#[derive(Debug)]
pub(crate) struct Along<'a> {
    pub(crate) nodes: &'a Matrix,
    pub(crate) sums: &'a mut Matrix,
}

/// Adds what moves the nodes of a batch; its mean loss, by interaction. `items` are those that can stand for
/// all, as nodes.
pub(crate) fn add(params: &Params, items: &[u32], batch: &Batch, along: &mut Along<'_>) -> f64 {
    match params.loss {
        Loss::Bpr => bpr(params, batch, along),
        Loss::Softmax => {
            let loss = softmax(params, items, batch, along);
            if batch.extra.is_empty() { loss } else { loss + preferred(params, batch, along) }
        }
    }
}

/// Triples of users and two items, with what each counts; in the order of the batch.
fn triples(params: &Params, batch: &Batch) -> Vec<([u32; 3], f32)> {
    let drawn = batch.pairs.iter().zip(&batch.others);
    let drawn = drawn.map(|(&[user, item], &other)| ([user, item, other], 1.0));
    drawn.chain(batch.extra.iter().map(|&triple| (triple, params.extra_weight))).collect()
}

/// Leaves out a share of the triples, by x of each.
fn dropped(params: &Params, triples: &mut Vec<([u32; 3], f32)>, x: &[f32]) {
    let left_out = (triples.len() as f64 * f64::from(params.drop_fraction)) as usize;
    let mut order: Vec<usize> = (0..triples.len()).collect();
    // The smaller x, the larger the loss; what is equal stays in its order.
    order.sort_by(|&a, &b| match params.drop {
        Drop::LargestLoss => x[a].total_cmp(&x[b]),
        Drop::SmallestLoss => x[b].total_cmp(&x[a]),
    });
    let mut stays = vec![true; triples.len()];
    order[..left_out].iter().for_each(|&at| stays[at] = false);
    let mut stays = stays.into_iter();
    triples.retain(|_| stays.next() == Some(true));
}

fn bpr(params: &Params, batch: &Batch, along: &mut Along<'_>) -> f64 {
    let scale = 1.0 / batch.pairs.len() as f32;
    let Along { nodes, sums, .. } = along;
    let mut triples = triples(params, batch);
    let mut loss = 0.0;
    dispatch(
        #[inline(always)]
        || {
            let x = |triple: &[u32; 3]| {
                let [u, i, j] = triple.map(|node| nodes.row(node as usize));
                dot(u, i) - dot(u, j)
            };
            if params.drop_fraction > 0.0 {
                let all: Vec<f32> = triples.iter().map(|(triple, _)| x(triple)).collect();
                dropped(params, &mut triples, &all);
            }
            for (triple, weight) in &triples {
                let [u, i, j] = triple.map(|node| nodes.row(node as usize));
                let x = x(triple);
                loss += f64::from(weight * ln_1p_exp(-x));
                let a = weight * scale * sigmoid(-x);
                let row = sums.row_mut(triple[0] as usize);
                add_row(row, a, i);
                add_row(row, -a, j);
                add_row(sums.row_mut(triple[1] as usize), a, u);
                add_row(sums.row_mut(triple[2] as usize), -a, u);
            }
        },
    );
    loss / batch.pairs.len() as f64
}

/// The extra preferences beside a softmax: one item of each is to be nearer than the other.
fn preferred(params: &Params, batch: &Batch, along: &mut Along<'_>) -> f64 {
    let nodes = [0, 1, 2].map(|n| batch.extra.iter().map(|one| one[n]).collect::<Vec<u32>>());
    let rows = nodes.each_ref().map(|own| Directions::of(Matrix::gathered(along.nodes, own)));
    let mut moved = rows.each_ref().map(|own| Matrix::zeros(own.rows.rows(), own.rows.columns()));
    let scale = params.extra_weight / (batch.pairs.len() as f32 * params.temperature);
    let mut loss = 0.0;
    for n in 0..batch.extra.len() {
        let [u, i, j] = rows.each_ref().map(|own| own.rows.row(n));
        let x = (dot(u, i) - dot(u, j)) / params.temperature;
        loss += f64::from(params.extra_weight * ln_1p_exp(-x));
        let a = scale * sigmoid(-x);
        let [of_user, of_liked, of_other] = &mut moved;
        add_row(of_user.row_mut(n), a, i);
        add_row(of_user.row_mut(n), -a, j);
        add_row(of_liked.row_mut(n), a, u);
        add_row(of_other.row_mut(n), -a, u);
    }
    for ((nodes, rows), mut moved) in nodes.iter().zip(&rows).zip(moved) {
        rows.back(&mut moved);
        scatter(nodes, &moved, along.sums);
    }
    loss / batch.pairs.len() as f64
}

fn softmax(params: &Params, items: &[u32], batch: &Batch, along: &mut Along<'_>) -> f64 {
    let Params { temperature, shared_negatives, seed, .. } = *params;
    let mut rng = stream(seed, Purpose::Negatives, batch.epoch, batch.number);
    let drawn = some_of(items.len(), shared_negatives, &mut rng);
    let shared: Vec<u32> = drawn.into_iter().map(|at| items[at as usize]).collect();
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
