//! Operations on rows of whole lanes.
//!
//! The update steps apply gradient and L2 decay at once:
//!
//! ```text
//! row ← keep · row + rate · direction,   keep = 1 − η λ,   rate = η · coefficient
//! ```

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

#[inline(always)]
fn tree_sum(mut sums: Lanes) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for n in 0..width {
            sums[n] += sums[n + width];
        }
        width /= 2;
    }
    sums[0]
}

/// `into ← into + scale · row`.
#[inline(always)]
pub fn add_scaled(into: &mut [Lanes], scale: f32, row: &[Lanes]) {
    for (into, row) in into.iter_mut().zip(row) {
        for n in 0..LANES {
            into[n] += scale * row[n];
        }
    }
}

/// One step on a cell (u, v) with score ⟨u, v⟩, from the values before the step:
/// `u ← keep_u·u + rate·v`, `v ← keep_v·v + rate·u`.
#[inline(always)]
pub fn step_pair(u: &mut [Lanes], v: &mut [Lanes], rate: f32, keep_u: f32, keep_v: f32) {
    for (u, v) in u.iter_mut().zip(v) {
        for n in 0..LANES {
            let (old_u, old_v) = (u[n], v[n]);
            u[n] = keep_u * old_u + rate * old_v;
            v[n] = keep_v * old_v + rate * old_u;
        }
    }
}

/// One step on a triple (u, i, j) with score ⟨u, i − j⟩, from the values before the step:
/// `u ← keep_u·u + rate·(i − j)`, `i ← keep_v·i + rate·u`, `j ← keep_v·j − rate·u`.
#[inline(always)]
pub fn step_triple(
    u: &mut [Lanes],
    i: &mut [Lanes],
    j: &mut [Lanes],
    rate: f32,
    keep_u: f32,
    keep_v: f32,
) {
    for ((u, i), j) in u.iter_mut().zip(i).zip(j) {
        for n in 0..LANES {
            let (old_u, old_i, old_j) = (u[n], i[n], j[n]);
            u[n] = keep_u * old_u + rate * (old_i - old_j);
            i[n] = keep_v * old_i + rate * old_u;
            j[n] = keep_v * old_j - rate * old_u;
        }
    }
}

#[cfg(test)]
mod tests;
