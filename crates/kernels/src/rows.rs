//! Operations on rows of whole lanes.
//!
//! The update steps apply gradient and L2 decay at once, [`Move`] by row:
//!
//! ```text
//! row ← keep · row + rate · direction,   keep = 1 − η λ,   rate = η · coefficient
//! ```

use std::array::from_fn;
use std::hint::black_box;

/// Numbers that are worked on together. Two AVX2 registers, one of AVX-512, four of SSE2 or NEON:
/// enough independent sums to hide the latency of an addition.
pub const LANES: usize = 16;

/// [`LANES`] consecutive numbers of a row.
pub type Lanes = [f32; LANES];

/// How many [`Lanes`] a row of `len` numbers fills.
pub const fn lanes_for(len: usize) -> usize {
    len.div_ceil(LANES)
}

/// ⟨a, b⟩.
#[inline(always)]
pub fn dot(a: &[Lanes], b: &[Lanes]) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for n in 0..LANES {
            sums[n] += a[n] * b[n];
        }
    }
    tree_sum(sums)
}

/// ⟨a, b − c⟩: the difference of two scores of one user, in one pass.
#[inline(always)]
pub fn sub_dot(a: &[Lanes], b: &[Lanes], c: &[Lanes]) -> f32 {
    let mut sums = [0.0; LANES];
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for n in 0..LANES {
            sums[n] += a[n] * (b[n] - c[n]);
        }
    }
    tree_sum(sums)
}

/// ⟨a, b⟩, ‖a‖² and ‖b‖², in one pass: what an adaptive step on a pair needs. Where a caller has no
/// use for the norms, the compiler leaves them out.
#[inline(always)]
pub fn dot_with_norms(a: &[Lanes], b: &[Lanes]) -> (f32, f32, f32) {
    let (mut sums, mut left, mut right) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for (a, b) in a.iter().zip(b) {
        for n in 0..LANES {
            sums[n] += a[n] * b[n];
            left[n] += a[n] * a[n];
            right[n] += b[n] * b[n];
        }
    }
    (tree_sum(sums), tree_sum(left), tree_sum(right))
}

/// [`sub_dot`], ‖a‖² and ‖b − c‖², in one pass: what an adaptive step on a triple needs.
#[inline(always)]
pub fn sub_dot_with_norms(a: &[Lanes], b: &[Lanes], c: &[Lanes]) -> (f32, f32, f32) {
    let (mut sums, mut user, mut items) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for n in 0..LANES {
            let difference = b[n] - c[n];
            sums[n] += a[n] * difference;
            user[n] += a[n] * a[n];
            items[n] += difference * difference;
        }
    }
    (tree_sum(sums), tree_sum(user), tree_sum(items))
}

#[repr(align(64))]
struct Aligned(Lanes);

#[inline(always)]
pub(crate) fn tree_sum(sums: Lanes) -> f32 {
    // Through memory. Otherwise the compiler sees the tree's last sum, of two numbers, and from
    // there makes vectors of two of all that leads to it, loads of the rows included.
    // In one line of the cache, whatever else is on the stack: a store that crosses lines is waited for.
    let Aligned(mut sums) = black_box(Aligned(sums));
    let mut width = LANES / 2;
    while width > 0 {
        for n in 0..width {
            sums[n] += sums[n + width];
        }
        width /= 2;
    }
    sums[0]
}

/// How far a row moves: see the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// What is kept of the row.
    pub keep: f32,
    /// What is added of the direction.
    pub rate: f32,
}

/// One step on a cell (u, v) with score ⟨u, v⟩, from the values before the step:
/// `u` moves along `v`, and `v` along `u`.
#[inline(always)]
pub fn step_pair(u: &mut [Lanes], v: &mut [Lanes], move_u: Move, move_v: Move) {
    for (u, v) in u.iter_mut().zip(v) {
        // Whole lanes are read before any is written: whether rows overlap need not be asked.
        let (old_u, old_v) = (*u, *v);
        *u = from_fn(|n| move_u.keep * old_u[n] + move_u.rate * old_v[n]);
        *v = from_fn(|n| move_v.keep * old_v[n] + move_v.rate * old_u[n]);
    }
}

/// The step of [`step_pair`] in `u` alone.
#[inline(always)]
pub fn step_row(u: &mut [Lanes], v: &[Lanes], move_u: Move) {
    for (u, v) in u.iter_mut().zip(v) {
        let old = *u;
        *u = from_fn(|n| move_u.keep * old[n] + move_u.rate * v[n]);
    }
}

/// The step of [`step_triple`] in `u` alone.
#[inline(always)]
pub fn step_row_between(u: &mut [Lanes], i: &[Lanes], j: &[Lanes], move_u: Move) {
    for ((u, i), j) in u.iter_mut().zip(i).zip(j) {
        let old = *u;
        *u = from_fn(|n| move_u.keep * old[n] + move_u.rate * (i[n] - j[n]));
    }
}

/// One step on a triple (u, i, j) with score ⟨u, i − j⟩, from the values before the step:
/// `u` moves along `i − j`, `i` along `u`, and `j` along `−u`.
#[inline(always)]
pub fn step_triple(
    u: &mut [Lanes],
    i: &mut [Lanes],
    j: &mut [Lanes],
    [move_u, move_i, move_j]: [Move; 3],
) {
    for ((u, i), j) in u.iter_mut().zip(i).zip(j) {
        let (old_u, old_i, old_j) = (*u, *i, *j);
        *u = from_fn(|n| move_u.keep * old_u[n] + move_u.rate * (old_i[n] - old_j[n]));
        *i = from_fn(|n| move_i.keep * old_i[n] + move_i.rate * old_u[n]);
        *j = from_fn(|n| move_j.keep * old_j[n] - move_j.rate * old_u[n]);
    }
}

#[cfg(test)]
mod tests;
