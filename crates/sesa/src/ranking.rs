//! The loss of a step: a user's held-out items are to be foretold by the others.
//!
//! ```text
//! h_u = Σ_{j of the others} z_j / n^α,   p_u = h_u M,   x_ui = ⟨p_u, z_i⟩ + c_i
//! −1 / T Σ of the step's T held-out (u, i)   x_ui − ln (exp x_ui + Σ_{j of the drawn that u has not} exp x_uj)
//! ```

use crate::encoder::{Passed, Taken};
use crate::weights::Weights;
use foretaste_kernels::{dot, exp};
use foretaste_mf::dense::{Matrix, Told, add, contrast, exponentials, scale_all};

/// A user's part of a step, as rows of what was passed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Split {
    /// By which is foretold.
    pub(crate) given: Vec<u32>,
    /// What is foretold.
    pub(crate) held: Vec<u32>,
}

/// Σ of the rows of a history, scaled: also of whoever is folded in.
pub(crate) fn scale_of(items: usize, power: f32) -> f32 {
    libm::powf(items.max(1) as f32, -power)
}

/// Adds what moves the weights and the passed rows; the loss. `drawn` are the rows that stand for all,
/// ascending.
pub(crate) fn rank(
    passed: &Passed,
    weights: &Weights,
    (splits, drawn): (&[Split], &[u32]),
    power: f32,
    (along, along_z): (&mut Weights, &mut Matrix),
) -> f64 {
    let tags = passed.z.columns();
    let mut has = Matrix::zeros(splits.len(), tags);
    for (user, split) in splits.iter().enumerate() {
        let scale = scale_of(split.given.len(), power);
        let rows = split.given.iter().map(|&row| passed.z.row(row as usize));
        rows.for_each(|row| add(has.row_mut(user), scale, row));
    }
    // A bias is a number of the row, beside 1 of the user's.
    let wants = with_column(&has.times(&weights.mix), |_| 1.0);
    let is_whole = |row: u32| passed.taken[row as usize] == Taken::Whole;
    let item = |row: u32| passed.items[row as usize] as usize;
    let bias = |row: u32| if is_whole(row) { weights.biases.values(0)[item(row)] } else { 0.0 };
    let gathered =
        |rows: &[u32]| with_column(&Matrix::gathered(&passed.z, rows), |n| bias(rows[n]));
    let held: Vec<u32> = splits.iter().flat_map(|split| &split.held).copied().collect();
    let ends: Vec<usize> = (splits.iter())
        .scan(0, |end, split| {
            *end += split.held.len();
            Some(*end)
        })
        .collect();
    let own = |user: usize| ends[user] - splits[user].held.len()..ends[user];
    let (negatives, positives) = (gathered(drawn), gathered(&held));
    let scale = 1.0 / held.len().max(1) as f32;
    let scores = |user: usize| -> Vec<f32> {
        own(user).map(|at| dot(wants.row(user), positives.row(at))).collect()
    };
    let weigh = |user: usize, others: &mut [f32]| {
        let Split { given, held } = &splits[user];
        let place = |row: &u32| drawn.binary_search(row).ok();
        let never: Vec<usize> = given.iter().chain(held).filter_map(place).collect();
        told(&scores(user), &never, scale, others)
    };
    let mut found = contrast(&wants, &negatives, weigh);
    let mut of_positives = Matrix::zeros(held.len(), tags + 1);
    for (user, told) in found.told.iter().enumerate() {
        for (at, x) in own(user).zip(scores(user)) {
            let weight = scale * told.sum / (told.sum + exp(x - told.top));
            add(found.of_anchors.row_mut(user), weight, positives.row(at));
            add(of_positives.row_mut(at), weight, wants.row(user));
        }
    }
    let along_wants = without_column(&found.of_anchors, tags);
    along.mix = has.transposed_times(&along_wants);
    let along_has = along_wants.times_transposed(&weights.mix);
    for (user, split) in splits.iter().enumerate() {
        let scale = scale_of(split.given.len(), power);
        for &row in &split.given {
            add(along_z.row_mut(row as usize), scale, along_has.row(user));
        }
    }
    let mut scatter = |rows: &[u32], from: &Matrix| {
        for (n, &row) in rows.iter().enumerate() {
            let (from, to) = (from.values(n), along_z.values_mut(row as usize));
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            if is_whole(row) {
                along.biases.values_mut(0)[item(row)] += from[tags];
            }
        }
    };
    scatter(drawn, &found.of_candidates);
    scatter(&held, &of_positives);
    found.told.iter().map(|told| told.loss).sum()
}

/// Turns the scores of what is drawn into −∂ loss / ∂ of each, given those of what is held out, and which of the drawn
/// the user has.
fn told(own: &[f32], never: &[usize], scale: f32, scores: &mut [f32]) -> Told {
    /// Below all scores: e to the power of it is nothing.
    const NEVER: f32 = -1e30;
    never.iter().for_each(|&at| scores[at] = NEVER);
    let least = own.iter().fold(NEVER, |top, &x| top.max(x));
    let (_, top) = exponentials(scores, 1.0, least);
    never.iter().for_each(|&at| scores[at] = 0.0);
    let sum: f32 = scores.iter().sum();
    let (mut loss, mut by) = (0.0, 0.0);
    for x in own {
        let all = sum + exp(x - top);
        loss += f64::from(scale * (libm::logf(all) - (x - top)));
        by -= scale / all;
    }
    scale_all(scores, by);
    Told { loss, sum, top }
}

fn with_column(rows: &Matrix, last: impl Fn(usize) -> f32) -> Matrix {
    let width = rows.columns();
    let mut out = Matrix::zeros(rows.rows(), width + 1);
    for row in 0..rows.rows() {
        let values = out.values_mut(row);
        values[..width].copy_from_slice(rows.values(row));
        values[width] = last(row);
    }
    out
}

fn without_column(rows: &Matrix, width: usize) -> Matrix {
    let mut out = Matrix::zeros(rows.rows(), width);
    (0..rows.rows())
        .for_each(|row| out.values_mut(row).copy_from_slice(&rows.values(row)[..width]));
    out
}

#[cfg(test)]
mod tests;
